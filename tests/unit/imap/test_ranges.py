"""Sets of UIDs as intervals."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from producer.sources.imap.ranges import Ranges

_INTERVALS = st.tuples(st.integers(1, 60), st.integers(0, 12)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(st.lists(_INTERVALS, max_size=12), st.lists(st.integers(1, 75), max_size=8))
def test_ranges_hold_what_a_set_holds(intervals: list[tuple[int, int]], taken_out: list[int]) -> None:
    """Mail would be skipped for ever, or fetched at every look."""
    ranges = Ranges(intervals)
    expected = {number for first, last in intervals for number in range(first, last + 1)}
    for number in taken_out:
        ranges.discard(number)
        expected.discard(number)
    assert {number for number in range(80) if number in ranges} == expected
    stored = ranges.as_lists()
    assert all(before[1] + 1 < after[0] for before, after in pairwise(stored))


@given(st.lists(_INTERVALS, max_size=12), st.integers(1, 75))
def test_start_of_a_run_is_its_first_number(intervals: list[tuple[int, int]], number: int) -> None:
    """A walk would jump over mail that is not done."""
    expected = {each for first, last in intervals for each in range(first, last + 1)}
    first = number
    while first - 1 in expected:
        first -= 1
    assert Ranges(intervals).start_of(number) == (first if number in expected else None)


def test_neighbours_are_one_run() -> None:
    """A cursor would grow by an interval with every window, a hundred thousand mails long."""
    ranges = Ranges()
    for first in range(96, 0, -5):
        ranges.add(first, first + 4)
    assert ranges.as_lists() == [[1, 100]]


def test_empty_interval_adds_nothing() -> None:
    """An empty folder would count a message as done that is yet to come."""
    ranges = Ranges([(1, 0)])
    assert ranges.as_lists() == []
