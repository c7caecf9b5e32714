"""When a server that died is started again."""

from __future__ import annotations

from chainmail.local.restarts import MAX_DEATHS, WINDOW_S, delay_s


def test_delay_is_short_first_and_doubles() -> None:
    """A killed broker would be away for long, or a broken one started without a pause."""
    assert [delay_s([0.0] * deaths, 0.0) for deaths in (1, 2, 3, 4)] == [0.2, 0.4, 0.8, 1.6]


def test_delay_gives_up_after_five_deaths_in_a_minute() -> None:
    """A broker that cannot start would be started for ever."""
    assert delay_s([1.0] * MAX_DEATHS, 2.0) is None


def test_delay_forgets_old_deaths() -> None:
    """Five crashes in a month would end the broker for good."""
    assert delay_s([0.0] * MAX_DEATHS + [WINDOW_S + 1], WINDOW_S + 1) == 0.2
