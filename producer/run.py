"""The producer's flow: sources → ledger, once (`take`) or for ever (`follow`); publishing is the outbox's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select
from watchfiles import watch

from producer.ingest import Counts, ingest
from producer.sources.source import Source
from storage import mail
from storage.engine import Database
from storage.tables import ChainRow

#: While following, all is looked through this often even where nobody reported a change.
_SWEEP_MS = 30_000


@dataclass(frozen=True)
class Intake:
    """Mail into the ledger; outbox rows of what changes go to *topic*."""

    database: Database
    topic: str
    counts: Counts

    def take(self, sources: Sequence[Source], stop: Callable[[], bool]) -> Iterator[int]:
        """Take all mail that *sources* hold now; yields how many messages were taken, batch by batch."""
        for source in sources:
            yield from ingest(self.database, source.mails(), topic=self.topic, counts=self.counts, stop=stop)
        with self.database.read() as connection:
            self.counts.chains = mail.current_ids(connection, self.counts.chains)

    def follow(self, sources: Sequence[Source], paths: Sequence[Path], stopping: threading.Event) -> Iterator[int]:
        """Take what arrives at *paths* until *stopping*; yields after every look, also where nothing was new."""
        changes = watch(*paths, stop_event=stopping, rust_timeout=_SWEEP_MS, yield_on_timeout=True, debounce=200)
        for _change in changes:
            yield sum(self.take(sources, stopping.is_set))


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
