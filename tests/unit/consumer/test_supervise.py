"""The supervisor: what it knows of its members, and how it ends them; the members are small programs of ours."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chainmail.settings import Settings
from consumer import roster
from consumer.member import instance_id
from consumer.supervise import CrashLoopError, Supervisor

STUBBORN = "import signal, sys; signal.signal(15, signal.SIG_IGN); print('up', flush=True); sys.stdin.read()"
WILLING = "import signal, sys; signal.signal(15, lambda *_: sys.exit(0)); print('up', flush=True); signal.pause()"


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Callable[[str], Supervisor]]:
    """Return what makes a supervisor of two members that run the given program."""
    made: list[Supervisor] = []

    def make(program: str) -> Supervisor:
        settings = Settings(db=str(tmp_path / "mail.db"))
        made.append(Supervisor(settings, 2, command=(sys.executable, "-c", program)))
        return made[-1]

    yield make
    for each in made:
        each.kill()


def _until(what: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + 10
    while not what():
        assert time.monotonic() < deadline_s, "waited in vain"
        time.sleep(0.01)


def _all_up(tmp_path: Path) -> bool:
    logs = [tmp_path / "mail.db.home" / "logs" / f"member-{slot}.log" for slot in range(2)]
    return all("up" in log.read_text() for log in logs)


def test_supervisor_starts_a_dead_member_again_and_counts_it(supervisor: Callable[[str], Supervisor]) -> None:
    """A member that died would stay dead, or nobody would see how often it happens."""
    found = supervisor("import sys; sys.exit(1)")
    found.tick()
    assert (set(found.pids), found.restarts) == ({0, 1}, {0: 0, 1: 0})
    _until(lambda: found.tick() or found.restarts[0] == 1)
    assert found.ticked_ago_s < 5


def test_supervisor_gives_up_at_once_on_a_fault_that_no_restart_mends(
    supervisor: Callable[[str], Supervisor], tmp_path: Path
) -> None:
    """A member with wrong settings would be started for ever, and nobody would read why."""
    found = supervisor("import sys; print('the reason', file=sys.stderr); sys.exit(2)")
    with pytest.raises(CrashLoopError, match=r"exit code 2[\s\S]*the reason"):
        _until(found.tick)
    assert found.given_up.endswith("ended with exit code 2")


def test_supervisor_stops_willing_members_without_waiting(
    supervisor: Callable[[str], Supervisor], tmp_path: Path
) -> None:
    """Every stop would take the whole grace time, or kill members in the middle of a commit."""
    found, said = supervisor(WILLING), list[str]()
    found.tick()
    _until(lambda: _all_up(tmp_path))
    found.stop(patience_s=60, say=said.append)
    assert (found.pids, said) == ({}, [])


def test_supervisor_kills_members_that_do_not_stop_in_time(
    supervisor: Callable[[str], Supervisor], tmp_path: Path
) -> None:
    """A member that hangs would keep the command from ending."""
    found, said = supervisor(STUBBORN), list[str]()
    found.tick()
    _until(lambda: _all_up(tmp_path))
    found.stop(patience_s=0.1, say=said.append)
    assert found.pids == {}
    assert len(said) == 2
    assert said[0].endswith("did not stop within 0 s: killed")


def test_supervisor_kills_members_at_the_second_signal(supervisor: Callable[[str], Supervisor], tmp_path: Path) -> None:
    """A second Ctrl-C would leave members at work, with nobody to watch them."""
    found = supervisor(STUBBORN)
    found.tick()
    pids = list(found.pids.values())
    _until(lambda: _all_up(tmp_path))
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # as `stop_on_signals` does at the second
    again = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM))
    again.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            found.stop(patience_s=60, say=pytest.fail)
    finally:
        again.join()
        signal.signal(signal.SIGTERM, before)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


SETTINGS = Settings(db="/data/mail.db", home=Path("/data/home"))
OTHERS = instance_id(Settings(db="/data/mail.db", home=Path("/data/other")), 7)


@pytest.mark.parametrize(
    ("in_group", "gone"),
    [
        ([], []),
        ([instance_id(SETTINGS, 0), instance_id(SETTINGS, 1)], []),
        ([instance_id(SETTINGS, slot) for slot in (0, 1, 2, 11)], [instance_id(SETTINGS, slot) for slot in (11, 2)]),
        ([instance_id(SETTINGS, 3), OTHERS], [instance_id(SETTINGS, 3)]),
        ([instance_id(SETTINGS, 0) + "x"], []),
    ],
)
def test_roster_names_only_slots_beyond_the_workers(in_group: list[str], gone: list[str]) -> None:
    """A start with fewer workers would throw out members of others, or leave its own."""
    assert roster.scaled_away(in_group, SETTINGS, 2) == gone


@pytest.mark.parametrize(
    ("in_group", "gone"),
    [
        ([], []),
        ([instance_id(SETTINGS, 0)], []),
        ([OTHERS], []),
        ([instance_id(SETTINGS, 0), OTHERS, instance_id(SETTINGS, 1)], [instance_id(SETTINGS, s) for s in (0, 1)]),
    ],
)
def test_roster_leaves_only_where_others_can_take_over(in_group: list[str], gone: list[str]) -> None:
    """Alone, every restart would cost a rebalance; beside others, their work would wait for a session time-out."""
    assert roster.to_leave(in_group, SETTINGS) == gone
