"""Chains that are too large for one record."""

from __future__ import annotations

import pytest

from producer.chain_records import fit, without_texts
from schemas import wire
from schemas.chain import Address, Chain
from tests.ledgers import chain

_LIMIT_BYTES = 20_000


def of(revision: int, text: str, addresses: int = 0) -> Chain:
    """Return a chain of so many emails, each with a text and so many people in copy."""
    made = chain("large", revision=revision, text=text)
    copies = tuple(Address(name="N" * 50, address=f"{number}@acme.example") for number in range(addresses))
    emails = tuple(email.model_copy(update={"cc": copies}) for email in made.emails)
    return made.model_copy(update={"emails": emails})


def test_small_chain_is_left_as_it_is() -> None:
    """Words would be missing where nothing forces it."""
    small = of(3, "hello")
    assert fit(small, _LIMIT_BYTES) is small


def test_oldest_texts_go_first_and_it_is_said() -> None:
    """This morning's mail would be cut in place of last year's, or nobody know that something is missing."""
    fitted = fit(of(5, "x" * 9_000), _LIMIT_BYTES)
    assert len(wire.encode(fitted)) <= _LIMIT_BYTES
    assert len(fitted.emails) == 5
    assert fitted.emails[-1].text == "x" * 9_000
    assert fitted.emails[0].elided_chars == 9_000


def test_where_headers_are_too_many_the_oldest_emails_go() -> None:
    """A chain of thousands of mails would be refused by the broker, and stop all that comes after it."""
    whole = of(400, "hello")
    fitted = fit(whole, _LIMIT_BYTES)
    assert len(wire.encode(fitted)) <= _LIMIT_BYTES
    assert fitted.emails[-1].email_id == whole.emails[-1].email_id
    left_out = 400 - len(fitted.emails)
    assert 300 < left_out < 400
    assert fitted.completeness.missing == (f"the {left_out} oldest emails: too many for one record",)
    assert (fitted.chain_hash, fitted.revision) == (whole.chain_hash, whole.revision)


@pytest.mark.parametrize("revision", [1, 3])
def test_one_email_with_endless_lists_still_goes(revision: int) -> None:
    """A mail to ten thousand people would be refused for ever."""
    fitted = fit(of(revision, "hello", addresses=500), _LIMIT_BYTES)
    assert len(wire.encode(fitted)) <= _LIMIT_BYTES
    assert len(fitted.emails) == 1
    assert fitted.emails[0].cc == ()
    assert len(fitted.completeness.missing) == 1


def test_headers_alone_say_what_they_leave_out() -> None:
    """A newsletter's text would be taken for empty."""
    alone = without_texts(of(2, "hello"))
    assert [(email.text, email.elided_chars) for email in alone.emails] == [("", 5), ("", 5)]
