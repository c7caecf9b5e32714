"""Bytes to an `Email`: nothing is dropped, nothing raises.

Comes in: the bytes of one message. Goes out: an `Email` (damage named in `defects`), `NotMail` where no
header of RFC 5322 stands, or `Unreadable` where reading failed as a whole.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from producer import headers, thread_hints
from producer.addresses import addresses
from producer.bulk import bulk
from producer.content import content_of
from producer.encoding import one_line
from producer.headers import Block
from producer.mime import tree
from producer.sent import sent
from producer.words import decode_words
from schemas.chain import Email

#: The fields that make an email this email, whatever route it took.
_IDENTITY = (
    b"message-id",
    b"date",
    b"from",
    b"to",
    b"cc",
    b"subject",
    b"in-reply-to",
    b"references",
    b"content-type",
    b"content-transfer-encoding",
)
#: What mbox writers put before a line of text that begins as a postmark.
_QUOTED_POSTMARK = re.compile(rb"^>+From ", re.MULTILINE)
#: A forged mail must not fill the record with addresses, ids, attachments or defects.
_MAX_ADDRESSES = 200
_MAX_REFERENCES = 500
_MAX_DEFECTS = 20


@dataclass(frozen=True)
class NotMail:
    """A file without any header of RFC 5322."""

    reason: str


@dataclass(frozen=True)
class Unreadable:
    """Mail that could not be read as a whole; its bytes are kept."""

    reason: str


def parse(raw: bytes, arrived_at: datetime | None = None, labels: tuple[str, ...] = ()) -> Email | NotMail | Unreadable:
    """Return what the message *raw* says. Never raises.

    Args:
        raw: The bytes of one mail, with or without the postmark of an mbox.
        arrived_at: When it was delivered, as its container says (INTERNALDATE, postmark, file name). Aware.
        labels: What its provider filed it under.
    """
    mail = headers.without_postmark(raw)
    block = headers.split(mail)
    if not block.known:
        return NotMail("empty" if not raw.strip() else "no header of RFC 5322 found")
    try:
        return _email(block, arrived_at, labels)
    except Exception as error:  # noqa: BLE001 - damage of an unknown kind must not end an import: it is named and kept
        return Unreadable(f"{type(error).__name__}: {one_line(str(error))[:200]}")


def identity(block: Block, message_id: str | None) -> str:
    """Return the email id: SHA-256 of identifying fields and body, or of all bytes where there is no Message-ID.

    It depends on neither the parser, nor the container (mbox, Maildir, CRLF), nor the route (Received).
    """
    if message_id is None:
        return hashlib.sha256(_uncontained(block.raw)).hexdigest()
    lines = [
        b"%b:%b\n" % (name, b" ".join(value.split())) for name in _IDENTITY for value in block.fields.get(name, ())
    ]
    digest = hashlib.sha256(b"%b\n" % b"".join(lines))
    digest.update(_uncontained(block.body))
    return digest.hexdigest()


def _uncontained(content: bytes) -> bytes:
    """Return *content* without what a container may have changed: line ends, last blank lines, `>From `."""
    content = content.replace(b"\r\n", b"\n").rstrip(b"\n")
    return _QUOTED_POSTMARK.sub(b"From ", content) if b">From " in content else content


def _email(block: Block, arrived_at: datetime | None, labels: tuple[str, ...]) -> Email:
    message_id = headers.message_id(block)
    when = sent(block, arrived_at=arrived_at, now=datetime.now(UTC))
    content = content_of(tree(block))
    defects = dict.fromkeys((*block.defects, *when.defects, *content.defects))
    senders = addresses(block.first_text(b"from") or block.first_text(b"sender"))
    to = addresses(block.text(b"to", ", "))[:_MAX_ADDRESSES]
    cc = addresses(block.text(b"cc", ", "))[:_MAX_ADDRESSES]
    people = {address.address.lower() for address in (*senders, *to, *cc)}
    text = content.text
    return Email(
        email_id=identity(block, message_id),
        message_id=message_id,
        in_reply_to=headers.answered(block.text(b"in-reply-to"), without=message_id, people=people),
        references=headers.ids(block.text(b"references"), without=message_id)[-_MAX_REFERENCES:],
        sent_at=when.at,
        sent_at_from=when.at_from,
        ahead=when.ahead,
        sent_on=when.on,
        utc_offset_s=when.utc_offset_s,
        subject=one_line(decode_words(block.first_text(b"subject")))[:1_000],
        sender=senders[0] if senders else None,
        to=to,
        cc=cc,
        text=text,
        text_from="none" if not text else "html" if content.from_html else "plain",
        hidden_chars=content.hidden_chars,
        attachments=tuple(content.attachments),
        defects=tuple(defects)[:_MAX_DEFECTS],
        thread_keys=thread_hints.thread_keys(block),
        labels=thread_hints.labels(block, labels),
        bulk=bulk(block),
    )
