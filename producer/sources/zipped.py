"""A zip of messages, mboxes or Maildirs."""

from __future__ import annotations

import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from producer.sources.mbox import split, starts_as_mbox
from producer.sources.source import MAX_MESSAGE_BYTES, Cursors, Found, RawMail, UnreadableSource, name_of, no_cursors
from producer.sources.watching import arrivals

_HEAD_BYTES = 2_048


@dataclass(frozen=True)
class Zipped:
    """The messages of one zip file; a member that is broken, encrypted or too large is named."""

    path: Path
    opened_s: float = field(default_factory=time.time)

    @property
    def name(self) -> str:
        """The path."""
        return name_of(self.path)

    def count(self) -> int:
        """Count the members."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                return len(_members(archive))
        except Exception:  # noqa: BLE001 - zipfile raises of many kinds on damage; `mails` says what is wrong
            return 1

    def follow(self, cursors: Cursors, stopping: threading.Event) -> Iterator[Found]:  # noqa: ARG002 - hashes tell
        """Yield the messages whenever the zip is written anew."""
        return arrivals(self.path, lambda path: Zipped(path).mails(), self.opened_s, stopping)

    def mails(self, cursors: Cursors = no_cursors) -> Iterator[Found]:  # noqa: ARG002 - hashes tell what is new
        """Yield the messages by member name, named `path!member`."""
        try:
            archive = zipfile.ZipFile(self.path)
        except Exception as error:  # noqa: BLE001 - zipfile raises of many kinds on damage, and all mean the same
            yield UnreadableSource(self.name, f"not a readable zip: {error}")
            return
        with archive:
            for member in _members(archive):
                yield from _read(archive, member, f"{self.name}!{member.filename}")


def is_zip(path: Path) -> bool:
    """Tell whether a file begins as a zip does (its end may be missing: then reading says so)."""
    try:
        with path.open("rb") as file:
            return file.read(4) in {b"PK\x03\x04", b"PK\x05\x06"}
    except OSError:
        return False


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the files by name, without the undelivered ones in the `tmp` of a Maildir."""
    infos = archive.infolist()
    folders = {folder for info in infos for folder in PurePosixPath(info.filename, "x").parents}
    undelivered = {
        folder
        for folder in folders
        if folder.name == "tmp" and {folder.parent / "cur", folder.parent / "new"} & folders
    }
    files = [info for info in infos if not info.is_dir() and PurePosixPath(info.filename).parent not in undelivered]
    return sorted(files, key=lambda info: info.filename)


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> Iterator[RawMail | UnreadableSource]:
    try:
        with archive.open(member) as file:
            head = file.read(_HEAD_BYTES)
            if starts_as_mbox(head):
                file.seek(0)
                yield from split(file, name)
            elif member.file_size > MAX_MESSAGE_BYTES:
                yield UnreadableSource(name, f"{member.file_size} bytes are too many for one message")
            else:
                yield RawMail(name, head + file.read())
    except Exception as error:  # noqa: BLE001 - zipfile and its decompressors raise of many kinds, and all mean the same
        yield UnreadableSource(name, f"cannot be unpacked: {error}")
