"""What a source is: something with a name that yields the bytes of messages, and says what it could not read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

#: A larger file is no message: it is named, and left where it is.
MAX_MESSAGE_BYTES = 256 * 1024 * 1024


class SourceKind(StrEnum):
    """The kinds of sources."""

    MAILDIR = "maildir"
    MBOX = "mbox"
    EML = "eml"
    FOLDER = "folder"
    ZIP = "zip"


class SourceError(ValueError):
    """A source is not there or of no known kind: exit code 2."""


@dataclass(frozen=True)
class RawMail:
    """The bytes of one message; `name` says where they were: a path, `path#3` in an mbox, `path!member` in a zip."""

    name: str
    content: bytes


@dataclass(frozen=True)
class UnreadableSource:
    """A file that could not be read at all, and why."""

    name: str
    reason: str


class Source(Protocol):
    """A place with mail."""

    @property
    def name(self) -> str:
        """How the user named it."""
        ...

    def count(self) -> int:
        """Return about how many messages there are, cheaply: for progress bars only."""
        ...

    def mails(self) -> Iterator[RawMail | UnreadableSource]:
        """Yield all messages, in a stable order; what cannot be read is a value, never an exception."""
        ...


def name_of(path: Path) -> str:
    """Return a path as text that can be printed and stored: bytes that are not UTF-8 are replaced."""
    return os.fsencode(path).decode("utf-8", "replace")
