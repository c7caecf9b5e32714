"""The body of a mail: bytes to a tree of parts, by `fast_mail_parser`, and by the stdlib where that refuses.

Both ways give the same tree, with transfer-decoded bytes in its leaves; nothing is decoded to text here.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message

from fast_mail_parser import ParseError, PyMimePart, parse_email_tree

from producer.encoding import one_line
from producer.words import base64_bytes, decode_words

#: Deeper nesting is kept as one undivided part.
MAX_DEPTH = 30


@dataclass(frozen=True, kw_only=True)
class Part:
    """A node of the MIME tree (RFC 2045): a leaf has `content`, a container `children`."""

    content_type: str
    charset: str = ""
    filename: str = ""
    is_attachment: bool = False
    content: bytes = b""
    children: tuple[Part, ...] = ()
    defects: tuple[str, ...] = ()


def tree(raw: bytes) -> Part:
    """Return the MIME tree of a mail; never raises."""
    try:
        return _of_fast(parse_email_tree(raw), 0)
    except (ParseError, ValueError, OverflowError, RecursionError) as error:
        defect = f"damaged: {one_line(str(error))[:120]}"
        found = _of_stdlib(message_from_bytes(raw, policy=policy.compat32), 0)
        return Part(**{**vars(found), "defects": (*found.defects, defect)})


def _of_fast(part: PyMimePart, depth: int) -> Part:
    children = tuple(_of_fast(child, depth + 1) for child in part.children) if depth < MAX_DEPTH else ()
    content_type = (part.content_type or "text/plain").lower()
    return Part(
        content_type=content_type,
        charset=_charset(part.headers),
        filename=_one_name(part.filename or ""),
        is_attachment=(part.disposition or "").lower() == "attachment",
        content=part.content or b"",
        children=children,
    )


def _charset(headers: dict[str, list[str]]) -> str:
    for name, values in headers.items():
        if name.lower() == "content-type" and values:
            _, found, rest = values[0].lower().partition("charset=")
            return rest.split(";")[0].strip().strip("\"' ") if found else ""
    return ""


def _of_stdlib(message: Message, depth: int) -> Part:
    content_type = message.get_content_type()
    payload = message.get_payload()
    if isinstance(payload, list) and depth < MAX_DEPTH:
        children = tuple(_of_stdlib(child, depth + 1) for child in payload if isinstance(child, Message))
        return Part(content_type=content_type, children=children)
    content, defects = _content(message)
    return Part(
        content_type=content_type,
        charset=_parameter(message.get_param("charset")),
        filename=_one_name(_filename(message)),
        is_attachment=str(message.get("content-disposition", "")).lower().lstrip().startswith("attachment"),
        content=content,
        defects=defects,
    )


def _content(message: Message) -> tuple[bytes, tuple[str, ...]]:
    payload = message.get_payload()
    text = payload if isinstance(payload, str) else ""
    if str(message.get("content-transfer-encoding", "")).strip().lower() == "base64":
        try:
            return binascii.a2b_base64("".join(text.split()), strict_mode=True), ()
        except (binascii.Error, ValueError):
            return base64_bytes(text), ("broken base64",)
    try:
        decoded = message.get_payload(decode=True)
    except (ValueError, LookupError):
        return text.encode("utf-8", "surrogateescape"), ("broken transfer encoding",)
    return decoded if isinstance(decoded, bytes) else b"", ()


def _filename(message: Message) -> str:
    try:
        return message.get_filename("") or ""
    except (ValueError, LookupError, TypeError):
        return ""


def _parameter(value: object) -> str:
    """Return a header parameter as text; an RFC 2231 one comes as (charset, language, value)."""
    return str(value[2] if isinstance(value, tuple) else value or "")


def _one_name(name: str) -> str:
    return one_line(decode_words(name))[:255]
