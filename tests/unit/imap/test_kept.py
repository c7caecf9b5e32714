"""Secrets in memory: how long, and who asks anew."""

from __future__ import annotations

from itertools import count

from pydantic import SecretStr

from producer.sources.imap.kept import Issued, Kept


class _Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def _kept(valid_s: float) -> tuple[Kept, _Clock]:
    numbers = count(1)
    clock = _Clock()
    return Kept(lambda: Issued(SecretStr(f"secret {next(numbers)}"), valid_s), clock), clock


def _value(kept: Kept) -> tuple[str, bool]:
    secret, is_new = kept.get()
    return secret.get_secret_value(), is_new


def test_secret_is_kept_as_long_as_it_is_valid() -> None:
    """Each connection would cost a request, or one be tried with a token that has ended."""
    kept, clock = _kept(3_540)
    assert _value(kept) == ("secret 1", True)
    clock.now_s += 3_539.9
    assert _value(kept) == ("secret 1", False)
    clock.now_s += 0.1
    assert _value(kept) == ("secret 2", True)


def test_secret_that_is_valid_for_no_time_is_asked_for_each_time() -> None:
    """A helper that renews tokens itself would be asked once, and its first token be used for ever."""
    kept, _clock = _kept(0)
    assert [_value(kept) for _time in range(2)] == [("secret 1", True), ("secret 2", True)]


def test_secret_that_was_refused_is_forgotten_once() -> None:
    """Two connections that are refused together would each throw the other's new token away."""
    kept, _clock = _kept(3_540)
    refused, _is_new = kept.get()
    kept.forget(refused)
    assert _value(kept) == ("secret 2", True)
    kept.forget(refused)
    assert _value(kept) == ("secret 2", False)
