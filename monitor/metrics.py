"""What Prometheus reads: computed from rows and offsets at every scrape, never from counted events.

Rows of the database speak of the whole group, so that every supervisor says the same (take `max`); what
members have counted is said by their own supervisor alone (take `sum`).
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYetError
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from chainmail.records import Partition, Position
from chainmail.settings import Settings
from monitor.health import State, Supervised, look, reasons
from monitor.progress import Progress, progress
from storage.dead_letters import LetterState
from storage.engine import Database
from storage.outcomes import OutcomeKind, unfinished
from storage.tables import DeadLetterRow, OutboxRow
from storage.workers import Beat

Positions = Mapping[Partition, Position]
Labels = TypeVar("Labels", bound=tuple[str, ...])

#: A scrape waits for the broker no longer than this.
_PATIENCE_S = 2.0
_KEEP_S = 5.0
#: Counters whose names begin so are one metric, by cause.
_FAILURES = "model_failures_"
_BREAKER_VALUES = {"closed": 0, "half-open": 1, "open": 2}
_COUNTED = {
    "attempts": "Tries of a record that began",
    "retries": "Attempts that failed and were left for later",
    "fenced": "Results thrown away because their partition had gone to another member",
    "rebalances": "Assignments taken over",
    "commits": "Commits that the broker took",
    "commit_failures": "Commits that the broker refused",
    "model_calls": "Completions asked of the model server",
    "model_s": "Seconds that the model server worked on completions",
    "model_wait_s": "Seconds that calls waited here for a free slot of the model server",
    "input_tokens": "Tokens of prompts",
    "output_tokens": "Tokens of answers",
    "cached_tokens": "Tokens of prompts that the model server had read before",
    "answers": "Completions that came, good or bad",
    "repairs": "Completions asked for again because the one before could not be used",
    "first_answers": "First answers for the record of a chain",
    "first_answers_valid": "First answers for the record of a chain that could be used as they were",
}


class Offsets:
    """The group's positions, asked for in a thread of their own, so that a broker that hangs keeps nobody waiting."""

    def __init__(
        self,
        ask: Callable[[], Positions | None],
        *,
        patience_s: float = _PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """*ask* returns the positions, or None where the broker does not answer; nobody waits for it longer."""
        self._ask, self._patience_s, self._clock = ask, patience_s, clock
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, "offsets")
        self._asked: Future[Positions | None] | None = None
        self._asked_at_s = 0.0
        self._partitions: frozenset[Partition] | None = None

    def get(self) -> Positions | None:
        """Return positions of the last few seconds, or None where nobody knows them now."""
        with self._lock:
            is_old = self._clock() - self._asked_at_s >= _KEEP_S
            if self._asked is None or (is_old and self._asked.done()):
                self._asked_at_s = self._clock()
                self._asked = self._pool.submit(self._ask)
            asked = self._asked
        try:
            return self._noted(asked.result(self._patience_s))
        except NotYetError:
            return None

    def partitions(self) -> frozenset[Partition] | None:
        """Return the partitions of the chain topics, which never change in number, or None where nobody knows yet."""
        if self._partitions is None:
            self.get()
        return self._partitions

    def close(self) -> None:
        """Ask no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _noted(self, found: Positions | None) -> Positions | None:
        if found:
            self._partitions = frozenset(found)
        return found


class PipelineCollector(Collector):
    """All metrics of one supervisor; register it with a `CollectorRegistry` of its own."""

    def __init__(
        self, database: Database, settings: Settings, supervised: Callable[[], Supervised], offsets: Offsets
    ) -> None:
        self._database, self._settings = database, settings
        self._supervised, self._offsets = supervised, offsets

    def describe(self) -> list[Metric]:
        """Name nothing ahead: registering must not look into the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield what is true now."""
        supervised, positions = self._supervised(), self._offsets.get()
        state = look(self._database, supervised, self._offsets.partitions)
        yield gauge("ready", "1 where /ready says yes", int(not reasons(state)))
        yield gauge("supervisor_tick_age_seconds", "Since the supervisor's loop last turned", supervised.ticked_ago_s)
        yield gauge("database_writable", "1 where a write would succeed", int(not state.database_error))
        yield from _of_broker(positions)
        with suppress(SQLAlchemyError):  # said above; what needs no database is told all the same
            yield from self._of_rows(positions)
        yield from _of_members(state)
        path = self._database.path
        if path is not None:
            files = [path, path.with_name(f"{path.name}-wal")]
            size_bytes = sum(file.stat().st_size for file in files if file.exists())
            yield gauge("database_size_bytes", "The database's file and its write-ahead log", size_bytes)

    def _of_rows(self, positions: Positions | None) -> Iterator[Metric]:
        settings = self._settings
        with self._database.read() as connection:
            now = progress(connection, settings, positions)
            letters = connection.execute(
                select(DeadLetterRow.state, func.count().label("letters"))
                .where(DeadLetterRow.group_id == settings.group)
                .group_by(DeadLetterRow.state)
            )
            by_state = {row.state: row.letters for row in letters}
            oldest = {
                lane: connection.scalar(
                    select(func.min(OutboxRow.published_at)).where(OutboxRow.topic == topic, unfinished(settings.group))
                )
                for lane, topic in (("live", settings.topic), ("backlog", settings.backlog_topic))
            }
        yield from _of_progress(now)
        counts = {(state.value,): float(by_state.get(state.value, 0)) for state in LetterState}
        yield gauges("dead_letters", "Records given up on, by what became of them", ("state",), counts)
        ages = {(lane,): max(0.0, (now.at - at).total_seconds()) if at else 0.0 for lane, at in oldest.items()}
        words = "Since the oldest record without an outcome was published; 0 where none waits"
        yield gauges("oldest_unfinished_age_seconds", words, ("lane",), ages)


def gauge(name: str, words: str, value: float) -> Metric:
    """Return a gauge without labels."""
    return GaugeMetricFamily(f"chainmail_{name}", f"{words}.", value=value)


def gauges(name: str, words: str, labels: tuple[str, ...], values: Mapping[Labels, float]) -> Metric:
    """Return a gauge with a value for each combination of *labels*."""
    family = GaugeMetricFamily(f"chainmail_{name}", f"{words}.", labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def counters(name: str, words: str, labels: tuple[str, ...], values: Mapping[Labels, float]) -> Metric:
    """Return a counter with a value for each combination of *labels*; the text format adds `_total`."""
    family = CounterMetricFamily(f"chainmail_{name}", f"{words}.", labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def _of_broker(positions: Positions | None) -> Iterator[Metric]:
    yield gauge("broker_up", "1 where the broker told the group's offsets", int(positions is not None))
    lags = {(p.topic, str(p.number)): float(position.lag) for p, position in (positions or {}).items()}
    if lags:
        yield gauges("lag_records", "Records between committed and end offset", ("topic", "partition"), lags)


def _of_progress(now: Progress) -> Iterator[Metric]:
    yield counters("published_records", "Records published and acknowledged", (), {(): now.published})
    outcomes = {(kind.value,): float(now.outcomes.get(kind, 0)) for kind in OutcomeKind}
    yield counters("outcomes", "Records that ended, by how", ("outcome",), outcomes)
    yield gauge("in_flight_records", "Records being analysed", now.in_flight)
    yield gauge("waiting_records", "Published records that nobody works on yet", now.waiting)
    yield gauge(
        "unaccounted_records", "Records committed without an outcome: 0, or something is wrong", now.unaccounted
    )
    yield gauge("held_back_revisions", "Revisions in the outbox that are not published", now.held_back)


def _of_members(state: State) -> Iterator[Metric]:
    supervised, own = state.supervised, state.own
    yield gauge("members_running", "Member processes of this supervisor", len(supervised.pids))
    restarts = {(worker_id,): float(count) for worker_id, count in supervised.restarts.items()}
    yield counters("member_restarts", "Starts of a member after its first", ("worker",), restarts)
    for name, words, read in _OF_BEATS:
        values = {(worker_id,): read(beat, state.at) for worker_id, beat in own.items()}
        yield gauges(name, words, ("worker",), values)
    yield from _of_counters(own)
    worst: dict[tuple[str, ...], float] = {}
    for beat in own.values():
        for name, word in beat.breakers.items():
            worst[name,] = max(worst.get((name,), 0), _BREAKER_VALUES.get(word, 2))
    words = "0 closed, 1 half-open, 2 open: the worst of the members here"
    yield gauges("breaker_state", words, ("dependency",), worst)


_OF_BEATS: tuple[tuple[str, str, Callable[[Beat, datetime], float]], ...] = (
    ("member_beat_age_seconds", "Since the member's last beat", lambda beat, now: (now - beat.beat_at).total_seconds()),
    ("member_resident_memory_bytes", "Memory of the member's process", lambda beat, _now: beat.rss_bytes),
    ("member_in_flight_records", "Records that the member analyses", lambda beat, _now: beat.in_flight),
    ("member_slots", "Records that the member can analyse at once", lambda beat, _now: beat.slots),
    ("member_partitions", "Partitions assigned to the member", lambda beat, _now: len(beat.partitions)),
)


def _of_counters(own: Mapping[str, Beat]) -> Iterator[Metric]:
    """Yield what members counted since their processes began; what a name means is the consumer's to say."""
    names = {name for beat in own.values() for name in beat.counters if re.fullmatch("[a-z][a-z_]*", name)}
    causes = sorted(name for name in names if name.startswith(_FAILURES))
    words = "Calls of the model that brought nothing usable, by cause"
    failed = {
        (worker_id, name.removeprefix(_FAILURES)): beat.counters.get(name, 0.0)
        for worker_id, beat in own.items()
        for name in causes
    }
    yield counters("model_failures", words, ("worker", "cause"), failed)
    for name in sorted(names.difference(causes)):
        values = {(worker_id,): beat.counters.get(name, 0.0) for worker_id, beat in own.items()}
        yield counters(re.sub("_s$", "_seconds", name), _COUNTED.get(name, f"{name}, as counted"), ("worker",), values)
