"""What strangers wrote, as each command prints it: nothing of it steers the terminal or passes for a line of ours."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Status, StatusCode
from rich.table import Table
from rich.text import Text
from typer.testing import CliRunner

from chainmail import telemetry
from chainmail.cli import speech
from chainmail.cli.app import app
from chainmail.cli.letters import Bytes, print_letter
from chainmail.cli.line import Line
from chainmail.cli.untrusted import Screen, harmless, in_a_line, in_json
from chainmail.settings import load
from chainmail.span_store import SqliteSpanExporter
from consumer.redrive import Original
from producer.counts import Counts
from schemas import wire
from schemas.analysis import ActionItem, Amount, Analysis, Claim, Evidence, Person, Priority, Quoted
from schemas.chain import Address, Attachment, Chain, Completeness
from storage import analyses, dead_letters, workers
from storage.engine import Database
from storage.workers import Beat
from tests.ledgers import START_AT, analysis, chain, dead_letter, keep, new_ledger

#: Markup, a link, a code of an emoji, Escape, a title of the window, CSI in one character, marks of direction, a bell.
STEERING = (
    "[red]Ann[/red] [link=https://x.example]y[/link] :warning: \x1b[2J\x1b]0;z\x07 \x9b1m \u202egpj.exe\u2066 \x00\x7f"
)
#: The same, with what would be a line of its own.
HOSTILE = f"{STEERING}\r\nFORGED"
#: The same where lines are kept: in the text of mail, in a narrative, in the raw answer of a model.
BLOCK = f"{STEERING}\nsecond"
_STEERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Return the database of the settings, of which every word that a stranger can write is hostile."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHAINMAIL_DB", "mail.db")
    monkeypatch.delenv("CHAINMAIL_KAFKA_BOOTSTRAP", raising=False)
    opened = new_ledger(tmp_path)
    of = hostile_chain()
    with opened.write() as connection:
        keep(connection, of)
        for analyser_id, priority in (("first", Priority.HIGH), ("second", Priority.LOW)):
            made = hostile_analysis(of).model_copy(update={"analyser_id": analyser_id, "priority": priority})
            analyses.add(connection, made, chain_id=of.chain_id, trace_id=None)
        dead_letters.put(connection, hostile_letter())
        workers.leave_beat(connection, hostile_beat())
    trace(of.chain_id)
    yield opened
    opened.close()


def hostile_chain() -> Chain:
    """Return a chain of two emails, the second of which refers to one that nobody has seen."""
    of = chain("hostile", revision=2, text=BLOCK)
    who = Address(name=HOSTILE, address=f"{HOSTILE}@acme.example")
    files = (Attachment(filename=HOSTILE, content_type=HOSTILE, size_bytes=1, sha256="0" * 64),)
    emails = tuple(
        each.model_copy(
            update={"subject": HOSTILE, "sender": who, "message_id": f"{number}{HOSTILE}", "attachments": files}
        )
        for number, each in enumerate(of.emails)
    )
    emails = (emails[0], emails[1].model_copy(update={"references": (f"0{HOSTILE}", f"unseen{HOSTILE}")}))
    missing = Completeness(score=0.5, missing=(f"unseen: {HOSTILE}",))
    return of.model_copy(update={"emails": emails, "subject": HOSTILE, "completeness": missing})


def hostile_analysis(of: Chain) -> Analysis:
    """Return an analysis of *of* in which each word is the mail's."""
    evidence = Evidence(quote=HOSTILE, email_id=of.emails[0].email_id, start=0, end=len(HOSTILE))
    quoted = evidence.model_copy(update={"quoted": Quoted(sender=HOSTILE)})
    made = analysis(of, summary=HOSTILE)
    words = dict.fromkeys(("next_step", "priority_reason"), HOSTILE)
    lists = dict.fromkeys(("organisations", "disagreements", "injection_signs", "lacking", "cut"), (HOSTILE,))
    claims = dict.fromkeys(("decisions", "risks", "open_questions"), (Claim(text=HOSTILE, evidence=quoted),))
    return made.model_copy(
        update={
            **words,
            **lists,
            **claims,
            "priority_evidence": evidence,
            "people": (Person(name=HOSTILE, address=HOSTILE, organisation=HOSTILE, title=HOSTILE),),
            "amounts": (Amount(value=12, currency="EUR", unit=HOSTILE, what_for=HOSTILE, evidence=evidence),),
            "action_items": (ActionItem(what=HOSTILE, owner=HOSTILE, evidence=evidence),),
            "narrative": BLOCK,
            "narrative_form": "short",
            "confidence": made.confidence.model_copy(update={"reasons": (HOSTILE,)}),
            "model_use": made.model_use.model_copy(update={"model": HOSTILE}),
        }
    )


