"""Single files and folders of them: whatever a file is (a message, an mbox, a zip), its first bytes tell."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from producer.sources.mbox import Mbox, starts_as_mbox
from producer.sources.source import RawMail, UnreadableSource

#: A larger file is no message: it is named, and left where it is.
MAX_FILE_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class Eml:
    """One file with one message."""

    path: Path

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    def count(self) -> int:
        """One."""
        return 1

    def mails(self) -> Iterator[RawMail | UnreadableSource]:
        """Yield the message."""
        yield read_file(self.path)


@dataclass(frozen=True)
class Folder:
    """All files below a folder, whatever their names: messages, mboxes and zips."""

    path: Path

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    def count(self) -> int:
        """Count the files."""
        return sum(1 for _file in walk(self.path))

    def mails(self) -> Iterator[RawMail | UnreadableSource]:
        """Yield the messages by path."""
        for found in walk(self.path):
            if isinstance(found, UnreadableSource):
                yield found
            else:
                yield from messages_in(found)


def messages_in(path: Path) -> Iterator[RawMail | UnreadableSource]:
    """Yield what a file of unknown kind holds."""
    from producer.sources.zipped import Zipped, is_zip

    if is_zip(path):
        yield from Zipped(path).mails()
        return
    found = read_file(path)
    if isinstance(found, RawMail) and starts_as_mbox(found.content[:2_048]):
        yield from Mbox(path).mails()
    else:
        yield found


def messages_of(name: str, content: bytes) -> Iterator[RawMail]:
    """Yield what the bytes of a file hold: one message, or those of an mbox."""
    from producer.sources.mbox import split

    if starts_as_mbox(content[:2_048]):
        yield from split(io.BytesIO(content), name)
    else:
        yield RawMail(name, content)


def read_file(path: Path) -> RawMail | UnreadableSource:
    """Return the bytes of a file, or why they cannot be had."""
    try:
        size_bytes = path.stat().st_size
        if size_bytes > MAX_FILE_BYTES:
            return UnreadableSource(str(path), f"{size_bytes} bytes are too many for one message")
        return RawMail(str(path), path.read_bytes())
    except OSError as error:
        return UnreadableSource(str(path), f"cannot be read: {error.strerror or error}")


def walk(folder: Path) -> Iterator[Path | UnreadableSource]:
    """Yield the files below a folder, sorted; links to folders are not followed, so that loops end."""
    problems: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=problems.append):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            if path.is_file():
                yield path
            elif path.is_symlink():
                yield UnreadableSource(str(path), "a link to nothing")
    for problem in problems:
        yield UnreadableSource(str(problem.filename), f"cannot be read: {problem.strerror}")
