"""Emails and chains as values."""

from __future__ import annotations

import hashlib

import pytest
from pydantic import ValidationError

from schemas.chain import Address, Chain, Completeness, Email, hash_of_emails, hash_of_root
from schemas.dead_letter import DeadLetter


def test_hash_of_emails_is_sha256_over_the_ordered_ids() -> None:
    """Every chain hash would change with a release, and all mail would be analysed again."""
    assert hash_of_emails(["a", "b"]) == hashlib.sha256(b"a\nb").hexdigest()


def test_hash_of_emails_depends_on_their_order() -> None:
    """Two different conversations could pass for the same content."""
    assert hash_of_emails(["a", "b"]) != hash_of_emails(["b", "a"])


def test_hash_of_root_is_32_hex_digits_of_its_sha256() -> None:
    """Every chain id would change with a release: all chains would be published and analysed anew."""
    assert hash_of_root("a@x.example") == hashlib.sha256(b"a@x.example").hexdigest()[:32]


def test_hash_of_root_takes_bytes_that_were_no_text() -> None:
    """A Message-ID with a stray byte would end the import."""
    assert hash_of_root("a\udcff") == hashlib.sha256(b"a\xff").hexdigest()[:32]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("ann@xn--bcher-kva.example", "ann@bücher.example"),
        ("ann@XN--BCHER-KVA.example", "ann@bücher.example"),
        ("ann@xn--$$.example", "ann@xn--$$.example"),
        ("xn--bcher-kva@x.example", "xn--bcher-kva@x.example"),
        ("ann@bücher.example", "ann@bücher.example"),
        ("", ""),
    ],
)
def test_address_is_shown_in_the_letters_of_its_domain(address: str, shown: str) -> None:
    """Nobody could read who wrote, or what is no coded domain would be changed."""
    assert str(Address(name="Ann", address=address)) == f"Ann <{shown}>"
    assert Address(address=address).address == address


def test_email_is_cut_where_a_defect_says_so() -> None:
    """Half a mail would count as complete."""
    assert Email(email_id="e1", message_id=None, defects=("broken base64", "cut: the end")).is_cut
    assert not Email(email_id="e1", message_id=None, defects=("a cut: above",)).is_cut


def test_node_of_an_email_is_its_message_id() -> None:
    """Answers would not find the email that they answer."""
    assert Email(email_id="e1", message_id="a@x.example").node == "a@x.example"


def test_node_of_an_email_without_message_id_is_its_hash() -> None:
    """All emails without a Message-ID would be one chain."""
    assert Email(email_id="e1", message_id=None).node == "sha256:e1"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (Address(name="Ann", address="ann@x.example"), "Ann <ann@x.example>"),
        (Address(address="ann@x.example"), "ann@x.example"),
    ],
)
def test_address_reads_as_a_person_writes_it(address: Address, words: str) -> None:
    """The model and the screen would show empty brackets or raw tuples."""
    assert str(address) == words


def test_chain_without_emails_is_refused() -> None:
    """An empty conversation would be published and analysed."""
    with pytest.raises(ValidationError):
        Chain(
            chain_id="c",
            revision=1,
            chain_hash="h",
            subject="",
            newest_email_at=None,
            completeness=Completeness(score=1),
            emails=(),
        )


def test_values_cannot_be_changed() -> None:
    """One station could change what another has hashed."""
    email = Email(email_id="e1", message_id=None)
    with pytest.raises(ValidationError):
        setattr(email, "subject", "other")  # noqa: B010 - the type checker refuses the plain form, as it should


def test_dead_letter_id_is_where_the_record_stood() -> None:
    """The same record given up on twice would be two dead letters."""
    letter = DeadLetter.model_validate(
        {
            "topic": "email-chains",
            "partition": 2,
            "offset": 17,
            "key": None,
            "error_class": "DecodeError",
            "error_message": "not a chain",
            "attempts": 1,
            "analyser_id": "a",
            "failed_at": "2026-11-02T08:00:00Z",
        }
    )
    assert letter.dead_letter_id == "email-chains/2/17"


@pytest.mark.parametrize(
    ("defect", "is_damaged"),
    [
        ("broken base64", True),
        ("charset 'x' does not fit: read as UTF-8", True),
        ("cut: base64 ends in the middle", False),
        ("the date could not be read", False),
        ("the date lies in the future of the arrival", False),
        ("the text of the attachment 'a.csv' goes on: see its bytes", False),
    ],
)
def test_email_is_damaged_where_its_text_may_be_wrong(defect: str, is_damaged: bool) -> None:
    """A wrong clock or a long file would make a conversation incomplete."""
    assert Email(email_id="e1", message_id=None, defects=(defect,)).is_damaged is is_damaged
