"""One at a time: work that two processes of one home must not do at once, with the wait made visible."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

_LOOK_S = 1.0


@contextmanager
def turn(path: Path, stop: Callable[[], bool], on_wait: Callable[[str], None]) -> Iterator[bool]:
    """Hold the lock file *path* for the block; yields False where *stop* said so before it was our turn.

    *on_wait* is called once, with the holder's pid, where somebody else has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    holder = path.with_suffix(".pid")
    lock = FileLock(path)
    told = False
    while True:
        try:
            lock.acquire(timeout=_LOOK_S if told else 0.05)
            break
        except Timeout:
            if stop():
                yield False
                return
            if not told:
                told = True
                on_wait(holder.read_text(encoding="ascii") if holder.exists() else "unknown")
    try:
        holder.write_text(str(os.getpid()), encoding="ascii")
        yield True
    finally:
        lock.release()
