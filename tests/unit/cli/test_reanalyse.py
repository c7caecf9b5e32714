"""`reanalyse`, `analysers`, `compare`, `promote`, `show`, as they are called; rules alone analyse, without a broker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from chainmail import telemetry
from chainmail.cli.app import app
from chainmail.cli.speech import Exit, Stop
from chainmail.settings import SettingsError
from consumer.analysis.by_code import CodeAnalyser
from schemas.analysis import ActionItem, Evidence, Priority, Quoted
from schemas.chain import Address
from storage import analyses
from storage.engine import Database
from tests.ledgers import START_AT, analysis, chain, keep, new_ledger

HOSTILE = "[bold red]\x1b[2J\u202e[/] boxes"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Return the database of the settings, with two analysed chains and one that nobody has looked at."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHAINMAIL_DB", "mail.db")
    monkeypatch.setattr(telemetry, "configure", lambda *_: _NoProvider())
    opened = new_ledger(tmp_path)
    with opened.write() as connection:
        for name in ("one", "two", "three"):
            keep(connection, chain(name))
        for name in ("one", "two"):
            made = analysis(chain(name), priority=Priority.CRITICAL)
            analyses.add(connection, made, chain_id=made.chain_id, trace_id=None)
    yield opened
    opened.close()


class _NoProvider:
    def shutdown(self) -> None:
        """Have nothing to write."""


def call(*words: str) -> Result:
    """Return what the command said; what ends it early is raised."""
    result = CliRunner().invoke(app, list(words))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def data(*words: str) -> Any:
    """Return what the command says to programs."""
    return json.loads(call(*words, "--json").stdout)


@pytest.mark.usefixtures("database")
def test_dry_run_counts_and_does_nothing() -> None:
    """A question would cost a night."""
    found = data("reanalyse", "--no-llm", "--dry-run")
    assert (found["dry_run"], found["chains"], found["stored"]) == (True, 2, 0)
    assert len(data("analysers")) == 1


@pytest.mark.usefixtures("database")
def test_missing_chains_are_analysed_once() -> None:
    """What came while nobody worked would stay unread, or the second call work again."""
    assert data("reanalyse", "--no-llm", "--missing")["stored"] == 1
    assert data("reanalyse", "--no-llm", "--missing")["chains"] == 0
    assert all(line["priority"] for line in data("chains"))


@pytest.mark.usefixtures("database")
def test_another_analyser_is_compared_and_promoted() -> None:
    """Nobody could tell which of two is better, or go back."""
    assert data("reanalyse", "--no-llm", "--where", "priority=critical", "--limit", "1")["stored"] == 1
    assert data("reanalyse", "--no-llm")["stored"] == 1, "only what is left"
    rules = CodeAnalyser().analyser_id
    found = data("compare", "tiny", rules[:6])
    assert (found["first"], found["second"], found["chains"]) == ("an-analyser", rules, 2)
    assert sum(each["chains"] for each in found["priority"]) == 2
    text = call("compare", "an-analyser", "rules").stdout
    assert "2 chains analysed by both" in text
    assert f"show {chain('one').chain_id[:8]}" in text
    assert {line["model"] for line in data("chains") if line["model"]} == {"tiny"}, "code does not hide a model"
    call("promote", "rules")
    assert {line["model"] for line in data("chains") if line["model"]} == {"rules"}
    assert [bool(each["promoted_at"]) for each in data("analysers")] == [False, True]
    assert rules in call("analysers").stdout
    call("promote", "--none")
    assert {line["model"] for line in data("chains") if line["model"]} == {"tiny"}


def test_rules_of_the_house_without_a_model(database: Database, tmp_path: Path) -> None:
    """A new keyword would wait for the next analysis, or `status` not say that it does."""
    (tmp_path / "priority.toml").write_text('[[keywords]]\nwords = ["boxes"]\nlower_to = "low"\neven_critical = true\n')
    found = data("reanalyse", "--rules-only")
    assert (found["analyses"], found["moved"]) == (2, 2)
    assert {line["priority"] for line in data("chains", "--priority", "low")} == {"low"}
    text = " ".join(call("show", chain("one").chain_id).stdout.split())
    assert "low (critical before the rules of the house): somebody waits; lowered to low" in text


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["reanalyse", "--rules-only", "--missing"], "asks nobody"),
        (["reanalyse", "--no-llm", "--model", "m"], "asks no model"),
        (["reanalyse", "--no-llm", "--where", "colour=red"], "nothing is called 'colour'"),
        (["promote"], "name the analyser, or --none"),
        (["promote", "nobody"], "no analyser is named by 'nobody'"),
        (["promote", "an", "--none"], "name the analyser, or --none"),
    ],
)
def test_wrong_usage_is_said_in_words(words: list[str], message: str) -> None:
    """The command would do something else than was meant."""
    with pytest.raises(Stop, match=message) as stopped:
        call(*words)
    assert stopped.value.code == Exit.USAGE


@pytest.mark.usefixtures("database")
def test_comparing_what_shares_no_chain_is_no_success() -> None:
    """An empty table would read as "nothing changed"."""
    call("reanalyse", "--no-llm", "--missing")
    with pytest.raises(Stop, match="no chain was analysed by both") as stopped:
        call("compare", "tiny", "rules")
    assert stopped.value.code == Exit.FAILURES


def test_a_model_server_that_is_away_is_exit_3_and_a_dry_run_says_so(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script could not tell a server that is down from work that is done."""
    monkeypatch.setenv("CHAINMAIL_MODEL_URL", "http://127.0.0.1:1")
    with pytest.raises(Stop) as stopped:
        call("reanalyse")
    assert stopped.value.code == Exit.UNREACHABLE
    result = call("reanalyse", "--dry-run")
    assert "does not answer" in result.stderr
    assert "2 chains to analyse" in result.stderr


