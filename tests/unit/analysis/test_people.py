"""Who takes part, by the headers."""

from __future__ import annotations

import pytest

from consumer.analysis.people import organisation_of, people
from schemas.chain import Address
from tests.conversations import conversation


@pytest.mark.parametrize(
    ("address", "organisation"),
    [
        ("ann@acme.example", "acme"),
        ("ann@mail.acme.example", "acme"),
        ("ann@acme.co.uk", "acme"),
        ("ann@sales.acme.co.uk", "acme"),
        ("ann@ACME.Example.", "acme"),
        ("ann@gmail.com", ""),
        ("ann@web.de", ""),
        ("ann@localhost", ""),
        ("ann", ""),
        ("", ""),
        ("ann@127.0.0.1", ""),
        ("ann@a b.example", ""),
    ],
)
def test_organisation_of_names_the_employer_by_the_domain(address: str, organisation: str) -> None:
    """Providers of free mail would be customers, and a company behind `co.uk` would be called "co"."""
    assert organisation_of(address) == organisation


def test_people_come_once_with_the_best_name_and_role() -> None:
    """The same person would be listed once for each spelling of the address."""
    chain = conversation(
        {"sender": Address(address="Ann@Acme.example"), "to": (Address(address="lena@ringwerk.example"),)},
        {
            "sender": Address(name="Lena", address="lena@ringwerk.example"),
            "to": (Address(name="Ann", address="ann@acme.example"),),
        },
        {"sender": None, "to": (), "cc": (Address(name="Bo", address="bo@gmail.com"),)},
    )
    found = [(who.name, who.organisation, who.role) for who in people(chain)]
    assert found == [("Ann", "acme", "sender"), ("Lena", "ringwerk", "sender"), ("Bo", "", "")]


def test_people_of_a_mail_to_thousands_are_bounded() -> None:
    """A mail to a whole company would make a record of megabytes."""
    crowd = tuple(Address(address=f"a{number}@acme.example") for number in range(500))
    assert len(people(conversation({"to": crowd}))) == 50
