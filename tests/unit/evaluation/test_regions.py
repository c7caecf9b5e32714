"""Whose words a part of a mail is, by the definitions of the labels."""

from __future__ import annotations

from typing import Any

import pytest

from consumer.evaluation.owners import role_of
from consumer.evaluation.regions import Region, regions_of
from schemas.chain import Address, Email
from tests.conversations import conversation

FORWARD = """Please look at the price.

Lena

--\x20
Lena Brandt
Phone 555-0147

-----Original Message-----
From: Maria Lopes <maria@lopes.example>
Sent: Monday, October 12, 2026 9:00 AM
To: Lena Brandt
Subject: Steel wire for March 2027

Our price is EUR 900.
"""
ARTICLE = """Worth reading.

Lena

Steel Gets Dearer
By Paula Kern
Daily Example Staff Writer
Oct. 12, 2026

Mills asked for $5 million more.
"""


def mail(text: str, **fields: Any) -> Email:
    """Return an email of Lena's."""
    lena = Address(name="Lena Brandt", address="lena@ringwerk.example")
    (email,) = conversation(
        {"text": text, "sender": lena, "to": (Address(address="omar@ringwerk.example"),)} | fields
    ).emails
    return email


def where(email: Email, words: str) -> Region | None:
    """Return the region in which *words* stand."""
    for region in regions_of(email):
        text: str = getattr(email, region.field)
        if words in text[region.start : region.end]:
            return region
    return None


def test_a_signature_is_the_senders_own_and_a_forwarded_mail_is_not() -> None:
    """The telephone number of the sender would be missed, or be that of somebody else."""
    email = mail(FORWARD)
    own, quoted = where(email, "555-0147"), where(email, "EUR 900")
    assert own is not None
    assert quoted is not None
    assert (own.where, quoted.where) == ("own", "quoted")
    assert own.start == 0


def test_what_stands_above_the_pictures_of_a_page_is_the_senders_own() -> None:
    """His telephone number would be taken for a headline."""
    page = "Worth reading.\n\nLena\n555-0147\n\n[IMAGE]Harbour Gazette [IMAGE]\nMills asked for $5 million more.\n"
    own, quoted = where(mail(page), "555-0147"), where(mail(page), "$5 million")
    assert own is not None
    assert quoted is not None
    assert (own.where, quoted.where) == ("own", "quoted")


def test_quoted_words_have_their_own_day_and_their_own_sender() -> None:
    """Tomorrow in a forwarded mail would be another day."""
    quoted = where(mail(FORWARD), "EUR 900")
    assert quoted is not None
    assert quoted.quoted is not None
    assert str(quoted.written_on) == "2026-10-12"
    assert "Maria Lopes" in quoted.quoted.sender


@pytest.mark.parametrize("words", ["March 2027", "Original Message", "9:00 AM", "maria@lopes.example"])
def test_header_lines_of_quoted_mail_belong_to_nobody(words: str) -> None:
    """A label never stands there, so that whatever is found would count as made up."""
    assert where(mail(FORWARD), words) is None


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Our offer for 2027", "own"),
        ("Re: Our offer for 2027", "quoted"),
        ("FW: Our offer", "quoted"),
        ("AW[2]: Angebot", "quoted"),
        ("Steel wire for March 2027", "quoted"),
        ("Reply by Friday", "own"),
    ],
)
def test_a_subject_is_own_unless_it_answers_or_a_quoted_header_repeats_it(subject: str, expected: str) -> None:
    """The day in an answer's subject is not of the answer's day."""
    region = where(mail(FORWARD, subject=subject), subject)
    assert region is not None
    assert (region.field, region.where) == ("subject", expected)


def test_a_pasted_article_is_quoted_from_its_headline_on() -> None:
    """The millions of a newspaper would be the sender's."""
    email = mail(ARTICLE)
    own, headline, body = where(email, "Worth reading"), where(email, "Steel Gets Dearer"), where(email, "$5 million")
    assert own is not None
    assert headline is not None
    assert body is not None
    assert (own.where, headline.where, body.where) == ("own", "quoted", "quoted")


def test_below_a_pasted_article_its_sender_signs() -> None:
    """Her telephone would be the newspaper's."""
    email = mail(ARTICLE + "\n\nThat much!\n" * 6 + "\nLena\n555-0142\n")
    body, signature = where(email, "$5 million"), where(email, "555-0142")
    assert body is not None
    assert signature is not None
    assert (body.where, signature.where) == ("quoted", "own")


def test_articles_without_end_are_parted_without_a_crash() -> None:
    """One hostile mail would end the reading of all others."""
    regions = regions_of(mail((ARTICLE + "\n\nThat much!\n" * 6 + "\nLena\n") * 1_000))
    assert {"own", "quoted"} == {region.where for region in regions}


@pytest.mark.parametrize(
    "text",
    ["I met Paula Kern, a writer, by Paula's car.", "By Friday we need it.\n", "The staff writer guide is ready."],
)
def test_words_about_writers_begin_no_article(text: str) -> None:
    """What somebody says himself would be taken for a newspaper's."""
    assert {region.where for region in regions_of(mail(text))} == {"own"}


@pytest.mark.parametrize(
    ("owner", "expected"),
    [
        (None, None),
        ("", None),
        ("I", "writer"),
        ("Lena", "writer"),
        ("you", "addressee"),
        ("addressees", "addressee"),
        ("Omar", "addressee"),
        ("Petra Novak", "named"),
    ],
)
def test_an_owner_is_known_by_role(owner: str | None, expected: str | None) -> None:
    """Labels name nobody."""
    email = mail(FORWARD)
    assert role_of(owner, email, where(email, "look at the price")) == expected


def test_the_writer_of_quoted_words_is_not_the_sender_of_the_mail() -> None:
    """A promise in a forwarded mail would be the forwarder's promise."""
    email = mail(FORWARD)
    quoted = where(email, "EUR 900")
    assert [role_of(name, email, quoted) for name in ("Maria", "Lena Brandt")] == ["writer", "addressee"]
