"""The fence by examples; what holds in any order of events is in test_fence_any_order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chainmail.records import Partition, Record
from consumer.fence import MAX_UNCOMMITTED, Fence, Ticket

LIVE, BACKLOG = Partition("mail", 0), Partition("mail.backlog", 0)
NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)


def record(offset: int, key: str | None = None, partition: Partition = LIVE) -> Record:
    """Return a record of chain *key* (by default one of its own)."""
    chain = f"{partition}/{offset}" if key is None else key
    return Record(partition=partition, offset=offset, published_at=NOW, key=chain.encode(), headers=(), value=b"{}")


def fence(*records: Record, now: datetime = NOW) -> Fence:
    """Return a fence that has both partitions and holds *records*."""
    made = Fence("mail")
    made.assign([LIVE, BACKLOG])
    poll(made, *records, now=now)
    return made


def poll(of: Fence, *records: Record, now: datetime = NOW) -> None:
    """Let *records* have been polled."""
    of.poll(records, started_at=now, now=now)


def take(of: Fence, now_s: float = 0) -> Ticket:
    """Return the next ticket, which there must be."""
    ticket = of.take(now_s)
    assert ticket is not None
    return ticket


def test_take_prefers_live_to_older_backlog() -> None:
    """This morning's mail would wait behind days of backlog."""
    held = fence(record(0, partition=BACKLOG), record(7))
    assert [take(held).record.partition, take(held).record.partition] == [LIVE, BACKLOG]


def test_take_keeps_order_when_the_clock_is_set_back() -> None:
    """A newer revision would be analysed before an older one because the wall clock went back."""
    held = fence(record(0, "a"))
    poll(held, record(1, "a"), now=NOW - timedelta(hours=1))
    assert take(held).record.offset == 0


def test_take_lets_nobody_overtake_a_waiting_record_of_its_chain() -> None:
    """While a revision waits for its next attempt, a newer one would be analysed and then overwritten."""
    held = fence(record(0, "a"), record(1, "a"), record(2, "b"))
    held.retry(take(held), not_before_s=10)
    assert take(held, 5).record.offset == 2
    assert held.take(5) is None
    assert take(held, 10).record.offset == 0


def test_take_gives_live_ahead_of_the_same_chain_waiting_in_the_backlog() -> None:
    """A new revision in the live lane would wait for the back-off of the imported one."""
    held = fence(record(0, "a", BACKLOG))
    held.retry(take(held), not_before_s=60)
    poll(held, record(4, "a"))
    assert take(held, 1).record.partition == LIVE


def test_take_hands_out_records_without_a_key_side_by_side() -> None:
    """Records without a key are of no chain; one would block all others."""
    keyless = [Record(partition=LIVE, offset=n, published_at=NOW, key=None, headers=(), value=b"") for n in range(2)]
    held = fence(*keyless)
    first, second = take(held), take(held)
    assert (first.record.offset, second.record.offset) == (0, 1)
    assert not held.newer_at_hand(first), "no chain: nothing newer of it"


def test_newer_at_hand_sees_later_records_of_the_chain_only() -> None:
    """A superseded revision would cost a model call, or a current one be skipped."""
    held = fence(record(0, "a"), record(1, "b"), record(2, "a"))
    first, other = take(held), take(held)
    assert held.newer_at_hand(first)
    assert not held.newer_at_hand(other)


def test_committable_is_the_unbroken_finished_run() -> None:
    """A crash would lose the record in the gap."""
    held = fence(record(3), record(5), record(9))
    first, second, third = take(held), take(held), take(held)
    held.finish(first)
    held.finish(third)
    assert held.committable() == {LIVE: 4}
    held.finish(second)
    assert held.committable() == {LIVE: 10}, "offsets of a compacted topic have gaps"


def test_commit_returns_the_covered_tickets_once() -> None:
    """A record's commit span would be missing, or written at every turn."""
    held = fence(record(0), record(1))
    ticket = take(held)
    held.finish(ticket)
    assert held.commit({LIVE: 1}) == [ticket]
    assert held.commit({LIVE: 1}) == []
    assert held.committable() == {}


def test_commit_noted_late_drops_nothing_unfinished() -> None:
    """After a partition went and came back, a commit of before would make its records vanish unread."""
    held = fence(record(0), record(1))
    held.finish(take(held))
    held.finish(take(held))
    late = held.committable()
    held.assign([])
    held.assign([LIVE])
    poll(held, record(0), record(1))
    assert held.commit(late) == []
    assert take(held).record.offset == 0


def test_assign_keeps_running_work_of_partitions_that_stay() -> None:
    """At every join a ten-minute answer would be thrown away."""
    held = fence(record(0), record(1), record(0, partition=BACKLOG))
    ticket = take(held)
    positions, gone = held.assign([LIVE])
    assert (positions, gone) == ({LIVE: 2}, [])
    assert held.finish(ticket)


def test_assign_kills_tickets_of_partitions_that_go() -> None:
    """A late result would be stored and committed over the new owner's work."""
    held = fence(record(0, partition=BACKLOG))
    ticket = take(held)
    assert held.assign([LIVE]) == ({}, [ticket])
    held.assign([LIVE, BACKLOG])
    assert not held.is_live(ticket)
    assert not held.finish(ticket)
    assert not held.retry(ticket, 0)
    assert not held.newer_at_hand(ticket)


