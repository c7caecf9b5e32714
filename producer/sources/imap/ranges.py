"""Which UIDs of a folder are done: a set of numbers as intervals (pure)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable


class Ranges:
    """A set of whole numbers that holds long runs: disjoint intervals in order, with a gap between any two."""

    def __init__(self, intervals: Iterable[tuple[int, int]] = ()) -> None:
        """Take intervals (first, last), in any order, also overlapping."""
        self._intervals: list[tuple[int, int]] = []
        for first, last in intervals:
            self.add(first, last)

    def add(self, first: int, last: int) -> None:
        """Put all numbers from *first* to *last* in; none where *last* is smaller."""
        if last < first:
            return
        begin = bisect_left(self._intervals, first - 1, key=lambda interval: interval[1])
        end = bisect_right(self._intervals, last + 1, key=lambda interval: interval[0])
        touched = self._intervals[begin:end]
        if touched:
            first, last = min(first, touched[0][0]), max(last, touched[-1][1])
        self._intervals[begin:end] = [(first, last)]

    def discard(self, number: int) -> None:
        """Take *number* out."""
        interval = self._interval_of(number)
        if interval is None:
            return
        index = self._intervals.index(interval)
        rest = [(interval[0], number - 1), (number + 1, interval[1])]
        self._intervals[index : index + 1] = [(first, last) for first, last in rest if first <= last]

    def start_of(self, number: int) -> int | None:
        """Return the first number of the unbroken run that holds *number*, or None where it is not in."""
        interval = self._interval_of(number)
        return interval[0] if interval else None

    def __contains__(self, number: int) -> bool:
        return self._interval_of(number) is not None

    def as_lists(self) -> list[list[int]]:
        """Return the intervals as JSON holds them."""
        return [list(interval) for interval in self._intervals]

    def _interval_of(self, number: int) -> tuple[int, int] | None:
        index = bisect_right(self._intervals, number, key=lambda interval: interval[0]) - 1
        if index >= 0 and self._intervals[index][1] >= number:
            return self._intervals[index]
        return None
