"""Who may work on what, and what may be committed (pure; the caller serialises the calls).

A record is in exactly one state: ready → in flight → (waiting for its next attempt → in flight)* →
finished → committed. Every record carries a ticket of its partition's assignment; a ticket is dead once
that assignment ended, and then its result neither counts nor commits. Only the unbroken run
of finished records from the start of a partition is committed, so that a crash loses nothing.

The eager protocol revokes everything at every join, so what is lost is decided when the new
assignment is known: a partition that comes back keeps its records and its running work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from itertools import takewhile

from chainmail.records import Partition, Record

#: Uncommitted records a partition may hold: bounds memory and repeated work.
MAX_UNCOMMITTED = 16


@dataclass(frozen=True, eq=False)
class Ticket:
    """The right to work on one record, as long as its partition stays assigned."""

    record: Record
    epoch: int
    polled_at: datetime
    poll_started_at: datetime


class _State(Enum):
    READY = "ready"
    IN_FLIGHT = "in flight"
    WAITING = "waiting"
    FINISHED = "finished"


@dataclass
class _Entry:
    """A held record."""

    ticket: Ticket
    state: _State = _State.READY
    not_before_s: float = 0.0


@dataclass
class _Lane:
    """The uncommitted records of one assigned partition, by offset, and from where to fetch on.

    `turn` grows whenever a record is taken from it: by count, because the clock may be set back.
    """

    epoch: int
    turn: int = 0
    position: int | None = None
    committed: int = 0
    entries: dict[int, _Entry] = field(default_factory=dict)
    suspects: frozenset[int] = frozenset()

    def finished(self) -> list[_Entry]:
        """Return the unbroken run of finished records from the start."""
        ordered = (self.entries[offset] for offset in sorted(self.entries))
        return list(takewhile(lambda entry: entry.state is _State.FINISHED, ordered))


class Fence:
    """The records of one member, from polled to committed."""

    def __init__(self, live_topic: str) -> None:
        """Records of *live_topic* are taken before all others."""
        self._live_topic = live_topic
        self._epoch = 0
        self._turns = 0
        self._lanes: dict[Partition, _Lane] = {}

    @property
    def partitions(self) -> list[Partition]:
        """The assigned partitions, in order."""
        return sorted(self._lanes)

    def assign(self, partitions: Collection[Partition]) -> tuple[dict[Partition, int], list[Ticket]]:
        """Take over an assignment.

        Returns:
            From where to go on in partitions that were kept (what is held is not fetched again), and the
            tickets in flight whose partition is gone.
        """
        self._epoch += 1
        gone = [self._lanes.pop(partition) for partition in self._lanes.keys() - set(partitions)]
        positions = {p: lane.position for p, lane in self._lanes.items() if lane.position is not None}
        for partition in partitions:
            self._lanes.setdefault(partition, _Lane(self._epoch))
        return positions, [e.ticket for lane in gone for e in lane.entries.values() if e.state is _State.IN_FLIGHT]

    def rewind(self, partition: Partition, offset: int) -> None:
        """Forget what was polled of an assigned partition that is read again from *offset*, below the committed one."""
        if partition in self._lanes:
            self._epoch += 1
            self._lanes[partition] = _Lane(self._epoch, position=offset)

    def suspect(self, partition: Partition, offsets: Collection[int]) -> None:
        """Note which records may have killed their process: each of them is worked on with nothing beside it.

        So the next death convicts one record, and its innocent neighbours are not counted with it.
        """
        if partition in self._lanes:
            self._lanes[partition].suspects = frozenset(offsets)

    def poll(self, records: Iterable[Record], *, started_at: datetime, now: datetime) -> None:
        """Take polled records in; those of partitions that are not assigned (any more) are left out."""
        for record in records:
            lane = self._lanes.get(record.partition)
            if lane is None or record.offset in lane.entries or record.offset < lane.committed:
                continue
            lane.entries[record.offset] = _Entry(Ticket(record, lane.epoch, now, started_at))
            lane.position = max(lane.position or 0, record.next_offset)

    def take(self, now_s: float) -> Ticket | None:
        """Return the next record to work on: live before backlog, partitions in turn, one at a time of a chain."""
        for entry in self._entries():
            if entry.state is _State.WAITING and entry.not_before_s <= now_s:
                entry.state = _State.READY
        best = next(self._takeable(), None)
        if best is None or not self._may_begin(best):
            return None
        self._turns += 1
        self._lanes[best.ticket.record.partition].turn = self._turns
        best.state = _State.IN_FLIGHT
        return best.ticket

    def next_due_s(self) -> float | None:
        """Return when the first waiting record may be tried again, or None where none waits."""
        return min((e.not_before_s for e in self._entries() if e.state is _State.WAITING), default=None)

    def newer_at_hand(self, ticket: Ticket) -> bool:
        """Tell whether a later record of the same chain has been polled from the same partition."""
        record = ticket.record
        if record.key is None or not self.is_live(ticket):
            return False
        held = self._lanes[record.partition].entries.values()
        return any(e.ticket.record.offset > record.offset and e.ticket.record.key == record.key for e in held)

    def is_live(self, ticket: Ticket) -> bool:
        """Tell whether the ticket's partition is still the one it was given for."""
        lane = self._lanes.get(ticket.record.partition)
        return lane is not None and lane.epoch == ticket.epoch

    def finish(self, ticket: Ticket) -> bool:
        """Note a record's outcome; False where the ticket is dead."""
        return self._move(ticket, _State.FINISHED)

    def retry(self, ticket: Ticket, not_before_s: float) -> bool:
        """Let a record wait for its next attempt and free its slot; False where the ticket is dead."""
        return self._move(ticket, _State.WAITING, not_before_s)

    def committable(self) -> dict[Partition, int]:
        """Return the next offset of every partition whose unbroken finished run has grown."""
        runs = ((partition, lane.finished()) for partition, lane in self._lanes.items())
        return {partition: run[-1].ticket.record.next_offset for partition, run in runs if run}

    def commit(self, offsets: Mapping[Partition, int]) -> list[Ticket]:
        """Note committed next offsets; return the finished tickets that they covered."""
        covered: list[Ticket] = []
        for partition in offsets.keys() & self._lanes.keys():
            lane = self._lanes[partition]
            for entry in lane.finished():
                record = entry.ticket.record
                if record.next_offset <= offsets[partition]:
                    covered.append(lane.entries.pop(record.offset).ticket)
                    lane.committed = record.next_offset
        return covered

    def paused(self, slots: int) -> list[Partition]:
        """Return the partitions to fetch nothing from now: full ones, those that have enough, backlog beside live.

        Enough is more than *slots* records that could be taken now: such as stand behind a record of their
        own chain keep nobody from fetching what lies beyond them. Each partition counts for itself, so that
        one that has just come need not wait until another is worked off.
        """
        ready = Counter(entry.ticket.record.partition for entry in self._takeable())
        live_ready = any(partition.topic == self._live_topic for partition in ready)
        return [
            partition
            for partition, lane in self._lanes.items()
            if len(lane.entries) >= MAX_UNCOMMITTED
            or ready[partition] > slots
            or (partition.topic != self._live_topic and live_ready)
        ]

    @property
    def has_work(self) -> bool:
        """Whether a record is at hand that may be taken now, or could if a slot were free."""
        return next(self._takeable(), None) is not None

    def room(self, slots: int) -> int:
        """Return how many records may be polled at once, so that no partition comes to hold too many."""
        open_lanes = self._lanes.keys() - set(self.paused(slots))
        return min((MAX_UNCOMMITTED - len(self._lanes[p].entries) for p in open_lanes), default=1)

    @property
    def is_full(self) -> bool:
        """Whether a partition holds as many uncommitted records as it may."""
        return any(len(lane.entries) >= MAX_UNCOMMITTED for lane in self._lanes.values())

    @property
    def in_flight(self) -> list[Ticket]:
        """What is being worked on."""
        return [e.ticket for e in self._entries() if e.state is _State.IN_FLIGHT]

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing is held that is not finished."""
        return all(e.state is _State.FINISHED for e in self._entries())

    def _entries(self) -> Iterable[_Entry]:
        return (entry for lane in self._lanes.values() for entry in lane.entries.values())

    def _takeable(self) -> Iterator[_Entry]:
        """Yield what may be worked on now, best first: of a chain, nothing beside or ahead of an unfinished record."""
        held = {ticket.record.key for ticket in self.in_flight} - {None}
        for entry in self._unfinished():
            key = entry.ticket.record.key
            if entry.state is _State.READY and key not in held:
                yield entry
            if key is not None:
                held.add(key)

    def _may_begin(self, entry: _Entry) -> bool:
        working = [e for e in self._entries() if e.state is _State.IN_FLIGHT]
        return not working or not any(map(self._is_suspect, [entry, *working]))

    def _is_suspect(self, entry: _Entry) -> bool:
        record = entry.ticket.record
        return record.offset in self._lanes[record.partition].suspects

    def _unfinished(self) -> Iterator[_Entry]:
        """Yield what is unfinished: live first, then from the partition whose last turn is longest ago, in order.

        So one that has just come does not wait behind all that is held of the others.
        """
        turns = sorted(self._lanes.items(), key=lambda item: (item[0].topic != self._live_topic, item[1].turn, item[0]))
        for _, lane in turns:
            entries = (lane.entries[offset] for offset in sorted(lane.entries))
            yield from (entry for entry in entries if entry.state is not _State.FINISHED)

    def _move(self, ticket: Ticket, state: _State, not_before_s: float = 0.0) -> bool:
        lane = self._lanes.get(ticket.record.partition)
        entry = lane.entries.get(ticket.record.offset) if lane else None
        if entry is None or entry.ticket is not ticket:
            return False
        entry.state, entry.not_before_s = state, not_before_s
        return True
