"""Several hosts as one model server: who gets the call, who is left alone, and who comes back."""

from __future__ import annotations

from pathlib import Path

import pytest

from consumer.analysis.models.failures import ConnectionCutError, MisconfiguredError, StalledError, TimedOutError
from consumer.cancellation import AbandonedError
from consumer.errors import PermanentError, TransientError
from tests.model_pools import FIRST, SECOND, MemoryHost, Stand, refusal, two
from tests.spans import spans

__all__ = ["spans"]


def test_call_goes_to_the_least_busy_host(tmp_path: Path) -> None:
    """One host would have a queue while the other sleeps."""
    first, second = MemoryHost(slots=4), MemoryHost(slots=4)
    stand = two(tmp_path, first, second)
    first.during = lambda: stand.ask() and None if second.calls == 0 else None
    stand.ask()
    assert (first.calls, second.calls) == (1, 1)


def test_larger_host_gets_the_calls_that_a_small_one_has_no_slot_for(tmp_path: Path) -> None:
    """Requests would wait inside the small host, where nobody sees them."""
    small, large = MemoryHost(slots=1), MemoryHost(slots=3)
    stand = two(tmp_path, small, large)
    held = [stand.pool._free() for _ in range(5)]
    assert [taken and taken[0].name for taken in held] == ["host-0:1", "host-1:1", "host-1:1", "host-1:1", None]
    for taken in held:
        if taken:
            taken[1].release()


def test_host_that_does_not_say_its_slots_takes_all_that_come(tmp_path: Path) -> None:
    """vLLM, which batches by itself, would get one request at a time."""
    stand = Stand(tmp_path, (MemoryHost(slots=None),))
    stand.pool.identity()
    held = [stand.pool._free() for _ in range(100)]
    assert all(held)
    for taken in held:
        assert taken
        taken[1].release()


def test_slots_of_the_settings_go_before_the_servers_own(tmp_path: Path) -> None:
    """Nobody could set what Ollama has no API for."""
    stand = Stand(tmp_path, (MemoryHost(slots=1),))
    stand.hosts[0].set_slots = 2
    stand.pool.identity()
    held = [stand.pool._free() for _ in range(3)]
    assert [taken is not None for taken in held] == [True, True, False]
    for taken in held:
        if taken:
            taken[1].release()


def test_host_that_refuses_is_left_alone_and_the_call_goes_on(tmp_path: Path) -> None:
    """One host of two that is down would stop half of the work, or all of it."""
    first, second = MemoryHost(), MemoryHost()
    stand = two(tmp_path, first, second)
    first.error = refusal()
    for _ in range(3):
        stand.ask()
    assert (first.calls, second.calls) == (1, 3)
    assert stand.pool.breakers() == {FIRST: "open", SECOND: "closed"}
    assert stand.clock.pauses == [], "at once"


def test_refusal_of_the_last_host_is_raised(tmp_path: Path) -> None:
    """The member would not pause, and empty the topic into nowhere."""
    stand = two(tmp_path, MemoryHost(), MemoryHost())
    for host in stand.hosts:
        host.server.error = refusal(7)  # type: ignore[attr-defined] # a MemoryHost
    with pytest.raises(TransientError, match="busy") as caught:
        stand.ask()
    assert not caught.value.counts
    with pytest.raises(TransientError) as caught:
        stand.ask()
    assert not caught.value.counts
    assert caught.value.retry_after_s == 7, "the member need not look earlier"


def test_host_comes_back_by_itself(tmp_path: Path) -> None:
    """A host that was restarted would be idle until somebody restarts the members."""
    first, second = MemoryHost(), MemoryHost()
    stand = two(tmp_path, first, second)
    first.down = refusal()
    stand.ask()
    stand.clock.now_s += 1.0
    stand.ask_due()
    assert stand.pool.breakers()[FIRST] == "open"
    first.down = None
    stand.ask_due()
    assert stand.pool.breakers()[FIRST] == "open", "the second pause has only begun"
    stand.clock.now_s += 2.0
    stand.ask_due()
    assert stand.pool.breakers()[FIRST] == "closed"
    stand.ask()
    assert first.calls == 2


