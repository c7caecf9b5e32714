"""An mbox file (RFC 4155), read as a stream: also one of many gigabytes.

A line that begins with `From ` and holds a year divides two messages where two of three more signs are there: a blank
line (or the start of the file) before it, the date of a postmark in it, a header line behind it. So "From the
beginning" in somebody's text divides nothing, and neither a missing blank line nor a message without headers hides
one. Lines quoted as `>From ` are left as they stand: which of the mbox dialects wrote them cannot be known.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from producer.sources.source import MAX_MESSAGE_BYTES, RawMail, UnreadableSource, name_of

_POSTMARK = re.compile(rb"From \S.*\b(?:19|20)\d\d\b")
#: As asctime writes it, with or without seconds, a time zone before or after the year.
_POSTMARK_DATE = re.compile(rb"\b[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]?\d \d\d:\d\d")
_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:|>From ")
#: Enough of a file to see its first two lines.
_HEAD_BYTES = 2_048


@dataclass(frozen=True)
class Mbox:
    """The messages of one mbox file."""

    path: Path

    @property
    def name(self) -> str:
        """The path."""
        return name_of(self.path)

    def count(self) -> int:
        """Guess from the size: a message has about 4 kB."""
        return max(1, self.path.stat().st_size // 4_096)

    def mails(self) -> Iterator[RawMail | UnreadableSource]:
        """Yield the messages, named `path#1`, `path#2` and so on."""
        try:
            with self.path.open("rb") as file:
                yield from split(file, self.name)
        except OSError as error:
            yield UnreadableSource(self.name, f"cannot be read: {error.strerror or error}")


def split(file: IO[bytes], name: str) -> Iterator[RawMail]:
    """Yield the messages of an open mbox, without their postmarks and the blank lines that divide them.

    A message that is longer than any is cut and goes on as the next one: no file may fill the memory.
    """
    number, lines, size_bytes = 0, list[bytes](), 0
    pending = file.readline(MAX_MESSAGE_BYTES)
    while pending:
        line, pending = pending, file.readline(MAX_MESSAGE_BYTES)
        begins = _divides(lines[-1] if lines else b"", line, pending)
        if begins or size_bytes > MAX_MESSAGE_BYTES:
            if lines:
                yield _message(name, number, lines)
            number, lines, size_bytes = number + 1, [], 0
        if not begins:
            number = number or 1
            lines.append(line)
            size_bytes += len(line)
    if lines:
        yield _message(name, number, lines)


def _divides(before: bytes, line: bytes, behind: bytes) -> bool:
    if not _POSTMARK.match(line):
        return False
    signs = (not before.strip(), _POSTMARK_DATE.search(line), _HEADER.match(behind))
    return sum(map(bool, signs)) > 1


def _message(name: str, number: int, lines: list[bytes]) -> RawMail:
    if lines[-1] in {b"\n", b"\r\n"}:
        lines.pop()
    return RawMail(f"{name}#{number}", b"".join(lines))


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
