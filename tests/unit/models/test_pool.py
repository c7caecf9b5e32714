"""Several hosts as one model server: who gets the call, who is left alone, and who comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from opentelemetry.trace import SpanKind

from consumer.analysis.models.failures import MisconfiguredError
from consumer.cancellation import AbandonedError, Cancellation, cancellable
from consumer.errors import PermanentError, TransientError
from tests.model_pools import MemoryHost, Stand
from tests.spans import Spans, spans

__all__ = ["spans"]

FIRST, SECOND = "http://host-0:1", "http://host-1:1"


def refusal(retry_after_s: float | None = None) -> TransientError:
    """Return what a server says that takes nothing."""
    return TransientError("busy", counts=False, retry_after_s=retry_after_s)


def two(folder: Path, first: MemoryHost, second: MemoryHost) -> Stand:
    """Return a pool of two hosts that are both known to be well."""
    stand = Stand(folder, (first, second))
    stand.pool.identity()
    stand.ask_due()
    return stand


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


@pytest.mark.parametrize("error", [None, refusal(), TransientError("slow"), PermanentError("no"), AbandonedError()])
def test_slot_is_given_back_whatever_happens(tmp_path: Path, error: Exception | None) -> None:
    """A failed call would cost a slot for as long as the process lives."""
    host = MemoryHost(slots=1)
    stand = Stand(tmp_path, (host,))
    host.error = error
    if error is None:
        stand.ask()
    else:
        with pytest.raises(type(error)):
            stand.ask()
    assert not stand.folders[0].is_held(0)


def test_wait_for_a_slot_ends_when_it_is_free_and_is_counted(tmp_path: Path, spans: Spans) -> None:
    """Waiting would look like a slow model."""
    host = MemoryHost(slots=1)
    stand = Stand(tmp_path, (host,))
    held = stand.folders[0].take(0)
    assert held

    def free_after_a_second() -> None:
        if stand.clock.now_s >= 1_001.0 and stand.folders[0].is_held(0):
            held.release()

    stand.clock.on_pause = free_after_a_second
    stand.ask()
    amounts = stand.meter.amounts()
    assert 1.0 <= amounts["model_wait_s"] < 1.03
    assert (amounts["model_calls"], amounts["input_tokens"], amounts["output_tokens"]) == (1, 700, 150)
    assert spans.names() == ["model wait", "chat tiny"]
    wait = spans.one("model wait")
    assert wait.kind is SpanKind.INTERNAL
    assert wait.attributes == {"server.address": "host-0:1"}
    assert wait.parent is None, "beside the call, not around or within it"
    assert not stand.line.is_held(0), "nobody waits any more"


def test_model_time_is_counted_without_the_wait(tmp_path: Path) -> None:
    """Utilisation would be 100 % where all wait."""
    host = MemoryHost()
    stand = Stand(tmp_path, (host,))
    host.during = lambda: stand.clock.pause(5)
    stand.ask()
    assert stand.meter.amounts()["model_s"] == 5
    assert stand.meter.amounts()["model_wait_s"] == 0


def test_failed_calls_are_counted(tmp_path: Path) -> None:
    """What is paid by call would be more than what is shown."""
    stand = two(tmp_path, MemoryHost(), MemoryHost())
    stand.hosts[0].server.error = refusal()  # type: ignore[attr-defined] # a MemoryHost
    stand.ask()
    assert stand.meter.amounts()["model_calls"] == 2


def test_abandoned_work_waits_no_longer(tmp_path: Path) -> None:
    """A stop would wait for a slot for minutes, and the others find one waiter too many."""
    stand = Stand(tmp_path, (MemoryHost(slots=1),))
    held = stand.folders[0].take(0)
    assert held
    cancellation = Cancellation()
    pause = stand.clock.pause
    stand.pool._line._pause = lambda seconds: (pause(seconds), cancellation.throw(), cancellation.wait(0))[0]
    with cancellable(cancellation), pytest.raises(AbandonedError):
        stand.ask()
    assert not stand.line.is_held(0)
    held.release()


def test_outage_ends_the_wait_for_a_slot(tmp_path: Path) -> None:
    """Work would wait for slots of a server that is gone, and the member not pause."""
    stand = Stand(tmp_path, (MemoryHost(slots=1),))
    stand.pool.identity()
    held = stand.folders[0].take(0)
    assert held
    stand.clock.on_pause = lambda: stand.pool._prober.refused(stand.hosts[0], refusal())
    with pytest.raises(TransientError, match="busy") as caught:
        stand.ask()
    assert not caught.value.counts
    held.release()


def test_ceiling_spaces_calls_and_shows_its_waits(tmp_path: Path, spans: Spans) -> None:
    """Who pays by call would pay for more than they asked for."""
    stand = Stand(tmp_path, (MemoryHost(),), per_minute=6)
    began_s = stand.clock.now_s
    starts = []
    for _ in range(3):
        stand.ask()
        starts.append(round(stand.clock.now_s - began_s, 3))
    assert starts == [0, 10, 20]
    assert spans.names().count("rate wait") == 2


def test_host_that_refuses_takes_no_turn_of_the_ceiling(tmp_path: Path) -> None:
    """The next host would be asked a minute later instead of at once."""
    first, second = MemoryHost(), MemoryHost()
    stand = Stand(tmp_path, (first, second), per_minute=1)
    stand.pool.identity()
    stand.ask_due()
    first.error = refusal()
    stand.ask()
    assert second.calls == 1
    assert stand.clock.pauses == []


def test_no_slot_is_held_while_the_ceiling_is_waited_for(tmp_path: Path) -> None:
    """A second database on the same box would find the server busy with waiting."""
    stand = Stand(tmp_path, (MemoryHost(slots=1),), per_minute=1)
    stand.ask()
    seen = []
    stand.clock.on_pause = lambda: seen.append(stand.folders[0].is_held(0))
    stand.ask()
    assert seen
    assert not any(seen)


def test_password_in_an_address_is_not_shown(tmp_path: Path, spans: Spans) -> None:
    """Metrics and traces would carry it out of the house."""
    stand = Stand(tmp_path, (MemoryHost(),))
    stand.hosts[0].url = "https://me:secret@model.example:8443/api"
    stand.ask()
    assert list(stand.pool.breakers()) == ["https://model.example:8443/api"]
    assert "secret" not in spans.text()
