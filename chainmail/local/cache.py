"""What is fetched once for all homes of a user: where it lies, and how it gets there whole.

A file appears in the cache under its own name only after its SHA-256 was found right, by one
atomic rename. So whatever has its name is whole, and an interrupted fetch goes on where it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import platformdirs
from filelock import FileLock, Timeout

from chainmail.local.errors import StackError

#: Another process may fetch the same over a slow line for this long.
FETCH_TIMEOUT_S = 1_800.0
_PART = ".part"


class Progress(Protocol):
    """Is told how far a step is: *what* it does, *done* of *total* (jars, or 0 and 1 for one thing)."""

    def __call__(self, what: str, done: int, total: int, /) -> None:
        """Show it; must not print to stdout."""


def silent(_what: str, _done: int, _total: int, /) -> None:
    """Show nothing."""


def cache_folder(name: str) -> Path:
    """Return the folder *name* in the user's cache (it may not exist yet)."""
    return platformdirs.user_cache_path("chainmail") / name


@contextmanager
def fetching_into(folder: Path) -> Iterator[None]:
    """Make *folder* and be the only process that fetches into it.

    Raises:
        StackError: The folder cannot be written, or another fetch takes longer than half an hour.
    """
    lock = FileLock(folder / "fetch.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=FETCH_TIMEOUT_S)
    except Timeout as error:
        raise StackError(f"another process still fetches into {folder}: wait for it, or stop it") from error
    except OSError as error:
        raise StackError(f"cannot write the cache folder {folder} ({error}): make it writable") from error
    try:
        yield
    finally:
        lock.release()


def part_of(target: Path) -> Path:
    """Return the temporary name of *target*, in the same folder so that the rename is atomic."""
    return target.with_name(f".{target.name}{_PART}")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def settle(target: Path, sha256: str, origin: str) -> None:
    """Check what was fetched to `part_of(target)` and give it its name.

    Raises:
        StackError: It is not what was asked for; it is removed. *origin* says where it came from.
    """
    part = part_of(target)
    found = sha256_of(part)
    if found != sha256:
        part.unlink()
        raise StackError(
            f"{origin} has a wrong checksum (SHA-256 {found}, expected {sha256}), so it was thrown away: "
            "try again; if it stays, a proxy or mirror on the way changes files"
        )
    part.replace(target)


def is_there(path: Path) -> bool:
    """Tell whether a file was fetched: cheap, because its hash was checked before it got its name."""
    try:
        return path.stat().st_size > 0
    except OSError:
        return False
