"""What the table of dead letters says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storage import dead_letters
from storage.dead_letters import Letter, LetterState
from storage.engine import Database
from tests.ledgers import dead_letter

AT = datetime(2026, 11, 3, 9, tzinfo=UTC)


def letter(
    offset: int, state: LetterState = LetterState.OPEN, *, topic: str = "mail", group: str = "g", error: str = "E"
) -> Letter:
    """Return a dead letter; the lower its offset, the later it was given up."""
    made = dead_letter(offset, state, topic=topic, group=group, error=error)
    return replace(made, failed_at=AT - timedelta(minutes=offset), changed_at=AT)


def test_listed_selects_and_begins_with_the_first_given_up(database: Database) -> None:
    """A person would redrive, or park, what they did not mean."""
    with database.write() as connection:
        for each in (
            letter(1),
            letter(2, LetterState.PARKED),
            letter(3, error="Other"),
            letter(4, topic="elsewhere"),
            letter(5, group="replay"),
        ):
            dead_letters.put(connection, each)
        offsets = [each.offset for each in dead_letters.listed(connection, "g", ["mail"])]
        is_open = [each.offset for each in dead_letters.listed(connection, "g", ["mail"], states=[LetterState.OPEN])]
        other = [each.offset for each in dead_letters.listed(connection, "g", ["mail"], error_class="Other")]
    assert (offsets, is_open, other) == ([3, 2, 1], [3, 1], [3])


def test_put_again_is_one_letter_with_the_newer_bytes(database: Database) -> None:
    """A record given up on twice, because rows were lost, would be redriven twice."""
    with database.write() as connection:
        dead_letters.put(connection, letter(1, LetterState.PARKED))
        dead_letters.put(connection, letter(1))
        (found,) = dead_letters.listed(connection, "g", ["mail"])
    assert found == letter(1)
    assert found.letter_id == "mail/0/1"


def test_mark_changes_one_letter_and_says_when(database: Database) -> None:
    """All letters would be closed by the first redrive."""
    later = AT + timedelta(hours=1)
    with database.write() as connection:
        dead_letters.put(connection, letter(1))
        dead_letters.put(connection, letter(2))
        dead_letters.mark(connection, letter(2).coordinates, LetterState.REDRIVEN, now=later)
        states = {each.offset: (each.state, each.changed_at) for each in dead_letters.listed(connection, "g", ["mail"])}
        counts = dead_letters.counts(connection, "g", ["mail"])
    assert states == {1: (LetterState.OPEN, AT), 2: (LetterState.REDRIVEN, later)}
    assert counts == {LetterState.OPEN: 1, LetterState.REDRIVEN: 1}
