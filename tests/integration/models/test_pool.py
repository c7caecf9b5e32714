"""Several processes and several hosts: no request waits in a server, and no host that is away stops the work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from chainmail.settings import load
from consumer.analysis.models.pool import ModelPool
from consumer.analysis.models.select import model_server
from consumer.analysis.models.server import Prompt, RawCompletion
from consumer.analysis.models.slots import SlotFolder
from consumer.analysis.wire import wire_schema
from consumer.cancellation import AbandonedError, Cancellation, cancellable
from consumer.errors import TransientError
from tests.servers.fake_model import FakeModel

ROOT = Path(__file__).parents[3]
_SOON_S = 15.0


def until(condition: Callable[[], bool]) -> None:
    """Wait for *condition*."""
    deadline_s = time.monotonic() + _SOON_S
    while not condition():
        assert time.monotonic() < deadline_s, "it never came"
        time.sleep(0.005)


@contextmanager
def pool_of(folder: Path, *fakes: FakeModel, **other: object) -> Iterator[ModelPool]:
    """Yield a pool of *fakes*, which holds its slots in *folder*."""
    urls = ",".join(fake.url for fake in fakes)
    own = {"model_server": "openai", "model": "fake-model", "model_url": urls, "db": str(folder / "x.db")}
    pool = model_server(load(**{**own, **other}), folder=folder / "slots")
    try:
        pool.identity()
        yield pool
    finally:
        pool.close()


def ask(pool: ModelPool) -> RawCompletion:
    """Make one call."""
    return pool.complete(Prompt(system="Answer.", user="A mail."), wire_schema(900), 900)


class Client:
    """A process that asks (tests/servers/model_client.py)."""

    def __init__(self, folder: Path, fake: FakeModel, *, calls: int, threads: int = 1, **settings: object) -> None:
        own = {"MODEL_SERVER": "openai", "MODEL_URL": fake.url, "MODEL": "fake-model", "DB": str(folder / "x.db")}
        extra = {name.upper(): str(value) for name, value in settings.items()}
        others = {name: value for name, value in os.environ.items() if not name.startswith("CHAINMAIL_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.model_client", str(folder / "slots"), str(calls), str(threads)],
            cwd=ROOT,
            env=others | {f"CHAINMAIL_{name}": value for name, value in (own | extra).items()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self) -> None:
        """Let it ask."""
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def ready(self) -> None:
        """Wait until it could ask."""
        assert self.process.stdout
        assert self.process.stdout.readline() == "ready\n"

    def counters(self) -> dict[str, float]:
        """Wait for its end; return what it counted."""
        out, _ = self.process.communicate(timeout=60)
        assert self.process.returncode == 0
        counted: dict[str, float] = json.loads(out)
        return counted

    def close(self) -> None:
        """End it at once, if it runs."""
        self.process.kill()
        self.process.communicate()


@contextmanager
def clients(count: int, folder: Path, fake: FakeModel, **other: object) -> Iterator[list[Client]]:
    """Yield processes that have all begun to ask at the same moment."""
    with ExitStack() as opened:
        started = [Client(folder, fake, **other) for _ in range(count)]  # type: ignore[arg-type] # passed on as given
        for client in started:
            opened.callback(client.close)
        for client in started:
            client.ready()
        for client in started:
            client.begin()
        yield started


def test_no_request_waits_in_the_server_over_four_processes(tmp_path: Path) -> None:
    """Time in the server's queue would look like a slow model, and count as its time-out."""
    with FakeModel(delay_s=0.1, slots=3) as fake, clients(4, tmp_path, fake, calls=6, threads=2) as started:
        counted = [client.counters() for client in started]
        calls = fake.calls
    assert len(calls) == 24
    assert fake.peak_in_flight == 3, "all slots, and no more"
    assert sum(each["model_calls"] for each in counted) == 24
    assert sum(each["model_wait_s"] for each in counted) > 1, "the wait is ours, and counted"
    busy_s = sum((call.ended_s or 0) - call.started_s for call in calls)
    whole_s = max(call.ended_s or 0 for call in calls) - min(call.started_s for call in calls)
    assert busy_s / (3 * whole_s) > 0.75, "slots lie idle while work waits"


