"""What the fence promises in any order of events: a small broker and client stand beside it and check."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chainmail.records import Partition, Record
from consumer.fence import MAX_UNCOMMITTED, Fence, Ticket

PARTITIONS = [Partition(topic, number) for topic in ("mail", "mail.backlog") for number in (0, 1)]
POLLED_AT_ONCE = 3
SLOTS = 2
NOW = datetime(2026, 11, 3, tzinfo=UTC)

partitions = st.sampled_from(PARTITIONS)
counts = st.integers(1, POLLED_AT_ONCE)


class Member(RuleBasedStateMachine):
    """One member, its client's positions, the broker's log and committed offsets, and the stored outcomes."""

    def __init__(self) -> None:
        super().__init__()
        self.log: dict[Partition, list[Record]] = {partition: [] for partition in PARTITIONS}
        self.stored: set[tuple[Partition, int]] = set()
        self.committed = dict.fromkeys(PARTITIONS, 0)
        self.stale: dict[Partition, int] = {}
        self.restart()

    def restart(self) -> None:
        """Be a new process: nothing is known but what the broker and the database keep."""
        self.fence = Fence("mail")
        self.position: dict[Partition, int] = {}
        self.in_flight: list[Ticket] = []
        self.waiting: dict[Ticket, float] = {}
        self.dead: list[Ticket] = []
        self.held: dict[Partition, set[int]] = {}
        self.open: set[tuple[Partition, int]] = set()
        self.suspects: dict[Partition, set[int]] = {}
        self.now_s = 0.0

    @initialize(chosen=st.sets(partitions, min_size=1))
    def joined(self, chosen: set[Partition]) -> None:
        """Start with an assignment."""
        self.assigned(chosen)

    @rule(where=partitions, chains=st.lists(st.sampled_from("abcd"), min_size=1, max_size=12), gap=st.integers(0, 2))
    def published(self, where: Partition, chains: list[str], gap: int) -> None:
        """Append records; a compacted topic has gaps."""
        for chain in chains:
            offset = self.log[where][-1].next_offset + gap if self.log[where] else gap
            self.log[where].append(
                Record(partition=where, offset=offset, published_at=NOW, key=chain.encode(), headers=(), value=b"")
            )

    @rule(where=partitions, count=counts)
    def polled(self, where: Partition, count: int) -> None:
        """Poll one partition as the client would: not where it is paused, not where it is not assigned."""
        if where in self.position and where not in self.fence.paused(SLOTS):
            records = [r for r in self.log[where] if r.offset >= self.position[where]]
            records = records[: min(count, self.fence.room(SLOTS))]
            self.take_in(where, records)

    @rule(where=partitions, count=counts)
    def polled_again(self, where: Partition, count: int) -> None:
        """Let records come that are not wanted: of somebody else's partition, or a second time."""
        records = self.log[where][:count]
        if where in self.position:
            records = [r for r in records if r.offset < self.position[where]]
            records = [r for r in records if r.offset in self.held[where] or r.offset < self.committed[where]]
        self.fence.poll(records, started_at=NOW, now=NOW)

    @rule()
    def taken(self) -> None:
        """Hand out a record, and check that it is one that may be."""
        ticket = self.fence.take(self.now_s)
        may = self.takeable()
        working = {(t.record.partition, t.record.offset) for t in self.in_flight}
        suspects = {(where, offset) for where, offsets in self.suspects.items() for offset in offsets}
        if ticket is None:
            waits_alone = working and (working | may) & suspects
            assert waits_alone or not may, "a record that could be worked on is not handed out"
            return
        record = ticket.record
        begun = (record.partition, record.offset)
        assert not working or not {begun, *working} & suspects, "a suspect is worked on alone"
        assert (record.partition, record.offset) in may
        is_live = record.partition.topic == "mail"
        assert is_live or not any(partition.topic == "mail" for partition, _ in may), "live goes before backlog"
        self.waiting.pop(ticket, None)
        self.in_flight.append(ticket)
        later = [r for r in self.log[record.partition] if r.offset in self.held[record.partition]]
        assert self.fence.newer_at_hand(ticket) == any(r.key == record.key and r.offset > record.offset for r in later)

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data())
    def finished(self, data: st.DataObject) -> None:
        """Store the outcome of a record in flight."""
        ticket = data.draw(st.sampled_from(self.in_flight))
        assert self.fence.finish(ticket)
        self.end(ticket)

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data(), delay_s=st.sampled_from([0.0, 1.0, 60.0]))
    def failed(self, data: st.DataObject, delay_s: float) -> None:
        """Let a record in flight wait for its next attempt."""
        ticket = data.draw(st.sampled_from(self.in_flight))
        assert self.fence.retry(ticket, self.now_s + delay_s)
        self.in_flight.remove(ticket)
        self.waiting[ticket] = self.now_s + delay_s

    @rule(where=partitions, data=st.data())
    def suspected(self, where: Partition, data: st.DataObject) -> None:
        """Learn that records were in flight when a process died."""
        offsets = data.draw(st.sets(st.sampled_from([record.offset for record in self.log[where]] or [0])))
        self.fence.suspect(where, offsets)
        if where in self.position:
            self.suspects[where] = offsets

    @rule(seconds=st.sampled_from([0.5, 2.0, 100.0]))
    def time_went_by(self, seconds: float) -> None:
        """Let waits end."""
        self.now_s += seconds

    @precondition(lambda self: self.dead)
    @rule(data=st.data(), again=st.booleans())
    def finished_late(self, data: st.DataObject, *, again: bool) -> None:
        """Let work end whose partition was lost: it counts for nothing."""
        ticket = data.draw(st.sampled_from(self.dead))
        before = self.fence.committable()
        assert not self.fence.is_live(ticket)
        assert not (self.fence.retry(ticket, 0) if again else self.fence.finish(ticket))
        assert self.fence.committable() == before

    @rule(answered=st.booleans())
    def committed_at_the_broker(self, *, answered: bool) -> None:
        """Commit what may be; the answer of the broker may be lost."""
        offsets = self.fence.committable()
        for partition, offset in offsets.items():
            assert partition in self.position, "a commit for a partition of somebody else"
            below = {(partition, r.offset) for r in self.log[partition] if r.offset < offset}
            assert below <= self.stored, "a commit past an unfinished record"
        self.committed |= offsets
        self.stale = offsets
        if answered:
            self.note(offsets)

    @rule()
    def commit_noted_late(self) -> None:
        """Let the note of an earlier commit come after whatever has happened since."""
        self.note(self.stale)

    @rule(chosen=st.sets(partitions))
    def assigned(self, chosen: set[Partition]) -> None:
        """Rebalance: partitions stay, go or come."""
        lost = self.position.keys() - chosen
        positions, gone = self.fence.assign(chosen)
        assert set(gone) == {t for t in self.in_flight if t.record.partition in lost}
        self.forget(lost)
        kept = {p: self.position[p] for p in self.position.keys() & chosen}
        assert {p: positions.get(p, self.committed[p]) for p in kept} == kept, "held records would come twice or never"
        self.position = {p: positions.get(p, self.committed[p]) for p in chosen}
        for partition in chosen:
            self.held.setdefault(partition, set())

    @rule()
    def lost(self) -> None:
        """Lose everything, as a member that was expelled."""
        self.assigned(set())

    @rule(where=partitions, data=st.data())
    def rows_lost(self, where: Partition, data: st.DataObject) -> None:
        """Find outcomes missing in the database below the committed offset, and read again from the first."""
        done = sorted(o for partition, o in self.stored if partition == where and o < self.committed[where])
        if where not in self.position or not done:
            return
        first = data.draw(st.sampled_from(done))
        self.stored -= {(where, offset) for offset in done if offset >= first}
        self.committed[where] = min(self.committed[where], first)
        self.stale.pop(where, None)
        self.fence.rewind(where, first)
        self.forget({where})
        self.held[where] = set()
        self.position[where] = first

    @rule(chosen=st.sets(partitions, min_size=1))
    def crashed(self, chosen: set[Partition]) -> None:
        """Be killed and started again; what was stored and not committed is delivered again."""
        self.restart()
        self.assigned(chosen)

    @invariant()
    def every_record_is_in_one_state(self) -> None:
        """What is in flight is what we took and did not end, and no chain twice; memory is bounded."""
        assert set(self.fence.in_flight) == set(self.in_flight)
        assert self.fence.partitions == sorted(self.position)
        chains = [ticket.record.key for ticket in self.in_flight]
        assert len(chains) == len(set(chains)), "two records of one chain at once"
        assert all(len(held) <= MAX_UNCOMMITTED for held in self.held.values())
        assert self.fence.is_idle == (not self.open)

    def teardown(self) -> None:
        """Work on: all that was published in assigned partitions is handed out, finished and committed."""
        for _ in range(10 * sum(map(len, self.log.values())) + 10):
            self.now_s += 1_000
            self.taken()
            for ticket in list(self.in_flight):
                assert self.fence.finish(ticket)
                self.end(ticket)
            self.committed_at_the_broker(answered=True)
            for where in list(self.position):
                self.polled(where, POLLED_AT_ONCE)
        for where in self.position:
            assert {(where, r.offset) for r in self.log[where]} <= self.stored, "a record was never handed out"
            assert not self.log[where] or self.committed[where] == self.log[where][-1].next_offset

    def take_in(self, where: Partition, records: list[Record]) -> None:
        """Poll *records* and move the client's position."""
        self.fence.poll(records, started_at=NOW, now=NOW)
        self.held[where] |= {record.offset for record in records}
        self.open |= {(where, record.offset) for record in records}
        if records:
            self.position[where] = records[-1].next_offset

    def takeable(self) -> set[tuple[Partition, int]]:
        """Return what may be worked on: no other record of its chain in flight, none before it unfinished."""
        busy = {ticket.record.key for ticket in self.in_flight}
        asleep = {(t.record.partition, t.record.offset) for t, at in self.waiting.items() if at > self.now_s}
        found: set[tuple[Partition, int]] = set()
        for topic in ("mail", "mail.backlog"):
            seen: set[bytes | None] = set(busy)
            for where in PARTITIONS:
                if where.topic == topic:
                    found |= self.takeable_of(where, seen, asleep)
            busy |= {
                r.key
                for where in PARTITIONS
                if where.topic == topic
                for r in self.log[where]
                if (where, r.offset) in self.open
            }
        return found

    def takeable_of(
        self, where: Partition, busy: set[bytes | None], asleep: set[tuple[Partition, int]]
    ) -> set[tuple[Partition, int]]:
        """Return what of one partition may be worked on."""
        found, seen = set(), set(busy)
        for record in self.log[where]:
            at = (where, record.offset)
            if at in self.open:
                if record.key not in seen and at not in asleep:
                    found.add(at)
                seen.add(record.key)
        return found

    def end(self, ticket: Ticket) -> None:
        """A record has its outcome."""
        at = (ticket.record.partition, ticket.record.offset)
        self.in_flight.remove(ticket)
        self.stored.add(at)
        self.open.discard(at)

    def note(self, offsets: dict[Partition, int]) -> None:
        """Note a commit; what it covers is let go of."""
        covered = self.fence.commit(offsets)
        for ticket in covered:
            record = ticket.record
            assert (record.partition, record.offset) in self.stored
            self.held[record.partition].discard(record.offset)

    def forget(self, lost: set[Partition]) -> None:
        """Tickets of lost partitions are dead."""
        self.dead += [t for t in [*self.in_flight, *self.waiting] if t.record.partition in lost]
        self.in_flight = [t for t in self.in_flight if t.record.partition not in lost]
        self.waiting = {t: at for t, at in self.waiting.items() if t.record.partition not in lost}
        for partition in lost:
            self.held.pop(partition, None)
            self.suspects.pop(partition, None)
        self.open = {at for at in self.open if at[0] not in lost}


# Not shrunk: that takes minutes, and forty steps can be read.
Member.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=40,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    report_multiple_bugs=False,
)
TestFence = Member.TestCase
TestFence.__doc__ = "A record would be lost, done twice at once, overtaken, or committed unfinished."
