"""Who may work on what, and what may be committed (pure; the caller serialises the calls).

A record is in exactly one state: ready → in flight → (waiting for its next attempt → in flight)* →
finished → committed. Every record carries a ticket of its partition's assignment; a ticket is dead once
that assignment ended, and then its result neither counts nor commits. Only the unbroken run
of finished records from the start of a partition is committed, so that a crash loses nothing.

The eager protocol revokes everything at every join, so what is lost is decided when the new
assignment is known: a partition that comes back keeps its records and its running work.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from chainmail.kafka import Partition, Record

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
    ticket: Ticket
    state: _State = _State.READY
    not_before_s: float = 0.0


@dataclass
class _Lane:
    """The uncommitted records of one assigned partition, by offset."""

    epoch: int
    entries: dict[int, _Entry] = field(default_factory=dict)
    position: int | None = None
    committed: int | None = None


class Fence:
    """The records of one member, from polled to committed."""

    def __init__(self, live_topic: str) -> None:
        """Records of *live_topic* are taken before all others."""
        self._live_topic = live_topic
        self._epoch = 0
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

    def rewind(self, partition: Partition) -> None:
        """Forget what was polled of a partition that is about to be read from an earlier offset."""
        self._epoch += 1
        self._lanes[partition] = _Lane(self._epoch)

    def poll(self, records: Iterable[Record], *, started_at: datetime, now: datetime) -> None:
        """Take polled records in; those of partitions that are not assigned (any more) are left out."""
        for record in records:
            lane = self._lanes.get(record.partition)
            if lane is None or record.offset in lane.entries or record.offset < (lane.committed or 0):
                continue
            lane.entries[record.offset] = _Entry(Ticket(record, lane.epoch, now, started_at))
            lane.position = max(lane.position or 0, record.next_offset)

    def take(self, now_s: float) -> Ticket | None:
        """Return the next record to work on: live before backlog, oldest first, one at a time of a chain."""
        busy = {e.ticket.record.key for e in self._entries() if e.state is _State.IN_FLIGHT}
        best: _Entry | None = None
        for entry in self._entries():
            if entry.state is _State.WAITING and entry.not_before_s <= now_s:
                entry.state = _State.READY
            held = entry.state in (_State.WAITING, _State.IN_FLIGHT)
            key = entry.ticket.record.key
            if (
                entry.state is _State.READY
                and key not in busy
                and (best is None or self._rank(entry) < self._rank(best))
            ):
                best = entry
            if held and key is not None:
                busy.add(key)  # order is kept per chain: nobody overtakes a record that waits
        if best is None:
            return None
        best.state = _State.IN_FLIGHT
        return best.ticket

    def newer_at_hand(self, ticket: Ticket) -> bool:
        """Tell whether a later record of the same chain has been polled from the same partition."""
        lane = self._lanes.get(ticket.record.partition)
        later = lane.entries.values() if lane and lane.epoch == ticket.epoch else ()
        record = ticket.record
        return any(e.ticket.record.offset > record.offset and e.ticket.record.key == record.key for e in later)

    def is_live(self, ticket: Ticket) -> bool:
        """Tell whether the ticket's partition is still the one it was given for."""
        lane = self._lanes.get(ticket.record.partition)
        return lane is not None and lane.epoch == ticket.epoch

    def finish(self, ticket: Ticket) -> bool:
        """Note a record's outcome; False where the ticket is dead."""
        return self._move(ticket, _State.FINISHED)

    def retry(self, ticket: Ticket, not_before_s: float) -> bool:
        """Let a record wait for its next attempt and free its slot; False where the ticket is dead."""
        if not self._move(ticket, _State.WAITING):
            return False
        self._lanes[ticket.record.partition].entries[ticket.record.offset].not_before_s = not_before_s
        return True

    def committable(self) -> dict[Partition, int]:
        """Return the next offset of every partition whose unbroken finished run has grown."""
        found: dict[Partition, int] = {}
        for partition, lane in self._lanes.items():
            for offset in sorted(lane.entries):
                if lane.entries[offset].state is not _State.FINISHED:
                    break
                found[partition] = lane.entries[offset].ticket.record.next_offset
        return found

    def commit(self, offsets: Mapping[Partition, int]) -> list[Ticket]:
        """Note committed next offsets; return the tickets that they covered."""
        covered: list[Ticket] = []
        for partition, next_offset in offsets.items():
            lane = self._lanes.get(partition)
            if lane is None:
                continue
            lane.committed = next_offset
            done = [offset for offset in lane.entries if offset < next_offset]
            covered += [lane.entries.pop(offset).ticket for offset in sorted(done)]
        return covered

    def paused(self, slots: int) -> list[Partition]:
        """Return the partitions to fetch nothing from now: full ones, and backlog while enough is at hand."""
        ready = {
            partition: sum(e.state is _State.READY for e in lane.entries.values())
            for partition, lane in self._lanes.items()
        }
        live_ready = sum(count for p, count in ready.items() if p.topic == self._live_topic)
        enough = sum(ready.values()) > slots
        return [
            partition
            for partition, lane in self._lanes.items()
            if len(lane.entries) >= MAX_UNCOMMITTED
            or ready[partition] > slots
            or (partition.topic != self._live_topic and (enough or live_ready))
        ]

    @property
    def in_flight(self) -> list[Ticket]:
        """What is being worked on."""
        return [e.ticket for e in self._entries() if e.state is _State.IN_FLIGHT]

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing is held that is not finished."""
        return all(e.state is _State.FINISHED for e in self._entries())

    def _entries(self) -> Iterable[_Entry]:
        return (lane.entries[offset] for lane in self._lanes.values() for offset in sorted(lane.entries))

    def _rank(self, entry: _Entry) -> tuple[bool, datetime, int]:
        record = entry.ticket.record
        return (record.partition.topic != self._live_topic, entry.ticket.polled_at, record.offset)

    def _move(self, ticket: Ticket, state: _State) -> bool:
        lane = self._lanes.get(ticket.record.partition)
        entry = lane.entries.get(ticket.record.offset) if lane else None
        if entry is None or entry.ticket is not ticket:
            return False
        entry.state = state
        return True
