"""`chains explain` and `rebuild-chains`, as they are called; no broker is configured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from sqlalchemy import update
from typer.testing import CliRunner

from chainmail import telemetry
from chainmail.cli.app import app
from chainmail.cli.speech import Exit, Stop
from chainmail.settings import load
from chainmail.span_store import SqliteSpanExporter
from producer.counts import Counts
from producer.ingest import Ledger, ingest
from producer.sources.source import RawMail
from schemas.chain import hash_of_root
from storage import mail
from storage.engine import Database
from storage.tables import EmailRow, Node
from tests.ledgers import new_ledger

QUESTION, ANSWER = (hash_of_root(f"{name}@acme.example") for name in ("question", "answer"))


def raw(name: str, day: int, subject: str, *headers: str) -> RawMail:
    """Return the mail *name* between two people."""
    lines = [
        "From: Ann <ann@acme.example>",
        "To: ben@bolt.example",
        f"Date: {day} Nov 2026 08:00:00 +0000",
        f"Subject: {subject}",
        f"Message-ID: <{name}@acme.example>",
        *headers,
    ]
    return RawMail(name=name, content="\n".join([*lines, "", "Twelve [bold]boxes[/]."]).encode())


MAILS = [
    raw("question", 2, "Gear [red]rings[/]"),
    raw("answer", 5, "AW: Gear [red]rings[/]"),
    raw("later", 6, "More", "References: <unseen@acme.example> <answer@acme.example>"),
]


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Return the database of the settings, with one conversation of three emails."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHAINMAIL_DB", "mail.db")
    opened = new_ledger(tmp_path)
    list(ingest(Ledger(opened, "email-chains.backlog", Counts()), MAILS))
    yield opened
    opened.close()


def torn(database: Database) -> None:
    """Let the ledger be of a version that did not join by subject."""
    with database.write() as connection:
        connection.execute(update(EmailRow).values(subject_key="", seeks=False))
        later = EmailRow.node.in_(["answer@acme.example", "later@acme.example"])
        connection.execute(update(EmailRow).where(later).values(chain_id=ANSWER))
        connection.execute(update(Node).where(Node.node != "question@acme.example").values(chain_id=ANSWER))
        whole = next(iter(mail.chains(connection, [QUESTION]).values()))
        first = replace(whole, chain_hash="of one", email_count=1)
        rest = replace(whole, chain_id=ANSWER, revision=3, chain_hash="of two", email_count=2)
        mail.save_chains(connection, [rest], [first])


def call(*words: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, list(words))


def data(*words: str) -> Any:
    """Run a command with `--json` and return what it prints."""
    return json.loads(call(*words, "--json").stdout)


@pytest.mark.usefixtures("database")
def test_chains_lists_as_before() -> None:
    """The list of results would be gone, or its options not work, now that `chains` has a command below it."""
    (line,) = data("chains")
    assert line["subject"] == "Gear [red]rings[/]"
    assert data("chains", "--priority", "high") == []
    assert data("chains", "--search", "rings") == [line]
    assert line["chain_id"][:8] in call("chains").stdout


@pytest.mark.usefixtures("database")
def test_explain_says_why_each_email_is_there() -> None:
    """Nobody could check a conversation, or what mail says would colour the screen."""
    (line,) = data("chains")
    out = call("chains", "explain", line["chain_id"][:8]).stdout
    assert "completeness 75%: 3 of 4 emails: 3 at hand, 1 unseen" in out
    assert "unseen: unseen@acme.example" in out
    assert "Ann <ann@acme.example>  AW: Gear [red]rings[/]" in out
    assert "· same subject 'gear [red]rings[/]' as question@acme.example, 2 shared addresses, 3 days apart" in out
    assert "· answers answer@acme.example (References)" in out


@pytest.mark.usefixtures("database")
def test_explain_prints_data_for_programs() -> None:
    """A program could not tell a join by subject from one by headers."""
    found = data("chains", "explain", "answer@acme.example")
    assert found["emails"][1]["sent_at"] == "2026-11-05T08:00:00+00:00"
    assert [[reason["kind"] for reason in email["reasons"]] for email in found["emails"]] == [
        ["answered"],
        ["subject"],
        ["reference"],
    ]
    assert (found["score"], found["unseen"], found["missing"]) == (
        0.75,
        ["unseen@acme.example"],
        ["unseen: unseen@acme.example"],
    )


@pytest.mark.usefixtures("database")
def test_explain_of_an_unknown_chain_says_so() -> None:
    """A typing error would print an error of the database."""
    error = call("chains", "explain", "nothing").exception
    assert isinstance(error, Stop)
    assert (error.code, str(error)) == (Exit.USAGE, "no chain is named by 'nothing': `chainmail chains` lists them")


def test_rebuild_without_a_broker_leaves_what_changed_in_the_outbox(database: Database) -> None:
    """The chains could not be mended where no broker runs, or nobody would know that they wait."""
    torn(database)
    assert "`chainmail rebuild-chains` makes it anew" in call("chains", "explain", ANSWER).stderr
    planned = data("rebuild-chains", "--dry-run")
    result = call("rebuild-chains", "--json")
    done = json.loads(result.stdout)
    assert "waits in the outbox" in result.stderr
    assert done["changed"] == planned["changed"]
    assert [(chain["email_count"], chain["formerly"]) for chain in done["changed"]] == [(3, [ANSWER])]
    assert (done["gone"], done["published"], planned["dry_run"], done["dry_run"]) == ([ANSWER], 0, True, False)
    again = call("rebuild-chains")
    assert "3 emails read again, 0 of them otherwise than before; 1 chains: 0 changed" in again.stderr
    (line,) = data("chains")
    found = data("chains", "explain", ANSWER[:8])
    assert (found["chain_id"], found["aliases"]) == (line["chain_id"], [ANSWER])


def test_trace_finds_what_was_traced_under_a_former_id(database: Database) -> None:
    """Where the time of a chain went would be lost when it gets another id."""
    torn(database)
    call("rebuild-chains")
    path = load().trace_path
    path.parent.mkdir(parents=True, exist_ok=True)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(SqliteSpanExporter(path)))
    provider.get_tracer("test").start_span("send mail", attributes={telemetry.CHAIN_ID: ANSWER}).end()
    provider.shutdown()
    for word in (ANSWER, "question@acme.example"):
        assert "send mail" in call("trace", word).stdout


@pytest.mark.usefixtures("database")
def test_rebuild_of_no_database_makes_none(tmp_path: Path) -> None:
    """A typing error would make an empty database and call it rebuilt."""
    error = call("rebuild-chains", "--db", "other.db").exception
    assert isinstance(error, Stop)
    assert error.code is Exit.USAGE
    assert not (tmp_path / "other.db").exists()
