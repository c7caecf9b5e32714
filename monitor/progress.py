"""How far the work is: computed from rows and offsets at every call, never from counted events.

`published = stored + duplicate + superseded + dead-lettered + deleted + in flight + waiting`, and what
does not add up is *unaccounted*: below the committed offset and without an outcome. A revision whose
record may be gone by compaction counts as superseded from when a newer one is published.
"""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
from sqlalchemy import Connection, and_, func, select

from chainmail.records import Partition, Position
from chainmail.settings import Settings
from storage import dead_letters, workers
from storage.dead_letters import LetterState
from storage.outcomes import OutcomeKind, outdated, unfinished
from storage.tables import ChainRow, OutboxRow, OutcomeRow, WorkerRow
from storage.workers import Beat

#: The rate is taken over this much of the recent past.
_RATE_WINDOW = timedelta(minutes=10)
#: A member that has left no beat for so long is not at work.
_SILENT = timedelta(seconds=10)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """The state of the work at one moment."""

    topic: str
    group: str
    outcomes: Mapping[OutcomeKind, int]
    published: int
    unfinished: Mapping[Partition, int]
    below_committed: int
    held_back: int
    dead_letters: Mapping[LetterState, int]
    rate_per_minute: float
    rates: Mapping[int, float]
    workers: tuple[Beat, ...]
    model_server: str
    broker_error: str | None
    at: datetime

    @property
    def at_work(self) -> tuple[Beat, ...]:
        """The members that are alive."""
        return tuple(beat for beat in self.workers if is_alive(beat, self.at))

    @property
    def letters(self) -> dict[str, int]:
        """What became of the records given up on; one whose redrive was interrupted is still open.

        All of them have their outcome and are part of the sum; a redriven one is published again, with another.
        """
        found = Counter({state.value: count for state, count in self.dead_letters.items()})
        found[LetterState.OPEN.value] += found.pop(LetterState.REDRIVING.value, 0)
        return {state.value: found[state.value] for state in LetterState if state is not LetterState.REDRIVING}

    @property
    def in_flight(self) -> int:
        """Records being analysed now."""
        return min(sum(beat.in_flight for beat in self.at_work), sum(self.unfinished.values()) - self.unaccounted)

    @property
    def unaccounted(self) -> int:
        """Records below the committed offset without an outcome: 0, or something is wrong."""
        return self.below_committed

    @property
    def waiting(self) -> int:
        """Published records that nobody works on yet."""
        return sum(self.unfinished.values()) - self.in_flight - self.unaccounted

    @property
    def eta_at(self) -> datetime | None:
        """When the slowest partition will be empty at its present rate; None without a rate, work or a worker.

        Live and backlog of one number are one member's. A partition without results yet is taken for a usual one.
        """
        left: Counter[int] = Counter()
        for partition, count in self.unfinished.items():
            left[partition.number] += count
        if not left.total() or not self.rates or not self.at_work:
            return None
        usual = sum(self.rates.values()) / len(self.rates)
        return self.at + timedelta(minutes=max(count / self.rates.get(n, usual) for n, count in left.items()))

    @property
    def utilisation(self) -> float | None:
        """Share of the members' slots' time that went into analysing; None where nobody is at work."""
        lived_s = sum((self.at - beat.started_at).total_seconds() * beat.slots for beat in self.at_work)
        busy_s = sum(beat.model_busy_s + _running_s(beat, self.at) for beat in self.at_work)
        return round(min(1.0, busy_s / lived_s), 3) if lived_s > 0 else None

    def as_json(self) -> dict[str, Any]:
        """`status --json`."""
        used = next(iter(self.workers), None)
        return {
            "topic": self.topic,
            "group": self.group,
            "published": self.published,
            **{kind.value: self.outcomes.get(kind, 0) for kind in OutcomeKind},
            "in_flight": self.in_flight,
            "waiting": self.waiting,
            "unaccounted": self.unaccounted,
            "held_back": self.held_back,
            "dead_letters": self.letters,
            "rate_per_minute": round(self.rate_per_minute, 2),
            "eta_at": self.eta_at.isoformat() if self.eta_at else None,
            "model": {
                "name": used.model_name if used else None,
                "server": used.model_server if used else self.model_server,
                "utilisation": self.utilisation,
            },
            "broker": self.broker_error or "reachable",
            "workers": [_worker_json(beat, self.at) for beat in self.workers],
        }


