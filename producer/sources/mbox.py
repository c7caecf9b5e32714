"""An mbox file (RFC 4155), read as a stream: also one of many gigabytes.

A postmark counts where it has the shape of one (`From somebody … year`) at the start of the file or behind a blank
line, and a header line follows: "From the beginning" in somebody's text divides nothing. Lines quoted
as `>From ` are left as they stand: which of the mbox dialects wrote them cannot be known.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from producer.sources.source import RawMail, UnreadableSource

_POSTMARK = re.compile(rb"From \S.*\b(?:19|20)\d\d\b")
_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:|>From ")
#: A message that is longer is cut here and goes on as the next one: no file may fill the memory.
_MAX_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True)
class Mbox:
    """The messages of one mbox file."""

    path: Path

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

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


def split(file: BinaryIO, name: str) -> Iterator[RawMail]:
    """Yield the messages of an open mbox, without their postmarks."""
    number, lines, size_bytes, blank_before = 0, list[bytes](), 0, True
    pending = file.readline()
    while pending:
        line, pending = pending, file.readline()
        begins = blank_before and _POSTMARK.match(line) and (_HEADER.match(pending) or not pending)
        if begins or size_bytes > _MAX_BYTES:
            if number and lines:
                yield RawMail(f"{name}#{number}", b"".join(lines))
            number, lines, size_bytes = number + 1, [], 0
        if not begins:
            number = number or 1
            lines.append(line)
            size_bytes += len(line)
        blank_before = not line.strip()
    if lines:
        yield RawMail(f"{name}#{number}", b"".join(lines))


def is_mbox(path: Path) -> bool:
    """Tell whether a file begins as an mbox does."""
    try:
        with path.open("rb") as file:
            return starts_as_mbox(file.read(2_048))
    except OSError:
        return False


def starts_as_mbox(head: bytes) -> bool:
    """Tell whether bytes begin with a postmark and a header line."""
    stream = io.BytesIO(head.lstrip(b"\r\n"))
    first, second = stream.readline(), stream.readline()
    return bool(_POSTMARK.match(first) and (_HEADER.match(second) or not second))
