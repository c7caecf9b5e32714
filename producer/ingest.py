"""Raw mail into the ledger, batch by batch: fetch, read, keep, join, move the cursor.

A batch is one transaction and holds the write lock for well under 200 ms. Reading runs ahead of storing, in other
processes where it is worth it; what is stored is stored in the order in which the source gave it.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from producer.counts import Counts
from producer.exclusion import NOTHING
from producer.ingest_spans import EmailSpan, begin
from producer.join import Arrival, join
from producer.reading import Hashed, Read, Readers
from producer.sources.source import QUIET, Cursor, Found, LeftOut, UnreadableSource
from schemas.member import Member
from storage import cursors, mail
from storage.engine import Database
from storage.mail import NewRaw

#: What one transaction takes, whichever comes first: each about 80 ms of writing.
BATCH_MESSAGES = 800
BATCH_BYTES = 4 * 1024 * 1024


@dataclass(kw_only=True)
class _Batch:
    """What a source gave in a row, and the cursors that are true when it is stored."""

    started_ns: int
    mails: list[Hashed] = field(default_factory=list)
    #: (name, hash) of mails whose bytes are in the batch already.
    again: list[tuple[str, str]] = field(default_factory=list)
    unreadable: list[UnreadableSource] = field(default_factory=list)
    left_out: int = 0
    cursors: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    size_bytes: int = 0
    is_last_for_now: bool = False

    @property
    def is_full(self) -> bool:
        return len(self.mails) >= BATCH_MESSAGES or self.size_bytes >= BATCH_BYTES

    def __len__(self) -> int:
        return len(self.mails) + len(self.unreadable) + self.left_out


@dataclass(frozen=True)
class Ledger:
    """Where mail goes: the database, the topic for what changes, what is counted."""

    database: Database
    topic: str
    counts: Counts


def ingest(
    ledger: Ledger,
    found: Iterable[Found],
    *,
    readers: Readers | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[int]:
    """Take what is *found* into the ledger; yields how many messages were taken, batch by batch.

    0 is yielded where a followed source is quiet.
    """
    readers = readers or Readers(NOTHING)
    reading: deque[tuple[_Batch, Future[list[Read]]]] = deque()
    for batch in _batches(iter(found)):
        reading.append((batch, readers.submit(_unknown(ledger, batch))))
        while reading and (batch.is_last_for_now or len(reading) >= readers.ahead or reading[0][1].done()):
            yield _take(ledger, *reading.popleft())
        if stop():
            break
    while reading:
        yield _take(ledger, *reading.popleft())


def _batches(found: Iterator[Found]) -> Iterator[_Batch]:
    batch = _Batch(started_ns=time.time_ns())
    for item in found:
        if item is QUIET:
            batch.is_last_for_now = True
        elif isinstance(item, Cursor):
            batch.cursors[item.source] = item.state
        elif isinstance(item, UnreadableSource):
            batch.unreadable.append(item)
        elif isinstance(item, LeftOut):
            batch.left_out += 1
        else:
            batch.mails.append(Hashed(raw=item, raw_sha256=hashlib.sha256(item.content).hexdigest()))
            batch.size_bytes += len(item.content)
        if batch.is_full or batch.is_last_for_now:
            yield batch
            batch = _Batch(started_ns=time.time_ns())
    if batch or batch.cursors:
        yield batch


def _unknown(ledger: Ledger, batch: _Batch) -> list[Hashed]:
    """Return the mails of *batch* that have to be read; count those that are in the ledger."""
    if not batch.mails:
        return []
    with ledger.database.read() as connection:
        known = mail.known_raw(connection, {found.raw_sha256 for found in batch.mails})
    unknown: dict[str, Hashed] = {}
    for found in batch.mails:
        if found.raw_sha256 in known:
            ledger.counts.duplicate(known[found.raw_sha256])
        elif found.raw_sha256 in unknown:
            batch.again.append((found.raw.name, found.raw_sha256))
        else:
            unknown[found.raw_sha256] = found
    return list(unknown.values())


def _take(ledger: Ledger, batch: _Batch, reading: Future[list[Read]]) -> int:
    counts = ledger.counts
    counts.excluded += batch.left_out
    for missing in batch.unreadable:
        counts.was_unreadable(missing.name, missing.reason)
    reads = reading.result()
    by_hash = {read.raw_sha256: read for read in reads}
    kept = [read for read in reads if _is_kept(counts, read, read.name)]
    for name, raw_sha256 in batch.again:
        if _is_kept(counts, by_hash[raw_sha256], name):
            counts.duplicate(None)
    if kept or batch.cursors:
        for span in _store(ledger, batch, kept):
            span.end()
    return len(batch)


def _is_kept(counts: Counts, read: Read, name: str) -> bool:
    """Tell whether what was read goes into the ledger; count it where it does not."""
    if read.not_mail:
        counts.was_not_mail(name, read.not_mail)
    elif read.excluded:
        counts.excluded += 1
    else:
        return True
    return False


def _store(ledger: Ledger, batch: _Batch, reads: list[Read]) -> list[EmailSpan]:
    now = datetime.now(UTC)
    with ledger.database.write() as connection:
        spans, copies = _keep(connection, ledger, batch, reads, now)
        join_started_ns = time.time_ns()
        arrivals = [
            Arrival(member=span.read.member, content=span.read.content, traceparent=span.traceparent)
            for span in spans
            if span.read.member
        ]
        ledger.counts.chains |= join(connection, arrivals, copies=copies, topic=ledger.topic, now=now)
        for source, state in batch.cursors.items():
            cursors.save(connection, source, state, now)
    for span in spans:
        span.joined_ns = (join_started_ns, time.time_ns())
    return spans


def _keep(
    connection: Connection, ledger: Ledger, batch: _Batch, reads: list[Read], now: datetime
) -> tuple[list[EmailSpan], list[Member]]:
    """Keep the bytes of all *reads* that the ledger lacks; return new emails, each with its span, and new copies."""
    hashes = {read.raw_sha256 for read in reads}
    email_ids = {read.member.email_id for read in reads if read.member}
    # Somebody else may have taken the same mail since we looked, and what was forgotten stays so.
    known = mail.known_raw(connection, hashes)
    chain_of = mail.chains_of_emails(connection, email_ids)
    forgotten = mail.forgotten(connection, hashes | email_ids)
    raws: list[NewRaw] = []
    spans: list[EmailSpan] = []
    copies: list[Member] = []
    counts = ledger.counts
    for read in reads:
        email_id = read.member.email_id if read.member else None
        if read.raw_sha256 in known:
            counts.duplicate(known[read.raw_sha256])
            continue
        if forgotten and not forgotten.isdisjoint({read.raw_sha256, email_id or ""}):
            counts.forgotten += 1
            continue
        raws.append(_raw(read))
        if read.member is None or email_id is None:
            counts.was_unreadable(read.name, f"unreadable: {read.unreadable}")
        elif email_id in chain_of:
            copies.append(read.member)
            counts.duplicate(chain_of[email_id])
        else:
            chain_of[email_id] = None
            counts.emails += 1
            spans.append(begin(read, batch.started_ns))
    mail.add_raws(connection, raws, now)
    return spans, copies


def _raw(read: Read) -> NewRaw:
    return NewRaw(
        raw_sha256=read.raw_sha256,
        content=read.packed_raw,
        size_bytes=read.size_bytes,
        source=read.name,
        arrived_at=read.arrived_at,
        labels=read.labels,
        thread_keys=read.thread_keys,
        email_id=read.member.email_id if read.member else None,
        unreadable_reason=read.unreadable or None,
    )