def test_call_does_not_wait_for_a_host_that_is_asked(tmp_path: Path) -> None:
    """Every call would first wait for the connection time-out of the host that is away."""
    first, second = MemoryHost(), MemoryHost()
    stand = two(tmp_path, first, second)
    first.down = refusal()
    stand.ask()
    stand.clock.now_s += 60.0
    looks = first.looks
    stand.ask()
    assert first.looks == looks
    assert len(stand.background) >= 1, "who asks is beside the calls"


def test_background_ends_when_all_are_well(tmp_path: Path) -> None:
    """A thread would be left behind by each outage."""
    first, second = MemoryHost(), MemoryHost()
    stand = Stand(tmp_path, (first, second))
    stand.pool.identity()
    (work,) = stand.background
    work()
    assert stand.pool.breakers() == {FIRST: "closed", SECOND: "closed"}
    assert second.looks == 1
    stand.ask()
    assert len(stand.background) == 1


@pytest.mark.parametrize(("asked_s", "held_s"), [(7.0, 7.0), (None, 1.0)])
def test_retry_after_holds_for_its_host_alone(tmp_path: Path, asked_s: float | None, held_s: float) -> None:
    """A server that asked for a pause would be asked again, or its neighbour rest as well."""
    first, second = MemoryHost(), MemoryHost()
    stand = two(tmp_path, first, second)
    first.error = refusal(asked_s)
    stand.ask()
    first.error = None
    stand.clock.now_s += held_s - 0.1
    stand.ask_due()
    stand.pool.probe()
    assert stand.pool.breakers() == {FIRST: "open", SECOND: "closed"}
    stand.clock.now_s += 0.1
    stand.ask_due()
    assert stand.pool.breakers()[FIRST] == "closed"


def test_time_out_of_a_well_host_goes_to_no_other(tmp_path: Path) -> None:
    """A record that brings a server down would bring down all of them in a minute."""
    first, second = MemoryHost(), MemoryHost()
    stand = two(tmp_path, first, second)
    first.error = TransientError("too slow")
    with pytest.raises(TransientError, match="too slow") as caught:
        stand.ask()
    assert caught.value.counts
    assert second.calls == 0
    assert stand.pool.breakers()[FIRST] == "closed", "it answers when asked"


def test_host_that_fails_and_does_not_answer_is_left_alone(tmp_path: Path) -> None:
    """A host that hangs would take every call to its time-out."""
    first, second = MemoryHost(), MemoryHost()
    stand = two(tmp_path, first, second)
    first.down = TransientError("cut")
    with pytest.raises(TransientError, match="cut"):
        stand.ask()
    stand.ask()
    assert (first.calls, second.calls) == (1, 1)


def test_permanent_error_is_the_records_own(tmp_path: Path) -> None:
    """A prompt that is refused would close all hosts."""
    first, second = MemoryHost(), MemoryHost()
    stand = two(tmp_path, first, second)
    first.error = PermanentError("no such prompt")
    with pytest.raises(PermanentError):
        stand.ask()
    assert stand.pool.breakers() == {FIRST: "closed", SECOND: "closed"}


def test_host_with_another_model_is_not_used_and_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Analyses of two models would carry the same analyser id."""
    first, second = MemoryHost("d1"), MemoryHost("d2")
    stand = two(tmp_path, first, second)
    assert stand.pool.identity().digest == "d1"
    assert stand.pool.breakers() == {FIRST: "closed", SECOND: "open"}
    assert "host-1:1 has tiny (d2), the others have tiny (d1): it is not used" in caplog.text
    first.error = refusal()
    with pytest.raises(TransientError, match="busy"):
        stand.ask()
    assert second.calls == 0
    second.digest = "d1"
    stand.clock.now_s += 1
    stand.ask_due()
    assert stand.pool.breakers()[SECOND] == "closed", "mended"


def test_host_that_comes_back_with_another_model_is_not_used(tmp_path: Path) -> None:
    """A model that was pulled anew during an outage would go on under the old one's name."""
    first, second = MemoryHost("d1"), MemoryHost("d1")
    stand = two(tmp_path, first, second)
    first.down = refusal()
    stand.ask()
    first.down, first.digest = None, "d2"
    stand.clock.now_s += 1
    stand.ask_due()
    assert stand.pool.breakers()[FIRST] == "open"
    second.down = refusal()
    with pytest.raises(TransientError):
        stand.ask()


