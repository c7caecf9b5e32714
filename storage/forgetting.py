"""Deletion in SQL: what is meant by a wish, how much that is, and how it goes.

All functions take a connection of the caller's transaction; none commits. What stays of a mail is the SHA-256 of its
bytes and its email id, so that it is not taken in again, and the coordinates of its records, so that sums add up.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    and_,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute

from storage.packing import unpack
from storage.tables import (
    AnalysisRow,
    AttemptRow,
    ChainAlias,
    ChainRow,
    DeadLetterRow,
    EmailRow,
    Forgotten,
    Node,
    OutboxRow,
    OutcomeRow,
    RawMail,
)

#: Ids in one IN list; SQLite takes 32,766, other databases fewer.
_CHUNK = 500


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A raw mail that nobody could read (`content`: its bytes)."""

    raw_sha256: str
    content: bytes


def emails_of_chain(connection: Connection, chain_id: str) -> dict[str, str]:
    """Return email id → chain id for the emails of a chain."""
    return _pairs(connection, EmailRow.chain_id == chain_id)


def emails_with(connection: Connection, address: str) -> dict[str, str]:
    """Return email id → chain id for all emails that *address* (lower case) has sent or received."""
    people = cast(EmailRow.people, Text)
    # JSON may have letters beyond ASCII escaped or as they are.
    written = [json.dumps(address, ensure_ascii=escaped)[1:-1] for escaped in (True, False)]
    query = select(EmailRow.email_id, EmailRow.chain_id, EmailRow.people).where(
        or_(*(people.contains(form, autoescape=True) for form in written))
    )
    return {row.email_id: row.chain_id for row in connection.execute(query) if address in row.people}


def emails_before(connection: Connection, before: datetime) -> dict[str, str]:
    """Return email id → chain id for the emails of chains that have none of *before* or later.

    An email whose time nobody knows, or that claims to come from the future, is as old as its finding.
    """
    found_since = (
        select(EmailRow.chain_id)
        .join(RawMail, RawMail.email_id == EmailRow.email_id)
        .where(or_(EmailRow.sent_at.is_(None), EmailRow.ahead), RawMail.first_seen_at >= before)
    )
    old = select(ChainRow.chain_id).where(
        or_(ChainRow.newest_email_at < before, ChainRow.newest_email_at.is_(None)),
        ChainRow.chain_id.not_in(found_since),
    )
    return _pairs(connection, EmailRow.chain_id.in_(old))


def unread(connection: Connection) -> Iterator[Unread]:
    """Yield the raw mails that nobody could read."""
    for row in connection.execute(select(RawMail.raw_sha256, RawMail.content).where(RawMail.email_id.is_(None))):
        yield Unread(raw_sha256=row.raw_sha256, content=unpack(row.content))


def unread_before(connection: Connection, before: datetime) -> set[str]:
    """Return the hashes of raw mails that nobody could read and that arrived before *before*."""
    at = func.coalesce(RawMail.arrived_at, RawMail.first_seen_at)
    return set(connection.scalars(select(RawMail.raw_sha256).where(RawMail.email_id.is_(None), at < before)))


def was_published(connection: Connection, chain_id: str) -> bool:
    """Tell whether there ever was a record of the chain *chain_id*."""
    return connection.scalar(select(OutboxRow.outbox_id).where(OutboxRow.chain_id == chain_id).limit(1)) is not None


def with_aliases(connection: Connection, chain_ids: Collection[str]) -> dict[str, list[str]]:
    """Return chain id → this id and all former ones of the chain."""
    found = {chain_id: [chain_id] for chain_id in chain_ids}
    for chunk in _chunks(chain_ids):
        rows = connection.execute(select(ChainAlias.chain_id, ChainAlias.alias).where(ChainAlias.chain_id.in_(chunk)))
        for chain_id, alias in rows:
            found[chain_id].append(alias)
    return found


def raws_of(connection: Connection, email_ids: Collection[str]) -> list[tuple[str, str]]:
    """Return (hash, source's name) of the raw mails of these emails."""
    return _raws(connection, RawMail.email_id, email_ids)


