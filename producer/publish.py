"""The outbox to the topics: load a chain, send it, note the acknowledgement.

A row is claimed before it is sent and marked after the broker's acknowledgement, so that a crash
between the two publishes again and never loses; the consumer recognises what it has stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind
from sqlalchemy import Connection

from chainmail import telemetry
from chainmail.settings import BulkPolicy, Settings
from chainmail.turn import turn
from schemas import wire
from schemas.chain import Chain, Completeness, Email
from storage import mail, outbox
from storage.engine import Database
from storage.outbox import Pending, Selection

if TYPE_CHECKING:  # the command line shows results without loading a Kafka library
    from chainmail.kafka import Publisher

#: Chains loaded and acknowledged together.
_BATCH = 64


@dataclass(frozen=True)
class Outbox:
    """What publishing needs; `publish` is the only way from the ledger to the topics."""

    database: Database
    publisher: Publisher
    settings: Settings
    ledger_id: str

    def publish(
        self,
        selection: Selection,
        stop: Callable[[], bool] = lambda: False,
        on_wait: Callable[[str], None] = lambda _pid: None,
    ) -> Iterator[int]:
        """Publish all that waits and is selected, yielding the number of each acknowledged batch.

        One process of a home at a time; *on_wait* is told the pid of another that is at it. What an interrupted one
        left half published is published again.

        Raises:
            BrokerUnreachableError: Not acknowledged in time; what was not stays in the outbox.
        """
        with turn(self.settings.home_path / "locks" / "outbox.lock", stop, on_wait) as ours:
            if ours:
                with self.database.write() as connection:
                    outbox.release_interrupted(connection)
                yield from self._publish(selection, stop)

    def _publish(self, selection: Selection, stop: Callable[[], bool]) -> Iterator[int]:
        while not stop():
            with self.database.write() as connection:
                rows = outbox.pending(connection, selection, limit=_BATCH)
                outbox.claim(connection, [row.outbox_id for row in rows], datetime.now(UTC))
            if not rows:
                return
            self._send(rows)
            yield sum(row.chain_hash is not None for row in rows)

    def _send(self, rows: list[Pending]) -> None:
        sent: list[tuple[Pending, Span, Callable[[], tuple[int, int]]]] = []
        with self.database.read() as connection:
            for row in rows:
                chain, traceparents = self._load(connection, row) if row.chain_hash else (None, [])
                span = _start_span(row, chain, traceparents)
                sent.append((row, span, self._hand_over(row, chain, span)))
        self.publisher.flush()
        acknowledged = []
        for row, span, result in sent:
            partition, offset = result()
            span.set_attributes({telemetry.PARTITION: str(partition), telemetry.OFFSET: offset})
            span.end()
            acknowledged.append((row.outbox_id, partition, offset))
        with self.database.write() as connection:
            outbox.mark_published(connection, acknowledged, datetime.now(UTC))

    def _load(self, connection: Connection, row: Pending) -> tuple[Chain, list[str]]:
        """Return the chain of an outbox row as the policy for bulk mail wants it, and its emails' traceparents."""
        chain, traceparents, bulk = load_chain(connection, row)
        policies: dict[str, BulkPolicy] = {
            "list": self.settings.bulk_lists,
            "newsletter": self.settings.bulk_newsletters,
            "automatic": self.settings.bulk_automatic,
        }
        return (without_texts(chain) if policies.get(bulk) == "headers" else chain), traceparents

    def _hand_over(self, row: Pending, chain: Chain | None, span: Span) -> Callable[[], tuple[int, int]]:
        key = row.chain_id.encode()
        if chain is None:
            ledger = [("ledger", self.ledger_id.encode()), ("chain-revision", str(row.revision).encode())]
            return self.publisher.send(row.topic, key=key, value=None, headers=ledger)
        context = telemetry.headers_of(trace.set_span_in_context(span))
        headers = wire.headers_of_chain(chain, ledger=self.ledger_id, trace=context)
        value = wire.encode(elide(chain, self.settings.max_chain_bytes))
        return self.publisher.send(row.topic, key=key, value=value, headers=headers)


def load_chain(connection: Connection, row: Pending) -> tuple[Chain, list[str], str]:
    """Return the chain of an outbox row, the traceparents of its emails, and the kind of bulk mail that it is."""
    stored = mail.chains(connection, [row.chain_id])[row.chain_id]
    loaded = mail.texts_of_chain(connection, row.chain_id)
    end_of_time = datetime.max.replace(tzinfo=UTC)
    emails = sorted((email for email, _ in loaded), key=lambda e: (e.sent_at or end_of_time, e.email_id))
    chain = Chain(
        chain_id=row.chain_id,
        revision=stored.revision,
        chain_hash=stored.chain_hash,
        subject=stored.subject,
        newest_email_at=stored.newest_email_at,
        completeness=Completeness(score=stored.completeness, missing=tuple(stored.missing)),
        emails=tuple(emails),
    )
    return chain, [traceparent for _, traceparent in loaded if traceparent], stored.bulk


def without_texts(chain: Chain) -> Chain:
    """Return *chain* with headers alone: its texts count as elided."""
    emails = (
        email.model_copy(update={"text": "", "elided_chars": email.elided_chars + len(email.text)})
        for email in chain.emails
    )
    return chain.model_copy(update={"emails": tuple(emails)})


def elide(chain: Chain, max_bytes: int) -> Chain:
    """Return *chain* with its oldest texts left out until its JSON fits into *max_bytes* (and says so)."""
    excess = len(wire.encode(chain)) - max_bytes
    emails: list[Email] = list(chain.emails)
    for index, email in enumerate(emails):
        if excess <= 0:
            break
        shorter = _elided(email, excess)
        excess -= len(email.model_dump_json()) - len(shorter.model_dump_json())
        emails[index] = shorter
    return chain.model_copy(update={"emails": tuple(emails)}) if emails != list(chain.emails) else chain


def _elided(email: Email, excess_bytes: int) -> Email:
    """Keep the beginning of the text that has room; one character is at most six bytes of JSON."""
    kept = (
        max(0, len(email.text) - excess_bytes) if email.text.isascii() else max(0, len(email.text) - excess_bytes * 6)
    )
    cut = len(email.text) - kept
    return email.model_copy(update={"text": email.text[:kept], "elided_chars": email.elided_chars + cut})


def _start_span(row: Pending, chain: Chain | None, traceparents: list[str]) -> Span:
    attributes: dict[str, str | int] = {
        telemetry.SYSTEM: "kafka",
        telemetry.OPERATION: "send",
        telemetry.OPERATION_TYPE: "send",
        telemetry.DESTINATION: row.topic,
        telemetry.CONVERSATION: row.chain_id,
        telemetry.CHAIN_ID: row.chain_id,
        telemetry.CHAIN_REVISION: row.revision,
    }
    if chain is not None:
        attributes[telemetry.EMAIL_COUNT] = len(chain.emails)
    return telemetry.tracer().start_span(
        f"send {row.topic}",
        context=telemetry.context_of({"traceparent": row.traceparent or ""}),
        kind=SpanKind.PRODUCER,
        links=telemetry.links_of(value for value in traceparents if value != row.traceparent),
        attributes=attributes,
    )
