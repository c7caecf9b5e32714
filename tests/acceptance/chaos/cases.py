"""The table of cases: what is done to the program while it works, and what must have come out besides the promises."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import func, select

from storage.tables import AttemptRow
from tests.acceptance.chaos import faults
from tests.acceptance.chaos.stage import Stage

Fault = Callable[[Stage], None]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A fault that strikes while all members are in mid-call.

    `outcomes` are what all records must have come to (without: stored); `then` looks at what only this case promises.
    """

    name: str
    fault: Fault
    workers: int = 2
    partitions: int | None = None
    chains: int = 8
    call_s: float = 0.6
    settings: Mapping[str, Any] = field(default_factory=dict)
    outcomes: Mapping[str, int] | None = None
    then: Fault = lambda _stage: None


def _nobody_was_asked_again(stage: Stage) -> None:
    stage.repeats_allowed = 0


def _no_call_was_cut(stage: Stage) -> None:
    assert not any(call.cancelled for call in stage.model.calls)


def _no_attempt_was_used(stage: Stage) -> None:
    with stage.database.read() as connection:
        assert connection.scalar(select(func.max(AttemptRow.attempts))) == 1


def _storm(stage: Stage) -> None:
    joiners = faults.Joiners(stage)
    joiners.run(for_s=8.0, least=4)
    assert joiners.joined >= 4, "the storm was none"


def _faults_of_the_model(*kinds: str) -> Fault:
    def fault(stage: Stage) -> None:
        stage.model.faults.extend(kinds)
        stage.wait_for(lambda: not stage.model.faults, "every fault served")

    return fault


def _stopped_within(grace_s: float) -> Fault:
    """Stop in mid-call with a grace time that is too short: the model server is told that nobody waits any more."""

    def fault(stage: Stage) -> None:
        running = [call for call in stage.model.calls if call.ended_s is None]
        stage.repeats_allowed += len(running)
        asked_s = time.monotonic()
        stage.stop()
        assert running
        assert all(call.cancelled for call in running)
        assert max(call.ended_s or 0.0 for call in running) - asked_s < grace_s + 3.0
        stage.model.delay_s = 0.1
        stage.start()

    return fault


def _outage(stage: Stage) -> None:
    """An outage that outlasts several pauses of the breaker."""
    faults.kill_model_server(stage, away_s=6.0)


CASES = [
    Case(name="kill -9 of a member", fault=faults.kill_members),
    Case(name="kill -9 of two members", fault=partial(faults.kill_members, count=2), workers=3),
    Case(name="kill -9 of the supervisor", fault=faults.kill_supervisor),
    Case(name="kill -9 of the broker", fault=faults.kill_broker),
    Case(name="kill -9 of the model server", fault=faults.kill_model_server),
    Case(name="kill -9 of everything", fault=faults.kill_everything),
    Case(name="SIGTERM in mid-call", fault=faults.stop_and_start, then=_no_call_was_cut),
    Case(
        name="SIGTERM in mid-call, grace too short", fault=_stopped_within(0.5), call_s=20.0, settings={"grace_s": 0.5}
    ),
    Case(
        name="broker paused for less than the session",
        fault=partial(faults.pause_broker, for_s=2.5),
        then=_no_call_was_cut,
    ),
    Case(
        name="broker paused for longer than the session",
        fault=partial(faults.pause_broker, for_s=6.0),
        settings={"session_timeout_s": 3.0},
    ),
    Case(name="rebalance storm", fault=_storm, call_s=2.2, then=_no_call_was_cut),
    Case(name="a host joins and leaves", fault=partial(faults.have_a_guest, for_s=5.0), chains=16, partitions=4),
    Case(
        name="model refuses: 503, 429 with Retry-After",
        fault=_faults_of_the_model("503", "503", "429:1", "503"),
        settings={"max_attempts": 1},
        then=_no_attempt_was_used,
    ),
    Case(
        name="model hangs, stalls, cuts, ends without done, streams no JSON",
        fault=_faults_of_the_model("hang", "cut", "not_done", "noise", "error", "stall"),
        call_s=0.1,
        chains=12,
        settings={"model_timeout_s": 1.0},
    ),
    Case(
        name="model answers garbage and the wrong schema",
        fault=_faults_of_the_model("garbage", "garbage", "wrong_schema", "wrong_schema"),
        workers=1,
        call_s=0.1,
        outcomes={"stored": 6, "dead_lettered": 2},
    ),
    Case(
        name="model away for many pauses of the breaker",
        fault=_outage,
        settings={"max_attempts": 1},
        then=_no_attempt_was_used,
    ),
    Case(name="database locked", fault=partial(faults.lock_database, for_s=6.0), then=_nobody_was_asked_again),
    Case(name="disk full", fault=partial(faults.fill_disk, for_s=4.0), then=_nobody_was_asked_again),
]
