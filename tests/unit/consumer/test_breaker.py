"""When a dependency is left alone."""

from __future__ import annotations

from consumer.breaker import Breaker


def test_breaker_is_closed_at_first() -> None:
    """No record would ever be worked on."""
    breaker = Breaker()
    assert not breaker.is_open
    assert not breaker.may_probe(1e9), "there is nothing to find out"


def test_breaker_opens_at_its_threshold() -> None:
    """One slip would stop all work, or an outage none."""
    breaker = Breaker(threshold=3)
    breaker.failed(0)
    breaker.failed(0)
    assert not breaker.is_open
    breaker.failed(0)
    assert breaker.is_open


def test_breaker_lets_one_probe_through_after_its_pause() -> None:
    """A server that is coming up would be met by every slot at once, or by nobody."""
    breaker = Breaker(pause_s=2)
    breaker.failed(10)
    assert not breaker.may_probe(11.9)
    assert breaker.may_probe(12)
    assert not breaker.may_probe(12), "a second slot"
    breaker.failed(13)
    assert not breaker.may_probe(16.9)
    assert breaker.may_probe(17), "the next pause has ended: the next probe"


def test_breaker_doubles_its_pause_up_to_the_cap() -> None:
    """A long outage would be probed every second, or its end be noticed half an hour late."""
    breaker = Breaker(pause_s=1, max_pause_s=30)
    pauses = []
    now_s = 100.0
    for _ in range(8):
        breaker.failed(now_s)
        pauses.append((breaker.retry_at_s or 0) - now_s)
        now_s = breaker.retry_at_s or 0
        assert breaker.may_probe(now_s)
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]


def test_breaker_survives_a_thousand_failures() -> None:
    """A weekend's outage would end in an overflow."""
    breaker = Breaker(max_pause_s=30)
    for _ in range(5_000):
        breaker.failed(0)
        breaker.may_probe(100)
    breaker.failed(0)
    assert breaker.retry_at_s == 30


def test_breaker_waits_as_long_as_the_server_asked() -> None:
    """A server that said Retry-After would be probed before."""
    breaker = Breaker(pause_s=1, max_pause_s=30)
    breaker.failed(0, retry_after_s=12)
    assert breaker.retry_at_s == 12
    breaker.failed(0, retry_after_s=500)
    assert breaker.retry_at_s == 30


def test_breaker_closes_on_an_answer_and_starts_small_again() -> None:
    """After an outage work would stand still, or the next slip be punished as the tenth."""
    breaker = Breaker(pause_s=1)
    for _ in range(5):
        breaker.failed(0)
    assert breaker.may_probe(100)
    breaker.succeeded()
    assert not breaker.is_open
    breaker.failed(200)
    assert breaker.retry_at_s == 201
    assert not breaker.may_probe(200.5)
    assert breaker.may_probe(201), "the probe of the outage before does not hold this one up"


def test_breaker_says_its_state() -> None:
    """Metrics and readiness would call a server well that nobody may ask."""
    breaker = Breaker(pause_s=1)
    assert breaker.state == "closed"
    breaker.failed(10)
    assert breaker.state == "open"
    assert breaker.may_probe(11)
    assert breaker.state == "half-open"
    breaker.failed(11)
    assert breaker.state == "open"
    assert breaker.may_probe(13)
    breaker.succeeded()
    assert breaker.state == "closed"


def test_breaker_takes_calls_in_flight_for_one_outage() -> None:
    """Eight analyses that fail together would leave a server alone for half a minute that was away for one second."""
    breaker = Breaker(pause_s=1)
    for _ in range(8):
        breaker.failed(10)
    assert breaker.retry_at_s == 11
    breaker.failed(10.5, retry_after_s=7)
    assert breaker.retry_at_s == 17.5, "what a straggler was told holds as well"
    breaker.failed(10.6, retry_after_s=2)
    assert breaker.retry_at_s == 17.5, "and no other shortens it"


def test_breaker_gives_an_abandoned_probe_to_the_next() -> None:
    """A probe whose work was abandoned would leave the breaker half-open for ever."""
    breaker = Breaker(pause_s=1)
    breaker.failed(10)
    assert breaker.may_probe(11)
    breaker.abandoned()
    assert breaker.state == "open"
    assert breaker.may_probe(11)