def progress(
    connection: Connection,
    settings: Settings,
    positions: Mapping[Partition, Position] | None,
    broker_error: str | None = None,
) -> Progress:
    """Return the state of the work; without *positions* (broker away) nothing can be found unaccounted."""
    now = datetime.now(UTC)
    topics = (settings.topic, settings.backlog_topic)
    counts = _outcomes(connection, settings.group, topics)
    rates = _rates(connection, settings.group, topics, now)
    open_records = _unfinished(connection, settings.group, topics)
    return Progress(
        topic=settings.topic,
        group=settings.group,
        outcomes=counts,
        published=sum(counts.values()) + sum(len(offsets) for offsets in open_records.values()),
        unfinished={partition: len(offsets) for partition, offsets in open_records.items()},
        below_committed=_below_committed(open_records, positions or {}),
        held_back=_held_back(connection),
        dead_letters=dead_letters.counts(connection, settings.group, topics),
        rate_per_minute=sum(rates.values()),
        rates=rates,
        workers=tuple(workers.beats(connection)),
        model_server=settings.model_server,
        broker_error=broker_error,
        at=now,
    )


def is_alive(beat: Beat, now: datetime) -> bool:
    """Tell whether the member that left *beat* is still at work; of this host's, its process is looked for."""
    is_here = beat.worker_id.rpartition("-")[0] == socket.gethostname()
    is_beating = beat.state != "stopped" and now - beat.beat_at < _SILENT
    return is_beating and (not is_here or psutil.pid_exists(beat.pid))


def _outcomes(connection: Connection, group: str, topics: tuple[str, ...]) -> dict[OutcomeKind, int]:
    query = (
        select(OutcomeRow.kind, func.count())
        .where(OutcomeRow.group_id == group, OutcomeRow.topic.in_(topics))
        .group_by(OutcomeRow.kind)
    )
    found = Counter({OutcomeKind(kind): count for kind, count in connection.execute(query)})
    gone = select(func.count()).select_from(OutboxRow).where(OutboxRow.topic.in_(topics), outdated(group))
    found[OutcomeKind.SUPERSEDED] += connection.scalar(gone) or 0
    return +found


def _unfinished(connection: Connection, group: str, topics: tuple[str, ...]) -> dict[Partition, list[int]]:
    query = select(OutboxRow.topic, OutboxRow.partition, OutboxRow.offset).where(
        OutboxRow.topic.in_(topics), unfinished(group)
    )
    found: dict[Partition, list[int]] = {}
    for topic, partition, offset in connection.execute(query):
        found.setdefault(Partition(topic, partition or 0), []).append(offset or 0)
    return found


def _below_committed(open_records: Mapping[Partition, list[int]], positions: Mapping[Partition, Position]) -> int:
    committed = {partition: position.committed or 0 for partition, position in positions.items()}
    return sum(offset < committed.get(p, 0) for p, offsets in open_records.items() for offset in offsets)


def _held_back(connection: Connection) -> int:
    query = (
        select(func.count())
        .select_from(OutboxRow)
        .join(ChainRow, ChainRow.chain_id == OutboxRow.chain_id)
        .where(OutboxRow.published_at.is_(None))
    )
    return connection.scalar(query) or 0


def _rates(connection: Connection, group: str, topics: tuple[str, ...], now: datetime) -> dict[int, float]:
    """Return the analyses a minute of every partition number, over the recent past up to now."""
    since_at = now - _RATE_WINDOW
    recent = and_(OutcomeRow.group_id == group, OutcomeRow.topic.in_(topics), OutcomeRow.ended_at >= since_at)
    query = (
        select(OutcomeRow.partition, func.count())
        .where(recent, OutcomeRow.kind == OutcomeKind.STORED.value)
        .group_by(OutcomeRow.partition)
    )
    counts = {partition: int(count) for partition, count in connection.execute(query)}
    first: datetime | None = connection.scalar(select(func.min(WorkerRow.started_at)))
    began_at = max(since_at, first) if first else since_at
    minutes = (now - began_at).total_seconds() / 60
    return {partition: count / minutes for partition, count in counts.items()} if minutes > 0 else {}


def _running_s(beat: Beat, now: datetime) -> float:
    """Return how long the slots of a member have been at what they do now: each as long as the last that began."""
    return (now - beat.since_at).total_seconds() * beat.in_flight


def _worker_json(beat: Beat, now: datetime) -> dict[str, Any]:
    gone = beat.state != "stopped" and not is_alive(beat, now)
    return {
        "id": beat.worker_id,
        "pid": beat.pid,
        "state": "gone" if gone else beat.state,
        "partitions": beat.partitions,
        "chain_id": beat.chain_id,
        "since_at": beat.since_at.isoformat(),
        "completed": beat.completed,
        "failed": beat.failed,
        "rss_bytes": beat.rss_bytes,
        "beat_at": beat.beat_at.isoformat(),
    }
