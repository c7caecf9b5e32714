"""The header block of a mail: raw bytes to fields, ids and dates; never raises.

Comes in: a mail's bytes. Goes out: `Block`, and readers for the values of its fields. Own code,
because the parsers at hand lose what we need: they drop a whole address list for one bad entry,
decode encoded-words before they split at commas, and stop at damage without saying so.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache
from itertools import islice

from producer.encoding import decode, one_line

#: The fields of RFC 5322 §3.6 and of MIME (RFC 2045 §3) by which a header block is known to be one.
KNOWN = frozenset(
    b"date from sender reply-to to cc bcc message-id in-reply-to references subject return-path received "
    b"resent-date resent-from resent-to resent-message-id mime-version content-type".split()
)

#: A longer id cannot stand on one line (RFC 5322 §2.1.1).
MAX_ID_CHARS = 998

#: Nobody writes a longer value of a field; a list of ten thousand people takes less.
MAX_VALUE_BYTES = 1_000_000
_TOO_LONG = f"a header longer than {MAX_VALUE_BYTES:,} bytes: the rest was not read"

#: A field with its continuation lines, or a line that is none.
_LINE = re.compile(rb"([!-9;-~]+)[ \t]*:(.*(?:\n[ \t].*)*)\n?|(.*)\n?")
#: The envelope line of an mbox, quoted or not; `From : ann@x` is a field, as RFC 822 let mailers write it.
_POSTMARK = re.compile(rb">*From (?![ \t]*:)")
_BOM = b"\xef\xbb\xbf"

#: An id, or what may hold angle brackets that are no id: a comment, a quoted string, the address of an author
#: ("Message from Ann <ann@x> of …", "<ann@x>'s message").
#: The bounds here and below keep hostile headers linear.
_ID = re.compile(r"""\([^()]*\)|"[^"]*"|\bfrom\b[^<>"()]{0,200}<[^<>]*>|<([^<>]*)>(?!'s\b)""", re.IGNORECASE)
#: A comment of a Date, in which another may stand.
_COMMENT = re.compile(r"\([^()]*\)")
_PROSE = re.compile(r"[A-Za-z]{2}")
#: An address as people have them: ids have digits before the @, or more letters than a name.
_MAILBOX = re.compile(r"[A-Za-z]{1,16}(?:[._-][A-Za-z]{1,16}){0,4}@[\w.-]+")
#: RFC 5322's own form, which the library takes ten times as long to read. `-0000` says that the zone is not known.
_PLAIN_DATE = re.compile(
    r"\s*(?:[A-Za-z]{3}, {0,2})?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d\d:\d\d:\d\d) (?!-0000)([+-]\d{4})"
    r"(?: \([A-Za-z]{0,5}\))?\s*",
    re.ASCII,
)
_MONTHS = {
    name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)
}
#: A comment; a zone as Unix names it, by its winter and its summer name; parts of a second.
_ODD_DATE = re.compile(r"\(|\b([A-Z]{3})\d[A-Z]{3}\b|(?<=:\d\d)\.\d+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A header block: lower-case field names with their unfolded values in order, and where the body stands."""

    raw: bytes
    fields: dict[bytes, list[bytes]]
    body_start: int
    end: int
    defects: tuple[str, ...] = ()

    @property
    def body(self) -> bytes:
        """The bytes behind the block."""
        return self.raw[self.body_start : self.end]

    @property
    def known(self) -> bool:
        """Whether any field shows that this is mail."""
        return not KNOWN.isdisjoint(self.fields)

    def first(self, name: bytes) -> bytes:
        """Return the first value of the field *name*, or nothing."""
        values = self.fields.get(name)
        return values[0] if values else b""

    def text(self, name: bytes, joint: str = " ") -> str:
        """Return all values of the field *name* in one line, raw 8-bit bytes decoded, encoded-words not."""
        values = self.fields.get(name)
        if not values:
            return ""
        return _decoded(values[0]) if len(values) == 1 else joint.join(map(_decoded, values))

    def first_text(self, name: bytes) -> str:
        """Return the first value of the field *name*: of two subjects or authors the first one counts."""
        values = self.fields.get(name)
        return _decoded(values[0]) if values else ""


def without_postmark(raw: bytes) -> bytes:
    """Return *raw* without a byte order mark, leading blank lines and the `From ` line of an mbox."""
    if raw.startswith((_BOM, b"\r", b"\n")):
        raw = raw.removeprefix(_BOM).lstrip(b"\r\n")
    while _POSTMARK.match(raw):
        raw = raw.partition(b"\n")[2]
    return raw


def split(raw: bytes, start: int = 0, end: int | None = None) -> Block:
    """Return the header block of *raw[start:end]*; a line that is no field ends it, as if a blank line stood before."""
    end = len(raw) if end is None else end
    head_end, body_start = _blank_line(raw, start, end)
    fields: dict[bytes, list[bytes]] = {}
    defects: tuple[str, ...] = ()
    is_usual = head_end - start <= MAX_VALUE_BYTES
    lines = _LINE.findall(raw, start, head_end) if is_usual else map(_groups, _LINE.finditer(raw, start, head_end))
    for at, (name, value, other) in enumerate(lines):
        if name:
            if len(value) > MAX_VALUE_BYTES:
                defects = (_TOO_LONG,)
            fields.setdefault(name.lower().lstrip(b">"), []).append(
                _unfolded(value[:MAX_VALUE_BYTES]) if b"\n" in value else value[:MAX_VALUE_BYTES].strip()
            )
        elif other.strip() and not _POSTMARK.match(other):
            line = next(islice(_LINE.finditer(raw, start, head_end), at, None))
            body_start, defects = line.start(), (*defects, "no blank line after the headers")
            break
    return Block(raw=raw, fields=fields, body_start=body_start, end=end, defects=defects)


def _groups(line: re.Match[bytes]) -> tuple[bytes, ...]:
    return line.groups(b"")


def _blank_line(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Return where the header block ends and where the body begins."""
    if raw.startswith((b"\n", b"\r\n"), start, end):
        return start, raw.index(b"\n", start) + 1
    marks = [b"\n\n", b"\n\r\n"]
    if raw.find(b"\r", start, raw.find(b"\n", start, end)) >= 0:
        marks.reverse()  # what the first line ends in is found soonest: the other is sought only before it
    found = (end, end)
    for mark in marks:
        at = raw.find(mark, start, found[0])
        found = (at + 1, at + len(mark)) if at >= 0 else found
    return found


def _decoded(value: bytes) -> str:
    return value.decode("ascii") if value.isascii() else decode(value)[0]


def _unfolded(value: bytes) -> bytes:
    return b" ".join([line.strip() for line in value.split(b"\n")]).strip()


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


def answered(text: str, *, without: str | None, people: Collection[str]) -> tuple[str, ...]:
    """Return the first id of an In-Reply-To, as a tuple of none or one.

    Old mailers write prose there ("Your message of Monday <ann@x>"): in it, what is an address of *people*
    (lower case) or looks like one is no id.
    """
    found = ids(text, without=without)
    if found and _PROSE.search(_ID.sub(" ", text)):
        found = tuple(id_ for id_ in found if id_.lower() not in people and not _MAILBOX.fullmatch(id_))
    return found[:1]


def date_of(text: str) -> datetime | None:
    """Return the time of a Date value (RFC 5322 §3.3, obsolete forms, ISO 8601) in its own zone, or None.

    Times before 1970 are not when an email was sent; times in the future are kept.
    """
    if (plain := _PLAIN_DATE.fullmatch(text)) and (when := _plain_date(*plain.groups())):
        return when
    if _ODD_DATE.search(text):
        text = _ODD_DATE.sub(r"\1", _COMMENT.sub(" ", _COMMENT.sub(" ", text)))
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


def _plain_date(day: str, month: str, year: str, clock: str, zone: str) -> datetime | None:
    """Return the time of a date in the form that nearly all have; None where it has to be looked at closely."""
    number = _MONTHS.get(month.lower())
    if number is None or not "1970" < year < "9999":
        return None
    try:
        return datetime(
            int(year), number, int(day), int(clock[:2]), int(clock[3:5]), int(clock[6:]), tzinfo=_zone_of(zone)
        )
    except ValueError:
        return None


@lru_cache(maxsize=128)
def _zone_of(zone: str) -> timezone:
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:]))
    return timezone(-offset if zone[0] == "-" else offset)
