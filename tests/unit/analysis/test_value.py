"""What is at stake in money."""

from __future__ import annotations

from decimal import Decimal

import pytest

from consumer.analysis.new_text import passages_of
from consumer.analysis.readings import read_chain
from consumer.analysis.value import business_value, total
from tests.conversations import conversation


def at_stake(*texts: str) -> dict[str | None, str]:
    """Return the value of a chain of *texts* by currency."""
    chain = conversation(*texts)
    readings = read_chain(chain, passages_of(chain))
    return {money.currency: str(money.value) for money in business_value(chain, readings.amounts)}


def test_business_value_leaves_out_what_newspapers_name() -> None:
    """A matter would be worth the debts of a whole country."""
    article = "Steel Gets Dearer\nBy Paula Kern\nDaily Example Staff Writer\n\nMills asked for $5 billion more."
    assert at_stake(f"This would cost us EUR 90.\n\n{article}") == {"EUR": "90"}


@pytest.mark.parametrize(
    ("texts", "value"),
    [
        (("We pay EUR 90.",), {"EUR": "90"}),
        (("EUR 90 for rails and EUR 10 for freight.",), {"EUR": "100"}),
        (("EUR 90 for rails, EUR 10 for freight, EUR 100 in total.",), {"EUR": "100"}),
        (("Net EUR 90.01, tax EUR 10.00, to pay EUR 100.01.",), {"EUR": "100.01"}),
        (("We offer EUR 90.", "We would pay EUR 80."), {"EUR": "80"}),
        (("We offer EUR 90.", "EUR 80?", "No, EUR 90."), {"EUR": "90"}),
        (("We offer EUR 90.", "When can you deliver?"), {"EUR": "90"}),
        (("EUR 90 or USD 100.", "Then USD 95."), {"EUR": "90", "USD": "95"}),
        (("12 boxes at EUR 7.50 per box, EUR 90.",), {"EUR": "90"}),
        (("Rent is EUR 900 per month.",), {}),
        (("You get a credit of -90 EUR.",), {}),
        (("No money here.",), {}),
        (("EUR 80?\n\nOn 12 Oct 2026, Ann wrote:\n> We offer EUR 90.",), {"EUR": "80"}),
        (("See below.\n\nOn 12 Oct 2026, Ann wrote:\n> We offer EUR 90.",), {"EUR": "90"}),
    ],
)
def test_business_value_counts_each_sum_once_and_as_it_stands_now(
    texts: tuple[str, ...], value: dict[str, str]
) -> None:
    """A matter would seem worth the sum of its total, its parts and all earlier offers."""
    assert at_stake(*texts) == value


def test_total_of_one_sum_is_that_sum() -> None:
    """A single sum would be taken for the total of nothing."""
    assert total({Decimal(5)}) == 5


def test_total_takes_two_equal_halves_for_what_they_are() -> None:
    """Two sums of which one is the other would be counted as parts and total only where they are."""
    assert total({Decimal(50), Decimal(49)}) == 99
    assert total({Decimal(50), Decimal(20), Decimal(30)}) == 50
