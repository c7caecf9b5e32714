"""Address lists to mailboxes."""

from __future__ import annotations

import pytest

from producer.addresses import addresses
from producer.headers import date_of, ids, split
from schemas.chain import Address


def mailbox(name: str, address: str) -> Address:
    """Return one mailbox."""
    return Address(name=name, address=address)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann@x.example", [mailbox("", "ann@x.example")]),
        ("Ann Weber <ann@x.example>", [mailbox("Ann Weber", "ann@x.example")]),
        (
            '"Weber, Ann" <ann@x.example>, bo@x.example',
            [mailbox("Weber, Ann", "ann@x.example"), mailbox("", "bo@x.example")],
        ),
        ("Weber, Ann <ann@x.example>", [mailbox("Weber, Ann", "ann@x.example")]),
        (r'"Ann \"the\" Weber" <ann@x.example>', [mailbox('Ann "the" Weber', "ann@x.example")]),
        ("ann@x.example (Ann Weber)", [mailbox("Ann Weber", "ann@x.example")]),
        ("Team: ann@x.example, bo@x.example;", [mailbox("", "ann@x.example"), mailbox("", "bo@x.example")]),
        ("Undisclosed recipients:;", []),
        ("=?utf-8?Q?Weber=2C_Ann?= <ann@x.example>", [mailbox("Weber, Ann", "ann@x.example")]),
        ("< ann @ x.example >", [mailbox("", "ann@x.example")]),
        ("ann@x . example", [mailbox("", "ann@x.example")]),
        ("Ann <@relay.example:ann@x.example>", [mailbox("Ann", "ann@x.example")]),
        ("Ann(my (new) colleague) <ann(at home)@x.example(here)>", [mailbox("Ann", "ann@x.example")]),
        ("ann@x.example ((Ann Weber))", [mailbox("Ann Weber", "ann@x.example")]),
        ("<ann@x.example> (Ann Weber)", [mailbox("Ann Weber", "ann@x.example")]),
        ("Ann <ann@xn--bcher-kva.example>", [mailbox("Ann", "ann@xn--bcher-kva.example")]),
        ("Jürgen <jürgen@bücher.example>", [mailbox("Jürgen", "jürgen@bücher.example")]),
        ("Ann Weber", [mailbox("Ann Weber", "")]),
        ("root", [mailbox("", "root")]),
        ("ann@x.example,, ,bo@x.example", [mailbox("", "ann@x.example"), mailbox("", "bo@x.example")]),
        ("ann@x.example; bo@x.example", [mailbox("", "ann@x.example"), mailbox("", "bo@x.example")]),
        ("<>", []),
        ("", []),
        ('"unfinished <ann@x.example>', [mailbox("unfinished", "ann@x.example")]),
    ],
)
def test_addresses_are_read_one_by_one(text: str, expected: list[Address]) -> None:
    """One odd entry would lose the whole list, or a comma in a name would make two people."""
    assert list(addresses(text)) == expected


def test_addresses_are_bounded() -> None:
    """A forged address of a megabyte would fill the record."""
    (found,) = addresses("n" * 5_000 + " <" + "a" * 5_000 + "@x>")
    assert (len(found.name), len(found.address)) == (320, 320)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "hostile",
    ["from ", '"\\', '"', "=?a?q?", "<", "(", "a,", "\\", "=?", " <a@x>'s", ":", "a\n "],
)
def test_headers_take_hostile_values_in_linear_time(hostile: str) -> None:
    """One mail with a megabyte of repeated marks would hold up the import for hours."""
    text = hostile * (500_000 // len(hostile))
    ids(text)
    addresses(text)
    date_of(text)
    assert split(b"Subject: " + text.encode() + b"\n\n").known