def test_every_process_gets_its_turn(tmp_path: Path) -> None:
    """One member would take the slot again and again, and the partitions of the others stand still."""
    with FakeModel(delay_s=0.3, slots=1) as fake, clients(3, tmp_path, fake, calls=4) as started:
        ends: list[float] = []
        threads = [
            threading.Thread(target=lambda client=client: (client.counters(), ends.append(time.monotonic())))
            for client in started
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert fake.peak_in_flight == 1
    assert max(ends) - min(ends) < 2.1, "served in turn they end within 0.6 s, one after the other within 2.4 s"


def test_killed_holder_frees_its_slot(tmp_path: Path) -> None:
    """Each kill -9 would cost a slot until the machine is started again."""
    with FakeModel(slots=1, faults=["hang"]) as fake, clients(1, tmp_path, fake, calls=1) as (client,):
        until(lambda: fake.in_flight == 1)
        (folder,) = (slots for slots in map(SlotFolder, (tmp_path / "slots").iterdir()) if slots.is_held(0))
        client.process.kill()
        client.process.wait()
        assert not folder.is_held(0)
        with pool_of(tmp_path, fake) as pool:
            began_s = time.monotonic()
            assert ask(pool).finish == "stop"
            assert time.monotonic() - began_s < 1


def test_abandoned_work_stops_waiting_for_a_slot(tmp_path: Path) -> None:
    """A stop would wait for the answer that another member waits for."""
    cancellation, errors = Cancellation(), list[Exception]()
    with FakeModel(slots=1, faults=["hang"]) as fake, clients(1, tmp_path, fake, calls=1):
        until(lambda: fake.in_flight == 1)
        with pool_of(tmp_path, fake) as pool:

            def wait() -> None:
                try:
                    with cancellable(cancellation):
                        ask(pool)
                except TransientError as error:
                    errors.append(error)

            thread = threading.Thread(target=wait)
            thread.start()
            time.sleep(0.2)  # into the wait
            assert thread.is_alive()
            cancellation.throw()
            thread.join(0.5)
            assert not thread.is_alive()
    assert [type(error) for error in errors] == [AbandonedError]
    assert fake.call_count == 1


def test_wait_for_a_slot_is_no_time_out(tmp_path: Path) -> None:
    """Records would be dead-lettered because others were before them."""
    with (
        FakeModel(delay_s=0.4, slots=1) as fake,
        clients(4, tmp_path, fake, calls=1, model_timeout_s=1.0) as started,
    ):
        counted = [client.counters() for client in started]
    assert max(each["model_wait_s"] for each in counted) > 1.0
    assert fake.call_count == 4


def test_other_host_takes_over_and_the_first_comes_back_by_itself(tmp_path: Path) -> None:
    """One box that is restarted would stop all work, or never be asked again."""
    with FakeModel() as first, FakeModel() as second, pool_of(tmp_path, first, second) as pool:
        ask(pool)
        until(lambda: all(host.proven for host in pool._hosts))
        first.down = True
        for _ in range(3):
            ask(pool)
        assert (first.call_count, second.call_count) == (1, 3)
        assert pool.breakers() == {first.url: "open", second.url: "closed"}
        first.down = False
        until(lambda: pool.breakers()[first.url] == "closed")
        ask(pool)
        assert (first.call_count, second.call_count) == (2, 3)


def test_busy_host_is_spared_as_long_as_it_asks_and_no_other(tmp_path: Path) -> None:
    """A server that is loading its model would be stormed, or its neighbour be spared as well."""
    with FakeModel() as first, FakeModel() as second, pool_of(tmp_path, first, second) as pool:
        until(lambda: all(host.proven for host in pool._hosts))
        first.faults[:] = ["503:2"]
        began_s = time.monotonic()
        ask(pool)
        asked, probed = first.call_count, first.probe_count
        while pool.breakers()[first.url] != "closed":
            ask(pool)
            assert time.monotonic() - began_s < _SOON_S
            time.sleep(0.05)
            if time.monotonic() - began_s < 1.8:
                assert (first.call_count, first.probe_count) == (asked, probed)
        assert time.monotonic() - began_s >= 2
        assert second.call_count > 3


def test_all_hosts_down_is_one_refusal_and_over_when_one_answers(tmp_path: Path) -> None:
    """An outage would be counted against the records, or need a human to end."""
    with FakeModel() as first, FakeModel() as second, pool_of(tmp_path, first, second) as pool:
        ask(pool)
        first.down = second.down = True
        for _ in range(2):
            with pytest.raises(TransientError, match="no model server at") as caught:
                ask(pool)
            assert not caught.value.counts
        with pytest.raises(TransientError):
            pool.probe()
        second.down = False
        until(lambda: pool.breakers()[second.url] == "closed")
        pool.probe()
        ask(pool)
    assert second.call_count == 1


def test_server_that_hangs_is_found_out_by_a_probe_in_seconds(tmp_path: Path) -> None:
    """A probe would hang as long as a completion may take: ten minutes in which nobody notices."""
    with FakeModel() as fake, pool_of(tmp_path, fake, model_timeout_s=0.5) as pool:
        fake.faults[:] = ["hang"]
        with pytest.raises(TransientError, match=r"did not (?:begin to )?answer in time") as caught:
            ask(pool)
        assert caught.value.counts, "it answers when asked: the record may be to blame"
        assert pool.breakers() == {fake.url: "closed"}


@pytest.mark.parametrize(("said", "slots"), [(None, 1), ("4", 4), ("0", 1), ("many", 1)])
def test_ollama_has_the_slots_of_the_environment(
    said: str | None, slots: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By default Ollama answers one request at a time, and has no API that says so."""
    monkeypatch.delenv("OLLAMA_NUM_PARALLEL", raising=False)
    if said is not None:
        monkeypatch.setenv("OLLAMA_NUM_PARALLEL", said)
    with FakeModel() as fake, pool_of(tmp_path, fake, model_server="ollama") as pool:
        assert pool._hosts[0].slots == slots


@pytest.mark.parametrize(("served", "set_slots", "slots"), [(None, None, None), (3, None, 3), (3, 2, 2)])
def test_openai_server_has_the_slots_that_it_says(
    served: int | None, set_slots: int | None, slots: int | None, tmp_path: Path
) -> None:
    """llama.cpp would get more than it can do at once, and vLLM less."""
    with FakeModel(slots=served) as fake, pool_of(tmp_path, fake, model_slots=set_slots) as pool:
        assert pool._hosts[0].slots == slots


def test_ceiling_holds_over_processes(tmp_path: Path) -> None:
    """Four members would make four times the calls that somebody pays for."""
    with FakeModel() as fake, clients(3, tmp_path, fake, calls=3, threads=2, max_per_minute=600) as started:
        for client in started:
            client.counters()
    starts = sorted(call.started_s for call in fake.calls)
    assert len(starts) == 9
    assert min(after - before for before, after in pairwise(starts)) > 0.06, (
        "evenly spaced: 0.1 s, and how long it took"
    )
    assert starts[-1] - starts[0] >= 0.78
