"""Where the poll thread and the analysis threads meet: the fence under one lock, the slots, the failures.

Poll thread → `put`, `committable`, `commit`, `assign`. Analysis threads: take a ticket, process it,
finish it or let it wait. A slot is a thread; a record that waits for its next attempt frees its slot.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from opentelemetry import trace
from opentelemetry.trace import StatusCode
from sqlalchemy.exc import OperationalError

from chainmail import telemetry
from chainmail.kafka import Partition, Record
from chainmail.settings import Settings
from consumer import spans
from consumer.breaker import Breaker
from consumer.dead_letters import DeadLetterBox
from consumer.errors import PermanentError, TransientError
from consumer.fence import Fence, Ticket
from consumer.process import Job, Processor
from consumer.retry import Backoff
from consumer.spans import Processed
from storage import outcomes
from storage.outcomes import Outcome, OutcomeKind

_LOG = logging.getLogger("chainmail.worker")

#: How long an idle slot sleeps before it looks at the clock again (a new record wakes it at once).
_NAP_S = 0.5
#: What a record waits when the database is locked or full.
_DATABASE_PAUSE_S = 2.0
_JITTER = random.SystemRandom()


class Desk:
    """The work of one member."""

    def __init__(self, settings: Settings, processor: Processor, letters: DeadLetterBox, *, worker_id: str) -> None:
        """Prepare *settings.in_flight* slots."""
        self._settings = settings
        self._processor = processor
        self._letters = letters
        self._worker_id = worker_id
        self._backoff = Backoff(max_attempts=settings.max_attempts)
        self._fence = Fence(settings.topic)
        self._breaker = Breaker()
        self._changed = threading.Condition()
        self._processed: dict[Ticket, Processed] = {}
        self._threads: list[threading.Thread] = []
        self._closing = False
        self.fault: Exception | None = None
        self.completed = 0
        self.failed = 0
        self.model_busy_s = 0.0
        self.since_at = datetime.now(UTC)

    def start(self) -> None:
        """Open the slots."""
        for number in range(self._settings.in_flight):
            thread = threading.Thread(target=self._work, name=f"analysis-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    # For the poll thread.

    def put(self, records: Sequence[Record], *, started_at: datetime, now: datetime) -> None:
        """Take polled records in and wake the slots."""
        if records:
            with self._changed:
                self._fence.poll(records, started_at=started_at, now=now)
                self._changed.notify_all()

    def assign(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        """Take over an assignment; work whose partition is gone is cancelled."""
        with self._changed:
            positions, gone = self._fence.assign(partitions)
        if gone and not self.in_flight:
            self.cancel()
        return positions

    def rewind(self, partition: Partition) -> None:
        """See `Fence.rewind`."""
        with self._changed:
            self._fence.rewind(partition)

    def committable(self) -> dict[Partition, int]:
        """See `Fence.committable`."""
        with self._changed:
            return self._fence.committable()

    def commit(self, offsets: Mapping[Partition, int]) -> list[Processed]:
        """Note committed offsets; return the spans that they belong to."""
        with self._changed:
            tickets = self._fence.commit(offsets)
            return [self._processed.pop(ticket) for ticket in tickets if ticket in self._processed]

    def paused(self) -> list[Partition]:
        """Return what to fetch nothing from: everything while the model server is down or nothing is taken any more."""
        with self._changed:
            if self._breaker.is_open or self._closing:
                return self._fence.partitions
            return self._fence.paused(self._settings.in_flight)

    @property
    def partitions(self) -> list[Partition]:
        """The assigned partitions."""
        with self._changed:
            return self._fence.partitions

    @property
    def in_flight(self) -> list[Ticket]:
        """What is being worked on."""
        with self._changed:
            return self._fence.in_flight

    @property
    def state(self) -> str:
        """In one word, for people: what this member does now."""
        with self._changed:
            if self._closing:
                return "stopping"
            if self._breaker.is_open:
                return "paused"
            if self._fence.in_flight:
                return "analysing"
            return "idle" if self._fence.is_idle else "waiting"

    def take_no_more(self) -> None:
        """Let the slots end after what they have in hand."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def cancel(self) -> None:
        """Abandon the model calls in flight: their connections are closed."""
        self._processor.analyser.cancel()

    def close(self) -> None:
        """End the slots; what is still in flight is abandoned."""
        self.take_no_more()
        if self.in_flight:
            self.cancel()
        for thread in self._threads:
            thread.join(timeout=2)
        self._letters.close()

    # For the analysis threads.

    def _work(self) -> None:
        while (ticket := self._next()) is not None:
            try:
                self._process(ticket)
            except OperationalError as error:
                self._database_failed(ticket, error)
            except Exception as error:  # noqa: BLE001 - whatever it is stops the member in words, not one thread in silence
                _LOG.exception("record %s", ticket.record)
                self.fault = error
                return

    def _next(self) -> Ticket | None:
        """Wait for a record to work on; None when no more are taken. While the breaker is open, probe."""
        while True:
            with self._changed:
                if self._closing:
                    return None
                probe = self._breaker.may_probe(time.monotonic())
                ticket = None if self._breaker.is_open else self._fence.take(time.monotonic())
                if ticket is not None:
                    self.since_at = datetime.now(UTC)
                    return ticket
                if not probe:
                    self._changed.wait(_NAP_S)
                    continue
            self._probe()

    def _probe(self) -> None:
        try:
            self._processor.analyser.probe()
        except (TransientError, PermanentError) as error:
            with self._changed:
                self._breaker.failed(time.monotonic(), getattr(error, "retry_after_s", None))
            return
        _LOG.warning("the model server answers again: going on")
        with self._changed:
            self._breaker.succeeded()
            self._changed.notify_all()

    def _process(self, ticket: Ticket) -> None:
        started_s = time.monotonic()
        with spans.processing(ticket, group=self._settings.group, worker_id=self._worker_id) as span:
            try:
                outcome = self._processor.process(self._job(ticket))
            except TransientError as error:
                span.set_status(StatusCode.ERROR, type(error).__name__)
                self._failed_now(ticket, error)
                return
            except PermanentError as error:
                span.set_status(StatusCode.ERROR, type(error).__name__)
                self._give_up(ticket, error)
                return
            if outcome is not None:
                span.set_attribute(telemetry.OUTCOME, outcome.kind.value)
                self._finish(ticket, outcome, time.monotonic() - started_s)

    def _job(self, ticket: Ticket) -> Job:
        def is_live() -> bool:
            with self._changed:
                return self._fence.is_live(ticket)

        def newer_at_hand() -> bool:
            with self._changed:
                return self._fence.newer_at_hand(ticket)

        return Job(record=ticket.record, is_live=is_live, newer_at_hand=newer_at_hand)

    def _finish(self, ticket: Ticket, outcome: Outcome, busy_s: float) -> None:
        with self._changed:
            self._processed[ticket] = Processed(ticket, trace.get_current_span().get_span_context())
            if not self._fence.finish(ticket):
                self._processed.pop(ticket)
            self.failed += outcome.kind is OutcomeKind.DEAD_LETTERED
            self.completed += outcome.kind is not OutcomeKind.DEAD_LETTERED
            self.model_busy_s += busy_s if outcome.kind is OutcomeKind.STORED else 0
            self._breaker.succeeded()
            self._changed.notify_all()

    def _failed_now(self, ticket: Ticket, error: TransientError) -> None:
        """Let the record wait for its next attempt, unless that was its last."""
        attempts = self._end_attempt(ticket, error)
        delay_s = self._backoff.delay_s(
            attempts if error.counts else 1,
            jitter=_JITTER.random(),
            retry_after_s=error.retry_after_s,
        )
        if delay_s is None:
            self._give_up(ticket, error)
            return
        _LOG.warning("record %s: attempt failed, next in %.1f s: %s", ticket.record, delay_s, error)
        with self._changed:
            if not error.counts:
                self._breaker.failed(time.monotonic(), error.retry_after_s)
            self._fence.retry(ticket, time.monotonic() + delay_s)

    def _database_failed(self, ticket: Ticket, error: OperationalError) -> None:
        """The database is locked, full or away: nothing of the record's; it waits and is tried again."""
        _LOG.warning("record %s: database: %s", ticket.record, error.orig)
        with self._changed:
            self._fence.retry(ticket, time.monotonic() + _DATABASE_PAUSE_S)

    def _end_attempt(self, ticket: Ticket, error: TransientError | PermanentError) -> int:
        counts = getattr(error, "counts", True)
        at = self._processor.coordinates(ticket.record)
        with self._processor.database.write() as connection:
            outcomes.end_attempt(connection, at, counts=counts, error=f"{type(error).__name__}: {error}")
            return outcomes.attempts_of(connection, at)

    def _give_up(self, ticket: Ticket, error: TransientError | PermanentError) -> None:
        """Make the record a dead letter: acknowledged first, then its outcome, then (by the poll thread) its commit."""
        at = self._processor.coordinates(ticket.record)
        try:
            with self._processor.database.read() as connection:
                attempts = outcomes.attempts_of(connection, at)
            analyser_id = self._processor.analyser.analyser_id
            self._letters.put(ticket.record, error, attempts=attempts, analyser_id=analyser_id)
        except TransientError as refused:
            self._failed_now(ticket, refused)
            return
        _LOG.error("record %s: dead letter: %s", ticket.record, error)
        reason = f"{type(error).__name__}: {error}"
        key = ticket.record.key.decode("utf-8", "replace")[:64] if ticket.record.key else None
        outcome = Outcome(kind=OutcomeKind.DEAD_LETTERED, chain_id=key, reason=reason)
        with self._processor.database.write() as connection:
            outcomes.add(connection, at, outcome, ended_at=datetime.now(UTC))
        self._finish(ticket, outcome, 0)