def hostile_letter() -> dead_letters.Letter:
    """Return the dead letter of somebody's record."""
    letter = dead_letter(1, topic="email-chains", group="chainmail")
    return replace(letter, chain_id=HOSTILE, revision=1, error_message=HOSTILE, answer=BLOCK)


def hostile_beat() -> Beat:
    """Return the beat of a member that has somebody's record in work."""
    numbers: dict[str, Any] = dict.fromkeys(
        ("pid", "in_flight", "slots", "completed", "failed", "model_busy_s", "rss_bytes"), 1
    )
    times: dict[str, Any] = dict.fromkeys(("since_at", "started_at", "beat_at"), START_AT)
    state: dict[str, Any] = {"state": "analysing", "partitions": [], "counters": {}, "breakers": {}}
    names = {
        "worker_id": "host-0",
        "chain_id": f"\x1b[2J\u202e\n{HOSTILE}",
        "model_name": HOSTILE,
        "model_server": "ollama",
    }
    return Beat(**names, **state, **numbers, **times)


def trace(chain_id: str) -> None:
    """Store the trace of the chain: sent, after mail whose id is hostile, and failed."""
    path = load().trace_path
    path.parent.mkdir(parents=True, exist_ok=True)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(SqliteSpanExporter(path)))
    tracer = provider.get_tracer("test")
    mail = tracer.start_span("ingest email", attributes={telemetry.MESSAGE_ID: HOSTILE})
    mail.end()
    links = telemetry.links_of(
        [f"00-{mail.get_span_context().trace_id:032x}-{mail.get_span_context().span_id:016x}-01"]
    )
    sent = tracer.start_span("send mail", attributes={telemetry.CHAIN_ID: chain_id}, links=links)
    sent.set_status(Status(StatusCode.ERROR, HOSTILE))
    sent.end()
    provider.shutdown()


@pytest.fixture(autouse=True)
def _width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Print as wide as into a pipe, wherever the tests run."""
    monkeypatch.setattr(speech.OUT, "width", 140)


def call(*words: str) -> Result:
    """Run a command in this process."""
    result = CliRunner().invoke(app, list(words))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


COMMANDS = {
    "chains": ["chains"],
    "explain": ["chains", "explain", chain("hostile").chain_id],
    "show": ["show", chain("hostile").chain_id],
    "status": ["status"],
    "letters": ["dead-letters", "list"],
    "letter": ["dead-letters", "show", "0/1"],
    "trace": ["trace", chain("hostile").chain_id],
    "analysers": ["analysers"],
    "compare": ["compare", "first", "second"],
    "rebuild": ["rebuild-chains"],
}


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("width", [50, 80, 140])
@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_no_command_lets_mail_steer_the_terminal(words: list[str], width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's mail would clear the screen, name a link after another place, or write a line of ours."""
    monkeypatch.setattr(speech.OUT, "width", width)
    result = call(*words)
    for said in (result.stdout, result.stderr):
        assert not _STEERS.findall(said)
        assert not [line for line in said.splitlines() if line.startswith("FORGED")]
    assert "\u26a0" not in result.stdout, "words of the mail are no codes of emojis"


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("name", ["chains", "explain", "show", "letter", "analysers", "compare"])
def test_words_in_brackets_are_shown(name: str) -> None:
    """What looks like markup would be missing from the mail that a person reads."""
    text = " ".join(call(*COMMANDS[name]).stdout.split())
    assert "[red]Ann[/red]" in text
    assert name == "chains" or "[link=https://x.example]y[/link] :warning:" in text


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("name", set(COMMANDS) - {"rebuild"})
def test_data_for_programs_steer_no_terminal_and_keep_every_character(name: str) -> None:
    """`--json` in a terminal would obey the mail, or a program get other words than the mail's."""
    said = call(*COMMANDS[name], "--json").stdout
    assert not _STEERS.findall(said)
    text = json.dumps(json.loads(said), ensure_ascii=False)
    if name in {"chains", "explain", "show"}:
        assert json.dumps(HOSTILE, ensure_ascii=False)[1:-1] in text


