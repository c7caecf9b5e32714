"""How records ended, and how often each was tried; one outcome row a group and record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute, aliased

from storage.tables import AttemptRow, DeadLetterRow, OutboxRow, OutcomeRow


class OutcomeKind(StrEnum):
    """How a record ended."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    DEAD_LETTERED = "dead_lettered"
    DELETED = "deleted"


@dataclass(frozen=True, kw_only=True)
class Coordinates:
    """Which record, for which group."""

    group_id: str
    topic: str
    partition: int
    offset: int

    @property
    def params(self) -> dict[str, str | int]:
        """What the statements of this module want, which name it apart from the columns that they write."""
        return {f"of_{name}": value for name, value in vars(self).items()}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a record ended, and what for."""

    kind: OutcomeKind
    chain_id: str | None = None
    revision: int | None = None
    analysis_id: int | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Tried:
    """How often a record was tried, and how many of these tries killed their process."""

    attempts: int
    kills: int = 0


def same_record(table: type[OutcomeRow | AttemptRow | DeadLetterRow], at: Coordinates) -> ColumnElement[bool]:
    """Return the condition for the row of one record."""
    return and_(*(column == getattr(at, column.key) for column in _key_of(table)))


def _same(table: type[OutcomeRow | AttemptRow]) -> ColumnElement[bool]:
    """Return the same condition for any record: `Coordinates.params` names it."""
    return and_(*(column == bindparam(f"of_{column.key}", type_=column.type) for column in _key_of(table)))


def _key_of(table: type[OutcomeRow | AttemptRow | DeadLetterRow]) -> tuple[InstrumentedAttribute[Any], ...]:
    return (table.group_id, table.topic, table.partition, table.offset)


# Built once: to put a statement together takes longer than to run it.
_KIND = select(OutcomeRow.kind).where(_same(OutcomeRow))
_ADD = insert(OutcomeRow)
_TRIED = select(AttemptRow.attempts, AttemptRow.is_open, AttemptRow.kills).where(_same(AttemptRow))
_ATTEMPT = update(AttemptRow).where(_same(AttemptRow))


def add(connection: Connection, at: Coordinates, outcome: Outcome, *, ended_at: datetime) -> bool:
    """Write the outcome of a record; False (and nothing written) where it has one already."""
    if kind_of(connection, at) is not None:
        return False
    row = {**vars(at), **vars(outcome), "kind": outcome.kind.value, "ended_at": ended_at}
    connection.execute(_ADD, row)
    return True


def kind_of(connection: Connection, at: Coordinates) -> OutcomeKind | None:
    """Return how a record ended, or None where it has not."""
    found: str | None = connection.scalar(_KIND, at.params)
    return OutcomeKind(found) if found is not None else None


def begin_attempt(connection: Connection, at: Coordinates, *, now: datetime) -> Tried:
    """Write down that a record is about to be tried; return how often it was, this time included.

    A try that was begun before and never ended has killed its process.
    """
    before = connection.execute(_TRIED, at.params).first()
    if before is None:
        tried = Tried(attempts=1)
        row = {**vars(at), **vars(tried), "is_open": True, "model_calls": 0, "first_at": now, "last_at": now}
        connection.execute(insert(AttemptRow), row)
        return tried
    tried = Tried(attempts=before.attempts + 1, kills=before.kills + before.is_open)
    connection.execute(_ATTEMPT.values(**vars(tried), is_open=True, last_at=now), at.params)
    return tried


def attempts_of(connection: Connection, at: Coordinates) -> int:
    """Return how often a record was tried so far."""
    return connection.scalar(_TRIED, at.params) or 0


def end_attempt(connection: Connection, at: Coordinates, *, counts: bool, error: str | None) -> None:
    """Note how an attempt ended; one that a dependency refused is taken back."""
    values = {"last_error": error, "is_open": False, "attempts": AttemptRow.attempts - (0 if counts else 1)}
    connection.execute(_ATTEMPT.values(**values), at.params)


def close_attempt(connection: Connection, at: Coordinates, *, calls: int) -> None:
    """Note that the attempt ended in a result, and the model calls that it took."""
    values = {"is_open": False, "model_calls": AttemptRow.model_calls + calls}
    connection.execute(_ATTEMPT.values(**values), at.params)


def suspects(connection: Connection, group_id: str, topic: str, partition: int) -> list[int]:
    """Return the offsets of a partition whose last attempt never ended: their process was killed meanwhile."""
    ended = and_(
        OutcomeRow.group_id == AttemptRow.group_id,
        OutcomeRow.topic == AttemptRow.topic,
        OutcomeRow.partition == AttemptRow.partition,
        OutcomeRow.offset == AttemptRow.offset,
    )
    query = select(AttemptRow.offset).where(
        AttemptRow.group_id == group_id,
        AttemptRow.topic == topic,
        AttemptRow.partition == partition,
        AttemptRow.is_open,
        ~select(OutcomeRow.kind).where(ended).exists(),
    )
    return list(connection.scalars(query))


def dead_letters_in_a_row(connection: Connection, group_id: str, *, limit: int) -> int:
    """Return how many of the group's last analyses ended as dead letters since one was stored, up to *limit*."""
    kinds = [OutcomeKind.STORED.value, OutcomeKind.DEAD_LETTERED.value]
    query = (
        select(OutcomeRow.kind)
        .where(OutcomeRow.group_id == group_id, OutcomeRow.kind.in_(kinds))
        .order_by(OutcomeRow.ended_at.desc())
        .limit(limit)
    )
    last = list(connection.scalars(query))
    return next((number for number, kind in enumerate(last) if kind == OutcomeKind.STORED.value), len(last))


def first_unfinished(connection: Connection, group_id: str, topic: str, partition: int) -> int | None:
    """Return the lowest published offset of a partition that wants an outcome and has none, or None."""
    query = select(func.min(OutboxRow.offset)).where(
        OutboxRow.topic == topic, OutboxRow.partition == partition, unfinished(group_id)
    )
    return connection.scalar(query)


def unfinished(group_id: str) -> ColumnElement[bool]:
    """Return the condition for outbox rows that are published, current, and have no outcome in *group_id*."""
    return and_(_without_outcome(group_id), ~_outdated())


def outdated(group_id: str) -> ColumnElement[bool]:
    """Return the condition for published outbox rows without an outcome that need none any more.

    A newer revision is published: whoever reads the record notes it as superseded, and nobody may ever
    read it, because compaction takes it.
    """
    return and_(_without_outcome(group_id), _outdated())


def _outdated() -> ColumnElement[bool]:
    newer = aliased(OutboxRow)
    later = and_(
        newer.chain_id == OutboxRow.chain_id, newer.revision > OutboxRow.revision, newer.published_at.is_not(None)
    )
    return select(newer.outbox_id).where(later).exists()


def _without_outcome(group_id: str) -> ColumnElement[bool]:
    same = and_(
        OutcomeRow.group_id == group_id,
        OutcomeRow.topic == OutboxRow.topic,
        OutcomeRow.partition == OutboxRow.partition,
        OutcomeRow.offset == OutboxRow.offset,
    )
    return and_(OutboxRow.published_at.is_not(None), ~select(OutcomeRow.kind).where(same).exists())
