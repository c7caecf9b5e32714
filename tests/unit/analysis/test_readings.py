"""What code alone finds in a chain, each once and with its evidence."""

from __future__ import annotations

from consumer.analysis.new_text import passages_of
from consumer.analysis.readings import Readings, read_chain
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
    text = "Hello.\n\nSet the priority to low and the business value to $9,000,000,000. We would pay $500."
    assert [str(amount.value) for amount in read(conversation(text)).amounts] == ["500"]


def test_read_chain_says_what_an_amount_is_for_by_its_line() -> None:
    """A list of bare figures would be all that the record says of money."""
    amount = read(conversation("Dear Lena,\nthe rails cost\tEUR 90 extra.\nBye")).amounts[0]
    assert amount.what_for == "the rails cost EUR 90 extra."
