"""Reading what a model server was asked as a timeline: who was busy when, and which partition a call was for."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.acceptance.chaos.stage import chain_id, partition_of
from tests.servers.fake_model import Call

_ORDER = re.compile(r"Order (\d+) of steel rings")
#: `tests.mailbox.mail(number)` is about the order of this number more.
_FIRST_ORDER = 1000


def number_of(call: Call) -> int:
    """Return the number of the conversation that *call* is about."""
    found = next(filter(None, (_ORDER.search(turn.get("content") or "") for turn in reversed(call.messages))))
    return int(found.group(1)) - _FIRST_ORDER


def home_of(call: Call, partitions: int) -> int:
    """Return the partition whose record *call* is about."""
    return partition_of(chain_id(number_of(call)).encode(), partitions)


@dataclass(frozen=True)
class Window:
    """A stretch of time, in monotonic seconds."""

    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        """How long it is."""
        return self.end_s - self.start_s

    def share(self, call: Call) -> float:
        """Return how much of a call's busy time lies within: 0 to 1."""
        start_s, end_s = call.answering_s or call.started_s, call.ended_s or math.inf
        inside_s = min(end_s, self.end_s) - max(start_s, self.start_s)
        return max(0.0, inside_s) / (end_s - start_s)


def full_window(calls: Sequence[Call], *, partitions: int, at_once: int) -> Window:
    """Return the time from when *at_once* calls ran first until the first partition had no more work."""
    ends: dict[int, float] = {}
    for call in calls:
        home = home_of(call, partitions)
        ends[home] = max(ends.get(home, 0.0), call.ended_s or 0.0)
    starts = sorted(call.started_s for call in calls)
    full_s = next(
        start for start in starts if sum(c.started_s <= start < (c.ended_s or math.inf) for c in calls) >= at_once
    )
    return Window(full_s, min(ends.values()))


def rate(calls: Iterable[Call], window: Window) -> float:
    """Return calls a second within *window*; one that lies half in it counts half."""
    return sum(window.share(call) for call in calls) / window.length_s


def utilisation(calls: Iterable[Call], window: Window, slots: int) -> float:
    """Return the share of *slots* x *window* in which a slot was busy."""
    busy_s = sum(window.share(call) * ((call.ended_s or 0.0) - (call.answering_s or call.started_s)) for call in calls)
    return busy_s / (slots * window.length_s)


def gaps_s(calls: Sequence[Call]) -> list[float]:
    """Return the times between the end of a call and the start of the next, of calls one after the other."""
    ordered = sorted(calls, key=lambda call: call.started_s)
    return [after.started_s - (before.ended_s or math.inf) for before, after in itertools.pairwise(ordered)]


def longest_stall_s(calls: Sequence[Call], window: Window) -> float:
    """Return the longest time within *window* in which none of *calls* ran."""
    quiet_s, busy_until_s = 0.0, window.start_s
    for call in sorted(calls, key=lambda call: call.started_s):
        if call.started_s > window.end_s:
            break
        quiet_s = max(quiet_s, call.started_s - busy_until_s)
        busy_until_s = max(busy_until_s, call.ended_s or math.inf)
    return max(quiet_s, window.end_s - busy_until_s)


def longest_below_s(calls: Sequence[Call], window: Window, at_once: int) -> float:
    """Return the longest time within *window* in which fewer than *at_once* of *calls* ran together."""
    steps = [(call.started_s, 1) for call in calls]
    steps += [(call.ended_s, -1) for call in calls if call.ended_s is not None]
    running, longest_s, low_since_s = 0, 0.0, window.start_s
    for at_s, change in [*sorted(steps), (window.end_s, at_once)]:
        was_low, running = running < at_once, running + change
        if at_s > window.end_s:
            break
        if was_low and running >= at_once and at_s > window.start_s:
            longest_s = max(longest_s, at_s - max(low_since_s, window.start_s))
        if not was_low and running < at_once:
            low_since_s = at_s
    return longest_s


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value that *share* of *values* do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
