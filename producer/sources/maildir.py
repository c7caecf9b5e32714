"""A Maildir: `cur` and `new` (what is still in `tmp` is not delivered), and the folders in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from producer.sources.files import read_file, walk
from producer.sources.source import RawMail, UnreadableSource


@dataclass(frozen=True)
class Maildir:
    """A Maildir with its subfolders: nested ones, and Maildir++'s `.Folder`."""

    path: Path

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    def count(self) -> int:
        """Count the files."""
        return sum(1 for _file in self._files())

    def mails(self) -> Iterator[RawMail | UnreadableSource]:
        """Yield the messages by path."""
        for file in self._files():
            yield file if isinstance(file, UnreadableSource) else read_file(file)

    def _files(self) -> Iterator[Path | UnreadableSource]:
        for found in walk(self.path):
            if isinstance(found, UnreadableSource) or found.parent.name in {"cur", "new"}:
                yield found


def is_maildir(path: Path) -> bool:
    """Tell whether a folder has the shape of a Maildir."""
    return (path / "cur").is_dir() and ((path / "new").is_dir() or (path / "tmp").is_dir())
