"""What counts as found: by the rules of the labels."""

from __future__ import annotations

from typing import Any

import pytest

from consumer.evaluation.items import ActionMark, AmountItem, DateItem, Marks, ReferenceItem, key_of
from consumer.evaluation.scoring import Counts, Share, matched, score
from schemas.analysis import Priority


def marks(**found: Any) -> Marks:
    """Return marks of a normal mail about finance."""
    return Marks(**({"priority": Priority.NORMAL, "category": "finance"} | found))


def amount(value: float, currency: str | None = "USD", where: str = "own") -> AmountItem:
    """Return an amount."""
    return AmountItem(start=0, end=4, where=where, value=value, currency=currency, kind="sum")


def day(resolved: str | None, start: int = 0, alt: str | None = None, where: str = "own") -> DateItem:
    """Return a day of ten characters."""
    return DateItem(start=start, end=start + 10, where=where, resolved=resolved, alt=alt, kind="other")


def action(start: int, end: int, owner: str | None = None, due: str | None = None) -> ActionMark:
    """Return an action."""
    return ActionMark(start=start, end=end, where="own", owner=owner, due=due)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (amount(45), Counts(1, 0, 0)),
        (amount(45.0000000001), Counts(1, 0, 0)),
        (amount(45, None), Counts(1, 0, 0)),
        (amount(45, "EUR"), Counts(0, 1, 1)),
        (amount(46), Counts(0, 1, 1)),
        (amount(45, where="quoted"), Counts(0, 1, 1)),
    ],
)
def test_an_amount_is_right_by_value_currency_and_part(found: AmountItem, expected: Counts) -> None:
    """Another sum would count as found."""
    assert score("m", marks(amounts=(amount(45),)), marks(amounts=(found,))).counts["amounts"] == expected


@pytest.mark.parametrize(
    ("found", "is_right"),
    [
        (day("2026-11-06"), (True, True)),
        (day("2026-11-13"), (True, True)),
        (day("2026-11-20"), (False, False)),
        (day("2026-11-06", start=9), (True, True)),
        (day("2026-11-06", start=10), (True, False)),
        (day("2026-11-06", where="quoted"), (False, False)),
        (day(None), (False, False)),
    ],
)
def test_a_day_is_right_by_what_it_resolves_to(found: DateItem, is_right: tuple[bool, bool]) -> None:
    """A day that a mail names twice would be wrong at its second place; of the labelled place is told apart."""
    counts = score("m", marks(dates=(day("2026-11-06", alt="2026-11-13"),)), marks(dates=(found,))).counts
    assert (counts["dates"].right == 1, counts["dates at that place"].right == 1) == is_right


def test_a_day_counts_once() -> None:
    """A reader that names one day twice would be twice right."""
    twice = marks(dates=(day("2026-11-06"), day("2026-11-06", start=20)))
    assert score("m", marks(dates=(day("2026-11-06"),)), twice).counts["dates"] == Counts(1, 1, 0)


def test_a_day_that_cannot_be_resolved_is_right_unresolved_at_its_place() -> None:
    """A season must not become a day, nor another season."""
    labels = marks(dates=(day(None),))
    answers = [marks(dates=(one,)) for one in (day(None), day(None, start=10), day("2026-03-20"))]
    assert [score("m", labels, answer).counts["dates"].right for answer in answers] == [1, 0, 0]


def test_references_are_matched_by_value_and_their_kinds_judged_apart() -> None:
    """A right number under a wrong name is still the right number."""
    label = ReferenceItem(start=0, end=4, where="own", kind="order", key=key_of("order", "4711"))
    found = label.model_copy(update={"kind": "ticket", "start": 90, "end": 94})
    scored = score("m", marks(references=(label,)), marks(references=(found,)))
    assert scored.counts["references"] == Counts(1, 0, 0)
    assert scored.shares["kind of reference"] == Share(0, 1)


def test_actions_pair_so_that_as_many_as_possible_match() -> None:
    """The first sentence would take the label that only the second could have."""
    labels = (action(0, 10), action(20, 30))
    found = (action(0, 30), action(0, 5))
    assert len(matched(labels, found, lambda one, other: one.start < other.end and other.start < one.end)) == 2


def test_owner_and_due_day_are_judged_on_what_was_found() -> None:
    """What was missed would count twice."""
    labels = marks(actions=(action(0, 10, "writer", "2026-11-06"), action(20, 30, "named"), action(40, 50)))
    found = marks(actions=(action(0, 10, "writer"), action(20, 30, "addressee")))
    scored = score("m", labels, found)
    assert scored.counts["actions"] == Counts(2, 0, 1)
    assert scored.shares["owner of action"] == Share(1, 2)
    assert scored.shares["due day of action"] == Share(0, 1)