def sources_of(connection: Connection, raw_hashes: Collection[str]) -> list[tuple[str, str]]:
    """Return (hash, source's name) of these raw mails."""
    return _raws(connection, RawMail.raw_sha256, raw_hashes)


def count_analyses(connection: Connection, chain_ids: Collection[str]) -> int:
    """Return how many analyses these chains have."""
    return sum(
        connection.scalar(select(func.count()).select_from(AnalysisRow).where(AnalysisRow.chain_id.in_(chunk))) or 0
        for chunk in _chunks(chain_ids)
    )


def letters_of(connection: Connection, chain_ids: Collection[str]) -> set[str]:
    """Return the ids (`topic/partition/offset`) of the dead letters of these chains."""
    where = (DeadLetterRow.topic, DeadLetterRow.partition, DeadLetterRow.offset)
    return {
        f"{topic}/{partition}/{offset}"
        for chunk in _chunks(chain_ids)
        for topic, partition, offset in connection.execute(select(*where).where(DeadLetterRow.chain_id.in_(chunk)))
    }


def tried_of(connection: Connection, chain_ids: Collection[str]) -> set[str]:
    """Return the records (`topic/partition/offset`) of these chains whose last try has no outcome.

    A crash may have left a dead letter of such a record that no row tells of.
    """
    where = (AttemptRow.topic, AttemptRow.partition, AttemptRow.offset)
    ended = and_(*_same_record(OutcomeRow), OutcomeRow.group_id == AttemptRow.group_id)
    return {
        f"{topic}/{partition}/{offset}"
        for chunk in _chunks(chain_ids)
        for topic, partition, offset in connection.execute(
            select(*where).where(_is_record_of(chunk), ~select(OutcomeRow.kind).where(ended).exists())
        )
    }


def records_of(connection: Connection, chain_ids: Collection[str]) -> set[str]:
    """Return the coordinates (`topic/partition/offset`) of all that was published of these chains."""
    where = (OutboxRow.topic, OutboxRow.partition, OutboxRow.offset)
    return {
        f"{topic}/{partition}/{offset}"
        for chunk in _chunks(chain_ids)
        for topic, partition, offset in connection.execute(select(*where).where(OutboxRow.chain_id.in_(chunk)))
    }


def delete_results(connection: Connection, chain_ids: Collection[str]) -> None:
    """Delete what was said about these chains: analyses, dead letters, the reasons and errors of their records."""
    for chunk in _chunks(chain_ids):
        connection.execute(delete(AnalysisRow).where(AnalysisRow.chain_id.in_(chunk)))
        connection.execute(delete(DeadLetterRow).where(DeadLetterRow.chain_id.in_(chunk)))
        said = and_(OutcomeRow.chain_id.in_(chunk), OutcomeRow.reason.is_not(None))
        connection.execute(update(OutcomeRow).where(said).values(reason=None))
        failed = and_(AttemptRow.last_error.is_not(None), _is_record_of(chunk))
        connection.execute(update(AttemptRow).where(failed).values(last_error=None))


def delete_mail(connection: Connection, email_ids: Collection[str], raw_hashes: Collection[str], at: datetime) -> None:
    """Delete emails and raw mails; keep their hashes, so that they are not taken in again."""
    hashes = {*email_ids, *raw_hashes}
    for chunk in _chunks(hashes):
        known = set(connection.scalars(select(Forgotten.hash).where(Forgotten.hash.in_(chunk))))
        rows = [{"hash": each, "forgotten_at": at} for each in chunk if each not in known]
        if rows:
            connection.execute(insert(Forgotten), rows)
    for table, column, values in (
        (RawMail, RawMail.raw_sha256, raw_hashes),
        (EmailRow, EmailRow.email_id, email_ids),
    ):
        for chunk in _chunks(values):
            connection.execute(delete(table).where(column.in_(chunk)))


