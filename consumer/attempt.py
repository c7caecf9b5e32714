"""One try of one record: it ends, it waits for its next try, or its partition was lost meanwhile.

The policy of failures stands here, and nothing else: what ends a record, what counts against it, what
is the fault of a dependency.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from opentelemetry import trace

from chainmail import telemetry
from chainmail.settings import Settings
from consumer import spans
from consumer.cancellation import AbandonedError, Cancellation, cancellable
from consumer.dead_letters import DeadLetterBox
from consumer.dependencies import DATABASE_ERRORS, Dependency
from consumer.errors import PermanentError, TransientError
from consumer.fence import Ticket
from consumer.process import Job, Processor
from consumer.retry import Backoff
from consumer.spans import Processed
from storage.outcomes import Outcome

_LOG = logging.getLogger("chainmail.worker")
_JITTER = random.SystemRandom()


@dataclass
class Task:
    """What is known of a ticket beside its place in the fence."""

    ticket: Ticket
    job: Job
    cancellation: Cancellation = field(default_factory=Cancellation)
    waits_since_at: datetime | None = None
    given_up: Exception | None = None
    processed: Processed | None = None


@dataclass(frozen=True)
class Ended:
    """The record has its outcome."""

    outcome: Outcome


@dataclass(frozen=True, kw_only=True)
class Waits:
    """Not now: again in `delay_s`; `away` is what refused, None where the record itself may be to blame."""

    delay_s: float
    away: Dependency | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True)
class Lost:
    """Nothing was written: the partition is another member's, or the work was abandoned."""


Result = Ended | Waits | Lost


class Attempts:
    """Tries records for one member; used by all its slots at once."""

    def __init__(self, settings: Settings, processor: Processor, letters: DeadLetterBox, *, worker_id: str) -> None:
        self._group = settings.group
        self._processor = processor
        self._letters = letters
        self._worker_id = worker_id
        self._backoff = Backoff(max_attempts=settings.max_attempts)

    def attempt(self, task: Task) -> Result:
        """Try a record once, under its `process` span; one that was redelivered stays as it ended, without one."""
        with cancellable(task.cancellation):
            try:
                outcome = self._processor.ended(task.ticket.record) or self._traced(task)
            except AbandonedError:
                return Lost()
            except TransientError as error:
                return self._again(task, error)
            except DATABASE_ERRORS as error:
                _LOG.warning("record %s: database: %s", task.ticket.record, getattr(error, "orig", error))
                return Waits(delay_s=0.0, away=Dependency.DATABASE)
        return Lost() if outcome is None else Ended(outcome)

    def _traced(self, task: Task) -> Outcome | None:
        with spans.processing(
            task.ticket, group=self._group, worker_id=self._worker_id, waits_since_at=task.waits_since_at
        ) as span:
            outcome = self._outcome_of(task)
            if task.given_up is not None:
                telemetry.failed(span, task.given_up)
            if outcome is not None:
                span.set_attribute(telemetry.OUTCOME, outcome.kind.value)
                task.processed = Processed(task.ticket, trace.get_current_span().get_span_context())
            return outcome

    def _outcome_of(self, task: Task) -> Outcome | None:
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

    def _bury(self, task: Task, error: Exception) -> Outcome | None:
        """Make the record a dead letter: acknowledged first, then its outcome, then (by the poll thread) its commit."""
        if not task.job.is_live():
            return None
        record, analyser_id = task.ticket.record, ""
        with suppress(TransientError, PermanentError):  # nobody knows it while the model server is away
            analyser_id = self._processor.analyser.analyser_id
        posted = self._letters.put(record, error, attempts=task.job.attempt.tries, analyser_id=analyser_id)
        _LOG.error("record %s: dead letter: %s", record, error)
        return self._processor.bury(task.job, posted, getattr(error, "answer", ""))

    def _again(self, task: Task, error: TransientError) -> Waits:
        delay_s = self._backoff.delay_s(
            task.job.attempt.tries if error.counts else 0,
            jitter=_JITTER.random(),
            retry_after_s=error.retry_after_s,
        )
        _LOG.warning("record %s: attempt failed, next in %.1f s: %s", task.ticket.record, delay_s, error)
        refused = not error.counts and task.given_up is None  # else it is the broker that takes no dead letter
        return Waits(delay_s=delay_s, away=Dependency.MODELS if refused else None, retry_after_s=error.retry_after_s)


def task_of(ticket: Ticket, *, is_live: Callable[[], bool], newer_at_hand: Callable[[], bool]) -> Task:
    """Return the task of a ticket that is taken for the first time."""
    return Task(ticket, Job(record=ticket.record, is_live=is_live, newer_at_hand=newer_at_hand))
