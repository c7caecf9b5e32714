"""An mbox file (RFC 4155), read as a stream: also one of many gigabytes, and one that grows.

A line that begins with `From ` and holds a year divides two messages where two of three more signs are there: a blank
line (or the start of the file) before it, the date of a postmark in it, a header line behind it. So "From the
beginning" in somebody's text divides nothing, and neither a missing blank line nor a message without headers hides
one. Lines quoted as `>From ` are left as they stand: which of the mbox dialects wrote them cannot be known.
"""

from __future__ import annotations

import io
import re
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import IO

from producer.sources.source import (
    MAX_MESSAGE_BYTES,
    Cursors,
    Found,
    RawMail,
    UnreadableSource,
    name_of,
    no_cursors,
)
from producer.sources.watching import arrivals

_POSTMARK = re.compile(rb"From \S.*\b(?:19|20)\d\d\b")
#: As asctime writes it, with or without seconds, a time zone before or after the year.
_POSTMARK_DATE = re.compile(rb"\b[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]?\d \d\d:\d\d")
_POSTMARK_TIME = re.compile(
    rb"\b([A-Z][a-z]{2} +\d{1,2} \d\d:\d\d(?::\d\d)?)(?: ([+-]\d{4}|[A-Z]{1,5}))? ((?:19|20)\d\d)(?: ([+-]\d{4}))?"
)
_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:|>From ")
#: Enough of a file to see its first two lines.
_HEAD_BYTES = 2_048


@dataclass(frozen=True)
class Place:
    """Where a message of an mbox begins: its number from 1 on, and the byte of its postmark."""

    number: int = 1
    offset: int = 0


@dataclass(frozen=True)
class Mbox:
    """The messages of one mbox file."""

    path: Path
    opened_s: float = field(default_factory=time.time)
    _last: list[Place] = field(default_factory=lambda: [Place()], repr=False)

    @property
    def name(self) -> str:
        """The path."""
        return name_of(self.path)

    def count(self) -> int:
        """Guess from the size: a message has about 4 kB."""
        return max(1, self.path.stat().st_size // 4_096)

    def mails(self, cursors: Cursors = no_cursors) -> Iterator[Found]:  # noqa: ARG002 - hashes tell what is new
        """Yield the messages, named `path#1`, `path#2` and so on."""
        return self._from(Place())

    def follow(self, cursors: Cursors, stopping: threading.Event) -> Iterator[Found]:  # noqa: ARG002 - as above
        """Yield the messages that are appended.

        The last message is read again with what follows: it may have been half written when it was read.
        """
        return arrivals(self.path, lambda _path: self._from(self._last[0]), self.opened_s, stopping)

    def _from(self, place: Place) -> Iterator[Found]:
        try:
            with self.path.open("rb") as file:
                if place.offset:
                    file.seek(place.offset)
                    begins_here = starts_as_mbox(file.read(_HEAD_BYTES))
                    place = place if begins_here else Place()  # the file was written anew
                    file.seek(place.offset)
                for begun, message in split_at(file, self.name, place):
                    self._last[0] = begun
                    yield message
        except OSError as error:
            yield UnreadableSource(self.name, f"cannot be read: {error.strerror or error}")


def split(file: IO[bytes], name: str) -> Iterator[RawMail]:
    """Yield the messages of an open mbox, without their postmarks and the blank lines that divide them."""
    return (message for _place, message in split_at(file, name, Place()))


def split_at(file: IO[bytes], name: str, place: Place) -> Iterator[tuple[Place, RawMail]]:
    """Yield (place, message) of an mbox that is open at *place*.

    A message that is longer than any is cut and goes on as the next one: no file may fill the memory.
    """
    number, offset, at = place.number - 1, place.offset, place.offset
    lines, size_bytes, postmark = list[bytes](), 0, b""
    pending = file.readline(MAX_MESSAGE_BYTES)
    while pending:
        line, pending = pending, file.readline(MAX_MESSAGE_BYTES)
        begins = line.startswith(b"From ") and _divides(lines[-1] if lines else b"", line, pending)
        if begins or size_bytes > MAX_MESSAGE_BYTES:
            if lines:
                yield Place(number, offset), _message(name, number, lines, postmark)
            number, offset, lines, size_bytes = number + 1, at, [], 0
            postmark = line if begins else b""
        if not begins:
            number = number or 1
            lines.append(line)
            size_bytes += len(line)
        at += len(line)
    if lines:
        yield Place(number, offset), _message(name, number, lines, postmark)


def _divides(before: bytes, line: bytes, behind: bytes) -> bool:
    if not _POSTMARK.match(line):
        return False
    signs = (not before.strip(), _POSTMARK_DATE.search(line), _HEADER.match(behind))
    return sum(map(bool, signs)) > 1


def _message(name: str, number: int, lines: list[bytes], postmark: bytes) -> RawMail:
    if lines[-1] in {b"\n", b"\r\n"}:
        lines.pop()
    return RawMail(f"{name}#{number}", b"".join(lines), delivered_at(postmark))


def delivered_at(postmark: bytes) -> datetime | None:
    """Return the time of a postmark (asctime, a zone before or after the year; UTC where it has none), or None."""
    found = _POSTMARK_TIME.search(postmark)
    if not found:
        return None
    month_day_time, zone, year, zone_behind = (part.decode("ascii") if part else "" for part in found.groups())
    month, day, clock = month_day_time.split()
    with suppress(ValueError, TypeError, IndexError, OverflowError):
        when = parsedate_to_datetime(f"{day} {month} {year} {clock} {zone or zone_behind or '+0000'}")
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    return None


def is_mbox(path: Path) -> bool:
    """Tell whether a file begins as an mbox does."""
    try:
        with path.open("rb") as file:
            return starts_as_mbox(file.read(_HEAD_BYTES))
    except OSError:
        return False


def starts_as_mbox(head: bytes) -> bool:
    """Tell whether bytes begin with a postmark."""
    stream = io.BytesIO(head.lstrip(b"\r\n"))
    return _divides(b"", stream.readline(), stream.readline())
