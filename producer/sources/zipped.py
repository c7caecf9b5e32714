"""A zip of messages or mboxes."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from producer.sources.files import MAX_FILE_BYTES, messages_of
from producer.sources.source import RawMail, UnreadableSource


@dataclass(frozen=True)
class Zipped:
    """The messages of one zip file; a member that is broken, encrypted or too large is named."""

    path: Path

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    def count(self) -> int:
        """Count the members."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                return sum(not member.is_dir() for member in archive.infolist())
        except (OSError, zipfile.BadZipFile):
            return 1

    def mails(self) -> Iterator[RawMail | UnreadableSource]:
        """Yield the messages by member name, named `path!member`."""
        try:
            archive = zipfile.ZipFile(self.path)
        except (OSError, zipfile.BadZipFile) as error:
            yield UnreadableSource(self.name, f"not a readable zip: {error}")
            return
        with archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            for member in sorted(members, key=lambda member: member.filename):
                yield from _read(archive, member, f"{self.name}!{member.filename}")


def is_zip(path: Path) -> bool:
    """Tell whether a file begins as a zip does (its end may be missing: then reading says so)."""
    try:
        with path.open("rb") as file:
            return file.read(4) in {b"PK\x03\x04", b"PK\x05\x06"}
    except OSError:
        return False


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> Iterator[RawMail | UnreadableSource]:
    if member.file_size > MAX_FILE_BYTES:
        yield UnreadableSource(name, f"{member.file_size} bytes are too many for one message")
        return
    try:
        with archive.open(member) as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except (OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile, ValueError) as error:
        yield UnreadableSource(name, f"cannot be unpacked: {error}")
        return
    yield from messages_of(name, content)
