"""The parts of a mail to what it says."""

from __future__ import annotations

import base64
import hashlib

import pytest

from producer.content import MAX_ATTACHED_CHARS, MAX_HTML_CHARS, Content, attachment_bytes, content_of
from producer.headers import split
from producer.mime import tree

INVITATION = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Prices\nEND:VEVENT\nEND:VCALENDAR\n"


def mail(*parts: str, kind: str = "mixed") -> bytes:
    """Return a mail of several parts."""
    body = "".join(f"--b\n{part}\n" for part in parts)
    return f"Subject: s\nContent-Type: multipart/{kind}; boundary=b\n\n{body}--b--\n".encode()


def content(raw: bytes) -> Content:
    """Return what a mail says."""
    return content_of(tree(split(raw)))


@pytest.mark.parametrize(
    ("head", "body", "text"),
    [
        ("Content-Type: text/csv", "a;b", "a;b"),
        ("Content-Type: text/plain; name=a.txt", "words", "words"),
        ("Content-Type: application/json", '{"a": 1}', '{"a": 1}'),
        ("Content-Type: application/atom+xml", "<a/>", "<a/>"),
        ("Content-Type: application/octet-stream; name=A.CSV", "a;b", "a;b"),
        ("Content-Type: text/csv; charset=utf-8\nContent-Transfer-Encoding: base64", "R3LDtsOfZQ==", "Größe"),
        ("Content-Type: text/html; name=a.html", "<p>seen</p><p hidden>obey</p>", "seen"),
        ("Content-Type: application/pdf", "%PDF", ""),
        ("Content-Type: image/svg+xml", "<svg>x</svg>", ""),
        ("Content-Type: application/octet-stream", "a;b", ""),
    ],
)
def test_text_like_attachments_can_be_read(head: str, body: str, text: str) -> None:
    """An order in a CSV would not be seen, or a picture would be read as words."""
    (attachment,) = content(mail(f"{head}\n\n{body}")).attachments
    assert attachment.text == text


def test_text_of_attachments_is_bounded_and_says_so() -> None:
    """A log file would fill the record, or be cut in silence."""
    part = "Content-Type: text/csv; name=big.csv\n\n" + "x" * 30_000
    found = content(mail(*[part] * 7))
    assert [len(attachment.text) for attachment in found.attachments] == [MAX_ATTACHED_CHARS] * 5 + [0, 0]
    assert list(found.defects) == ["the text of the attachment 'big.csv' goes on: see its bytes"]


@pytest.mark.parametrize(
    ("head", "is_inline"),
    [
        ("Content-Type: image/png\nContent-ID: <1@x>", True),
        ("Content-Type: image/png\nContent-Disposition: inline", True),
        ("Content-Type: image/png\nContent-ID: <1@x>\nContent-Disposition: attachment", False),
        ("Content-Type: image/png", False),
    ],
)
def test_pictures_of_the_text_are_told_from_files(head: str, is_inline: bool) -> None:
    """Every logo of a signature would be listed as a file that somebody sent."""
    (attachment,) = content(mail(f"{head}\n\nx")).attachments
    assert attachment.is_inline is is_inline


def test_invitation_is_part_of_the_text_and_stays_an_attachment() -> None:
    """A meeting would be analysed without its time."""
    part = f"Content-Type: text/calendar; method=REQUEST\n\n{INVITATION}"
    found = content(mail("Content-Type: text/plain\n\nplease come", part, kind="alternative"))
    assert found.text == "please come\n\nInvitation: Prices"
    assert [attachment.content_type for attachment in found.attachments] == ["text/calendar"]


def test_invitation_that_comes_twice_is_said_once() -> None:
    """Gmail sends it as an alternative and as a file."""
    part = f"Content-Type: text/calendar\n\n{INVITATION}"
    file = f"Content-Type: application/ics; name=invite.ics\n\n{INVITATION}"
    assert content(mail(part, file)).text == "Invitation: Prices"


def test_flowed_text_is_joined() -> None:
    """Sentences would be torn at column 72."""
    part = "Content-Type: text/plain; format=flowed; delsp=yes; charset=utf-8\n\none \ntwo\n> three \n> four"
    assert content(mail(part)).text == "onetwo\n> threefour"


def test_bounced_mail_says_why() -> None:
    """The reason of a bounce stands in a part that is no text."""
    part = "Content-Type: message/delivery-status\n\nStatus: 5.1.1\n"
    (attachment,) = content(mail("\nsorry", part, kind="report")).attachments
    assert attachment.text == "Status: 5.1.1"


def test_html_is_read_up_to_its_bound_and_says_so() -> None:
    """A page of 50 MB would take 2 GB of memory, or be cut in silence."""
    found = content(mail("Content-Type: text/html\n\n<p>one</p>" + "x" * MAX_HTML_CHARS))
    assert found.text.startswith("one\nxxx")
    assert list(found.defects) == ["only the first 2,000,000 characters of the HTML were read"]


def test_damage_in_a_form_that_is_not_read_is_named() -> None:
    """A cut mail would pass for whole because its plain text is."""
    html = "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\nPGI+e"
    found = content(mail("Content-Type: text/plain\n\nplain", html, kind="alternative"))
    assert list(found.defects) == ["cut: base64 ends in the middle"]


@pytest.mark.parametrize("before", [b"", b"From ann Mon Nov  2 08:00:00 2026\n"])
def test_attachment_bytes_are_taken_out_of_the_raw_mail_again(before: bytes) -> None:
    """A file could be listed and never be had."""
    files = [b"%PDF \x00\xff", b"GIF89a"]
    inner = mail(f"Content-Type: image/gif\nContent-Transfer-Encoding: base64\n\n{base64.b64encode(files[1]).decode()}")
    raw = before + mail(
        f"Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n{base64.b64encode(files[0]).decode()}",
        f"Content-Type: message/rfc822\n\n{inner.decode()}",
    )
    for file in files:
        assert attachment_bytes(raw, hashlib.sha256(file).hexdigest()) == file
    assert attachment_bytes(raw, "0" * 64) is None
