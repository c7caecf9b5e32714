"""How records end, and how often they were tried."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from storage import outcomes
from storage.engine import Database
from storage.outcomes import Coordinates, Outcome, OutcomeKind, Tried
from tests.ledgers import START_AT, TOPIC, chain, published

AT = Coordinates(group_id="g", topic=TOPIC, partition=0, offset=5)
STORED = Outcome(kind=OutcomeKind.STORED)


def test_outcome_is_one_for_group_and_record(database: Database) -> None:
    """A redelivery would change how a record ended, or one group's end hide another's."""
    with database.write() as connection:
        assert outcomes.add(connection, AT, STORED, ended_at=START_AT)
        assert not outcomes.add(connection, AT, Outcome(kind=OutcomeKind.DUPLICATE), ended_at=START_AT)
        assert outcomes.add(connection, replace(AT, group_id="h"), STORED, ended_at=START_AT)
        assert outcomes.kind_of(connection, AT) is OutcomeKind.STORED
        assert outcomes.kind_of(connection, replace(AT, offset=6)) is None


def test_attempts_count_up_and_refusals_are_taken_back(database: Database) -> None:
    """A record would be given up early, or never."""
    with database.write() as connection:
        assert outcomes.attempts_of(connection, AT) == 0
        assert [outcomes.begin_attempt(connection, AT, now=START_AT).attempts for _ in range(2)] == [1, 2]
        outcomes.end_attempt(connection, AT, counts=False, error="refused")
        assert outcomes.attempts_of(connection, AT) == 1
        outcomes.end_attempt(connection, AT, counts=True, error="time-out")
        assert outcomes.attempts_of(connection, AT) == 1
        assert outcomes.begin_attempt(connection, AT, now=START_AT).attempts == 2
        assert outcomes.attempts_of(connection, replace(AT, group_id="h")) == 0


def test_first_unfinished_is_the_lowest_without_an_outcome(database: Database) -> None:
    """Rows lost in a power cut would not be found again."""
    with database.write() as connection:
        assert outcomes.first_unfinished(connection, "g", TOPIC, 0) is None
        for offset, of in enumerate("abcd"):
            published(connection, chain(of), offset)
        published(connection, chain("e"), 0, partition=1)
        for offset in (0, 2):
            outcomes.add(connection, replace(AT, offset=offset), STORED, ended_at=START_AT)
        assert outcomes.first_unfinished(connection, "g", TOPIC, 0) == 1
        assert outcomes.first_unfinished(connection, "other", TOPIC, 0) == 0
        assert outcomes.first_unfinished(connection, "g", "elsewhere", 0) is None


def test_first_unfinished_passes_over_what_compaction_may_have_taken(database: Database) -> None:
    """Every assignment would read a partition again from a record that is not there any more."""
    with database.write() as connection:
        published(connection, chain(revision=1), 0)
        published(connection, chain("other"), 1)
        published(connection, chain(revision=2), 2)
        assert outcomes.first_unfinished(connection, "g", TOPIC, 0) == 1


def test_suspects_are_attempts_that_never_ended(database: Database) -> None:
    """A record that kills its process would not be found out, or a good one be suspected."""
    with database.write() as connection:
        for offset in range(5):
            outcomes.begin_attempt(connection, replace(AT, offset=offset), now=START_AT)
        outcomes.end_attempt(connection, replace(AT, offset=1), counts=True, error="slow")
        outcomes.close_attempt(connection, replace(AT, offset=2), calls=1)
        outcomes.add(connection, replace(AT, offset=3), STORED, ended_at=START_AT)
        assert outcomes.suspects(connection, "g", TOPIC, 0) == [0, 4]
        assert outcomes.suspects(connection, "other", TOPIC, 0) == []
        assert outcomes.begin_attempt(connection, replace(AT, offset=0), now=START_AT) == Tried(attempts=2, kills=1)
        assert outcomes.begin_attempt(connection, replace(AT, offset=1), now=START_AT) == Tried(attempts=2, kills=0)


def test_dead_letters_in_a_row_are_counted_back_to_the_last_stored(database: Database) -> None:
    """A restart would begin to count anew, and a supervisor's restarts empty the topic all the same."""
    kinds = [OutcomeKind.DEAD_LETTERED, OutcomeKind.STORED, OutcomeKind.DEAD_LETTERED, OutcomeKind.DUPLICATE]
    with database.write() as connection:
        assert outcomes.dead_letters_in_a_row(connection, "g", limit=9) == 0
        for offset, kind in enumerate([*kinds, OutcomeKind.DEAD_LETTERED]):
            ended_at = START_AT + timedelta(seconds=offset)
            outcomes.add(connection, replace(AT, offset=offset), Outcome(kind=kind), ended_at=ended_at)
        assert outcomes.dead_letters_in_a_row(connection, "g", limit=9) == 2
        assert outcomes.dead_letters_in_a_row(connection, "g", limit=1) == 1
