"""A path on disk, followed: what appears is read as soon as the system reports it, and what was missed is swept up.

The sweep looks only into folders whose modification time has changed (a new name changes it), and there only at files
whose status has: so it costs little at any number of files.
"""

from __future__ import annotations

import contextlib
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from watchfiles import Change, watch

from producer.sources.source import QUIET, Found

_SWEEP_S = 30.0
#: How often a quiet source says so.
_TICK_MS = 1_000
#: Changes of one file come together; what arrives waits no longer than this.
_DEBOUNCE_MS = 200
#: Clocks of file systems are coarse, and may differ from ours a little.
_SLACK_S = 2.0


@dataclass
class Sweep:
    """Finds the files below *root* that are new since *since_s* (seconds since 1970)."""

    root: Path
    since_s: float
    #: Folder → its modification time when it was looked at, and the folders in it.
    _folders: dict[str, tuple[float, list[str]]] = field(default_factory=dict)

    def new(self) -> list[Path]:
        """Return what is new since the last call, sorted."""
        begun_s = time.time()
        limit_s = self.since_s - _SLACK_S
        found: list[Path] = []
        waiting = [str(self.root)] if self.root.is_dir() else []
        while waiting:
            folder = waiting.pop()
            with contextlib.suppress(OSError):  # gone, or unreadable for now: it is looked at again
                waiting += self._look(folder, limit_s, found)
        self.since_s = begun_s
        return sorted(found)

    def _look(self, folder: str, limit_s: float, found: list[Path]) -> list[str]:
        """Append the new files in *folder* to *found*; return the folders in it."""
        modified_s = Path(folder).stat().st_mtime
        known = self._folders.get(folder)
        if known and known[0] == modified_s and modified_s < limit_s:
            return known[1]
        folders: list[str] = []
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir():
                    folders.append(entry.path)
                elif modified_s >= limit_s and entry.is_file() and entry.stat().st_ctime >= limit_s:
                    found.append(Path(entry.path))
        self._folders[folder] = (modified_s, folders)
        return folders


def arrivals(
    root: Path, read: Callable[[Path], Iterator[Found]], since_s: float, stopping: threading.Event
) -> Iterator[Found]:
    """Yield what *read* finds in the files that appear or change at *root* after *since_s*, until *stopping*."""
    sweep, swept_s = Sweep(root, since_s), -math.inf
    changes = watch(
        root if root.is_dir() else root.parent,
        stop_event=stopping,
        rust_timeout=_TICK_MS,
        yield_on_timeout=True,
        debounce=_DEBOUNCE_MS,
        step=20,
        watch_filter=lambda change, path: change is not Change.deleted and (root.is_dir() or path == str(root)),
        recursive=root.is_dir(),
        raise_interrupt=False,
    )
    for change in changes:
        paths = {Path(path) for _kind, path in change}
        if time.monotonic() - swept_s >= _SWEEP_S:  # the first time: what came before the watch began
            swept_s = time.monotonic()
            paths |= set(sweep.new() if root.is_dir() else [root])
        yield from _read_all(sorted(paths), read)
        yield QUIET


def _read_all(paths: list[Path], read: Callable[[Path], Iterator[Found]]) -> Iterator[Found]:
    for path in paths:
        if path.is_dir():
            inside = (Path(folder, name) for folder, _folders, names in os.walk(path) for name in names)
            yield from _read_all(sorted(inside), read)
        elif path.is_file():
            yield from read(path)
