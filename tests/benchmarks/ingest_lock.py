"""How long ingesting a folder takes, and how long its batches hold the write lock.

Run: python tests/benchmarks/ingest_lock.py FOLDER [--traces]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection

from chainmail import telemetry
from chainmail.span_store import SqliteSpanExporter
from producer.counts import Counts
from producer.ingest import Ledger, ingest
from producer.sources.recognise import open_source
from storage.engine import Database
from storage.migrate import upgrade


class MeasuredDatabase(Database):
    """Notes for how long each write transaction held the lock, commit included."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.held_s: list[float] = []

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """As `Database.write`, and take the time."""
        begun_s = 0.0
        with super().write() as connection:
            begun_s = time.monotonic()
            yield connection
        self.held_s.append(time.monotonic() - begun_s)


def main() -> None:
    """Ingest a folder into a fresh database and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--traces", action="store_true", help="keep spans in a trace database, as the commands do")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        provider = (
            telemetry.configure("benchmark", [SqliteSpanExporter(home / "traces.db")]) if arguments.traces else None
        )
        database = MeasuredDatabase(f"sqlite:///{home / 'mail.db'}")
        upgrade(database, home)
        database.held_s.clear()
        counts, started_s, started_cpu_s = Counts(), time.monotonic(), time.process_time()
        for _batch in ingest(Ledger(database, "benchmark", counts), open_source(str(arguments.folder)).mails()):
            pass
        took_s, took_cpu_s = time.monotonic() - started_s, time.process_time() - started_cpu_s
        if provider is not None:
            provider.shutdown()
        database.close()
    held_ms = sorted(1_000 * held_s for held_s in database.held_s)
    print(f"{counts.messages} messages, {len(counts.chains)} chains: {took_s:.2f} s, {took_cpu_s:.2f} s of CPU")
    print(
        f"write lock, {len(held_ms)} batches: median {statistics.median(held_ms):.0f} ms, "
        f"p99 {held_ms[int(0.99 * (len(held_ms) - 1))]:.0f} ms, max {held_ms[-1]:.0f} ms"
    )


if __name__ == "__main__":
    main()