def test_show_says_whose_words_they_are_and_obeys_none_of_them(database: Database) -> None:
    """A stranger's mail would clear the screen, or its words pass for its quoter's."""
    of = chain("hostile", text=HOSTILE)
    email = of.emails[0].model_copy(
        update={"sender": Address(name="Ann", address="ann@acme.example"), "subject": HOSTILE}
    )
    of = of.model_copy(update={"emails": (email,), "subject": HOSTILE})
    quoted = Quoted(sender="Bob <bob@bolt.example>", sent_on=START_AT.date())
    evidence = Evidence(quote=HOSTILE, email_id=email.email_id, start=0, end=len(HOSTILE), quoted=quoted)
    item = ActionItem(what=HOSTILE, owner="Ann", due="2026-11-06", read_by="both", evidence=evidence)
    made = analysis(of, summary=HOSTILE).model_copy(
        update={
            "action_items": (item,),
            "injection_signs": ("speaks to whoever sorts it",),
            "lacking": ("narrative: too short",),
            "disagreements": ("priority: high and low",),
            "cut": ("email 1 of 4",),
            "narrative": HOSTILE,
            "narrative_form": "short",
        }
    )
    with database.write() as connection:
        keep(connection, of)
        analyses.add(connection, made, chain_id=of.chain_id, trace_id=None)
    text = " ".join(call("show", of.chain_id).stdout.split())
    shown = "[bold red]␛[2J\ufffd[/] boxes"
    assert f"action Ann: {shown} until 2026-11-06 (request) [by model and rules] “{shown}”" in text
    assert "— Bob <bob@bolt.example> of 2026-11-02, quoted by Ann <ann@acme.example>" in text
    for words in (
        "uncalibrated",
        "speaks to whoever",
        "narrative: too short",
        "high and low",
        "email 1 of 4",
        "by tiny",
    ):
        assert words in text
    assert "\x1b" not in text + call("chains").stdout
    assert "\u202e" not in text + call("chains").stdout
    assert data("show", of.chain_id)["analysis"]["injection_signs"] == ["speaks to whoever sorts it"]


@pytest.mark.usefixtures("database")
def test_other_prompts_come_from_a_folder_that_has_some(tmp_path: Path) -> None:
    """A mistyped path would try nothing new, and cost a night."""
    with pytest.raises(SettingsError, match=r"has neither record\.md nor narrative\.md"):
        call("reanalyse", "--prompt", str(tmp_path / "absent"), "--dry-run")
