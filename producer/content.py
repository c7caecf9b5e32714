"""The parts of a mail to what it says: one text, and a list of what is attached.

Comes in: the MIME tree. Goes out: `Content`. Of several forms of one text the plain one is read; forwarded mail and
invitations are part of the text; what is bounded or damaged is named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from producer import html
from producer.calendar_part import text_of_calendar
from producer.encoding import clean, decode
from producer.flowed import unflowed
from producer.headers import split, without_postmark
from producer.mime import Part, tree
from schemas.chain import Attachment

_MAX_ATTACHMENTS = 200
#: Larger HTML is data, and its tree takes ten times its size in memory.
MAX_HTML_CHARS = 2_000_000
#: Of the text of one attachment, and of all together: the record holds the mail, not its files.
MAX_ATTACHED_CHARS = 20_000
_MAX_ALL_ATTACHED_CHARS = 100_000
_MAX_TYPE_CHARS = 100
_CALENDARS = frozenset({"text/calendar", "application/ics"})
_TEXT_LIKE = frozenset(
    "application/json application/xml application/csv application/x-yaml application/yaml application/ics "
    "application/sql message/delivery-status message/disposition-notification".split()
)
#: Names by which a file of the type `application/octet-stream` is known to be text.
_TEXT_NAMES = (".txt", ".csv", ".tsv", ".json", ".xml", ".ics", ".md", ".log", ".yaml", ".yml")


@dataclass(kw_only=True)
class Content:
    """What the walk over the parts has found."""

    pieces: list[str] = field(default_factory=list)
    from_html: bool = False
    hidden_chars: int = 0
    attachments: list[Attachment] = field(default_factory=list)
    attached_chars: int = 0
    defects: dict[str, None] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All text, the parts apart by a blank line."""
        return clean("\n\n".join(piece for piece in self.pieces if piece and not piece.isspace())).strip()


def content_of(part: Part) -> Content:
    """Return what the mail with the MIME tree *part* says; never raises."""
    content = Content()
    _walk(part, content)
    return content


def attachment_bytes(raw: bytes, sha256: str) -> bytes | None:
    """Return the bytes of the attachment with the hex digest *sha256* of the mail *raw*, or None where it has none."""
    mail = without_postmark(raw)
    for part in _leaves(tree(split(mail))):
        if hashlib.sha256(part.content).hexdigest() == sha256:
            return part.content
    return None


def _leaves(part: Part) -> Iterator[Part]:
    if not part.children:
        yield part
    for child in part.children:
        yield from _leaves(child)


def _walk(part: Part, content: Content) -> None:
    for defect in part.defects:
        content.defects[defect] = None
    if part.content_type == "multipart/alternative":
        _walk_alternative(part, content)
    elif part.children:
        if not part.content_type.startswith("multipart/"):
            content.pieces.append("----- Forwarded message -----")
        for child in part.children:
            _walk(child, content)
    elif _is_text(part):
        _read(part, content)
    elif not part.content_type.startswith(("multipart/", "message/rfc822")):
        _attach(part, content)


def _is_text(part: Part) -> bool:
    return part.content_type in {"text/plain", "text/html"} and not part.is_attachment and not part.filename


def _walk_alternative(part: Part, content: Content) -> None:
    """Of several forms of the same text read the plain one, unless it is empty; attach what else the others hold."""
    texts = (child for child in part.children if child.content_type == "text/plain" and _is_text(child))
    plain = next((text for text in texts if text.content.strip()), None)
    for child in part.children:
        if child is plain or (plain is None and child.content_type != "text/plain"):
            _walk(child, content)
        else:
            _walk_attachments(child, content)


def _walk_attachments(part: Part, content: Content) -> None:
    for defect in part.defects:
        content.defects[defect] = None
    for child in part.children:
        _walk_attachments(child, content)
    if not part.children and not _is_text(part):
        _attach(part, content)


def _read(part: Part, content: Content) -> None:
    text = _decoded(part, content)
    if part.content_type == "text/html":
        content.from_html = content.from_html or not any(piece.strip() for piece in content.pieces)
        text = _shown(text, content)
    elif part.is_flowed:
        text = unflowed(clean(text), deletes_spaces=part.deletes_spaces)
    content.pieces.append(text)


def _decoded(part: Part, content: Content) -> str:
    text, defect = decode(part.content, part.charset)
    if defect:
        content.defects[defect] = None
    return text


def _shown(text: str, content: Content) -> str:
    if len(text) > MAX_HTML_CHARS:
        content.defects[f"only the first {MAX_HTML_CHARS:,} characters of the HTML were read"] = None
    text, hidden_chars = html.text_of(text[:MAX_HTML_CHARS])
    content.hidden_chars += hidden_chars
    return text


def _attach(part: Part, content: Content) -> None:
    if len(content.attachments) == _MAX_ATTACHMENTS:
        content.defects[f"more than {_MAX_ATTACHMENTS} attachments: the rest is not listed"] = None
        return
    text = _attached_text(part, content) if _is_text_like(part) else ""
    attachment = Attachment(
        filename=part.filename,
        content_type=part.content_type[:_MAX_TYPE_CHARS],
        size_bytes=len(part.content),
        sha256=hashlib.sha256(part.content).hexdigest(),
        text=text,
        is_inline=part.is_inline,
    )
    content.attachments.append(attachment)


def _is_text_like(part: Part) -> bool:
    kind = part.content_type
    if kind.startswith("text/") or kind in _TEXT_LIKE or kind.endswith(("+xml", "+json")):
        return not kind.startswith("image/")
    return kind == "application/octet-stream" and part.filename.lower().endswith(_TEXT_NAMES)


def _attached_text(part: Part, content: Content) -> str:
    """Return what a text-like attachment says, cut to its bound; an invitation is said in the mail's text too."""
    text = clean(_decoded(part, content))
    if part.content_type in _CALENDARS or part.filename.lower().endswith(".ics"):
        said = text_of_calendar(text)
        if said and said not in content.pieces:
            content.pieces.append(said)
    elif part.content_type in {"text/html", "application/xhtml+xml"}:
        text = clean(_shown(text, content))
    text = text.strip()
    allowed = min(MAX_ATTACHED_CHARS, _MAX_ALL_ATTACHED_CHARS - content.attached_chars)
    if len(text) > allowed:
        content.defects[f"the text of the attachment {part.filename[:80]!r} goes on: see its bytes"] = None
        text = text[:allowed]
    content.attached_chars += len(text)
    return text
