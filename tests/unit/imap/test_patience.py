"""Waiting for servers."""

from __future__ import annotations

import pytest

from producer.sources.imap.patience import Patience, delay_s


@pytest.mark.parametrize(
    ("tries", "words", "expected_s"),
    [
        (1, "timed out", 1),
        (2, "timed out", 2),
        (7, "timed out", 60),
        (5_000, "timed out", 60),
        (1, "[UNAVAILABLE] backend is away", 1),
        (1, "[OVERQUOTA] Account exceeded command or bandwidth limits", 60),
        (1, "Too many simultaneous connections", 60),
        (2, "[LIMIT] slow down", 120),
        (9, "[LIMIT] slow down", 900),
    ],
)
def test_waits_grow_to_a_cap_and_are_longer_where_we_ask_too_much(tries: int, words: str, expected_s: float) -> None:
    """A server that is down would be hammered, or a provider lock the account."""
    assert delay_s(tries, words, jitter=1.0) == expected_s


def test_half_of_a_wait_is_chance() -> None:
    """All accounts would come back in the same moment, or at once."""
    assert delay_s(3, "gone", jitter=0.0) == 2
    assert delay_s(3, "gone", jitter=1.0) == 4


def test_patience_ends_after_its_time_without_progress() -> None:
    """A pull in a script would hang for ever, or give up while mail still comes."""
    now_s = [0.0]
    patience = Patience(120, clock=lambda: now_s[0], jitter=lambda: 1.0)
    assert [patience.failed("gone") for _time in range(3)] == [1, 2, 4]
    now_s[0] = 119
    assert patience.failed("gone") == 8
    patience.progressed()
    now_s[0] = 130
    assert patience.failed("gone") == 1
    now_s[0] = 250
    assert patience.failed("gone") is None


def test_patience_of_a_follower_never_ends() -> None:
    """A weekend without network would end a `--follow`."""
    now_s = [0.0]
    patience = Patience(clock=lambda: now_s[0], jitter=lambda: 1.0)
    patience.failed("gone")
    now_s[0] = 1e9
    assert patience.failed("gone") == 2
