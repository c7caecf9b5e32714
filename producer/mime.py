"""The body of a mail: bytes to a tree of parts, by `fast_mail_parser`, and by the stdlib where that refuses.

Both ways give the same tree, with transfer-decoded bytes in its leaves; nothing is decoded to text here.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import Message

from fast_mail_parser import ParseError, PyMimePart, parse_email_tree

from producer.encoding import one_line
from producer.words import base64_bytes, decode_words

#: No mailer nests deeper; what lies below is counted as damage.
MAX_DEPTH = 30
_TOO_DEEP = f"parts nested more than {MAX_DEPTH} deep were not read"


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
        found = _by_stdlib(raw)
        return replace(found, defects=(*found.defects, f"damaged: {one_line(str(error))[:120]}"))


def _of_fast(part: PyMimePart, depth: int) -> Part:
    too_deep = bool(part.children) and depth >= MAX_DEPTH
    return Part(
        content_type=one_line(part.content_type or "text/plain").lower(),
        charset=_charset(part.headers),
        filename=_one_name(part.filename or ""),
        is_attachment=(part.disposition or "").lower() == "attachment",
        content=part.content or b"",
        children=() if too_deep else tuple(_of_fast(child, depth + 1) for child in part.children),
        defects=(_TOO_DEEP,) if too_deep else (),
    )


def _charset(headers: dict[str, list[str]]) -> str:
    message = Message()
    for name, values in headers.items():
        if name.lower() == "content-type" and values:
            message["content-type"] = values[0]
    return _parameter(message, "charset")


def _by_stdlib(raw: bytes) -> Part:
    try:
        return _of_stdlib(message_from_bytes(raw, policy=policy.compat32), 0)
    except RecursionError:
        return Part(content_type="application/octet-stream", content=raw, defects=(_TOO_DEEP,))


def _of_stdlib(message: Message, depth: int) -> Part:
    content_type = one_line(message.get_content_type())
    payload = message.get_payload()
    if isinstance(payload, list):
        if depth >= MAX_DEPTH:
            return Part(content_type=content_type, defects=(_TOO_DEEP,))
        children = tuple(_of_stdlib(child, depth + 1) for child in payload if isinstance(child, Message))
        return Part(content_type=content_type, children=children)
    content, defects = _content(message)
    return Part(
        content_type=content_type,
        charset=_parameter(message, "charset"),
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


def _parameter(message: Message, name: str) -> str:
    """Return a parameter of the Content-Type as text; one of RFC 2231 comes as (charset, language, value)."""
    try:
        value = message.get_param(name)
    except (ValueError, LookupError, TypeError):
        return ""
    return str(value[2] if isinstance(value, tuple) else value or "")


def _one_name(name: str) -> str:
    return one_line(decode_words(name))[:255]
