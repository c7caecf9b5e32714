"""Where the poll thread and the analysis threads meet: the fence under one lock, the slots, the dependencies.

Poll thread → `put`, `committable`, `commit`, `assign`. Analysis threads: take a ticket, try it once,
finish it or let it wait. A slot is a thread; a record that waits for its next attempt frees its slot.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from chainmail.records import Partition, Record
from chainmail.settings import Settings
from consumer.attempt import Attempts, Ended, Lost, Result, Task, Waits, task_of
from consumer.dead_letters import DeadLetterBox
from consumer.dependencies import DATABASE_ERRORS, Dependencies, Dependency
from consumer.fence import Fence, Ticket
from consumer.letter_limit import LetterLimit
from consumer.meter import Meter
from consumer.process import Processor
from consumer.spans import Processed
from storage.outcomes import OutcomeKind

_LOG = logging.getLogger("chainmail.worker")

#: How long an idle slot sleeps before it looks at the clock again (a new record wakes it at once).
_NAP_S = 0.5
#: After a silence longer than the session, a heartbeat (one a second at least) has told by then if we are still in.
_PROOF_S = 1.5


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
        self._clock = clock
        self._attempts = Attempts(settings, processor, letters, worker_id=worker_id)
        self._dependencies = Dependencies(
            {Dependency.DATABASE: processor.probe_database, Dependency.MODELS: processor.analyser.probe}
        )
        self._fence = Fence(settings.topic)
        self._turned_s: float | None = None
        self._proven_s = 0.0
        self._limit = LetterLimit(settings.max_dead_letters)
        lock = threading.RLock()
        self._changed = threading.Condition(lock)  # for the slots: there may be something to do
        self._hungry = threading.Condition(lock)  # for the poll thread: nothing is left to take
        self._tasks: dict[Ticket, Task] = {}
        self._threads: list[threading.Thread] = []
        self._closing = False
        self.fault: Exception | None = None
        self.completed = 0
        self.failed = 0
        self.model_busy_s = 0.0
        self.since_at = datetime.now(UTC)

    def start(self) -> None:
        """Open the slots."""
        with suppress(*DATABASE_ERRORS):
            self._limit.resume(self._processor.dead_letters_in_a_row(self._settings.max_dead_letters))
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

    def suspect(self, partition: Partition, offsets: Collection[int]) -> None:
        """See `Fence.suspect`."""
        with self._changed:
            self._fence.suspect(partition, offsets)

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
        """Return what to fetch nothing from: everything while a dependency is away or nothing is taken any more."""
        with self._changed:
            if self._dependencies.away or self._closing:
                return self._fence.partitions
            return self._fence.paused(self._settings.in_flight)

    def rest(self, seconds: float) -> bool:
        """Wait until the slots want new records or a commit makes room, *seconds* at most; False where they do now."""
        with self._changed:
            self._turn()
            if not self._fence.has_work or self._closing:
                return False
            self._hungry.wait_for(lambda: not self._fence.has_work or self._closing, seconds)
            return True

    def room(self) -> int:
        """See `Fence.room`."""
        with self._changed:
            return self._fence.room(self._settings.in_flight)

    @property
    def is_full(self) -> bool:
        """Whether a partition is held up until what it has finished is committed."""
        with self._changed:
            return self._fence.is_full

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
            if self._dependencies.away:
                return "paused"
            if self._fence.in_flight:
                return "analysing"
            return "idle" if self._fence.is_idle else "waiting"

    @property
    def breakers(self) -> dict[str, str]:
        """The states of the breakers: of all model servers together, and of the database."""
        with self._changed:
            return self._dependencies.states

    def take_no_more(self) -> None:
        """Let the slots end after what they have in hand."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            self._hungry.notify_all()

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

    def _turn(self) -> None:
        """Note that the poll thread is well; where it was silent for too long, the group may have expelled us."""
        now_s = self._clock()
        if self._is_silent(now_s):
            self._proven_s = now_s + _PROOF_S
        self._turned_s = now_s

    def _is_silent(self, now_s: float) -> bool:
        return self._turned_s is not None and now_s - self._turned_s > self._settings.session_timeout_s

    def _is_doubtful(self, now_s: float) -> bool:
        """Tell whether our partitions may be another member's by now, so that nothing may be begun."""
        return self._is_silent(now_s) or now_s < self._proven_s

    def _due(self) -> Callable[[], None] | None:
        now_s = self._clock()
        if self._is_doubtful(now_s):
            return None
        if self._dependencies.away:
            which = self._dependencies.due_probe(now_s)
            return partial(self._probe, which) if which else None
        ticket = self._fence.take(now_s)
        if not self._fence.has_work:
            self._hungry.notify_all()
        if ticket is None:
            return None
        self.since_at = datetime.now(UTC)
        return partial(self._attend, self._tasks.setdefault(ticket, self._task(ticket)))

    def _nap_s(self) -> float:
        if self._is_doubtful(self._clock()):
            return _NAP_S
        due_s = self._dependencies.due_s() if self._dependencies.away else self._fence.next_due_s()
        return _NAP_S if due_s is None else min(_NAP_S, max(0.0, due_s - self._clock()))

    def _probe(self, which: Dependency) -> None:
        refusal = self._dependencies.probe(which)
        with self._changed:
            if refusal is not None:
                self._dependencies.failed(which, self._clock(), getattr(refusal, "retry_after_s", None))
                return
            self._dependencies.succeeded(which)
            self._changed.notify_all()
        _LOG.warning("%s: answering again, going on", which)

    def _attend(self, task: Task) -> None:
        started_s = self._clock()
        result = self._attempts.attempt(task)
        with self._changed:
            self._note(task, result, self._clock() - started_s)
            self._changed.notify_all()

    def _note(self, task: Task, result: Result, busy_s: float) -> None:
        match result:
            case Ended(outcome):
                self._fence.finish(task.ticket)
                self.failed += outcome.kind is OutcomeKind.DEAD_LETTERED
                self.completed += outcome.kind is not OutcomeKind.DEAD_LETTERED
                if outcome.kind is OutcomeKind.STORED:
                    self.model_busy_s += busy_s
                    self._dependencies.succeeded(Dependency.MODELS)
                self.fault = self.fault or self._limit.note(outcome)
                self._closing = self._closing or self.fault is not None
            case Waits() if self._fence.is_live(task.ticket):
                if result.away is not None:
                    self._dependencies.failed(result.away, self._clock(), result.retry_after_s)
                self._retry(task, result.delay_s)
            case Lost():
                self.meter.add(fenced=1)
                self._retry(task, 0.0)  # still ours where the member stops: its next start begins anew

    def _retry(self, task: Task, delay_s: float) -> None:
        self.meter.add(retries=1)
        task.waits_since_at = datetime.now(UTC)
        self._fence.retry(task.ticket, self._clock() + delay_s)

    def _task(self, ticket: Ticket) -> Task:
        def is_live() -> bool:
            with self._changed:
                return self._fence.is_live(ticket)

        def newer_at_hand() -> bool:
            with self._changed:
                return self._fence.newer_at_hand(ticket)

        return task_of(ticket, is_live=is_live, newer_at_hand=newer_at_hand)

    def _forget_dead(self) -> None:
        self._tasks = {ticket: task for ticket, task in self._tasks.items() if self._fence.is_live(ticket)}
