"""The header block of a mail: raw bytes to fields, ids, dates and addresses; never raises.

Comes in: a mail's bytes. Goes out: `Block`, and readers for the values of its fields. Own code,
because the parsers at hand lose what we need: they drop a whole address list for one bad entry,
decode encoded-words before they split at commas, and stop at damage without saying so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from producer.encoding import decode, one_line
from producer.words import decode_words
from schemas.chain import Address

#: The fields of RFC 5322 §3.6 and of MIME (RFC 2045 §3) by which a header block is known to be one.
KNOWN = frozenset(
    b"date from sender reply-to to cc bcc message-id in-reply-to references subject return-path received "
    b"resent-date resent-from resent-to resent-message-id mime-version content-type".split()
)

#: A longer id cannot stand on one line (RFC 5322 §2.1.1).
MAX_ID_CHARS = 998
#: Of a name or an address; RFC 5321 §4.5.3.1.3 allows a path of 256.
_MAX_ADDRESS_CHARS = 320
#: Of an address list: room for a thousand mailboxes.
_MAX_LIST_CHARS = 65_536

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
_POSTMARKS = (b"From ", b">From ")
_BOM = b"\xef\xbb\xbf"

#: An id, or what may hold angle brackets that are no id: a comment, a quoted string, the address of an author
#: ("Message from Ann <ann@x> of …", "<ann@x>'s message").
#: The bounds here and below keep hostile headers linear.
_ID = re.compile(r"""\([^()]*\)|"[^"]*"|\bfrom\b[^<>"()]{0,200}<[^<>]*>|<([^<>]*)>(?!'s\b)""", re.IGNORECASE)
_ADDRESS_TOKEN = re.compile(
    r"""(?P<quoted>"(?:\\.|[^"\\]){0,200}+")|(?P<comment>\([^()]*\))|<(?P<angle>[^<>]*)>|(?P<mark>[,;:])"""
    r"""|(?P<word>=\?[^?\s]+\?[bBqQ]\?[^?]*\?=|[^\s",;:<>()]+)"""
)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A header block: lower-case field names with their unfolded values in order, and the bytes after it."""

    fields: dict[bytes, list[bytes]]
    body: bytes
    defects: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether any field shows that this is mail."""
        return not KNOWN.isdisjoint(self.fields)

    def first(self, name: bytes) -> bytes:
        """Return the first value of the field *name*, or nothing."""
        values = self.fields.get(name)
        return values[0] if values else b""

    def text(self, name: bytes) -> str:
        """Return all values of the field *name* in one line, raw 8-bit bytes decoded, encoded-words not."""
        return " ".join(decode(value)[0] for value in self.fields.get(name, ()))


def without_postmark(raw: bytes) -> bytes:
    """Return *raw* without a byte order mark, leading blank lines and the `From ` line of an mbox."""
    raw = raw.removeprefix(_BOM).lstrip(b"\r\n")
    while raw.startswith(_POSTMARKS):
        raw = raw.partition(b"\n")[2]
    return raw


def split(raw: bytes) -> Block:
    """Return the header block of *raw*; a line that is no field ends it, as if a blank line stood before."""
    blank = _BLANK_LINE.search(raw)
    head, body = (raw[: blank.start()], raw[blank.end() :]) if blank else (raw, b"")
    if raw.startswith((b"\n", b"\r\n")):
        return Block(fields={}, body=raw.partition(b"\n")[2])
    pieces: dict[bytes, list[list[bytes]]] = {}
    values: list[list[bytes]] | None = None
    defects: tuple[str, ...] = ()
    lines = head.split(b"\n")
    for number, line in enumerate(lines):
        if values is not None and line[:1] in {b" ", b"\t"}:
            values[-1].append(line.strip())
        elif found := _FIELD.match(line):
            values = pieces.setdefault(found[1].lower(), [])
            values.append([line[found.end() :].strip()])
        elif line.strip() and not line.startswith(_POSTMARKS):
            body = b"\n".join(lines[number:]) + (raw[blank.start() :] if blank else b"")
            defects = ("no blank line after the headers",)
            break
    fields = {name: [b" ".join(value) for value in values] for name, values in pieces.items()}
    return Block(fields=fields, body=body, defects=defects)


def message_id(block: Block) -> str | None:
    """Return the Message-ID without angle brackets, or None; a bare one with an @ counts too."""
    text = block.text(b"message-id")
    found = ids(text)
    if found:
        return found[0]
    bare = one_line(text)
    return bare if "@" in bare and not re.search(r"[\s<>]", bare) and len(bare) <= MAX_ID_CHARS else None


def ids(text: str, *, without: str | None = None) -> tuple[str, ...]:
    """Return the ids in a References or In-Reply-To value: in order, each once, never *without* itself.

    Comments, quoted strings and the author's address in old styles of In-Reply-To are passed over;
    white space that folding put into an id is removed.
    """
    found: dict[str, None] = {}
    for match in _ID.finditer(text):
        inner = one_line(match[1] or "")
        if " " in inner and "@" not in inner:
            continue
        inner = inner.replace(" ", "")
        if inner and inner != without and len(inner) <= MAX_ID_CHARS:
            found[inner] = None
    return tuple(found)


def date_of(text: str) -> datetime | None:
    """Return the time of a Date value (RFC 5322 §3.3, obsolete forms, ISO 8601) in its own zone, or None.

    Times before 1970 are not when an email was sent; times in the future are kept.
    """
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        try:
            when = datetime.fromisoformat(text.strip())
        except ValueError:
            return None
    when = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    try:
        return when if when.astimezone(UTC).year >= 1970 else None  # noqa: PLR2004 - the epoch
    except (ValueError, OverflowError):
        return None


def addresses(text: str) -> tuple[Address, ...]:
    """Return the mailboxes of an address list (RFC 5322 §3.4), groups flattened, encoded-words decoded.

    An entry without an address keeps its name; `Doe, Ann <a@x>` without its quotes is one mailbox.
    """
    found: list[Address] = []
    pending = _Pending()
    for token in _ADDRESS_TOKEN.finditer(text[:_MAX_LIST_CHARS]):
        kind, value = token.lastgroup, token[0]
        if kind == "mark":
            if value == ":":
                pending = _Pending()  # the name of a group
            elif pending.complete or value == ";":
                found += pending.mailboxes()
                pending = _Pending()
            else:
                pending.words.append(",")
        elif kind == "angle":
            pending.angle = token["angle"]
        elif kind == "comment":
            pending.comment = value[1:-1]
        else:
            pending.words.append(re.sub(r"\\(.)", r"\1", value[1:-1]) if kind == "quoted" else value)
    return (*found, *pending.mailboxes())


class _Pending:
    """The words of an address list since the last mailbox was complete."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.angle: str | None = None
        self.comment = ""

    @property
    def complete(self) -> bool:
        return self.angle is not None or bool(self.words and "@" in self.words[-1])

    def mailboxes(self) -> Iterable[Address]:
        """Return what the words make: usually one mailbox, none for no words."""
        if self.angle is not None:
            address = one_line(self.angle).replace(" ", "")
            name = _name(self.words)
            return [_mailbox(name, address)] if name or address else []
        if self.words and "@" in self.words[-1] and not self.words[-1].startswith("=?"):
            before, last = _name(self.words[:-1]), one_line(self.words[-1])
            return [_mailbox(before or _name([self.comment]), last)]
        lists = [part for part in " ".join(self.words).split(" , ") if part.strip(" ,")]
        return [_nameless(part) for part in lists]


def _name(words: list[str]) -> str:
    return one_line(decode_words(" ".join(words).replace(" ,", ",").strip(" ,")))


def _nameless(part: str) -> Address:
    """Return a mailbox for an entry without an @: a local user, or a name whose address is not known."""
    name = _name([part])
    return _mailbox(name, "") if " " in name or "=?" in part else _mailbox("", name)


def _mailbox(name: str, address: str) -> Address:
    return Address(name=name[:_MAX_ADDRESS_CHARS], address=address[:_MAX_ADDRESS_CHARS])
