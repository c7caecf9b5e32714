"""What is never taken in."""

from __future__ import annotations

import pytest

from producer.exclusion import NOTHING, Exclusion
from producer.parse import parse
from schemas.chain import Email

RULE = Exclusion.of(["Doctor@clinic.example", " @hr.example ", "Trash", "priv*"])


def mail(sender: str, to: str) -> bytes:
    """Return a mail between two people."""
    return f"From: {sender}\nTo: {to}\nSubject: s\nMessage-ID: <1@x.example>\n\nhello\n".encode()


@pytest.mark.parametrize(
    ("sender", "to", "found"),
    [
        ("ann@x.example", "bo@x.example", ""),
        ("Dr <DOCTOR@Clinic.example>", "bo@x.example", "doctor@clinic.example"),
        ("ann@x.example", "bo@x.example, doctor@clinic.example", "doctor@clinic.example"),
        ("eva@hr.example", "bo@x.example", "eva@hr.example"),
        ("eva@berlin.hr.example", "bo@x.example", "eva@berlin.hr.example"),
        ("eva@nothr.example", "bo@x.example", ""),
        ("other@clinic.example", "bo@x.example", ""),
    ],
)
def test_mail_of_an_address_or_domain_is_left_out(sender: str, to: str, found: str) -> None:
    """Somebody's mail with a doctor would be analysed, or everybody's mail be missing."""
    content = mail(sender, to)
    email = parse(content)
    assert isinstance(email, Email)
    assert RULE.of_mail(email, content) == found


def test_mail_that_nobody_can_read_is_left_out_by_its_fields() -> None:
    """Damage would be a way round the rule."""
    assert RULE.of_mail(None, mail("eva@hr.example", "bo@x.example")) == "eva@hr.example"


@pytest.mark.parametrize(
    ("folder", "out"),
    [
        ("Trash", True),
        ("trash", True),
        (".Trash", True),
        ("Trash/2024", True),
        (".INBOX.Private", True),
        ("Archive/Privat", True),
        ("Trashcan", False),
        ("INBOX", False),
        ("", False),
    ],
)
def test_folder_is_left_out_with_what_is_below_it(folder: str, out: bool) -> None:
    """Deleted mail would be analysed, or a folder with a similar name be missing."""
    assert RULE.of_folder(folder) is out


def test_nothing_is_left_out_unless_asked() -> None:
    """Mail would be missing by default."""
    content = mail("ann@x.example", "bo@x.example")
    assert (NOTHING.of_folder("Trash"), NOTHING.of_mail(None, content)) == (False, "")
