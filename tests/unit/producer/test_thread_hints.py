"""What a provider says of a mail beside its ids."""

from __future__ import annotations

import base64

import pytest

from producer.headers import Block, split
from producer.thread_hints import labels, thread_keys

GUID = bytes(range(1, 17))


def block(*lines: str) -> Block:
    """Return a header block of these lines."""
    return split("\n".join(["Subject: s", *lines, "", ""]).encode())


def index(*, first: int = 1, guid: bytes = GUID, answers: int = 0, cut: int = 0) -> str:
    """Return a Thread-Index: a byte, 5 bytes of time, the GUID and 5 bytes an answer."""
    content = bytes([first]) + b"\xd0" * 5 + guid + b"\x80" * 5 * answers
    return base64.b64encode(content[: len(content) - cut]).decode()


@pytest.mark.parametrize("answers", [0, 1, 7])
def test_thread_index_gives_one_key_for_all_answers(answers: int) -> None:
    """The answers of an Exchange conversation would have keys of their own."""
    assert thread_keys(block(f"Thread-Index: {index(answers=answers)}")) == (
        "exchange:0102030405060708090a0b0c0d0e0f10",
    )


def test_thread_index_is_read_over_two_lines() -> None:
    """Long indices are folded."""
    value = index(answers=9)
    assert thread_keys(block(f"Thread-Index: {value[:30]}", f" {value[30:]}")) == (
        "exchange:0102030405060708090a0b0c0d0e0f10",
    )


@pytest.mark.parametrize(
    "value",
    ["", "garbage!", "QUJD", index(first=2), index(guid=bytes(16)), index(cut=1), index(answers=1, cut=2), "Ä" * 30],
)
def test_malformed_thread_index_is_no_hint(value: str) -> None:
    """Strangers would be joined by what their mailers write wrongly in the same way."""
    assert thread_keys(block(f"Thread-Index: {value}")) == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1781234567890123456", ("gmail:1781234567890123456",)),
        (" 0017 ", ("gmail:17",)),
        ("x17", ()),
        ("", ()),
        ("9" * 40, ()),
    ],
)
def test_gmail_thread_id_is_a_number(value: str, expected: tuple[str, ...]) -> None:
    """One conversation of Gmail would have two keys, or any word would be one."""
    assert thread_keys(block(f"X-GM-THRID: {value}")) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("X-Gmail-Labels: Inbox,Important,Opened", ("Inbox", "Important", "Opened")),
        ("X-Gmail-Labels: =?UTF-8?Q?Inbox,Gr=C3=B6=C3=9Fe?=", ("Inbox", "Größe")),
        ('X-Gmail-Labels: Inbox,"Ann, Bo",Work', ("Inbox", "Ann, Bo", "Work")),
        ("X-GM-LABELS: Sent, Inbox ,Inbox", ("Sent", "Inbox")),
        ("X-Gmail-Labels: ,, ,", ()),
    ],
)
def test_labels_are_read_one_by_one(line: str, expected: tuple[str, ...]) -> None:
    """A folder of Gmail could not be chosen or left out."""
    assert labels(block(line)) == expected


def test_labels_of_api_and_header_are_united_and_bounded() -> None:
    """A label would count twice, or a forged header fill the record."""
    assert labels(block("X-Gmail-Labels: Inbox,Work"), ("Work", "Sent")) == ("Work", "Sent", "Inbox")
    many = ",".join(f"l{n}" for n in range(500))
    assert len(labels(block(f"X-Gmail-Labels: {many}"))) == 100
