"""Raw mail into the ledger, batch by batch: fetch, keep, parse, join.

Bytes are kept before anything is read in them; a batch is one transaction and holds the write
lock for well under 200 ms.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, Tracer
from sqlalchemy import Connection

from chainmail import telemetry
from producer.join import Arrival, join
from producer.parse import NotMail, Unreadable, parse
from producer.sources.source import RawMail, UnreadableSource
from schemas.chain import Email
from storage import mail
from storage.engine import Database

#: What one transaction takes, whichever comes first: each about 50 ms of writing.
BATCH_MESSAGES = 100
BATCH_BYTES = 4 * 1024 * 1024


@dataclass(kw_only=True)
class Counts:
    """What became of the messages: `messages = emails + duplicates + unreadable`."""

    emails: int = 0
    duplicates: int = 0
    unreadable: int = 0
    not_mail: int = 0
    chains: set[str] = field(default_factory=set)
    published: int = 0
    complaints: list[str] = field(default_factory=list)

    @property
    def messages(self) -> int:
        """Everything that was mail."""
        return self.emails + self.duplicates + self.unreadable

    def as_json(self) -> dict[str, int]:
        """The last line of `ingest --json` and `run --json`."""
        return {
            "messages": self.messages,
            "emails": self.emails,
            "duplicates": self.duplicates,
            "unreadable": self.unreadable,
            "not_mail": self.not_mail,
            "chains": len(self.chains),
            "published": self.published,
        }


@dataclass(frozen=True)
class _Read:
    """A raw mail with what was read in it and how long that took (ns since 1970)."""

    raw: RawMail
    raw_sha256: str
    result: Email | Unreadable
    parse_ns: tuple[int, int]


def ingest(
    database: Database,
    mails: Iterable[RawMail | UnreadableSource],
    *,
    topic: str,
    counts: Counts,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[int]:
    """Take *mails* into the ledger, adding to *counts*; yields how many were taken, batch by batch."""
    iterator = iter(mails)
    while not stop():
        started_ns = _now_ns()
        batch = _batch(iterator)
        if not batch:
            return
        _take(database, batch, started_ns, topic, counts)
        yield len(batch)


def _batch(mails: Iterator[RawMail | UnreadableSource]) -> list[RawMail | UnreadableSource]:
    batch: list[RawMail | UnreadableSource] = []
    size_bytes = 0
    for found in mails:
        batch.append(found)
        size_bytes += len(found.content) if isinstance(found, RawMail) else 0
        if len(batch) == BATCH_MESSAGES or size_bytes >= BATCH_BYTES:
            break
    return batch


def _take(
    database: Database, batch: list[RawMail | UnreadableSource], started_ns: int, topic: str, counts: Counts
) -> None:
    raws: list[tuple[str, RawMail]] = []
    for found in batch:
        if isinstance(found, UnreadableSource):
            counts.unreadable += 1
            counts.complaints.append(f"{found.name}: {found.reason}")
        else:
            raws.append((hashlib.sha256(found.content).hexdigest(), found))
    with database.read() as connection:
        known = mail.known_raw(connection, {raw_sha256 for raw_sha256, _ in raws})
    reads: dict[str, _Read] = {}
    for raw_sha256, raw in raws:
        if raw_sha256 in known or raw_sha256 in reads:
            _count_duplicate(counts, known.get(raw_sha256))
        elif read := _read(raw, raw_sha256, counts):
            reads[raw_sha256] = read
    _store(database, list(reads.values()), started_ns, topic, counts)


def _count_duplicate(counts: Counts, chain_id: str | None) -> None:
    counts.duplicates += 1
    if chain_id:
        counts.chains.add(chain_id)


def _read(raw: RawMail, raw_sha256: str, counts: Counts) -> _Read | None:
    started_ns = _now_ns()
    result = parse(raw.content)
    if isinstance(result, NotMail):
        counts.not_mail += 1
        counts.complaints.append(f"{raw.name}: not mail: {result.reason}")
        return None
    return _Read(raw, raw_sha256, result, (started_ns, _now_ns()))


def _store(database: Database, reads: list[_Read], started_ns: int, topic: str, counts: Counts) -> None:
    if not reads:
        return
    now = datetime.now(UTC)
    tracer = telemetry.tracer()
    roots: list[tuple[Span, _Read]] = []
    with database.write() as connection:
        # Somebody else may have taken the same mail since we looked.
        known = mail.known_raw(connection, [read.raw_sha256 for read in reads])
        emails = [read.result for read in reads if isinstance(read.result, Email)]
        taken = mail.known_emails(connection, {email.email_id for email in emails})
        arrivals: list[Arrival] = []
        for read in reads:
            if read.raw_sha256 in known:
                _count_duplicate(counts, known[read.raw_sha256])
                continue
            _keep(connection, read, now)
            if isinstance(read.result, Unreadable):
                counts.unreadable += 1
                counts.complaints.append(f"{read.raw.name}: unreadable: {read.result.reason}")
            elif read.result.email_id in taken:
                counts.duplicates += 1
            else:
                taken.add(read.result.email_id)
                counts.emails += 1
                span = _root_span(tracer, read.result, started_ns)
                roots.append((span, read))
                context = telemetry.headers_of(trace.set_span_in_context(span))
                arrivals.append(Arrival(email=read.result, traceparent=context.get("traceparent")))
        join_started_ns = _now_ns()
        join(connection, arrivals, topic=topic, now=now)
        counts.chains.update(mail.chains_of_nodes(connection, {email.node for email in emails}).values())
    joined_ns = (join_started_ns, _now_ns())
    for span, read in roots:
        _end_spans(tracer, span, read, started_ns, joined_ns)


def _keep(connection: Connection, read: _Read, now: datetime) -> None:
    email = read.result if isinstance(read.result, Email) else None
    mail.add_raw(
        connection,
        raw_sha256=read.raw_sha256,
        content=read.raw.content,
        source=read.raw.name,
        at=now,
        email_id=email.email_id if email else None,
        unreadable_reason=read.result.reason if isinstance(read.result, Unreadable) else None,
    )


def _root_span(tracer: Tracer, email: Email, started_ns: int) -> Span:
    attributes = {telemetry.MESSAGE_ID: email.message_id} if email.message_id else {}
    return tracer.start_span("ingest email", context=Context(), start_time=started_ns, attributes=attributes)


def _end_spans(tracer: Tracer, root: Span, read: _Read, started_ns: int, joined_ns: tuple[int, int]) -> None:
    if not root.is_recording():
        return
    context = trace.set_span_in_context(root)
    stages = (("fetch", (started_ns, read.parse_ns[0])), ("parse", read.parse_ns), ("join", joined_ns))
    for name, (start_ns, end_ns) in stages:
        tracer.start_span(name, context=context, start_time=start_ns).end(end_time=end_ns)
    root.end(end_time=joined_ns[1])


def _now_ns() -> int:
    return int(datetime.now(UTC).timestamp() * 1_000_000_000)
