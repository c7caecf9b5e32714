"""Title and company, by a signature: nothing where it is not sure."""

from __future__ import annotations

import pytest

from consumer.analysis.people import people
from consumer.analysis.signatures import Signed, signed
from schemas.chain import Address
from tests.conversations import conversation


@pytest.mark.parametrize(
    ("tail", "title", "organisation"),
    [
        ("Ann Weber\nHead of Purchasing\nAcme Rings Inc.", "Head of Purchasing", "Acme Rings Inc."),
        ("Ann Weber\nSales Manager, Acme Corp", "Sales Manager", "Acme Corp"),
        ("Annie Weber\nAcme GmbH\nTel: 030 555", "", "Acme GmbH"),
        ("ann weber\nEinkaufsleiterin", "", ""),
        ("Ann Weber\nLeiterin Einkauf", "Leiterin Einkauf", ""),
        ("Ann Weber\n\nHead of Purchasing", "", ""),
        ("Ann Weber\nI am the manager of it.", "", ""),
        ("Ann Weber\nMain Street 5\nManager", "", ""),
        ("Bo Hill\nHead of Purchasing", "", ""),
        ("Weber\nHead of Purchasing", "", ""),
        ("Ann Weber wrote:\nHead of Purchasing", "", ""),
        ("> Ann Weber\n> Head of Purchasing", "", ""),
        ("From: Bo\n\nAnn Weber\nHead of Purchasing", "", ""),
    ],
)
def test_signed_reads_the_lines_below_the_own_name(tail: str, title: str, organisation: str) -> None:
    """Anybody's title, or a line of the text, would become the sender's."""
    assert signed(f"The rings are blue.\n\nRegards\n{tail}", "Ann Weber") == Signed(
        title=title, organisation=organisation
    )


def test_people_have_the_title_that_they_signed_with() -> None:
    """Who writes would be known by the address alone."""
    text = "Agreed.\n\nAnn Weber\nHead of Purchasing\nAcme Rings Inc."
    chain = conversation(
        text, {"text": "Thanks.", "sender": Address(name="Lena Brandt", address="lena@ringwerk.example")}
    )
    found = [(who.name, who.title, who.organisation) for who in people(chain)]
    assert found == [("Ann Weber", "Head of Purchasing", "Acme Rings Inc."), ("Lena Brandt", "", "ringwerk")]


def test_people_without_a_name_are_known_by_their_address() -> None:
    """Where headers hold bare addresses, nobody would have a title."""
    chain = conversation({"text": "Fine.\n\nAnn Weber\nManager", "sender": Address(address="ann.weber@acme.example")})
    assert people(chain)[0].title == "Manager"
