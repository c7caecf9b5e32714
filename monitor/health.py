"""Whether a supervisor lives and whether its members can work: `/live` and `/ready`, each reason in words.

The rules are pure; `look` gathers what they judge. A rolled-back write is the only touch of the database.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from chainmail.records import Partition
from storage import workers
from storage.engine import Database
from storage.tables import Ledger
from storage.workers import Beat

#: A supervisor whose loop has not turned for so long hangs.
STUCK_S = 30.0
#: Members beat each second.
_SILENT = timedelta(seconds=10)

#: Breakers without which no member can work; one of several model hosts is none of them.
_NEEDED = {"database", "models"}


@dataclass(frozen=True, kw_only=True)
class Supervised:
    """What a supervisor knows of its members: by worker id, the pids of those started and how often again."""

    pids: Mapping[str, int]
    restarts: Mapping[str, int]
    ticked_ago_s: float
    stopping: bool = False
    given_up: str = ""

    @classmethod
    def of(
        cls, pids: Mapping[int, int], restarts: Mapping[int, int], *, ticked_ago_s: float, stopping: bool, given_up: str
    ) -> Supervised:
        """Return the same by worker id instead of slot."""
        host = socket.gethostname()
        return cls(
            pids={f"{host}-{slot}": pid for slot, pid in pids.items()},
            restarts={f"{host}-{slot}": count for slot, count in restarts.items()},
            ticked_ago_s=ticked_ago_s,
            stopping=stopping,
            given_up=given_up,
        )


@dataclass(frozen=True, kw_only=True)
class State:
    """What readiness is judged by; *beats* are of all members of the group, *partitions* None where unknown."""

    at: datetime
    supervised: Supervised
    beats: Collection[Beat]
    partitions: Collection[Partition] | None = None
    database_error: str = ""

    @property
    def own(self) -> dict[str, Beat]:
        """The last beats of this supervisor's members, of the processes that run now."""
        pids = self.supervised.pids
        return {beat.worker_id: beat for beat in self.beats if pids.get(beat.worker_id) == beat.pid}


def is_live(supervised: Supervised) -> bool:
    """Tell whether the supervisor's loop turns."""
    return supervised.ticked_ago_s < STUCK_S


def reasons(state: State) -> list[str]:
    """Return why the members cannot work, in words; none: they can."""
    supervised = state.supervised
    found = []
    if not is_live(supervised):
        found.append(f"the supervisor's loop has not turned for {supervised.ticked_ago_s:.0f} s")
    if supervised.stopping:
        found.append("the supervisor is stopping")
    if supervised.given_up:
        found.append(f"{supervised.given_up} and is not started again")
    if state.database_error:
        found.append(f"the database cannot be written: {state.database_error}")
    return [*found, *_of_members(state)]


def _of_members(state: State) -> list[str]:
    pids, own = state.supervised.pids, state.own
    if not pids:
        return ["no member runs"]
    found = []
    for worker_id in sorted(pids):
        beat = own.get(worker_id)
        if beat is None:
            found.append(f"member {worker_id} has left no beat yet")
        elif state.at - beat.beat_at >= _SILENT:
            found.append(f"member {worker_id} has left no beat for {(state.at - beat.beat_at).total_seconds():.0f} s")
        elif beat.state == "stopped":
            found.append(f"member {worker_id} has stopped")
    refusing = {(name, word) for beat in own.values() for name, word in beat.breakers.items() if word != "closed"}
    if _NEEDED & {name for name, _ in refusing}:
        found.append(", ".join(f"the breaker of {name} is {word}" for name, word in sorted(refusing)))
    return found + _of_assignment(state)


def _of_assignment(state: State) -> list[str]:
    """Members beyond the number of partitions idle, and are ready as long as others hold them all."""
    if any(beat.partitions for beat in state.own.values()):
        return []
    alive = (beat for beat in state.beats if beat.state != "stopped" and state.at - beat.beat_at < _SILENT)
    held = {partition for beat in alive for partition in beat.partitions}
    if state.partitions is None:
        return ["no partition is assigned to a member here"]
    missing = sorted(str(partition) for partition in state.partitions if str(partition) not in held)
    if state.partitions and not missing:
        return []
    return [f"no partition is assigned to a member here, and nobody holds {', '.join(missing) or 'any'}"]


def look(database: Database, supervised: Supervised, partitions: Callable[[], Collection[Partition] | None]) -> State:
    """Return the state now; *partitions* gives those of the chain topics, or None where nobody knows them."""
    error = write_error(database)
    beats: list[Beat] = []
    try:
        with database.read() as connection:
            beats = workers.beats(connection)
    except SQLAlchemyError as failed:
        error = error or _in_words(failed)
    return State(
        at=datetime.now(UTC), supervised=supervised, beats=beats, partitions=partitions(), database_error=error
    )


def write_error(database: Database) -> str:
    """Return why the database cannot be written, or nothing; what is tried is rolled back."""
    try:
        with database.engine.connect().execution_options(chainmail_begin="IMMEDIATE") as connection:
            connection.execute(update(Ledger).values(created_at=Ledger.created_at))
            connection.rollback()
    except SQLAlchemyError as error:
        return _in_words(error)
    return ""


def _in_words(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error)
