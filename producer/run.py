"""The producer's flow: sources → ledger, once (`take`) or for ever (`follow`); publishing is the outbox's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from producer.counts import Counts
from producer.exclusion import NOTHING, Exclusion
from producer.ingest import Ledger, ingest
from producer.reading import Readers, readers
from producer.sources.source import Source
from storage import cursors, mail
from storage.engine import Database
from storage.tables import ChainRow


@dataclass(frozen=True)
class Intake:
    """Mail into the ledger; outbox rows of what changes go to *topic*."""

    database: Database
    topic: str
    counts: Counts
    exclusion: Exclusion = NOTHING
    trace_path: Path | None = None

    def take(self, sources: Sequence[Source], stop: Callable[[], bool], expected: int = 0) -> Iterator[int]:
        """Take all mail that *sources* hold now, about *expected*; yields how many were taken, batch by batch."""
        ledger = Ledger(self.database, self.topic, self.counts)
        with readers(self.exclusion, expected, self.trace_path) as reading:
            for source in sources:
                yield from ingest(ledger, source.mails(self.cursor), readers=reading, stop=stop)
        with self.database.read() as connection:
            mail.make_current(connection, self.counts.chains)

    def follow(self, sources: Sequence[Source], stopping: threading.Event, taken: Callable[[], None]) -> None:
        """Take what arrives until *stopping*; *taken* is called from other threads after every look that found mail.

        Raises:
            SourceError: A source cannot be read any more; the others have been stopped.
        """
        ledger = Ledger(self.database, self.topic, self.counts)

        def follow(source: Source) -> None:
            try:
                found = source.follow(self.cursor, stopping)
                for count in ingest(ledger, found, readers=Readers(self.exclusion), stop=stopping.is_set):
                    if count:
                        taken()
            finally:
                stopping.set()

        with ThreadPoolExecutor(len(sources), "follow") as pool:
            futures = [pool.submit(follow, source) for source in sources]
            wait(futures)
        for future in futures:
            future.result()

    def cursor(self, source: str) -> Mapping[str, Any] | None:
        """Return how far *source* was read."""
        with self.database.read() as connection:
            return cursors.load(connection, source)


def newest_of(database: Database, *, as_of_newest: bool) -> datetime:
    """Return the moment that `--hours` counts back from: now, or the newest mail that is not in the future."""
    now = datetime.now(UTC)
    if not as_of_newest:
        return now
    with database.read() as connection:
        found: datetime | None = connection.scalar(
            select(func.max(ChainRow.newest_email_at)).where(ChainRow.newest_email_at <= now)
        )
    return found or now
