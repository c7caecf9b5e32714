"""A command as its user runs it, with what it took: time, CPU, and the memory of it and of all that it starts."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import psutil

_SAMPLE_S = 0.05


@dataclass(frozen=True, kw_only=True)
class Meter:
    """What a command took; `main_bytes` is resident, `all_bytes` the sum of proportional sets (PSS, proc(5)).

    A page that two of its processes share counts once in the latter, not twice. `own_bytes` leaves out what is mapped
    from files (programs, and the part of a ledger that SQLite maps): the system takes those pages back when it needs
    them.
    """

    took_s: float
    cpu_s: float
    main_bytes: int
    all_bytes: int
    own_bytes: int
    out: str


@dataclass
class Peak:
    """The most memory that was seen: of the main process, of it with all that it started, of those without files."""

    main_bytes: int = 0
    all_bytes: int = 0
    own_bytes: int = 0

    def look(self, process: psutil.Process) -> None:
        """Take a sample."""
        try:
            seen = [_memory(each) for each in (process, *process.children(recursive=True))]
        except psutil.NoSuchProcess:
            return
        self.main_bytes = max(self.main_bytes, seen[0].resident)
        self.all_bytes = max(self.all_bytes, sum(one.proportional for one in seen))
        self.own_bytes = max(self.own_bytes, sum(one.resident - one.mapped for one in seen))


class _Memory(NamedTuple):
    """Bytes of one process: resident, its share of them, and of them mapped from files."""

    resident: int
    proportional: int
    mapped: int


def _memory(process: psutil.Process) -> _Memory:
    """Return what *process* has; shares and mapped pages are known on Linux only."""
    try:
        found = process.memory_full_info()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return _Memory(0, 0, 0)
    return _Memory(found.rss, getattr(found, "pss", found.rss), getattr(found, "shared", 0))


@contextmanager
def watched(pid: int) -> Iterator[Peak]:
    """Sample the memory of a process while the block runs."""
    peak, done, process = Peak(), threading.Event(), psutil.Process(pid)

    def sample() -> None:
        while not done.wait(_SAMPLE_S):
            peak.look(process)

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        yield peak
    finally:
        done.set()
        sampler.join()


def metered(words: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> Meter:
    """Run a command to its end; *log* takes what it says beside its output.

    Raises:
        SystemExit: It failed; with the end of what it said.
    """
    began_s = monotonic()
    with log.open("ab") as errors:
        process = subprocess.Popen(
            words, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
        )
    with watched(process.pid) as peak:
        assert process.stdout is not None
        out = process.stdout.read()
        process.stdout.close()
        # of the process and of those that it has waited for, which subprocess does not tell
        _pid, status, usage = os.wait4(process.pid, 0)
        took_s = monotonic() - began_s
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)}: exit {process.returncode}\n{log.read_text('utf-8', 'replace')[-2_000:]}")
    return Meter(
        took_s=took_s,
        cpu_s=usage.ru_utime + usage.ru_stime,
        main_bytes=peak.main_bytes,
        all_bytes=peak.all_bytes,
        own_bytes=peak.own_bytes,
        out=out.decode("utf-8", "replace"),
    )
