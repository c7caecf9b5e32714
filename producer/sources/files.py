"""Single files and folders of them: whatever a file is (a message, an mbox, a zip), its first bytes tell."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from producer.sources.mbox import Mbox, is_mbox
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
from producer.sources.zipped import Zipped, is_zip

#: Maildirs are younger (1995), and seconds of the next century are some other number.
_MAILDIR_BEGAN_S, _TOO_LATE_S = 788_918_400, 4_102_444_800

#: Says of a folder's path below the source whether it is left out.
LeavesOut = Callable[[str], bool]


def nothing_out(_folder: str) -> bool:
    """Leave nothing out."""
    return False


@dataclass(frozen=True)
class Eml:
    """One file with one message."""

    path: Path
    opened_s: float = field(default_factory=time.time)

    @property
    def name(self) -> str:
        """The path."""
        return name_of(self.path)

    def count(self) -> int:
        """One."""
        return 1

    def mails(self, cursors: Cursors = no_cursors) -> Iterator[Found]:  # noqa: ARG002 - a file is read anew each time
        """Yield the message."""
        yield read_file(self.path)

    def follow(self, cursors: Cursors, stopping: threading.Event) -> Iterator[Found]:  # noqa: ARG002 - as above
        """Yield the message whenever it is written anew."""
        return arrivals(self.path, messages_in, self.opened_s, stopping)


@dataclass(frozen=True)
class Folder:
    """All files below a folder, whatever their names: messages, mboxes and zips."""

    path: Path
    leaves_out: LeavesOut = nothing_out
    opened_s: float = field(default_factory=time.time)

    @property
    def name(self) -> str:
        """The path."""
        return name_of(self.path)

    def count(self) -> int:
        """Count the files, also those that are left out."""
        return _count(self.path)

    def mails(self, cursors: Cursors = no_cursors) -> Iterator[Found]:  # noqa: ARG002 - hashes tell what is new
        """Yield the messages by path."""
        for found in walk(self.path, self.leaves_out):
            if isinstance(found, UnreadableSource):
                yield found
            else:
                yield from messages_in(found)

    def follow(self, cursors: Cursors, stopping: threading.Event) -> Iterator[Found]:  # noqa: ARG002 - as above
        """Yield the messages of files that appear or change."""
        return arrivals(self.path, self._arrived, self.opened_s, stopping)

    def _arrived(self, path: Path) -> Iterator[Found]:
        if not is_left_out(path, self.path, self.leaves_out):
            yield from messages_in(path)


def _count(folder: Path) -> int:
    """Count the files below *folder* without a list of their names; links to folders are not followed."""
    count, waiting = 0, [os.fspath(folder)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if not entry.is_dir():
                    count += 1
                elif not entry.is_symlink():
                    waiting.append(entry.path)
    return count


def messages_in(path: Path) -> Iterator[Found]:
    """Yield what a file of unknown kind holds; what lies in a Maildir is a message with its time of delivery."""
    if path.parent.name in {"cur", "new"}:
        yield read_file(path, delivered_at(path))
    elif is_zip(path):
        yield from Zipped(path).mails()
    elif is_mbox(path):
        yield from Mbox(path).mails()
    else:
        yield read_file(path)


def read_file(path: Path, arrived_at: datetime | None = None) -> RawMail | UnreadableSource:
    """Return the bytes of a file, or why they cannot be had."""
    name = name_of(path)
    try:
        with path.open("rb", buffering=0) as file:
            size_bytes = os.fstat(file.fileno()).st_size
            if size_bytes > MAX_MESSAGE_BYTES:
                return UnreadableSource(name, f"{size_bytes} bytes are too many for one message")
            return RawMail(name, file.readall(), arrived_at)
    except OSError as error:
        return UnreadableSource(name, f"cannot be read: {error.strerror or error}")


def delivered_at(path: Path) -> datetime | None:
    """Return when a message was delivered into a Maildir: its name begins with the seconds since 1970."""
    seconds = path.name.partition(".")[0]
    if not seconds.isdecimal() or not _MAILDIR_BEGAN_S <= int(seconds) < _TOO_LATE_S:
        return None
    return datetime.fromtimestamp(int(seconds), UTC)


def is_left_out(path: Path, root: Path, leaves_out: LeavesOut) -> bool:
    """Tell whether a file below *root* is in a folder that is left out, or not delivered yet."""
    folders = path.relative_to(root).parent
    is_undelivered = path.parent.name == "tmp" and any((path.parent.parent / name).is_dir() for name in ("cur", "new"))
    return is_undelivered or (folders != Path() and leaves_out(folders.as_posix()))


def walk(folder: Path, leaves_out: LeavesOut = nothing_out) -> Iterator[Path | UnreadableSource]:
    """Yield the files below a folder, sorted, and what cannot be read.

    Links to folders are followed, each folder is entered once, so that loops end. The `tmp` of a
    Maildir is passed over: what lies there is not delivered yet.
    """
    entered: set[str] = set()
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            files, folders, others = _entries(folder / below, entered)
        except OSError as error:
            yield UnreadableSource(name_of(folder / below), f"cannot be read: {error.strerror}")
            continue
        here = folder / below
        yield from (here / name for name in _names_in(files))
        yield from others
        is_maildir = not {"cur", "new"}.isdisjoint(folders)
        inside = (f"{below}/{name}" if below else name for name in folders if not (is_maildir and name == "tmp"))
        waiting += sorted((path for path in inside if not leaves_out(path)), reverse=True)


def _names_in(packed: bytes) -> Iterator[str]:
    """Yield names one by one: half a million of them, as strings, would take a third of an import's memory."""
    start = 0
    while start < len(packed):
        end = packed.find(b"\0", start)
        end = len(packed) if end < 0 else end
        yield os.fsdecode(packed[start:end])
        start = end + 1


def _entries(folder: Path, entered: set[str]) -> tuple[bytes, list[str], list[UnreadableSource]]:
    """Return files (for `_names_in`) and folders in *folder*, sorted, and what is neither; nothing where *entered*."""
    real = os.path.realpath(folder)
    files: list[str] = []
    folders: list[str] = []
    others: list[UnreadableSource] = []
    if real in entered:
        return b"", folders, others
    entered.add(real)
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file():
                files.append(entry.name)
            elif entry.is_dir():
                folders.append(entry.name)
            else:
                exists = os.path.exists(entry.path)  # noqa: PTH110 - the path of an entry is a string
                reason = "is no regular file" if exists else "cannot be read: No such file or directory"
                others.append(UnreadableSource(name_of(Path(entry.path)), reason))
    files.sort()
    return b"\0".join(map(os.fsencode, files)), sorted(folders), sorted(others, key=lambda other: other.name)
