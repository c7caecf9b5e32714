"""A Maildir: `cur` and `new` (what is still in `tmp` is not delivered), and the folders in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from producer.sources.files import Folder


@dataclass(frozen=True)
class Maildir(Folder):
    """A Maildir with its subfolders: nested ones, and Maildir++'s `.Folder`.

    Files beside `cur` and `new` are a server's indexes, or mail that somebody put there: both are looked at.
    """


def is_maildir(path: Path) -> bool:
    """Tell whether a folder has the shape of a Maildir."""
    return (path / "cur").is_dir() and ((path / "new").is_dir() or (path / "tmp").is_dir())