def delete_chains(connection: Connection, chain_ids: Collection[str]) -> None:
    """Delete chains without emails, with their nodes and former ids."""
    for chunk in _chunks(chain_ids):
        for table in (ChainRow, ChainAlias, Node):
            connection.execute(delete(table).where(table.chain_id.in_(chunk)))


def nodes_of(connection: Connection, chain_ids: Collection[str]) -> dict[str, str]:
    """Return node → chain id for all nodes of these chains."""
    found: dict[str, str] = {}
    for chunk in _chunks(chain_ids):
        rows = connection.execute(select(Node.node, Node.chain_id).where(Node.chain_id.in_(chunk)))
        found.update((node, chain_id) for node, chain_id in rows)
    return found


def delete_nodes(connection: Connection, nodes: Collection[str]) -> None:
    """Delete nodes that no email refers to."""
    for chunk in _chunks(nodes):
        connection.execute(delete(Node).where(Node.node.in_(chunk)))


def topics_with_tombstones(connection: Connection) -> set[str]:
    """Return the topics in which something was ever deleted."""
    deleted = and_(OutboxRow.chain_hash.is_(None), OutboxRow.published_at.is_not(None))
    return set(connection.scalars(select(OutboxRow.topic).where(deleted).distinct()))


def unsealed(connection: Connection, topic: str, *, closed_after_s: float, now: datetime) -> list[int]:
    """Return the partitions of *topic* where a tombstone is so old that the next record closes its segment.

    Until that is written, Kafka cleans nothing up to the tombstone, however long ago it was.
    """
    here = and_(OutboxRow.topic == topic, OutboxRow.published_at.is_not(None))
    last = (
        select(OutboxRow.partition, func.max(OutboxRow.published_at))
        .where(here, OutboxRow.chain_hash.is_(None))
        .group_by(OutboxRow.partition)
    )
    found: list[int] = []
    for partition, published_at in connection.execute(last):
        if partition is None or published_at is None:
            continue
        closes_at = published_at + timedelta(seconds=closed_after_s)
        later = select(OutboxRow.outbox_id).where(
            here, OutboxRow.partition == partition, OutboxRow.published_at > closes_at
        )
        if closes_at < now and connection.scalar(later.limit(1)) is None:
            found.append(partition)
    return sorted(found)


def note_seal(connection: Connection, topic: str, acknowledged: tuple[int, int], at: datetime) -> None:
    """Note a record of nobody's, which was written to close a segment, by its (partition, offset)."""
    partition, offset = acknowledged
    row = {"chain_id": "", "revision": 0, "chain_hash": "", "topic": topic, "partition": partition, "offset": offset}
    times = dict.fromkeys(("created_at", "waiting_since", "claimed_at", "published_at"), at)
    connection.execute(insert(OutboxRow), row | times)


def _pairs(connection: Connection, wanted: ColumnElement[bool]) -> dict[str, str]:
    rows = connection.execute(select(EmailRow.email_id, EmailRow.chain_id).where(wanted))
    return {row.email_id: row.chain_id for row in rows}


def _raws(
    connection: Connection, column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], ids: Collection[str]
) -> list[tuple[str, str]]:
    return [
        (row.raw_sha256, row.source)
        for chunk in _chunks(ids)
        for row in connection.execute(select(RawMail.raw_sha256, RawMail.source).where(column.in_(chunk)))
    ]


def _is_record_of(chain_ids: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition for attempts on records of these chains."""
    ours = and_(OutboxRow.chain_id.in_(chain_ids), *_same_record(OutboxRow))
    return select(OutboxRow.outbox_id).where(ours).exists()


def _same_record(table: type[OutboxRow | OutcomeRow]) -> Iterable[ColumnElement[bool]]:
    """Return what makes a row of *table* tell of the record of an attempt."""
    names: Mapping[str, InstrumentedAttribute[object]] = {
        "topic": AttemptRow.topic,
        "partition": AttemptRow.partition,
        "offset": AttemptRow.offset,
    }
    return (getattr(table, name) == column for name, column in names.items())


def _chunks(values: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(values)
    return (ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK))
