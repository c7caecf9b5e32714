"""What a newcomer reads: `--help`, `settings`, and the errors that name them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from chainmail.cli import speech
from chainmail.cli.app import app
from chainmail.cli.speech import Stop
from chainmail.settings import Settings, SettingsError

SECRET = "hunter2-correct-horse"  # noqa: S105 - made up, to be looked for


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the developer's shell and terminal nor a chainmail.toml of the checkout has a say."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("CHAINMAIL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(speech.OUT, "width", 140)


def commands(within: Any, *words: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield all commands with the words that call them, the program itself first."""
    yield words, within
    if isinstance(within, TyperGroup):
        for name, inner in within.commands.items():
            yield from commands(inner, *words, name)


ALL = dict(commands(get_command(app)))
assert len(ALL) > 25


def help_of(*words: str) -> str:
    """Return what a terminal of 80 columns shows."""
    result = CliRunner().invoke(app, [*words, "--help"], terminal_width=80)
    assert result.exit_code == 0
    return result.stdout


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_help_says_what_each_command_and_option_does(words: tuple[str, ...]) -> None:
    """An option could not be understood without the source, or a list of commands be cut off."""
    text = help_of(*words)
    assert "..." not in text.partition("Commands:")[2], "a line of the list is cut off"
    assert max(map(len, text.splitlines())) <= 80
    for each in ALL[words].params:
        assert getattr(each, "help", None), f"{each.name} is not explained"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("run",), ["chainmail.db unless set", "Member processes; 4 unless set", "take this long; 30 unless set"]),
        (("run",), ["--hours HOURS", "--grace SECONDS", "--settle SECONDS", "calls a minute"]),
        (("chains",), ["--since DATE", "UTC without a zone"]),
        (("forget",), ["in one way", "--before DATE", "UTC"]),
        ((), ["chainmail settings", "Exit codes: 0 done", "\n  First:      chainmail demo\n", "llama3.2:3b"]),
    ],
)
def test_help_shows_units_defaults_and_examples(words: tuple[str, ...], shown: list[str]) -> None:
    """A person would have to try what happens without an option, or guess minutes for seconds."""
    text = help_of(*words)
    plain = " ".join(text.split())
    for each in shown:
        assert each in text or each in plain


def test_settings_are_all_listed_with_what_they_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody could find a setting that the README does not name."""
    monkeypatch.setenv("CHAINMAIL_WORKERS", "7")
    rows = {row["name"]: row for row in json.loads(CliRunner().invoke(app, ["settings", "--json"]).stdout)}
    assert list(rows) == list(Settings.model_fields)
    assert all(row["means"] for row in rows.values())
    assert rows["workers"] == {
        "name": "workers",
        "environment": "CHAINMAIL_WORKERS",
        "value": 7,
        "default": 4,
        "means": "Member processes, and partitions of new topics.",
    }
    text = CliRunner().invoke(app, ["settings", "--db", "mine.db"]).stdout
    assert "mine.db" in text
    assert "Member processes, and partitions" in text


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_settings_show_no_secret(options: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that is pasted into a report would hold the keys."""
    monkeypatch.setenv("CHAINMAIL_MODEL_API_KEY", SECRET)
    monkeypatch.setenv("CHAINMAIL_DB", f"postgresql+psycopg://ann:{SECRET}@db.example/mail")
    monkeypatch.setenv("CHAINMAIL_MODEL_URL", f"http://ann:{SECRET}@one.example,http://bob:{SECRET}@two.example")
    said = CliRunner().invoke(app, ["settings", *options])
    assert SECRET not in said.output
    assert "(set)" in said.stdout
    assert "db.example" in "".join(said.stdout.split())


def test_settings_are_listed_where_one_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that the error names would end in the same error, and list nothing."""
    monkeypatch.setenv("CHAINMAIL_WORKRS", "7")
    result = CliRunner().invoke(app, ["settings"])
    assert isinstance(result.exception, SettingsError)
    assert "unknown setting CHAINMAIL_WORKRS (meant: CHAINMAIL_WORKERS?)" in str(result.exception)
    assert "max_redrives" in result.stdout


def test_a_model_that_is_away_is_said_once_and_with_all_ways_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A newcomer without a model would not learn that chainmail does without one, or read the same line twice."""
    (Path("mail") / "new").mkdir(parents=True)
    monkeypatch.setenv("CHAINMAIL_MODEL_URL", "http://127.0.0.1:1")
    result = CliRunner().invoke(app, ["run", "mail"])
    assert isinstance(result.exception, Stop)
    said = f"{result.stderr}{caplog.text}{result.exception}"
    assert said.count("no model server at") == 1
    for way in ("ollama serve", "ollama pull", "--no-llm"):
        assert way in said