def test_a_dead_letter_with_its_bytes_steers_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever looks why a record was given up would be the one whom its sender reaches."""
    of = hostile_chain()
    headers = (*wire.headers_of_chain(of, ledger="l", trace={}), (HOSTILE, HOSTILE.encode()))
    record = Original(key=HOSTILE.encode(), headers=tuple(headers), value=wire.encode(of), left_out_bytes=None)
    print_letter(hostile_letter(), Bytes(record, ""), load())
    said = capsys.readouterr().out
    assert not _STEERS.findall(said)
    assert not [line for line in said.splitlines() if line.startswith("FORGED")]
    assert "subject   [red]Ann[/red]" in said


def test_a_rebuilt_chain_is_named_in_a_line(database: Database) -> None:
    """The list of what changed would have the lines of its mail's choice."""
    of = hostile_chain()
    with database.write() as connection:
        keep(connection, of.model_copy(update={"revision": 3, "chain_hash": "of other rules"}), is_new=False)
    said = call("rebuild-chains", "--dry-run").stdout
    assert "[red]Ann[/red]" in said
    assert not _STEERS.findall(said)
    assert not [line for line in said.splitlines() if line.startswith("FORGED")]


def test_names_of_files_that_are_no_mail_are_lines_of_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in an archive could write what it likes into our log, or onto the screen."""
    monkeypatch.chdir(tmp_path)
    counts = Counts(complaints=[f"{HOSTILE}\udcff: not mail"])
    station = Line(load(home=tmp_path), None, None, None, counts)  # type: ignore[arg-type] # nothing is published
    station._name_complaints()
    log = (tmp_path / "logs" / "ingest.log").read_text("utf-8")
    for said in (log, capsys.readouterr().err):
        assert said.count("\n") == 1
        assert not _STEERS.findall(said)
        assert "[red]Ann[/red]" in said


def test_a_screen_keeps_its_own_colours_and_no_others() -> None:
    """The defence would take the colours away, or let the mail bring its own."""
    file = io.StringIO()
    screen = Screen(file=file, force_terminal=True, color_system="standard", width=200)
    table = Table(HOSTILE)
    table.add_row(Text(HOSTILE, style="bold red"))
    screen.print(table, HOSTILE, Text(HOSTILE))
    screen.rule(Text(HOSTILE))
    said = file.getvalue()
    assert "\x1b[1;31m" in said
    plain = _COLOURS.sub("", said)
    assert not _STEERS.findall(plain)
    assert "]8;" not in plain
    assert plain.count("[red]Ann[/red]") == 5
    assert "\u26a0" not in plain


def test_progress_shows_words_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name in a bar would be markup where all other words are none."""
    file = io.StringIO()
    monkeypatch.setattr(speech, "ERR", Screen(file=file, force_terminal=True, color_system=None, width=300))
    with speech.bar(STEERING) as advance:
        advance(1)
    assert "[red]Ann[/red]" in file.getvalue()
    assert "\x1b[2J" not in file.getvalue()


def test_what_is_harmless_is_left_alone() -> None:
    """Names in other scripts, and lines and tabs of a text, would be spoilt."""
    text = "Zoë 李 سارة\u200f\n\tÅsa 👩\u200d💻"
    assert harmless(text) == text
    assert in_json(json.dumps(text, ensure_ascii=False)) == json.dumps(text, ensure_ascii=False)
    assert harmless("a\x1b[31m\x7f\x9b\u202e\udcff") == "a␛[31m␡\ufffd\ufffd\ufffd"
    assert in_a_line(" a\r\n\u2028b\x85c ") == "a b c"