def test_rewind_holds_its_place_in_a_rebalance() -> None:
    """A rebalance right after it would skip the records that it went back for."""
    held = fence()
    held.rewind(LIVE, 4)
    positions, _ = held.assign([LIVE])
    assert positions == {LIVE: 4}


def test_rewind_of_a_lost_partition_does_nothing() -> None:
    """A partition that somebody else owns would be worked on."""
    held = fence()
    held.assign([LIVE])
    held.rewind(BACKLOG, 0)
    assert held.partitions == [LIVE]


def test_poll_leaves_out_what_is_not_assigned_or_held_or_committed() -> None:
    """A record would be worked on twice, or on somebody else's partition."""
    held = fence(record(0), record(1))
    held.finish(take(held))
    held.commit(held.committable())
    held.assign([LIVE])
    poll(held, record(0), record(1), record(0, partition=BACKLOG))
    assert take(held).record.offset == 1
    assert held.take(0) is None


def test_paused_bounds_a_partition_that_does_not_get_on() -> None:
    """Behind one slow record memory and repeated work would grow without end."""
    held = fence(*(record(offset, "a") for offset in range(MAX_UNCOMMITTED)))
    assert LIVE in held.paused(1)


def test_paused_holds_the_backlog_back_while_live_is_ready() -> None:
    """Backlog would be fetched and take the slots of new mail."""
    assert fence(record(0)).paused(1) == [BACKLOG]
    assert fence().paused(1) == []


def test_paused_fetches_past_a_chain_that_waits() -> None:
    """One chain in back-off would idle the member although other chains lie behind it."""
    held = fence(*(record(offset, "a") for offset in range(4)))
    held.retry(take(held), not_before_s=60)
    assert held.paused(1) == []


def test_paused_lets_a_partition_that_has_just_come_in() -> None:
    """It would stand still until all that is held of another one is worked off."""
    held = Fence("mail")
    other = Partition("mail.backlog", 1)
    held.assign([BACKLOG, other])
    poll(held, *(record(offset, partition=BACKLOG) for offset in range(9)))
    assert held.paused(1) == [BACKLOG]


def test_paused_stops_where_enough_is_ready() -> None:
    """More would be fetched than the slots need soon, and be repeated after a crash."""
    assert LIVE in fence(record(0), record(1)).paused(1)
    assert LIVE not in fence(record(0), record(1)).paused(2)


def test_next_due_is_the_first_of_the_waiting() -> None:
    """A slot would sleep past the moment of the next attempt."""
    held = fence(record(0), record(1))
    assert held.next_due_s() is None
    held.retry(take(held), not_before_s=9)
    held.retry(take(held), not_before_s=4)
    assert held.next_due_s() == 4


def test_is_idle_while_nothing_is_unfinished() -> None:
    """`work --until-empty` would end early or never."""
    held = fence(record(0))
    assert not held.is_idle
    held.finish(take(held))
    assert held.is_idle
    assert held.in_flight == []


def test_commit_of_an_earlier_run_leaves_what_has_finished_since() -> None:
    """A record would count as committed that the broker was never told of."""
    held = fence(record(0), record(1))
    held.finish(take(held))
    early = held.committable()
    held.finish(take(held))
    assert len(held.commit(early)) == 1
    assert held.committable() == {LIVE: 2}


def test_room_is_what_the_fullest_open_partition_may_still_take() -> None:
    """One poll would bring more than sixteen uncommitted records of a partition into memory."""
    held = fence()
    assert (held.room(slots=1), held.is_full) == (MAX_UNCOMMITTED, False)
    for offset in range(MAX_UNCOMMITTED):
        poll(held, record(offset))
        held.finish(take(held))
    assert held.is_full
    assert held.room(slots=1) == MAX_UNCOMMITTED, "the other partition is empty, the full one is paused"
    held.commit({LIVE: 3})
    assert (held.room(slots=1), held.is_full) == (3, False)


def test_suspect_is_worked_on_alone() -> None:
    """A record that kills its process would convict those beside it."""
    held = fence()
    held.suspect(LIVE, [1])
    held.suspect(Partition("mail", 9), [0])
    poll(held, record(0), record(1), record(2))
    first = take(held)
    assert held.take(0) is None, "the suspect waits until it is alone"
    held.finish(first)
    suspect = take(held)
    assert suspect.record.offset == 1
    assert held.take(0) is None, "and nothing begins beside it"
    held.finish(suspect)
    assert take(held).record.offset == 2


def test_partitions_of_a_lane_take_turns() -> None:
    """A partition that a member has just taken over would wait behind all that it holds of its own."""
    held = Fence("mail")
    other = Partition("mail.backlog", 1)
    held.assign([BACKLOG, other])
    poll(held, *(record(offset, partition=BACKLOG) for offset in range(5)))
    first = take(held)
    assert first.record.partition == BACKLOG
    poll(held, record(0, partition=other), record(1, partition=other))
    turns = []
    for _ in range(4):
        held.finish(first)
        first = take(held)
        turns.append((first.record.partition.number, first.record.offset))
    assert turns == [(1, 0), (0, 1), (1, 1), (0, 2)]
