"""A random mixture of all faults, drawn from a seed before it begins: the same seed strikes in the same order.

Only the timing of the machine differs from run to run.
"""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import psutil

from storage.outcomes import OutcomeKind
from tests.acceptance.chaos import faults, verdict
from tests.acceptance.chaos.stage import Stage, signal_all

#: The guard gives a broker up that dies five times in a minute.
_BROKER_KILLS_APART_S = 20.0
#: A fault that takes longer than this leaves no room for others in a short mixture.
_GAP_S = (0.3, 2.5)
#: A mixture that takes at least this long has longer faults too.
_LONG_S = 120.0
#: Records left that would soon be done.
_FEW_LEFT = 60
#: Faults of a completion that the program has to get over; "garbage" once is repaired.
_MODEL_FAULTS = ("503", "500", "429:1", "cut", "not_done", "noise", "error", "hang", "stall", "garbage", "wrong_schema")


#: Name, what it does, and about how long it takes in seconds.
_Drawn = tuple[str, Callable[[Stage], None], float]


@dataclass(frozen=True)
class Strike:
    """One fault of a mixture, and how long it is quiet before."""

    gap_s: float
    name: str
    fault: Callable[[Stage], None]


def drawn(seed: int, seconds: float) -> list[Strike]:
    """Return the faults of *seed*, more than *seconds* can hold."""
    dice = random.Random(seed)
    strikes, at_s, broker_killed_s = [], 0.0, -_BROKER_KILLS_APART_S
    while at_s < seconds:
        name, fault, about_s = _one(dice, is_long=seconds >= _LONG_S)
        if name == "kill the broker":
            if at_s - broker_killed_s < _BROKER_KILLS_APART_S:
                continue
            broker_killed_s = at_s
        gap_s = dice.uniform(*_GAP_S)
        strikes.append(Strike(gap_s, name, fault))
        at_s += gap_s + about_s
    return strikes


def _one(dice: random.Random, *, is_long: bool) -> _Drawn:
    """Return a fault with its parameters and about how long it takes."""
    for_s = dice.uniform(0.5, 12.0 if is_long else 5.0)
    kinds = dice.choices(_MODEL_FAULTS, k=dice.randint(1, 4))
    known: list[_Drawn] = [
        ("kill a member", faults.kill_members, 0.1),
        ("kill two members", partial(faults.kill_members, count=2), 0.1),
        ("kill all members", _kill_all_members, 0.1),
        ("kill the supervisor", faults.kill_supervisor, 3.0),
        ("kill the broker", faults.kill_broker, 0.5),
        (f"kill the model server for {for_s:.1f} s", partial(faults.kill_model_server, away_s=for_s), for_s),
        ("stop and start", faults.stop_and_start, 3.0),
        (f"pause the broker for {for_s:.1f} s", partial(faults.pause_broker, for_s=for_s), for_s),
        (f"pause a member for {for_s:.1f} s", partial(faults.pause_member, for_s=for_s), for_s),
        (f"storm for {for_s:.1f} s", partial(_storm, for_s=for_s), for_s),
        (f"lock the database for {for_s:.1f} s", partial(faults.lock_database, for_s=for_s), for_s),
        ("a host joins and leaves", faults.have_a_guest, 5.0),
        (f"full disk for {for_s:.1f} s", partial(faults.fill_disk, for_s=for_s), for_s),
        (f"model: {', '.join(kinds)}", partial(_model, kinds=kinds), 0.1),
    ]
    if is_long:  # longer than anybody waits for the lock
        known.append(("lock the database for 35 s", partial(faults.lock_database, for_s=35.0), 35.0))
    return dice.choice(known)


def _kill_all_members(stage: Stage) -> None:
    faults.kill_members(stage, stage.workers)


def _storm(stage: Stage, for_s: float) -> None:
    faults.Joiners(stage).run(for_s, stay_s=0.7)


def _model(stage: Stage, kinds: list[str]) -> None:
    stage.model.faults.extend(kinds)


def play(stage: Stage, seed: int, seconds: float, say: Callable[[str], None], *, more: int = 0) -> int:
    """Strike for *seconds* while *stage* works, then let it come to rest and check it; return the number of faults.

    Where records run out, *more* are published, so that every fault meets work.
    """
    began_s, struck = time.monotonic(), 0
    for strike in drawn(seed, seconds):
        if more and stage.sent - stage.ended() < _FEW_LEFT:
            stage.broker.wait_until_up()
            stage.publish_chains(more, start=stage.next_number)
        time.sleep(strike.gap_s)
        if time.monotonic() - began_s >= seconds:
            break
        say(f"{time.monotonic() - began_s:6.1f} s  {stage.ended()} of {stage.sent} have ended: {strike.name}")
        strike.fault(stage)
        struck += 1
        _stand_up_again(stage, say)
    rest(stage)
    return struck


def rest(stage: Stage) -> None:
    """Let what waits come to its end, quickly, and check everything."""
    stage.model.faults.clear()
    stage.model.delay_s = 0.02
    _stand_up_again(stage, print)
    stage.settle(timeout_s=150)
    stage.stop()
    verdict.check(stage, _expected(stage))


def _stand_up_again(stage: Stage, say: Callable[[str], None]) -> None:
    """Do what an operator's systemd does: start a supervisor that has given up (too many deaths in a minute)."""
    if stage.running[-1].poll() is not None:
        say("          the supervisor has given up: started again")
        members = stage.members()
        signal_all(members, signal.SIGKILL)
        psutil.wait_procs(members, timeout=10)
        stage.running.clear()
        stage.start()


def _expected(stage: Stage) -> dict[str, int]:
    """A record may be given up where bad answers happened to meet it again and again; all else is stored."""
    dead = verdict.outcomes(stage)[OutcomeKind.DEAD_LETTERED.value]
    stored = {OutcomeKind.STORED.value: stage.sent - dead}
    return stored | ({OutcomeKind.DEAD_LETTERED.value: dead} if dead else {})
