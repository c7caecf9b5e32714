"""What rebuilding reads of the ledger: stored emails with the bytes that they were read from, and all nodes of chains.

All functions take a connection of the caller's transaction; none commits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from schemas.member import Member
from storage import mail
from storage.tables import EmailRow, Node, RawMail

#: Ids in one IN list; SQLite takes 32,766, other databases fewer.
_CHUNK = 500


@dataclass(frozen=True, kw_only=True)
class Copy:
    """A raw mail: its bytes (packed), and what its container said."""

    raw_sha256: str
    content: bytes
    arrived_at: datetime | None
    labels: tuple[str, ...]
    thread_keys: tuple[str, ...]


_COPY = tuple(getattr(RawMail, name) for name in Copy.__dataclass_fields__)


@dataclass(frozen=True, kw_only=True)
class StoredEmail:
    """An email as it was read once (`content`: its JSON, packed), and its copies, the one that came first in front."""

    chain_id: str
    member: Member
    content: bytes
    copies: tuple[Copy, ...]


def count_emails(connection: Connection) -> int:
    """Return how many emails are stored."""
    return connection.scalar(select(func.count()).select_from(EmailRow)) or 0


def emails_after(connection: Connection, email_id: str, *, limit: int, max_bytes: int) -> list[StoredEmail]:
    """Return the emails behind *email_id* in the order of ids: up to *limit*, and about *max_bytes* of raw mail."""
    email_ids = _ids_after(connection, email_id, limit, max_bytes)
    copies = _copies(connection, email_ids)
    contents = dict(
        connection.execute(select(EmailRow.email_id, EmailRow.content).where(EmailRow.email_id.in_(email_ids))).all()
    )
    found = mail.members_of_emails(connection, email_ids)
    return [
        StoredEmail(
            chain_id=chain_id,
            member=member,
            content=contents[member.email_id],
            copies=tuple(copies.get(member.email_id, ())),
        )
        for chain_id, member in sorted(found, key=lambda each: each[1].email_id)
    ]


def _ids_after(connection: Connection, email_id: str, limit: int, max_bytes: int) -> list[str]:
    query = (
        select(EmailRow.email_id, func.coalesce(func.sum(RawMail.size_bytes), 0))
        .outerjoin(RawMail, RawMail.email_id == EmailRow.email_id)
        .where(EmailRow.email_id > email_id)
        .group_by(EmailRow.email_id)
        .order_by(EmailRow.email_id)
        .limit(limit)
    )
    found: list[str] = []
    total_bytes = 0
    for each, size_bytes in connection.execute(query):
        total_bytes += size_bytes
        if found and total_bytes > max_bytes:
            break
        found.append(each)
    return found


def _copies(connection: Connection, email_ids: Sequence[str]) -> dict[str, list[Copy]]:
    found: dict[str, list[Copy]] = {}
    order = (RawMail.first_seen_at, RawMail.raw_sha256)
    query = select(RawMail.email_id, *_COPY).where(RawMail.email_id.in_(email_ids)).order_by(*order)
    for email_id, *values in connection.execute(query):
        found.setdefault(email_id, []).append(_copy(values))
    return found


def _copy(values: Sequence[Any]) -> Copy:
    raw_sha256, content, arrived_at, labels, thread_keys = values
    return Copy(
        raw_sha256=raw_sha256,
        content=content,
        arrived_at=arrived_at,
        labels=tuple(labels),
        thread_keys=tuple(thread_keys),
    )


def unreadable(connection: Connection) -> list[str]:
    """Return the hashes of the raw mails in which nothing could be read."""
    query = select(RawMail.raw_sha256).where(RawMail.email_id.is_(None)).order_by(RawMail.raw_sha256)
    return list(connection.scalars(query))


def raw_mail(connection: Connection, raw_sha256: str) -> Copy | None:
    """Return a raw mail, or None where it is gone."""
    row = connection.execute(select(*_COPY).where(RawMail.raw_sha256 == raw_sha256)).first()
    return _copy(row) if row is not None else None


def was_read(connection: Connection, raw_sha256: str, email_id: str) -> None:
    """Say that a raw mail which could not be read is an email after all."""
    values = {"email_id": email_id, "unreadable_reason": None}
    connection.execute(update(RawMail).where(RawMail.raw_sha256 == raw_sha256).values(values))


def keep_nodes(connection: Connection, chain_ids: Collection[str], nodes: Collection[str]) -> int:
    """Drop the nodes that lead to *chain_ids* and are none of *nodes*; return how many."""
    gone = [node for node in _nodes(connection, chain_ids) if node not in nodes]
    if gone:
        connection.execute(
            delete(Node).where(Node.node == bindparam("the_node")), [{"the_node": node} for node in gone]
        )
    return len(gone)


def _nodes(connection: Connection, chain_ids: Collection[str]) -> Iterable[str]:
    ordered = list(chain_ids)
    for start in range(0, len(ordered), _CHUNK):
        yield from connection.scalars(select(Node.node).where(Node.chain_id.in_(ordered[start : start + _CHUNK])))
