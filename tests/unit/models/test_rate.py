"""A ceiling of calls a minute, and the file that keeps it for all processes of a home."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.analysis.models.ceiling import Ceiling
from consumer.analysis.models.rate import Rate
from tests.model_pools import Clock


def test_rate_lets_the_first_call_go_at_once() -> None:
    """A run of one chain would wait for a minute."""
    assert Rate(1).left_s(0.0, 5_000.0) == 0


def test_rate_spaces_calls_evenly() -> None:
    """All calls of a minute would come in its first second."""
    rate = Rate(4)
    assert rate.after(100.0) == 115.0
    assert rate.left_s(115.0, 100.0) == 15.0
    assert rate.left_s(115.0, 114.0) == 1.0
    assert rate.left_s(115.0, 115.0) == 0


def test_rate_saves_nothing_up() -> None:
    """After a quiet hour the calls of that hour would come at once."""
    rate = Rate(60)
    assert rate.after(3_600.0) == 3_601.0


@pytest.mark.parametrize("next_s", [90_000.0, float("nan"), float("inf"), -5.0])
def test_rate_is_not_held_up_by_the_clock_of_another_boot(next_s: float) -> None:
    """After a reboot nothing would be analysed for as long as the machine had been up."""
    assert Rate(6).left_s(next_s, 12.0) == 0


@settings(deadline=None, max_examples=60)
@given(
    per_minute=st.floats(0.1, 6_000),
    start_s=st.floats(0, 1e7),
    steps=st.lists(st.floats(0, 3), min_size=1, max_size=60),
)
def test_rate_never_lets_two_calls_closer_than_its_interval(
    per_minute: float, start_s: float, steps: list[float]
) -> None:
    """In some order of callers the ceiling would be broken."""
    rate, next_s, now_s = Rate(per_minute), 0.0, start_s
    calls: list[float] = []
    for step in steps:  # in intervals, so that many meet the ceiling
        now_s += step * rate.interval_s
        if not rate.left_s(next_s, now_s):
            calls.append(now_s)
            next_s = rate.after(now_s)
    gaps = [after - before for before, after in pairwise(calls)]
    assert all(gap >= rate.interval_s * 0.999 - 1e-6 for gap in gaps)
    assert calls[0] == start_s + steps[0] * rate.interval_s


def ceiling(path: Path, clock: Clock, per_minute: float = 6) -> Ceiling:
    """Return one process's view of the ceiling."""
    return Ceiling(path, per_minute, pause=clock.pause, clock=clock)


def test_ceiling_holds_for_all_that_share_its_file(tmp_path: Path) -> None:
    """Four members would make four times the calls."""
    clock = Clock()
    members = [ceiling(tmp_path / "home" / "rate", clock) for _ in range(3)]
    assert [member.take() for member in members] == [True, False, False]
    members[1].wait()
    assert clock.now_s == pytest.approx(1_010)
    assert [member.take() for member in members] == [True, False, False]


def test_ceiling_reserves_nothing_for_who_only_waits(tmp_path: Path) -> None:
    """A member that is killed while it waits would cost the others a turn."""
    clock = Clock()
    first, second = ceiling(tmp_path / "rate", clock), ceiling(tmp_path / "rate", clock)
    assert first.take()
    first.wait()
    assert second.take()


@pytest.mark.parametrize("content", [b"", b"abc", b"\xff" * 8, b"\x7f" * 30])
def test_ceiling_survives_a_damaged_file(tmp_path: Path, content: bytes) -> None:
    """A power cut would stop all work until somebody deletes a file."""
    (tmp_path / "rate").write_bytes(content)
    clock = Clock()
    found = ceiling(tmp_path / "rate", clock)
    assert found.take()
    assert not found.take()