def test_probe_is_well_where_any_host_is(tmp_path: Path) -> None:
    """A member would pause while one host is free."""
    first, second = MemoryHost(), MemoryHost()
    stand = Stand(tmp_path, (first, second))
    first.down = refusal()
    stand.pool.probe()
    assert stand.pool.breakers() == {FIRST: "open", SECOND: "closed"}


def test_probe_closes_the_breaker_of_the_host_that_answers(tmp_path: Path) -> None:
    """The member would go on, and find no host."""
    host = MemoryHost()
    stand = Stand(tmp_path, (host,))
    stand.pool.identity()
    host.down = refusal()
    with pytest.raises(TransientError):
        stand.ask()
    with pytest.raises(TransientError, match="busy") as caught:
        stand.pool.probe()
    assert not caught.value.counts
    host.down = None
    stand.clock.now_s += 1
    stand.pool.probe()
    assert stand.pool.breakers() == {FIRST: "closed"}
    stand.ask()


def test_probe_is_permanent_where_all_lack_the_model(tmp_path: Path) -> None:
    """`doctor` would say "later" where a person has to pull the model."""
    first, second = MemoryHost(), MemoryHost()
    first.down = second.down = MisconfiguredError("model not found: pull it", counts=False)
    with pytest.raises(PermanentError, match="pull it"):
        Stand(tmp_path, (first, second)).pool.probe()
    second.down = refusal()
    with pytest.raises(TransientError):
        Stand(tmp_path, (first, second)).pool.probe()


def test_abandoned_probe_says_nothing_of_the_host(tmp_path: Path) -> None:
    """A member that stops would leave its server for dead, or half-open for ever."""
    host = MemoryHost()
    stand = Stand(tmp_path, (host,))
    stand.pool.identity()
    host.down = refusal()
    with pytest.raises(TransientError):
        stand.ask()
    stand.clock.now_s += 1
    host.down = AbandonedError()
    with pytest.raises(AbandonedError):
        stand.pool.probe()
    assert stand.pool.breakers() == {FIRST: "open"}
    host.down = None
    stand.pool.probe()
    assert stand.pool.breakers() == {FIRST: "closed"}


def test_abandoned_call_opens_no_breaker(tmp_path: Path) -> None:
    """Every rebalance would close the model server to the records that stayed."""
    first, second = MemoryHost(), MemoryHost()
    stand = two(tmp_path, first, second)
    first.error = AbandonedError()
    with pytest.raises(AbandonedError):
        stand.ask()
    assert second.calls == 0
    assert stand.pool.breakers() == {FIRST: "closed", SECOND: "closed"}


@pytest.mark.parametrize(
    ("error", "is_down", "counts"),
    [
        (TimedOutError("slow"), False, True),
        (TimedOutError("slow"), True, False),
        (StalledError("stuck"), True, False),
        (ConnectionCutError("crashed"), True, True),
    ],
)
def test_time_out_counts_only_where_the_host_is_well_otherwise(
    tmp_path: Path, error: TransientError, is_down: bool, counts: bool
) -> None:
    """A host that hangs would use up the attempts of every record, or one that kills its host be tried for ever."""
    host = MemoryHost()
    stand = Stand(tmp_path, (host,))
    stand.pool.identity()
    host.error = error

    def fall() -> None:
        host.error, host.down = error, refusal() if is_down else None
        raise error

    host.during = fall
    with pytest.raises(type(error)) as caught:
        stand.ask()
    assert caught.value.counts is counts
