"""When a failed record is tried again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.retry import Backoff

BACKOFF = Backoff(base_s=1, cap_s=60, max_attempts=5)


@pytest.mark.parametrize(("tries", "longest_s"), [(0, 1), (1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (1_000, 60)])
def test_delay_doubles_up_to_its_cap(tries: int, longest_s: float) -> None:
    """A broken server would be asked too often, or a record wait for ever."""
    assert BACKOFF.delay_s(tries, jitter=1) == longest_s


def test_delay_has_full_jitter() -> None:
    """All members would come back at the same moment."""
    assert [BACKOFF.delay_s(3, jitter=jitter) for jitter in (0, 0.25, 1)] == [0, 1, 4]


def test_delay_honours_what_the_server_asked_for() -> None:
    """A server that said when it will be ready would be asked before; one that says "next year" be obeyed."""
    assert BACKOFF.delay_s(1, jitter=0.5, retry_after_s=20) == 20
    assert BACKOFF.delay_s(5, jitter=1, retry_after_s=2) == 16
    assert BACKOFF.delay_s(1, jitter=0, retry_after_s=1e9) == 60


@pytest.mark.parametrize(("tries", "is_used_up"), [(0, False), (4, False), (5, True), (6, True)])
def test_tries_are_used_up_at_the_limit(tries: int, *, is_used_up: bool) -> None:
    """A record would be given up early, or never."""
    assert BACKOFF.is_used_up(tries) is is_used_up


def test_failures_that_do_not_count_use_up_nothing() -> None:
    """With one attempt allowed, a model server that is away would empty the topic into the dead letters."""
    assert not Backoff(max_attempts=1).is_used_up(0)


@given(
    tries=st.integers(0, 10**6),
    jitter=st.floats(0, 1),
    retry_after_s=st.none() | st.floats(0, 1e12),
    base_s=st.floats(0.001, 100),
    cap_s=st.floats(0.001, 1000),
)
@settings(deadline=None)
def test_delay_is_never_negative_nor_above_the_cap(
    tries: int, jitter: float, retry_after_s: float | None, base_s: float, cap_s: float
) -> None:
    """A wait would be refused by the clock, or a record sleep beyond all bounds."""
    delay_s = Backoff(base_s=base_s, cap_s=cap_s).delay_s(tries, jitter=jitter, retry_after_s=retry_after_s)
    assert min(retry_after_s or 0, cap_s) <= delay_s <= cap_s
