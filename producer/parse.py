"""Bytes to an `Email`: nothing is dropped, nothing raises.

Comes in: the bytes of one message. Goes out: an `Email` (damage named in `defects`), `NotMail` where no
header of RFC 5322 stands, or `Unreadable` where reading failed as a whole.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from producer import headers, html, mime, thread_hints
from producer.bulk import bulk
from producer.encoding import clean, decode, one_line
from producer.headers import Block
from producer.mime import Part
from producer.sent import sent
from producer.words import decode_words
from schemas.chain import Attachment, Email

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
_SPACE = re.compile(rb"\s+")
#: What mbox writers put before a line of text that begins as a postmark.
_QUOTED_POSTMARK = re.compile(rb"^>+From ", re.MULTILINE)
#: A forged mail must not fill the record with addresses, ids, attachments or defects.
_MAX_ADDRESSES = 200
_MAX_REFERENCES = 500
_MAX_ATTACHMENTS = 200
_MAX_DEFECTS = 20


@dataclass(frozen=True)
class NotMail:
    """A file without any header of RFC 5322."""

    reason: str


@dataclass(frozen=True)
class Unreadable:
    """Mail that could not be read as a whole; its bytes are kept."""

    reason: str


@dataclass(kw_only=True)
class _Content:
    """What the walk over the parts has found so far."""

    plain: list[str] = field(default_factory=list)
    from_html: bool = False
    hidden_chars: int = 0
    attachments: list[Attachment] = field(default_factory=list)
    defects: dict[str, None] = field(default_factory=dict)


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
        return _email(mail, block, arrived_at, labels)
    except Exception as error:  # noqa: BLE001 - damage of an unknown kind must not end an import: it is named and kept
        return Unreadable(f"{type(error).__name__}: {one_line(str(error))[:200]}")


def identity(raw: bytes, block: Block) -> str:
    """Return the email id: SHA-256 of identifying fields and body, or of all bytes where there is no Message-ID.

    It depends on neither the parser, nor the container (mbox, Maildir, CRLF), nor the route (Received).
    """
    if headers.message_id(block) is None:
        return hashlib.sha256(_uncontained(raw)).hexdigest()
    digest = hashlib.sha256()
    for name in _IDENTITY:
        for value in block.fields.get(name, ()):
            digest.update(name + b":" + _SPACE.sub(b" ", value).strip() + b"\n")
    digest.update(b"\n" + _uncontained(block.body))
    return digest.hexdigest()


def _uncontained(content: bytes) -> bytes:
    """Return *content* without what a container may have changed: line ends, last blank lines, `>From `."""
    return _QUOTED_POSTMARK.sub(b"From ", content.replace(b"\r\n", b"\n")).rstrip(b"\n")


def _email(mail: bytes, block: Block, arrived_at: datetime | None, labels: tuple[str, ...]) -> Email:
    message_id = headers.message_id(block)
    when = sent(block, arrived_at=arrived_at, now=datetime.now(UTC))
    content = _Content(defects=dict.fromkeys((*block.defects, *when.defects)))
    _walk(mime.tree(mail), content)
    senders = headers.addresses(block.text(b"from") or block.text(b"sender"))
    text = clean("\n\n".join(part for part in content.plain if part.strip())).strip()
    return Email(
        email_id=identity(mail, block),
        message_id=message_id,
        in_reply_to=headers.ids(block.text(b"in-reply-to"), without=message_id)[:1],
        references=headers.ids(block.text(b"references"), without=message_id)[-_MAX_REFERENCES:],
        sent_at=when.at,
        sent_at_from=when.at_from,
        ahead=when.ahead,
        sent_on=when.on,
        subject=one_line(decode_words(block.text(b"subject")))[:1_000],
        sender=senders[0] if senders else None,
        to=headers.addresses(block.text(b"to"))[:_MAX_ADDRESSES],
        cc=headers.addresses(block.text(b"cc"))[:_MAX_ADDRESSES],
        text=text,
        text_from="none" if not text else "html" if content.from_html else "plain",
        hidden_chars=content.hidden_chars,
        attachments=tuple(content.attachments),
        defects=tuple(content.defects)[:_MAX_DEFECTS],
        thread_keys=thread_hints.thread_keys(block),
        labels=thread_hints.labels(block, labels),
        bulk=bulk(block),
    )


def _walk(part: Part, content: _Content) -> None:
    content.defects.update(dict.fromkeys(part.defects))
    if part.content_type == "multipart/alternative":
        _walk_alternative(part, content)
    elif part.content_type == "message/rfc822" and part.children:
        content.plain.append("----- Forwarded message -----")
        for child in part.children:
            _walk(child, content)
    elif part.children:
        for child in part.children:
            _walk(child, content)
    elif _is_text(part):
        _read(part, content)
    else:
        _attach(part, content)


def _is_text(part: Part) -> bool:
    return part.content_type in {"text/plain", "text/html"} and not part.is_attachment and not part.filename


def _walk_alternative(part: Part, content: _Content) -> None:
    """Of several forms of the same text read the plain one, unless it is empty; attach what else the others hold."""
    texts = (child for child in part.children if child.content_type == "text/plain" and _is_text(child))
    plain = next((text for text in texts if text.content.strip()), None)
    for child in part.children:
        if child is plain or (plain is None and child.content_type != "text/plain"):
            _walk(child, content)
        else:
            _walk_attachments(child, content)


def _walk_attachments(part: Part, content: _Content) -> None:
    for child in part.children:
        _walk_attachments(child, content)
    if not part.children and not _is_text(part):
        _attach(part, content)


def _read(part: Part, content: _Content) -> None:
    text, defect = decode(part.content, part.charset)
    if defect:
        content.defects[defect] = None
    if part.content_type == "text/html":
        text, hidden_chars = html.text_of(text)
        content.hidden_chars += hidden_chars
        content.from_html = content.from_html or not any(piece.strip() for piece in content.plain)
    content.plain.append(text)


def _attach(part: Part, content: _Content) -> None:
    if not part.content and part.content_type.startswith("multipart/"):
        return
    if len(content.attachments) == _MAX_ATTACHMENTS:
        content.defects[f"more than {_MAX_ATTACHMENTS} attachments: the rest is not listed"] = None
        return
    attachment = Attachment(
        filename=part.filename,
        content_type=part.content_type[:100],
        size_bytes=len(part.content),
        sha256=hashlib.sha256(part.content).hexdigest(),
    )
    content.attachments.append(attachment)
