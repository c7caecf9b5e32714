"""Single files and folders of them: whatever a file is (a message, an mbox, a zip), its first bytes tell."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from producer.sources.mbox import Mbox, is_mbox
from producer.sources.source import MAX_MESSAGE_BYTES, RawMail, UnreadableSource, name_of
from producer.sources.zipped import Zipped, is_zip


@dataclass(frozen=True)
class Eml:
    """One file with one message."""

    path: Path

    @property
    def name(self) -> str:
        """The path."""
        return name_of(self.path)

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
        return name_of(self.path)

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
    if is_zip(path):
        yield from Zipped(path).mails()
    elif is_mbox(path):
        yield from Mbox(path).mails()
    else:
        yield read_file(path)


def read_file(path: Path) -> RawMail | UnreadableSource:
    """Return the bytes of a file, or why they cannot be had."""
    name = name_of(path)
    try:
        size_bytes = path.stat().st_size
        if size_bytes > MAX_MESSAGE_BYTES:
            return UnreadableSource(name, f"{size_bytes} bytes are too many for one message")
        return RawMail(name, path.read_bytes())
    except OSError as error:
        return UnreadableSource(name, f"cannot be read: {error.strerror or error}")


def walk(folder: Path) -> Iterator[Path | UnreadableSource]:
    """Yield the files below a folder, sorted, and what cannot be read.

    Links to folders are followed, each folder is entered once, so that loops end. The `tmp` of a
    Maildir is passed over: what lies there is not delivered yet.
    """
    problems: list[OSError] = []
    entered: set[str] = set()
    for parent, folders, names in os.walk(folder, onerror=problems.append, followlinks=True):
        real = os.path.realpath(parent)
        if real in entered:
            folders.clear()
            continue
        entered.add(real)
        is_maildir = not {"cur", "new"}.isdisjoint(folders)
        folders[:] = sorted(name for name in folders if not (is_maildir and name == "tmp"))
        for name in sorted(names):
            yield _looked_at(Path(parent, name))
    for problem in problems:
        yield UnreadableSource(name_of(Path(problem.filename)), f"cannot be read: {problem.strerror}")


def _looked_at(path: Path) -> Path | UnreadableSource:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return UnreadableSource(name_of(path), f"cannot be read: {error.strerror}")
    return path if stat.S_ISREG(mode) else UnreadableSource(name_of(path), "is no regular file")
