"""The dead letters: what was given up on, where its bytes are, and what became of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select

from storage.outcomes import Coordinates, same_record
from storage.tables import DeadLetterRow


class LetterState(StrEnum):
    """What became of a dead letter: open until somebody decides."""

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


_COLUMNS = tuple(getattr(DeadLetterRow, name) for name in Letter.__dataclass_fields__)


def put(connection: Connection, letter: Letter) -> None:
    """Write a dead letter; one of the same record gives way to it, because its bytes were published again."""
    at = Coordinates(group_id=letter.group_id, topic=letter.topic, partition=letter.partition, offset=letter.offset)
    connection.execute(delete(DeadLetterRow).where(same_record(DeadLetterRow, at)))
    connection.execute(insert(DeadLetterRow), asdict(letter) | {"state": letter.state.value})


def find(connection: Connection, at: Coordinates) -> Letter | None:
    """Return the dead letter of a record, or None."""
    row = connection.execute(select(*_COLUMNS).where(same_record(DeadLetterRow, at))).first()
    return Letter(**row._asdict() | {"state": LetterState(row.state)}) if row else None
