"""What servers' FETCH answers say, from their lines to raw mail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from imapclient.response_parser import parse_fetch_response
from pydantic import SecretStr

from producer.exclusion import NOTHING
from producer.reading import Hashed, read
from producer.sources.imap.account import open_account
from producer.sources.imap.messages import message_url, raw_mail
from producer.sources.source import RawMail

MAIL = b"Message-ID: <1@x.example>\r\nSubject: s\r\n\r\nhello\r\n"


def fetched(line: bytes, content: bytes | None = MAIL) -> Any:
    """Return what imapclient makes of one answer: *line*, a literal, and its end."""
    lines = [(line + b" BODY[] {%d}" % len(content), content), b")"] if content is not None else [line + b")"]
    return parse_fetch_response(lines, normalise_times=False)[7]


def test_gmail_labels_and_conversation_come_with_the_mail() -> None:
    """Gmail's own conversations and labels would be lost, or the bytes be changed to hold them."""
    line = (
        b"3 (X-GM-THRID 1278455344230334865 X-GM-LABELS "
        b'("\\\\Inbox" "\\\\Sent" Important "Muy Importante" "&AOk-t&AOk-" 2026 "a \\"b\\"") UID 7'
    )
    found = raw_mail("m", fetched(line))
    assert found is not None
    assert found.content == MAIL
    assert found.labels == ("Inbox", "Sent", "Important", "Muy Importante", "été", "2026", 'a "b"')
    assert found.thread_keys == ("gmail:1278455344230334865",)


def test_conversation_of_the_provider_reaches_the_member() -> None:
    """Mails that Gmail shows together would be apart where headers are missing."""
    mail = RawMail("m", MAIL, thread_keys=("gmail:12",))
    known = RawMail("m", b"X-GM-THRID: 12\r\n" + MAIL, thread_keys=("gmail:12",))
    keys = []
    for each in (mail, known):
        member = read(Hashed(raw=each, raw_sha256=""), NOTHING).member
        assert member is not None
        keys.append([key for key in member.thread_keys if "gmail:12" in key])
    assert [len(each) for each in keys] == [1, 1]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (b'INTERNALDATE " 2-Nov-2026 10:00:00 +0200"', datetime(2026, 11, 2, 8, tzinfo=UTC)),
        (b'INTERNALDATE "02-Nov-2026 08:00:00"', None),
        (b'INTERNALDATE "31-Dec-9999 23:59:59 -1400"', None),
        (b'INTERNALDATE "99-Foo-2026 08:00:00 +0000"', None),
        (b"INTERNALDATE NIL", None),
    ],
)
def test_time_of_arrival_is_aware_or_missing(said: bytes, expected: datetime | None) -> None:
    """A damaged date would end the pull, or mail be sorted by a wrong hour."""
    found = raw_mail("m", fetched(b"3 (UID 7 " + said))
    assert found is not None
    assert found.arrived_at == expected
    assert found.arrived_at is None or found.arrived_at.tzinfo is UTC


@pytest.mark.parametrize("line", [b"3 (UID 7 BODY[] NIL", b"3 (UID 7 FLAGS (\\Seen)"])
def test_answer_without_bytes_is_no_mail(line: bytes) -> None:
    """A message that was not delivered would count as an empty one that is done."""
    assert raw_mail("m", fetched(line, None)) is None


def test_empty_message_is_one() -> None:
    """A message of no bytes would be asked for again and again."""
    found = raw_mail("m", fetched(b"3 (UID 7", b""))
    assert found == RawMail("m", b"")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("imaps://ann@x.example", "imaps://ann@x.example/B%C3%BCro/a%20b;UIDVALIDITY=3/;UID=7"),
        ("imaps://ann@x.example:1993", "imaps://ann@x.example:1993/B%C3%BCro/a%20b;UIDVALIDITY=3/;UID=7"),
        (
            "imap://ann@corp.example@x.example",
            "imap://ann%40corp.example@x.example/B%C3%BCro/a%20b;UIDVALIDITY=3/;UID=7",
        ),
    ],
)
def test_message_has_an_address_of_rfc_5092(source: str, expected: str) -> None:
    """Nobody could find a mail again from its name in the ledger."""
    account = open_account(source, usual_password=SecretStr("x"))
    assert message_url(account, "Büro/a b", 3, 7) == expected
