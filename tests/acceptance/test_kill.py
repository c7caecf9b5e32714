"""`kill -9` of a member, the broker, everything: the same command again, and nothing is lost or stored twice."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Callable

import psutil
import pytest

from tests.acceptance.conftest import Chainmail, descendants, kill, running_with
from tests.mailbox import write_folder
from tests.servers.fake_model import FakeModel

CHAINS, WORKERS, CALL_S = 10, 2, 0.6


def _member(run: subprocess.Popen[str]) -> list[psutil.Process]:
    return running_with(run.pid, "consumer.member")[:1]


def _broker(run: subprocess.Popen[str]) -> list[psutil.Process]:
    return [child for child in running_with(run.pid, "kafka.Kafka") if "java" in child.name()]


def _whole_run(run: subprocess.Popen[str]) -> list[psutil.Process]:
    return [psutil.Process(run.pid)]


def _run_and_all_that_it_started(run: subprocess.Popen[str]) -> list[psutil.Process]:
    return [psutil.Process(run.pid), *descendants(run.pid)]


#: Who has lost its parent looks every second, and a broker closes its files.
ENDS_S = 30.0


@pytest.mark.parametrize("victims_of", [_member, _broker, _whole_run, _run_and_all_that_it_started])
def test_kill_9_loses_nothing_and_stores_nothing_twice(
    chainmail: Chainmail,
    fake_model: FakeModel,
    victims_of: Callable[[subprocess.Popen[str]], list[psutil.Process]],
) -> None:
    """A power cut or the OOM killer would lose chains, store them twice, or leave orphans that hold the home."""
    fake_model.delay_s = CALL_S
    words = ("run", str(write_folder(chainmail.folder / "mails", CHAINS)), "--workers", str(WORKERS))
    run = chainmail.start(*words)
    chainmail.wait_for(lambda: fake_model.call_count >= WORKERS + 1 and fake_model.in_flight)
    victims = victims_of(run)
    assert victims
    before = descendants(run.pid)
    for victim in victims:
        kill(victim)
    if victims_of in {_member, _broker}:
        chainmail.finish(run)
    else:
        run.communicate(timeout=30)
        chainmail.run(*words)
        _gone, orphans = psutil.wait_procs(before, timeout=ENDS_S)
        assert orphans == []
    status = chainmail.json("status")
    assert (status["published"], status["unaccounted"]) == (status["stored"] + status["duplicate"], 0)
    assert status["stored"] == CHAINS
    calls = Counter(call.chain for call in fake_model.calls)
    assert len(calls) == CHAINS
    assert sum(calls.values()) - CHAINS <= WORKERS
