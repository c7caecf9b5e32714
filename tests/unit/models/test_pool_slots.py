"""A slot of the pool: waited for, counted, given back; and the ceiling before it."""

from __future__ import annotations

from pathlib import Path

import pytest
from opentelemetry.trace import SpanKind

from consumer.cancellation import AbandonedError, Cancellation, cancellable
from consumer.errors import PermanentError, TransientError
from tests.model_pools import MemoryHost, Stand, refusal, two
from tests.spans import Spans, spans

__all__ = ["spans"]


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
