"""What a source is: something with a name that yields the bytes of messages, and says what it could not read.

Comes in: files, folders, mail servers. Goes out: `Found` values, in order. A `Cursor` among them says that all before
it is covered: it is stored in the transaction that stores them, so that a crash repeats and never skips. `QUIET`, from
a source that is followed, says that nothing more is at hand now: what has been found is to be stored without waiting.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from pathlib import Path
from typing import Any, Final, Literal, Protocol

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
    """The bytes of one message, where they were, and what their container says of them.

    Args:
        name: A path, `path#3` in an mbox, `path!member` in a zip, `imaps://user@host/FOLDER;UID=7` (RFC 5092).
        content: The bytes.
        arrived_at: When it was delivered: INTERNALDATE, the postmark, the file name in a Maildir.
        labels: A provider's labels (X-GM-LABELS).
        thread_keys: A provider's keys of its conversation that do not stand in the bytes (`gmail:…`, X-GM-THRID).
    """

    name: str
    content: bytes
    arrived_at: datetime | None = None
    labels: tuple[str, ...] = ()
    thread_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class UnreadableSource:
    """A file or message that could not be had at all, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class LeftOut:
    """A message that the source's own settings leave out: it is counted, nothing of it is stored."""

    name: str


@dataclass(frozen=True)
class Cursor:
    """How far *source* was read, as JSON: everything yielded before is covered by *state*."""

    source: str
    state: Mapping[str, Any]


class Mark(Enum):
    """Marks in the stream of a source that is followed."""

    QUIET = "quiet"


#: Nothing more is at hand now.
QUIET: Final = Mark.QUIET

Found = RawMail | UnreadableSource | LeftOut | Cursor | Literal[Mark.QUIET]
#: Returns the stored state of a cursor, or None where the source was never read.
Cursors = Callable[[str], Mapping[str, Any] | None]


def no_cursors(_source: str) -> None:
    """Nothing was ever read."""


class Source(Protocol):
    """A place with mail."""

    @property
    def name(self) -> str:
        """How the user named it."""
        ...

    def count(self) -> int:
        """Return about how many messages there are, cheaply: for progress bars only."""
        ...

    def mails(self, cursors: Cursors = no_cursors) -> Iterator[Found]:
        """Yield what there is now, in a stable order; what cannot be read is a value, never an exception.

        Raises:
            SourceError: The source as a whole cannot be read (wrong password, certificate): nobody else can mend it.
        """
        ...

    def follow(self, cursors: Cursors, stopping: threading.Event) -> Iterator[Found]:
        """Yield what arrives since this source was made, with QUIET whenever nothing is at hand, until *stopping*.

        Raises:
            SourceError: As `mails`.
        """
        ...


def name_of(path: Path) -> str:
    """Return a path as text that can be printed and stored: bytes that are not UTF-8 are replaced."""
    return os.fsencode(path).decode("utf-8", "replace")
