"""The results: the lists and one chain."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from monitor.chains import Filter, chains, detail
from schemas.analysis import Category, Priority
from schemas.chain import Chain
from storage import analyses, mail
from storage.engine import Database
from tests.ledgers import START_AT, analysis, chain, email, keep

KEYS = (
    "chain_id revision subject message_ids completeness priority category confidence summary model analysed_at trace_id"
).split()


def put(connection: Connection, of: Chain, priority: Priority | None, **other: object) -> None:
    """Keep a chain, analysed where a priority is given."""
    keep(connection, of)
    if priority is not None:
        made = analysis(of, priority=priority, **other)  # type: ignore[arg-type] # by name
        analyses.add(connection, made, chain_id=of.chain_id, trace_id="t" * 32)


@pytest.fixture
def listed(database: Database) -> Iterator[Connection]:
    """Return a connection to a database of six chains."""
    with database.write() as connection:
        put(connection, chain("low"), Priority.LOW)
        put(connection, chain("waiting"), None)
        put(connection, chain("critical"), Priority.CRITICAL, category=Category.INCIDENT, summary="100% of it is down")
        put(connection, chain("high", revision=3), Priority.HIGH, summary="Österreich wants 12 boxes")
        put(connection, chain("normal"), Priority.NORMAL)
        put(connection, chain("high_older"), Priority.HIGH)
    with database.read() as connection:
        yield connection


def names(connection: Connection, wanted: Filter) -> list[str]:
    """Return the subjects that are listed, without their first word."""
    return [line["subject"].removeprefix("About ") for line in chains(connection, wanted)]


def test_list_puts_the_most_urgent_first_then_the_newest(listed: Connection) -> None:
    """What a person must look at now would stand on page ten."""
    assert names(listed, Filter()) == ["critical", "high", "high_older", "normal", "low", "waiting"]
    assert names(listed, Filter(limit=2)) == ["critical", "high"], "the first two of all, not of the newest"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(priority="high"), ["high", "high_older"]),
        (Filter(category="incident"), ["critical"]),
        (Filter(since_at=START_AT + timedelta(minutes=1)), ["high"]),
        (Filter(search="BOXES"), ["high", "high_older", "normal", "low"]),
        (Filter(search="ÖSTERREICH"), ["high"]),
        (Filter(search="about wait"), ["waiting"]),
        (Filter(search="100%"), ["critical"]),
        (Filter(search="h_o"), ["high_older"]),
        (Filter(search="x' OR 1=1 --"), []),
        (Filter(priority="high", search="12"), ["high"]),
    ],
)
def test_list_shows_what_was_asked_for(listed: Connection, wanted: Filter, found: list[str]) -> None:
    """A filter would leave something out, or in."""
    assert names(listed, wanted) == found


def test_line_has_the_keys_of_the_design(listed: Connection) -> None:
    """Programs that read `chains --json` would break."""
    lines = {line["subject"]: line for line in chains(listed, Filter())}
    assert all(list(line) == KEYS for line in lines.values())
    done, waiting = lines["About high"], lines["About waiting"]
    assert done["message_ids"] == [f"{number}.high@acme.example" for number in range(3)]
    assert (done["revision"], done["completeness"], done["confidence"], done["model"]) == (3, 1.0, 0.75, "tiny")
    assert (done["analysed_at"], done["trace_id"]) == ("2026-11-02T08:00:00+00:00", "t" * 32)
    assert {key for key, value in waiting.items() if value is None} == set(KEYS[5:])
    json.dumps(list(lines.values()))


def test_email_without_a_message_id_has_none_to_list(database: Database) -> None:
    """A made-up id would be looked for in mail programs."""
    nameless = email(0).model_copy(update={"message_id": None})
    with database.write() as connection:
        keep(connection, chain().model_copy(update={"emails": (nameless,)}))
        assert chains(connection, Filter())[0]["message_ids"] == []
        found = detail(connection, f"sha256:{nameless.email_id}")
    assert found is not None
    assert found.emails == [nameless]


def test_current_analysis_is_the_last_of_the_newest_analysed_revision(database: Database) -> None:
    """A replay of an old revision would be shown over the present state."""
    with database.write() as connection:
        keep(connection, chain(revision=3))
        for revision, analyser_id, summary in ((2, "a", "two"), (2, "b", "two again"), (1, "c", "one, later")):
            made = analysis(chain(revision=revision), analyser_id=analyser_id, summary=summary)
            analyses.add(connection, made, chain_id=chain().chain_id, trace_id=None)
        assert [line["summary"] for line in chains(connection, Filter())] == ["two again"]


def test_detail_has_the_mail_oldest_first_and_the_whole_analysis(listed: Connection) -> None:
    """A person could not check what the summary says."""
    found = detail(listed, "2.high@acme.example")
    assert found is not None
    assert [each.message_id for each in found.emails] == [f"{number}.high@acme.example" for number in range(3)]
    assert found.analysis == analysis(
        chain("high", revision=3), priority=Priority.HIGH, summary="Österreich wants 12 boxes"
    )
    shown = found.as_json()
    assert list(shown) == [*KEYS, "emails", "analysis", "model_priority", "house", "analyses"]
    assert shown["emails"][0]["text"] == "Please send 12 boxes by Friday."
    assert shown["analysis"]["priority_reason"] == "somebody waits"
    json.dumps(shown)


def test_detail_of_what_is_not_analysed_and_of_what_is_not_there(listed: Connection) -> None:
    """`show` would fail on a chain that waits, or show another one."""
    waiting = detail(listed, chain("waiting").chain_id[:8])
    assert waiting is not None
    assert (waiting.analysis, waiting.as_json()["analysis"]) == (None, None)
    assert detail(listed, "nobody@acme.example") is None


def test_detail_by_a_former_id(database: Database) -> None:
    """A link in last week's report would lead nowhere."""
    with database.write() as connection:
        keep(connection, chain())
        mail.rename_chain(connection, chain("former").chain_id, chain().chain_id)
        found = detail(connection, chain("former").chain_id)
    assert found is not None
    assert found.line["chain_id"] == chain().chain_id
