"""Where the poll thread and the analysis threads meet: the fence under one lock, the slots, the failures.

Poll thread → `put`, `committable`, `commit`, `assign`. Analysis threads: take a ticket, process it,
finish it or let it wait. A slot is a thread; a record that waits for its next attempt frees its slot.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from opentelemetry import trace
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from chainmail import telemetry
from chainmail.records import Partition, Record
from chainmail.settings import Settings
from consumer import spans
from consumer.breaker import Breaker
from consumer.cancellation import Cancellation, cancellable
from consumer.dead_letters import DeadLetterBox
from consumer.errors import PermanentError, TransientError
from consumer.fence import Fence, Ticket
from consumer.meter import Meter
from consumer.process import Job, Processor
from consumer.retry import Backoff
from consumer.spans import Processed
from storage.outcomes import Outcome, OutcomeKind

_LOG = logging.getLogger("chainmail.worker")

#: How long an idle slot sleeps before it looks at the clock again (a new record wakes it at once).
_NAP_S = 0.5
#: What a record waits when the database is locked or full.
_DATABASE_PAUSE_S = 2.0
_JITTER = random.SystemRandom()


@dataclass
class _Task:
    """What is known of a ticket beside its place in the fence."""

    ticket: Ticket
    job: Job
    cancellation: Cancellation = field(default_factory=Cancellation)
    waits_since_at: datetime | None = None
    given_up: Exception | None = None
    processed: Processed | None = None


class Desk:
    """The work of one member."""

    def __init__(
        self,
        settings: Settings,
        processor: Processor,
        letters: DeadLetterBox,
        *,
        worker_id: str,
        meter: Meter | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare *settings.in_flight* slots; *clock* gives monotonic seconds."""
        self.meter = meter or Meter()
        self._settings = settings
        self._processor = processor
        self._letters = letters
        self._worker_id = worker_id
        self._clock = clock
        self._backoff = Backoff(max_attempts=settings.max_attempts)
        self._fence = Fence(settings.topic)
        self._breaker = Breaker()
        self._changed = threading.Condition()
        self._tasks: dict[Ticket, _Task] = {}
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
        """Take over an assignment; return from where to go on in what was kept.

        Work whose partition is gone stores nothing: its model call is abandoned, and no other.
        """
        with self._changed:
            positions, gone = self._fence.assign(partitions)
            abandoned = [self._tasks[ticket] for ticket in gone]
            self._forget_dead()
        for task in abandoned:
            task.cancellation.throw()
        return positions

    def rewind(self, partition: Partition, offset: int) -> None:
        """See `Fence.rewind`."""
        with self._changed:
            self._fence.rewind(partition, offset)
            self._forget_dead()

    def committable(self) -> dict[Partition, int]:
        """See `Fence.committable`."""
        with self._changed:
            return self._fence.committable()

    def commit(self, offsets: Mapping[Partition, int]) -> list[Processed]:
        """Note committed offsets; return the spans that they belong to."""
        with self._changed:
            tasks = [self._tasks.pop(ticket) for ticket in self._fence.commit(offsets)]
        return [task.processed for task in tasks if task.processed is not None]

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
        """Abandon what is in flight: the connections of its model calls are closed."""
        with self._changed:
            tasks = [self._tasks[ticket] for ticket in self._fence.in_flight]
        for task in tasks:
            task.cancellation.throw()

    def close(self) -> None:
        """End the slots; what is still in flight is abandoned."""
        self.take_no_more()
        if self.in_flight:
            self.cancel()
        for thread in self._threads:
            thread.join(timeout=2)
        self._letters.close()

    # For the analysis threads.

    def step(self) -> bool:
        """Do one thing that is due now: probe, or work on a record. False where there is none."""
        with self._changed:
            due = self._due()
        if due is not None:
            due()
        return due is not None

    def _work(self) -> None:
        """Be one slot: do what is due, sleep while nothing is."""
        try:
            while (due := self._next()) is not None:
                due()
        except Exception as error:  # noqa: BLE001 - whatever it is stops the member in words, not one thread in silence
            _LOG.exception("a slot of this member has failed")
            self.fault = error

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._closing:
                due = self._due()
                if due is not None:
                    return due
                self._changed.wait(self._nap_s())
        return None

    def _due(self) -> Callable[[], None] | None:
        now_s = self._clock()
        if self._breaker.is_open:
            return self._probe if self._breaker.may_probe(now_s) else None
        ticket = self._fence.take(now_s)
        if ticket is None:
            return None
        self.since_at = datetime.now(UTC)
        return partial(self._attend, self._tasks.setdefault(ticket, _Task(ticket, self._job(ticket))))

    def _nap_s(self) -> float:
        due_s = None if self._breaker.is_open else self._fence.next_due_s()
        return _NAP_S if due_s is None else min(_NAP_S, max(0.0, due_s - self._clock()))

    def _probe(self) -> None:
        try:
            self._processor.analyser.probe()
        except (TransientError, PermanentError) as error:
            with self._changed:
                self._breaker.failed(self._clock(), getattr(error, "retry_after_s", None))
            return
        _LOG.warning("the model server answers again: going on")
        with self._changed:
            self._breaker.succeeded()
            self._changed.notify_all()

    def _attend(self, task: _Task) -> None:
        """Try a record once: it ends, or waits for its next attempt, or its partition was lost meanwhile."""
        started_s = self._clock()
        try:
            with (
                cancellable(task.cancellation),
                spans.processing(
                    task.ticket,
                    group=self._settings.group,
                    worker_id=self._worker_id,
                    waits_since_at=task.waits_since_at,
                ) as span,
            ):
                outcome = self._outcome_of(task)
                if task.given_up is not None:
                    telemetry.failed(span, task.given_up)
                if outcome is not None:
                    span.set_attribute(telemetry.OUTCOME, outcome.kind.value)
                    self._finish(task, outcome, self._clock() - started_s)
        except TransientError as error:
            self._wait(task, error)
        except (OperationalError, NoConnectionError) as error:
            # Locked, full or away: nothing of the record's.
            _LOG.warning("record %s: database: %s", task.ticket.record, getattr(error, "orig", error))
            self._retry(task, _DATABASE_PAUSE_S)

    def _outcome_of(self, task: _Task) -> Outcome | None:
        """Return how the record ended, or None where its partition was lost; raises TransientError: not now."""
        if task.given_up is None:
            try:
                return self._processor.process(task.job)
            except PermanentError as error:
                task.given_up = error
            except TransientError as error:
                if not error.counts or not self._backoff.is_used_up(task.job.attempt.tries):
                    raise
                task.given_up = error
        return self._bury(task, task.given_up)

    def _bury(self, task: _Task, error: Exception) -> Outcome | None:
        """Make the record a dead letter: acknowledged first, then its outcome, then (by the poll thread) its commit."""
        if not task.job.is_live():
            return None
        record, analyser_id = task.ticket.record, ""
        with suppress(TransientError, PermanentError):  # nobody knows it while the model server is away
            analyser_id = self._processor.analyser.analyser_id
        posted = self._letters.put(record, error, attempts=task.job.attempt.tries, analyser_id=analyser_id)
        _LOG.error("record %s: dead letter: %s", record, error)
        return self._processor.bury(task.job, posted, getattr(error, "answer", ""))

    def _job(self, ticket: Ticket) -> Job:
        def is_live() -> bool:
            with self._changed:
                return self._fence.is_live(ticket)

        def newer_at_hand() -> bool:
            with self._changed:
                return self._fence.newer_at_hand(ticket)

        return Job(record=ticket.record, is_live=is_live, newer_at_hand=newer_at_hand)

    def _finish(self, task: _Task, outcome: Outcome, busy_s: float) -> None:
        with self._changed:
            task.processed = Processed(task.ticket, trace.get_current_span().get_span_context())
            self._fence.finish(task.ticket)
            self.failed += outcome.kind is OutcomeKind.DEAD_LETTERED
            self.completed += outcome.kind is not OutcomeKind.DEAD_LETTERED
            if outcome.kind is OutcomeKind.STORED:
                self.model_busy_s += busy_s
                self._breaker.succeeded()
            self._changed.notify_all()

    def _wait(self, task: _Task, error: TransientError) -> None:
        """Let the record wait for its next attempt; a refusal of the model server opens the breaker."""
        delay_s = self._backoff.delay_s(
            task.job.attempt.tries if error.counts else 0,
            jitter=_JITTER.random(),
            retry_after_s=error.retry_after_s,
        )
        with self._changed:
            if not self._fence.is_live(task.ticket):
                return
            if not error.counts and task.given_up is None:
                self._breaker.failed(self._clock(), error.retry_after_s)
        _LOG.warning("record %s: attempt failed, next in %.1f s: %s", task.ticket.record, delay_s, error)
        self._retry(task, delay_s)

    def _retry(self, task: _Task, delay_s: float) -> None:
        with self._changed:
            task.waits_since_at = datetime.now(UTC)
            self._fence.retry(task.ticket, self._clock() + delay_s)
            self._changed.notify_all()

    def _forget_dead(self) -> None:
        self._tasks = {ticket: task for ticket, task in self._tasks.items() if self._fence.is_live(ticket)}
