"""Other processes that work beside this one for a while: they leave signals to it, and end with it however it ends."""

from __future__ import annotations

import atexit
import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chainmail import telemetry
from chainmail.light_spans import SpanBatches
from chainmail.span_store import SqliteSpanExporter

_MAX_PROCESSES = 4
#: New objects between two looks for cycles (Python's own: 700).
_SELDOM = 50_000


def processes() -> int:
    """Return how many are worth having: one core stays with this process."""
    return min(_MAX_PROCESSES, (os.cpu_count() or 1) - 1)


@contextmanager
def beside(begin: Callable[..., None] | None = None, *values: Any) -> Iterator[ProcessPoolExecutor]:
    """Yield a pool of `processes()`, each of which calls *begin* with *values* first; all end with the block."""
    pool = ProcessPoolExecutor(
        processes(), mp_context=multiprocessing.get_context("spawn"), initializer=_begin, initargs=(begin, values)
    )
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Let the collector of cycles look seldom while the block runs: mass work makes none worth a tenth of its time."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def begin_tracing(trace_path: Path) -> None:
    """Let this process trace into the home's trace database as the command does that it works beside."""
    batches = SpanBatches(SqliteSpanExporter(trace_path))
    provider = telemetry.configure("producer", telemetry.exporters_of_environment(), [batches])
    atexit.register(provider.shutdown)


def _begin(begin: Callable[..., None] | None, values: tuple[Any, ...]) -> None:
    gc.freeze()  # what was loaded stays: no collection need look at it again
    gc.set_threshold(_SELDOM)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    if begin is not None:
        begin(*values)


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)
