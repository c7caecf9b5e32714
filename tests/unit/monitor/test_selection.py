"""Which chains are analysed again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from monitor.selection import ConditionError, condition, selected
from schemas.analysis import Category, Confidence, Priority
from storage import analyses
from storage.engine import Database
from tests.ledgers import START_AT, analysis, chain, keep

NAMES = {chain(name).chain_id: name for name in ("order", "incident", "fresh", "stale", "letter")}


@pytest.fixture
def ledger(database: Database) -> Iterator[Connection]:
    """Return a connection to chains that are analysed by two, by one, not at all, and only as they were before."""
    with database.write() as connection:
        for of in (chain("order"), chain("incident", revision=3), chain("fresh"), chain("stale", revision=2)):
            keep(connection, of)
        letter = chain("letter").model_copy(update={"subject": "50% off"})
        keep(connection, letter)
        made = [
            analysis(chain("order")),
            analysis(chain("order"), analyser_id="another"),
            analysis(chain("incident", revision=3), priority=Priority.HIGH, category=Category.INCIDENT).model_copy(
                update={"confidence": Confidence(score=0.4)}
            ),
            analysis(chain("stale")),
            analysis(letter, analyser_id="rules").model_copy(update={"made_by": "code"}),
        ]
        for each in made:
            analyses.add(connection, each, chain_id=each.chain_id, trace_id=None)
        connection.exec_driver_sql(f"UPDATE chain SET bulk = 'list' WHERE chain_id = '{letter.chain_id}'")  # noqa: S608 - ours
    with database.read() as connection:
        yield connection


def names(connection: Connection, *where: str, **other: object) -> set[str]:
    """Return the chains that are selected."""
    found = selected(connection, [condition(each) for each in where], **other)  # type: ignore[arg-type] # by name
    return {NAMES[target.chain_id] for target in found}


def test_all_that_anybody_has_analysed_is_chosen_the_most_urgent_first(ledger: Connection) -> None:
    """The night would end before what matters was read again."""
    assert next(NAMES[target.chain_id] for target in selected(ledger)) == "incident"
    assert names(ledger) == {"order", "incident", "stale", "letter"}
    assert len(selected(ledger, limit=2)) == 2


def test_missing_is_what_nobody_has_analysed_as_it_is_now(ledger: Connection) -> None:
    """What is new in a conversation would count as read."""
    assert names(ledger, missing=True) == {"fresh", "stale"}


def test_what_the_analyser_has_done_is_not_chosen_again(ledger: Connection) -> None:
    """A run that was stopped would begin at the beginning."""
    assert names(ledger, not_by="an-analyser") == {"stale", "letter"}
    assert names(ledger, not_by="rules") == {"order", "incident", "stale"}


def test_bulk_mail_that_is_skipped_is_not_chosen(ledger: Connection) -> None:
    """Mail that is never published would be analysed by the back door."""
    assert names(ledger, without_bulk=["list"]) == {"order", "incident", "stale"}


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (["priority=high"], {"incident"}),
        (["category=order", "made_by=model"], {"order", "stale"}),
        (["made_by=code"], {"letter"}),
        (["confidence<0.5"], {"incident"}),
        (["confidence >= 0.75", "made_by=model"], {"order", "stale"}),
        (["model=TINY", "analyser=ano"], {"order"}),
        ([f"since={(START_AT + timedelta(minutes=2)).isoformat()}"], {"incident"}),
        (["until=2026-11-02T08:01"], {"order", "letter"}),
        (["search=50%"], {"letter"}),
        ([f"chain={chain('stale').chain_id[:9]}"], {"stale"}),
        (["search=' OR 1=1 --"], set()),
    ],
)
def test_conditions_mean_what_they_say(ledger: Connection, where: list[str], found: set[str]) -> None:
    """The wrong chains would be paid for."""
    assert names(ledger, *where) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("urgent", "write NAME=VALUE"),
        ("colour=red", "nothing is called 'colour': there are priority, "),
        ("priority=urgent", "there are low, normal, high, critical"),
        ("priority>low", "only confidence is compared"),
        ("confidence<half", "no number"),
        ("since=yesterday", "no ISO date"),
        ("model=", "has no value"),
    ],
)
def test_condition_that_nobody_can_mean_is_refused_in_words(text: str, words: str) -> None:
    """A typing error would choose everything, or nothing."""
    with pytest.raises(ConditionError, match=words):
        condition(text)
