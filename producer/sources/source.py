"""What a source is: something with a name that yields the bytes of messages, and says what it could not read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol


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


def open_source(text: str, kind: SourceKind | None = None) -> Source:
    """Return the source that *text* names; its kind is looked at, unless *kind* says it.

    Raises:
        SourceError: There is nothing, or nothing that is known.
    """
    from producer.sources.files import Eml, Folder
    from producer.sources.maildir import Maildir, is_maildir
    from producer.sources.mbox import Mbox, is_mbox
    from producer.sources.zipped import Zipped, is_zip

    if "://" in text:
        raise SourceError(f"{text}: mail servers cannot be read yet; give a Maildir, mbox, .eml, folder or zip")
    path = Path(text).expanduser()
    if not path.exists():
        raise SourceError(f"{text}: there is no such file or folder")
    if kind is None:
        if path.is_dir():
            kind = SourceKind.MAILDIR if is_maildir(path) else SourceKind.FOLDER
        else:
            kind = SourceKind.ZIP if is_zip(path) else SourceKind.MBOX if is_mbox(path) else SourceKind.EML
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
