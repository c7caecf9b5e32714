"""The dead letters: what was given up on, where its bytes are, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, func, insert, select, update

from storage.outcomes import Coordinates, same_record
from storage.tables import DeadLetterRow


class LetterState(StrEnum):
    """What became of a dead letter: open until somebody decides.

    `redriving` is written before the record is put back: a letter that a crash left there may be in its topic or
    not, so that the next redrive puts it back (once more).
    """

    OPEN = "open"
    REDRIVING = "redriving"
    REDRIVEN = "redriven"
    PARKED = "parked"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One dead letter as the database knows it; its bytes are at `letter_partition`, `letter_offset` of its topic."""

    group_id: str
    topic: str
    partition: int
    offset: int
    state: LetterState
    chain_id: str | None
    revision: int | None
    error_class: str
    error_message: str
    answer: str
    attempts: int
    analyser_id: str
    redrives: int
    letter_partition: int
    letter_offset: int
    failed_at: datetime
    changed_at: datetime

    @property
    def letter_id(self) -> str:
        """The coordinates of the source record, which are its name: `topic/partition/offset`."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def coordinates(self) -> Coordinates:
        """The key of its row."""
        return Coordinates(group_id=self.group_id, topic=self.topic, partition=self.partition, offset=self.offset)


_COLUMNS = tuple(getattr(DeadLetterRow, name) for name in Letter.__dataclass_fields__)


def put(connection: Connection, letter: Letter) -> None:
    """Write a dead letter; one of the same record gives way to it, because its bytes were published again."""
    connection.execute(delete(DeadLetterRow).where(same_record(DeadLetterRow, letter.coordinates)))
    connection.execute(insert(DeadLetterRow), asdict(letter) | {"state": letter.state.value})


def find(connection: Connection, at: Coordinates) -> Letter | None:
    """Return the dead letter of a record, or None."""
    row = connection.execute(select(*_COLUMNS).where(same_record(DeadLetterRow, at))).first()
    return Letter(**row._asdict() | {"state": LetterState(row.state)}) if row else None


def listed(
    connection: Connection,
    group_id: str,
    topics: Collection[str],
    *,
    states: Collection[LetterState] = tuple(LetterState),
    error_class: str | None = None,
) -> list[Letter]:
    """Return the dead letters of a group's *topics* in one of *states*, the one given up on first at the beginning."""
    wanted = [
        DeadLetterRow.group_id == group_id,
        DeadLetterRow.topic.in_(topics),
        DeadLetterRow.state.in_([state.value for state in states]),
    ]
    if error_class is not None:
        wanted.append(DeadLetterRow.error_class == error_class)
    order = (DeadLetterRow.failed_at, DeadLetterRow.topic, DeadLetterRow.partition, DeadLetterRow.offset)
    rows = connection.execute(select(*_COLUMNS).where(*wanted).order_by(*order))
    return [Letter(**row._asdict() | {"state": LetterState(row.state)}) for row in rows]


def counts(connection: Connection, group_id: str, topics: Collection[str]) -> Counter[LetterState]:
    """Return how many dead letters of a group's *topics* are in each state."""
    query = (
        select(DeadLetterRow.state, func.count())
        .where(DeadLetterRow.group_id == group_id, DeadLetterRow.topic.in_(topics))
        .group_by(DeadLetterRow.state)
    )
    return Counter({LetterState(state): count for state, count in connection.execute(query)})


def mark(connection: Connection, at: Coordinates, state: LetterState, *, now: datetime) -> None:
    """Note what became of a dead letter."""
    values = {"state": state.value, "changed_at": now}
    connection.execute(update(DeadLetterRow).where(same_record(DeadLetterRow, at)).values(**values))
