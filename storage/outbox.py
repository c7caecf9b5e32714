"""The outbox: what waits to be published, what is being published, and where it was acknowledged."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, insert, or_, select, update

from storage.bulk import insert_rows, rows_by
from storage.tables import ChainRow, OutboxRow

Phase = Literal["complete", "incomplete", "all"]

#: A chain that is never quiet is published all the same, after so many times the time to settle.
_LONGEST_SETTLES = 9

#: Ids in one IN list; SQLite takes 32,766, other databases fewer.
_CHUNK = 500

#: Rows that the driver hands over at once: all of a large import's, as tuples, would be 40 MB.
_AT_ONCE = 10_000

#: The partition of a row whose publishing was interrupted: nobody knows whether the record is in the topic.
_UNKNOWN = -1


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
    #: Kinds of bulk mail that are not published.
    without_bulk: tuple[str, ...] = ()
    #: A chain that changed after this waits, unless it has waited very long.
    settled_at: datetime | None = None

    def condition(self) -> ColumnElement[bool]:
        """Return the SQL condition over outbox and chain."""
        wanted: list[ColumnElement[bool]] = []
        if self.since_at is not None:
            wanted.append(ChainRow.newest_email_at >= self.since_at)
        if self.phase != "all":
            wanted.append(ChainRow.completeness == 1 if self.phase == "complete" else ChainRow.completeness < 1)
        if self.without_bulk:
            wanted.append(ChainRow.bulk.not_in(self.without_bulk))
        if self.settled_at is not None:
            long_ago = self.settled_at - _LONGEST_SETTLES * (datetime.now(UTC) - self.settled_at)
            wanted.append(or_(OutboxRow.created_at <= self.settled_at, OutboxRow.waiting_since <= long_ago))
        return or_(OutboxRow.chain_hash.is_(None), and_(*wanted) if wanted else ChainRow.chain_id.is_not(None))


#: Tombstones alone.
TOMBSTONES = Selection(since_at=datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, kw_only=True)
class Change:
    """A chain's new revision that is to be published."""

    chain_id: str
    revision: int
    chain_hash: str
    traceparent: str | None


def put(connection: Connection, changes: Sequence[Change], *, topic: str, at: datetime) -> None:
    """Let revisions wait; an older one of the chain that nobody is publishing yet need not wait any more."""
    # A first revision has none before it, and most of an import are first ones.
    waiting = _drop_waiting(connection, [change.chain_id for change in changes if change.revision > 1])
    columns = ("chain_id", "revision", "chain_hash", "traceparent", "topic", "created_at", "waiting_since")
    insert_rows(
        connection,
        OutboxRow,
        columns,
        (
            (of.chain_id, of.revision, of.chain_hash, of.traceparent, topic, at, waiting.get(of.chain_id, at))
            for of in changes
        ),
    )


def put_tombstones(
    connection: Connection, chain_id: str, *, revision: int, at: datetime, lanes: Collection[str] = ()
) -> int:
    """Let a tombstone wait for each topic that has, or may have, a record of *chain_id*; return for how many.

    Where a revision was published, each of *lanes* may have one: an interrupted redrive leaves a record without a row.
    """
    was_sent = or_(OutboxRow.claimed_at.is_not(None), OutboxRow.published_at.is_not(None), OutboxRow.partition < 0)
    of_chain = select(OutboxRow.topic).where(OutboxRow.chain_id == chain_id)
    topics = set(connection.scalars(of_chain.where(was_sent)))
    waiting = set(connection.scalars(of_chain.where(OutboxRow.chain_hash.is_(None), _is_waiting())))
    _drop_waiting(connection, [chain_id])
    wanted = ({*topics, *lanes} if topics else topics) | waiting
    for topic in sorted(wanted - waiting):
        values = {"chain_id": chain_id, "revision": revision, "topic": topic, "created_at": at, "waiting_since": at}
        connection.execute(insert(OutboxRow).values(values))
    return len(wanted)


def put_letter_tombstones(connection: Connection, letter_ids: Collection[str], *, topic: str, at: datetime) -> None:
    """Let a tombstone wait for each of these dead letters."""
    rows = [
        {"chain_id": letter_id, "revision": 0, "topic": topic, "created_at": at, "waiting_since": at}
        for letter_id in sorted(letter_ids)
    ]
    if rows:
        connection.execute(insert(OutboxRow), rows)


def last_revisions(connection: Connection, chain_ids: Sequence[str]) -> dict[str, int]:
    """Return the highest revision that any record of these chains has or had, tombstones included."""
    found: dict[str, int] = {}
    for chain_id, revision in rows_by(connection, OutboxRow, ("chain_id", "revision"), "chain_id", chain_ids):
        found[chain_id] = max(found.get(chain_id, 0), revision)
    return found


_PENDING = tuple(Pending.__dataclass_fields__)


