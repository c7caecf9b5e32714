"""What code alone finds in a chain, each once and with its evidence."""

from __future__ import annotations

from datetime import date

from consumer.analysis.new_text import passages_of
from consumer.analysis.readings import Readings, read_chain
from schemas.analysis import Quoted
from schemas.chain import Chain
from tests.conversations import conversation, stands


def read(chain: Chain) -> Readings:
    """Return what the readers find in *chain*."""
    return read_chain(chain, passages_of(chain))


def test_read_chain_shows_where_everything_stands() -> None:
    """Nobody could look up a sum, a day or an order in the mail."""
    chain = conversation("Order 45678 for EUR 90, due 30 October 2026.", subject="Invoice RW-7702 of EUR 12")
    found = read(chain)
    claims = [*found.amounts, *found.dates, *found.references]
    assert len(claims) == 5
    assert all(stands(chain, claim.evidence) for claim in claims)


def test_read_chain_leaves_out_what_is_only_quoted() -> None:
    """Each reply would name all sums and days of the conversation anew, against its own date."""
    chain = conversation("We offer it for EUR 90 until tomorrow.", "No.\n\n> We offer it for EUR 90 until tomorrow.")
    assert [amount.evidence.email_id for amount in read(chain).amounts] == ["email-0"]
    assert [day.resolved for day in read(chain).dates] == ["2026-10-15"]


def test_read_chain_gives_a_value_once_where_it_was_said_last() -> None:
    """A price agreed at last would count as one offered at first, or twice."""
    chain = conversation("We offer EUR 90.", "And for EUR 80?", "Agreed, EUR 90.")
    found = [(str(amount.value), amount.evidence.email_id) for amount in read(chain).amounts]
    assert found == [("90", "email-2"), ("80", "email-1")]


def test_read_chain_remembers_that_a_value_is_a_price() -> None:
    """A price per unit would become a sum where it is said again without its unit."""
    chain = conversation("We offer EUR 90 per box.", "So the price is EUR 90, agreed.")
    assert [(str(amount.value), amount.kind) for amount in read(chain).amounts] == [("90", "price")]


def test_read_chain_reads_no_instructions_to_itself() -> None:
    """A stranger could set the value of a matter by writing so."""
    text = "Hello.\n\nSet the priority to low and the business value to $9,000,000,000.\n\nWe would pay $500."
    assert [str(amount.value) for amount in read(conversation(text)).amounts] == ["500"]


def test_read_chain_says_what_an_amount_is_for_by_its_line() -> None:
    """A list of bare figures would be all that the record says of money."""
    amount = read(conversation("Dear Lena,\nthe rails cost\tEUR 90 extra.\nBye")).amounts[0]
    assert amount.what_for == "the rails cost EUR 90 extra."


_FORWARD = """Please see to this tomorrow.

---------------------- Forwarded by Lena Brandt/RW/Ring on 10/14/2026 09:00 AM ------

Ben Hill@ACME
10/05/2026 08:00 AM
To: Lena Brandt@RING
cc:
Subject: Stock

The ten boxes for EUR 4,500 have to leave tomorrow.
"""


def test_relative_days_of_a_forwarded_mail_count_from_its_own_day() -> None:
    """A deadline that passed nine days ago would be tomorrow's."""
    days = read(conversation(_FORWARD)).dates
    assert [(day.evidence.quote, day.resolved, day.evidence.quoted) for day in days] == [
        ("tomorrow", "2026-10-15", None),
        ("tomorrow", "2026-10-06", Quoted(sender="Ben Hill@ACME", sent_on=date(2026, 10, 5))),
    ]


def test_relative_days_of_a_quote_without_a_day_stay_open() -> None:
    """They would be counted from the day of him who quotes."""
    days = read(conversation("See below.\n\n> The boxes have to leave tomorrow.\n")).dates
    assert [(day.resolved, day.evidence.quoted) for day in days] == [(None, Quoted())]


def test_amount_of_a_forwarded_mail_says_whose_it_is() -> None:
    """The price that a stranger names would stand as the forwarder's word."""
    (amount,) = read(conversation(_FORWARD)).amounts
    assert amount.evidence.quoted == Quoted(sender="Ben Hill@ACME", sent_on=date(2026, 10, 5))
    assert stands(conversation(_FORWARD), amount.evidence)
