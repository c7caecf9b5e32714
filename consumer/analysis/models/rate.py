"""A ceiling of calls a minute (pure): the generic cell rate algorithm with a burst of one, so evenly spaced.

All there is to keep is one number: when the next call is allowed. A caller who may not go waits and asks again, and
reserves nothing, so that whoever gives up or is killed leaves no gap behind.
Source: ITU-T I.371, the virtual scheduling algorithm.
"""

from __future__ import annotations

from dataclasses import dataclass

#: What rounding may add to an interval.
_SLACK = 1.001


@dataclass(frozen=True)
class Rate:
    """At most *per_minute* calls; all times are of one monotonic clock, in seconds."""

    per_minute: float

    @property
    def interval_s(self) -> float:
        """The least time between two calls."""
        return 60.0 / self.per_minute

    def left_s(self, next_s: float, now_s: float) -> float:
        """Return how long a call at *now_s* has still to wait, given that the next is allowed at *next_s*.

        No call sets it further ahead than one interval: what lies beyond is of before a reboot, which sets
        the clock back, or of a lower ceiling, and holds nobody up.
        """
        left_s = next_s - now_s
        return left_s if 0 < left_s <= self.interval_s * _SLACK else 0.0

    def after(self, now_s: float) -> float:
        """Return when the next call is allowed after one at *now_s*."""
        return now_s + self.interval_s
