"""A Maildir: `cur` and `new` (what is still in `tmp` is not delivered), and the folders in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from producer.sources.files import messages_in, read_file, walk
from producer.sources.source import RawMail, UnreadableSource, name_of


@dataclass(frozen=True)
class Maildir:
    """A Maildir with its subfolders: nested ones, and Maildir++'s `.Folder`.

    Files beside `cur` and `new` are a server's indexes, or mail that somebody put there: both are looked at.
    """

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
            elif found.parent.name in {"cur", "new"}:
                yield read_file(found)
            else:
                yield from messages_in(found)


def is_maildir(path: Path) -> bool:
    """Tell whether a folder has the shape of a Maildir."""
    return (path / "cur").is_dir() and ((path / "new").is_dir() or (path / "tmp").is_dir())