def pending(connection: Connection, selection: Selection, *, limit: int | None = None) -> Sequence[int]:
    """Return the rows that wait and are selected: tombstones, then complete chains, then the newest first.

    Packed: hundreds of thousands of numbers would take five times the memory as objects.
    """
    query = (
        select(OutboxRow.outbox_id)
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
    return array("q", connection.scalars(query, execution_options={"yield_per": _AT_ONCE}))


def of_one_row(connection: Connection, outbox_ids: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    """Return *outbox_ids* apart, in their order: those whose chain has no other row that waits, and the others."""
    crowded = select(OutboxRow.chain_id).where(_is_waiting()).group_by(OutboxRow.chain_id).having(func.count() > 1)
    rows = select(OutboxRow.outbox_id).where(_is_waiting(), OutboxRow.chain_id.in_(crowded))
    several = set(connection.scalars(rows))
    return array("q", (one for one in outbox_ids if one not in several)), [one for one in outbox_ids if one in several]


def claim(connection: Connection, outbox_ids: Sequence[int], at: datetime) -> list[Pending]:
    """Return those of the rows that still wait, in the order given: from now on a newer revision drops them no more."""
    found: dict[int, Pending] = {}
    columns = (*_PENDING, "published_at", "claimed_at")
    for *values, published_at, claimed_at in rows_by(connection, OutboxRow, columns, "outbox_id", outbox_ids):
        if published_at is None and claimed_at is None:
            found[values[0]] = Pending(**dict(zip(_PENDING, values, strict=True)))
    rows = [{"id_of_row": outbox_id, "at": at} for outbox_id in sorted(found)]
    if rows:
        claimed = update(OutboxRow).where(OutboxRow.outbox_id == bindparam("id_of_row"))
        connection.execute(claimed.values(claimed_at=bindparam("at")), rows)
    return [found[outbox_id] for outbox_id in outbox_ids if outbox_id in found]


def count_pending(connection: Connection, selection: Selection) -> int:
    """Return how many chains wait and are selected (tombstones not counted)."""
    query = (
        select(func.count())
        .select_from(OutboxRow)
        .join(ChainRow, ChainRow.chain_id == OutboxRow.chain_id)
        .where(OutboxRow.published_at.is_(None), OutboxRow.chain_hash.is_not(None), selection.condition())
    )
    return connection.scalar(query) or 0


def has_pending(connection: Connection, selection: Selection) -> bool:
    """Tell whether anything waits that is selected, tombstones included."""
    return bool(pending(connection, selection, limit=1))


def count_bulk(connection: Connection, selection: Selection) -> int:
    """Return how many chains wait for nothing, because bulk mail of their kind is not published."""
    if not selection.without_bulk:
        return 0
    query = (
        select(func.count())
        .select_from(OutboxRow)
        .join(ChainRow, ChainRow.chain_id == OutboxRow.chain_id)
        .where(OutboxRow.published_at.is_(None), ChainRow.bulk.in_(selection.without_bulk))
    )
    return connection.scalar(query) or 0


def release_interrupted(connection: Connection) -> None:
    """After a crash: what was claimed and never acknowledged waits again, or is dropped where it is outdated."""
    interrupted = and_(OutboxRow.claimed_at.is_not(None), OutboxRow.published_at.is_(None))
    current = select(ChainRow.chain_id).where(
        ChainRow.chain_id == OutboxRow.chain_id, ChainRow.chain_hash == OutboxRow.chain_hash
    )
    outdated = and_(interrupted, OutboxRow.chain_hash.is_not(None), ~current.exists())
    connection.execute(delete(OutboxRow).where(outdated))
    connection.execute(update(OutboxRow).where(interrupted).values(claimed_at=None, partition=_UNKNOWN))


def mark_published(connection: Connection, acknowledged: Sequence[tuple[int, int, int]], at: datetime) -> None:
    """Note the broker's acknowledgements: (outbox id, partition, offset)."""
    rows = [
        {"id_of_row": outbox_id, "published_at": at, "partition": partition, "offset": offset}
        for outbox_id, partition, offset in acknowledged
    ]
    if rows:
        connection.execute(update(OutboxRow).where(OutboxRow.outbox_id == bindparam("id_of_row")), rows)


def _is_waiting() -> ColumnElement[bool]:
    return and_(OutboxRow.published_at.is_(None), OutboxRow.claimed_at.is_(None))


def _drop_waiting(connection: Connection, chain_ids: Sequence[str]) -> dict[str, datetime]:
    """Drop revisions of chains that nobody is publishing yet; return since when each chain waited.

    Tombstones stay: what comes after them may go to another topic.
    """
    since: dict[str, datetime] = {}
    dropped: list[int] = []
    columns = (OutboxRow.outbox_id, OutboxRow.chain_id, OutboxRow.waiting_since)
    for start in range(0, len(chain_ids), _CHUNK):
        chunk = chain_ids[start : start + _CHUNK]
        waiting = and_(OutboxRow.chain_id.in_(chunk), OutboxRow.chain_hash.is_not(None), _is_waiting())
        for row in connection.execute(select(*columns).where(waiting)):
            dropped.append(row.outbox_id)
            since[row.chain_id] = min(since.get(row.chain_id, row.waiting_since), row.waiting_since)
    if dropped:
        connection.execute(
            delete(OutboxRow).where(OutboxRow.outbox_id == bindparam("id_of_row")), [{"id_of_row": i} for i in dropped]
        )
    return since
