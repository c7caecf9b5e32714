"""The outbox: what waits to be published, what is being published, and where it was acknowledged."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from storage.tables import ChainRow, OutboxRow

Phase = Literal["complete", "incomplete", "all"]


@dataclass(frozen=True, kw_only=True)
class Pending:
    """One revision, or (without a hash) one tombstone, that waits."""

    outbox_id: int
    chain_id: str
    revision: int
    chain_hash: str | None
    topic: str
    traceparent: str | None


@dataclass(frozen=True)
class Selection:
    """Which of the waiting chains to publish; tombstones always are."""

    since_at: datetime | None = None
    phase: Phase = "all"

    def condition(self) -> ColumnElement[bool]:
        """Return the SQL condition over outbox and chain."""
        wanted: list[ColumnElement[bool]] = []
        if self.since_at is not None:
            wanted.append(ChainRow.newest_email_at >= self.since_at)
        if self.phase != "all":
            wanted.append(ChainRow.completeness == 1 if self.phase == "complete" else ChainRow.completeness < 1)
        return or_(OutboxRow.chain_hash.is_(None), and_(*wanted) if wanted else ChainRow.chain_id.is_not(None))


def put(
    connection: Connection,
    *,
    chain_id: str,
    revision: int,
    chain_hash: str,
    topic: str,
    at: datetime,
    traceparent: str | None,
) -> None:
    """Let a revision wait; an older one of the chain that nobody is publishing yet need not wait any more."""
    _drop_waiting(connection, chain_id)
    row = {
        "chain_id": chain_id,
        "revision": revision,
        "chain_hash": chain_hash,
        "topic": topic,
        "created_at": at,
        "traceparent": traceparent,
    }
    connection.execute(insert(OutboxRow), row)


def put_tombstones(connection: Connection, chain_id: str, *, revision: int, at: datetime) -> None:
    """Let a tombstone wait for each topic that has, or may have, a record of *chain_id*."""
    _drop_waiting(connection, chain_id)
    topics = connection.scalars(select(OutboxRow.topic).where(OutboxRow.chain_id == chain_id).distinct()).all()
    for topic in topics:
        connection.execute(insert(OutboxRow).values(chain_id=chain_id, revision=revision, topic=topic, created_at=at))


def pending(connection: Connection, selection: Selection, *, limit: int) -> list[Pending]:
    """Return what waits and is selected: tombstones, then complete chains, then the newest, oldest revision first.

    Revisions whose publishing was interrupted wait again, unless a newer one exists by now.
    """
    columns = [getattr(OutboxRow, name) for name in Pending.__dataclass_fields__]
    query = (
        select(*columns)
        .outerjoin(ChainRow, ChainRow.chain_id == OutboxRow.chain_id)
        .where(OutboxRow.published_at.is_(None), OutboxRow.claimed_at.is_(None), selection.condition())
        .order_by(
            OutboxRow.chain_hash.is_not(None),
            (ChainRow.completeness < 1),
            ChainRow.newest_email_at.desc().nulls_last(),
            OutboxRow.outbox_id,
        )
        .limit(limit)
    )
    return [Pending(**row._asdict()) for row in connection.execute(query)]


def count_pending(connection: Connection, selection: Selection) -> int:
    """Return how many chains wait and are selected (tombstones not counted)."""
    query = (
        select(func.count())
        .select_from(OutboxRow)
        .join(ChainRow, ChainRow.chain_id == OutboxRow.chain_id)
        .where(OutboxRow.published_at.is_(None), OutboxRow.chain_hash.is_not(None), selection.condition())
    )
    return connection.scalar(query) or 0


def claim(connection: Connection, outbox_ids: Collection[int], at: datetime) -> None:
    """Say that these rows are being published now: a newer revision no longer drops them."""
    connection.execute(update(OutboxRow).where(OutboxRow.outbox_id.in_(outbox_ids)).values(claimed_at=at))


def release_interrupted(connection: Connection) -> None:
    """After a crash: what was claimed and never acknowledged waits again, or is dropped where it is outdated."""
    interrupted = and_(OutboxRow.claimed_at.is_not(None), OutboxRow.published_at.is_(None))
    current = select(ChainRow.chain_id).where(
        ChainRow.chain_id == OutboxRow.chain_id, ChainRow.chain_hash == OutboxRow.chain_hash
    )
    outdated = and_(interrupted, OutboxRow.chain_hash.is_not(None), ~current.exists())
    connection.execute(delete(OutboxRow).where(outdated))
    connection.execute(update(OutboxRow).where(interrupted).values(claimed_at=None))


def mark_published(connection: Connection, acknowledged: Sequence[tuple[int, int, int]], at: datetime) -> None:
    """Note the broker's acknowledgements: (outbox id, partition, offset)."""
    for outbox_id, partition, offset in acknowledged:
        values = {"published_at": at, "partition": partition, "offset": offset}
        connection.execute(update(OutboxRow).where(OutboxRow.outbox_id == outbox_id).values(**values))


def _drop_waiting(connection: Connection, chain_id: str) -> None:
    waiting = and_(OutboxRow.published_at.is_(None), OutboxRow.claimed_at.is_(None))
    connection.execute(delete(OutboxRow).where(OutboxRow.chain_id == chain_id, waiting))
