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


def open_source(text: str, kind: SourceKind | None = None) -> Source:
    """Return the source that *text* names; its kind is looked at, unless *kind* says it.

    Raises:
        SourceError: There is nothing, or nothing that is known.
    """
    from producer.sources.files import Eml, Folder
    from producer.sources.maildir import Maildir
    from producer.sources.mbox import Mbox
    from producer.sources.zipped import Zipped

    if "://" in text:
        raise SourceError(f"{text}: mail servers cannot be read yet; give a Maildir, mbox, .eml, folder or zip")
    path = Path(text).expanduser()
    if not path.exists():
        raise SourceError(f"{text}: there is no such file or folder")
    kind = kind or kind_of(path)
    needs_folder = kind in {SourceKind.MAILDIR, SourceKind.FOLDER}
    if needs_folder != path.is_dir():
        raise SourceError(f"{text}: is {'a folder' if path.is_dir() else 'a file'}, so it cannot be taken for {kind}")
    made: dict[SourceKind, type[Maildir | Mbox | Eml | Folder | Zipped]] = {
        SourceKind.MAILDIR: Maildir,
        SourceKind.MBOX: Mbox,
        SourceKind.EML: Eml,
        SourceKind.FOLDER: Folder,
        SourceKind.ZIP: Zipped,
    }
    return made[kind](path)


def kind_of(path: Path) -> SourceKind:
    """Return what a folder's shape, or a file's first bytes, say that it is."""
    from producer.sources.maildir import is_maildir
    from producer.sources.mbox import is_mbox
    from producer.sources.zipped import is_zip

    if path.is_dir():
        return SourceKind.MAILDIR if is_maildir(path) else SourceKind.FOLDER
    if is_zip(path):
        return SourceKind.ZIP
    return SourceKind.MBOX if is_mbox(path) else SourceKind.EML
