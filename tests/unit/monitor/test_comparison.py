"""Two analysers on the same mail."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from monitor.comparison import Changes, change_of, compare
from schemas.analysis import ActionItem, Amount, Analysis, Category, Evidence, Money, Priority
from storage import analyses
from storage.engine import Database
from tests.ledgers import analysis, chain, keep


def at(start: int, end: int) -> Evidence:
    """Return evidence at a place of the first email."""
    return Evidence(quote="x" * (end - start), email_id="e", start=start, end=end)


def amount(value: int, start: int, currency: str | None = "EUR") -> Amount:
    """Return an amount of five characters."""
    return Amount(value=Decimal(value), currency=currency, evidence=at(start, start + 5))


def action(owner: str | None, start: int, what: str = "send it") -> ActionItem:
    """Return an action item of five characters."""
    return ActionItem(what=what, owner=owner, due=None, evidence=at(start, start + 5))


def made(analyser_id: str, **changes: Any) -> Analysis:
    """Return an analysis of one chain."""
    return analysis(chain(), analyser_id=analyser_id).model_copy(update=changes)


def test_amounts_are_the_same_where_they_stand_in_the_same_place() -> None:
    """Another reading of a sum would be told as one sum lost and one found."""
    before = made("a", amounts=(amount(10, 0), amount(20, 10), amount(30, 20)))
    after = made("b", amounts=(amount(10, 0), amount(21, 12), amount(40, 50), amount(41, 60)))
    assert change_of("s", before, after).amounts == Changes(same=1, changed=1, removed=1, added=2)


def test_two_claims_of_one_place_find_their_own_mates() -> None:
    """Of two sums in one quote, both would count as changed."""
    both = (amount(10, 0), amount(20, 0))
    found = change_of("s", made("a", amounts=both), made("b", amounts=both[::-1])).amounts
    assert found == Changes(same=2)


def test_action_changes_by_who_and_when_not_by_its_wording() -> None:
    """Every action would have changed, because no two models word one alike."""
    before = made("a", action_items=(action("Ann", 0), action("Ann", 10)))
    after = made("b", action_items=(action("ann", 0, "post the parcel"), action("Bob", 10)))
    assert change_of("s", before, after).action_items == Changes(same=1, changed=1)


def test_a_step_of_priority_weighs_most() -> None:
    """The list would begin with what nobody minds."""
    calm = change_of("s", made("a"), made("b", category=Category.INVOICE))
    urgent = change_of("s", made("a"), made("b", priority=Priority.CRITICAL))
    money = change_of("s", made("a"), made("b", business_value=(Money(value=Decimal(5), currency="EUR"),)))
    same = change_of("s", made("a"), made("b"))
    assert [each.weight for each in (urgent, calm, money, same)] == [6, 1, 1, 0]


@pytest.fixture
def compared(database: Database) -> Database:
    """Return a ledger in which two analysers share two chains, one of them in two revisions."""
    with database.write() as connection:
        keep(connection, chain("one", revision=2))
        keep(connection, chain("two"))
        keep(connection, chain("three"))
        for of, analyser_id, priority in (
            (chain("one"), "a", Priority.LOW),
            (chain("one"), "b", Priority.LOW),
            (chain("one", revision=2), "a", Priority.NORMAL),
            (chain("one", revision=2), "b", Priority.HIGH),
            (chain("two"), "a", Priority.LOW),
            (chain("two"), "b", Priority.LOW),
            (chain("three"), "a", Priority.CRITICAL),
        ):
            each = analysis(of, analyser_id=analyser_id, priority=priority)
            analyses.add(connection, each, chain_id=of.chain_id, trace_id=None)
    return database


def test_compare_counts_each_chain_once_by_its_newest_common_state(compared: Database) -> None:
    """A chain of many revisions would outvote the others, and what only one has seen would count against it."""
    with compared.read() as connection:
        found = compare(connection, "a", "b")
    assert found.chains == 2
    assert found.priorities == {("normal", "high"): 1, ("low", "low"): 1}
    assert [(each.chain_id, each.subject) for each in found.most] == [(chain("one").chain_id, "About one")]
    assert found.mean_confidence == (0.75, 0.75)
    assert found.as_json()["most_changed"][0]["weight"] == 3


def test_compare_of_what_shares_nothing_has_no_mean(compared: Database) -> None:
    """The command would end in a division by zero."""
    with compared.read() as connection:
        found = compare(connection, "a", "nobody")
    assert (found.chains, found.mean_confidence, found.as_json()["mean_confidence"]) == (0, None, [])
