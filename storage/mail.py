"""The ledger: raw mail, emails, the nodes that join them, and the chains they make.

All functions take a connection of the caller's transaction; none commits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import zstandard
from sqlalchemy import Connection, delete, insert, select, update

from schemas.chain import Email
from storage.tables import AnalysisRow, ChainAlias, ChainRow, EmailRow, Node, RawMail

#: Ids in one IN list; SQLite takes 32,766, other databases fewer.
_CHUNK = 500


@dataclass(frozen=True, kw_only=True)
class StoredEmail:
    """The columns of an email that chains are made from."""

    email_id: str
    node: str
    refs: list[str]
    sent_at: datetime | None
    subject: str
    damaged: bool


@dataclass(frozen=True, kw_only=True)
class StoredChain:
    """The newest revision of a chain, as the table has it."""

    chain_id: str
    revision: int
    chain_hash: str
    subject: str
    newest_email_at: datetime | None
    email_count: int
    completeness: float
    missing: list[str]


_CHAIN_COLUMNS = tuple(getattr(ChainRow, name) for name in StoredChain.__dataclass_fields__)


def pack(data: bytes) -> bytes:
    """Return *data* zstd-compressed."""
    return zstandard.compress(data, 3)


def unpack(data: bytes) -> bytes:
    """Return the bytes that `pack` was given."""
    return zstandard.decompress(data)


def known_raw(connection: Connection, hashes: Collection[str]) -> dict[str, str | None]:
    """Return which raw mails are stored already, and the chain that each belongs to (None: unreadable)."""
    found: dict[str, str | None] = {}
    for chunk in _chunks(hashes):
        query = (
            select(RawMail.raw_sha256, EmailRow.chain_id)
            .outerjoin(EmailRow, EmailRow.email_id == RawMail.email_id)
            .where(RawMail.raw_sha256.in_(chunk))
        )
        found.update((row.raw_sha256, row.chain_id) for row in connection.execute(query))
    return found


def current_ids(connection: Connection, chain_ids: Collection[str]) -> set[str]:
    """Return *chain_ids* with former ids replaced by what those chains became."""
    became: dict[str, str] = {}
    for chunk in _chunks(chain_ids):
        rows = connection.execute(select(ChainAlias.alias, ChainAlias.chain_id).where(ChainAlias.alias.in_(chunk)))
        became.update((row.alias, row.chain_id) for row in rows)
    return {became.get(chain_id, chain_id) for chain_id in chain_ids}


def known_emails(connection: Connection, email_ids: Collection[str]) -> set[str]:
    """Return which emails are stored already."""
    return set(_in_chunks(connection, EmailRow.email_id, email_ids))


def add_raw(
    connection: Connection,
    *,
    raw_sha256: str,
    content: bytes,
    source: str,
    at: datetime,
    email_id: str | None,
    unreadable_reason: str | None,
) -> None:
    """Keep the bytes of one message."""
    row = {
        "raw_sha256": raw_sha256,
        "content": pack(content),
        "size_bytes": len(content),
        "source": source,
        "first_seen_at": at,
        "email_id": email_id,
        "unreadable_reason": unreadable_reason,
    }
    connection.execute(insert(RawMail), row)


def add_email(
    connection: Connection, email: Email, *, refs: Sequence[str], chain_id: str, traceparent: str | None
) -> None:
    """Store one new email as a member of *chain_id*."""
    row = {
        "email_id": email.email_id,
        "node": email.node,
        "refs": list(refs),
        "chain_id": chain_id,
        "sent_at": email.sent_at,
        "subject": email.subject,
        "damaged": bool(email.defects),
        "content": pack(email.model_dump_json(exclude_defaults=True).encode()),
        "traceparent": traceparent,
    }
    connection.execute(insert(EmailRow), row)


def chains_of_nodes(connection: Connection, nodes: Collection[str]) -> dict[str, str]:
    """Return node → chain id for those of *nodes* that are known."""
    found: dict[str, str] = {}
    for chunk in _chunks(nodes):
        rows = connection.execute(select(Node.node, Node.chain_id).where(Node.node.in_(chunk)))
        found.update((row.node, row.chain_id) for row in rows)
    return found


def emails_of_chains(connection: Connection, chain_ids: Collection[str]) -> list[tuple[str, StoredEmail]]:
    """Return (chain id, email) for all emails of *chain_ids*, without their texts."""
    columns = [getattr(EmailRow, name) for name in StoredEmail.__dataclass_fields__]
    found = []
    for chunk in _chunks(chain_ids):
        rows = connection.execute(select(EmailRow.chain_id, *columns).where(EmailRow.chain_id.in_(chunk)))
        found += [
            (chain_id, StoredEmail(**dict(zip(StoredEmail.__dataclass_fields__, rest, strict=True))))
            for chain_id, *rest in rows
        ]
    return found


def chains(connection: Connection, chain_ids: Collection[str]) -> dict[str, StoredChain]:
    """Return the stored chains of *chain_ids* (aliases are not resolved)."""
    found = {}
    for chunk in _chunks(chain_ids):
        for row in connection.execute(select(*_CHAIN_COLUMNS).where(ChainRow.chain_id.in_(chunk))):
            found[row.chain_id] = StoredChain(**row._asdict())
    return found


def texts_of_chain(connection: Connection, chain_id: str) -> list[tuple[Email, str | None]]:
    """Return the whole emails of a chain with their traceparents, in no particular order."""
    rows = connection.execute(select(EmailRow.content, EmailRow.traceparent).where(EmailRow.chain_id == chain_id))
    return [(Email.model_validate_json(unpack(row.content)), row.traceparent) for row in rows]


def save_chain(connection: Connection, chain: StoredChain, *, is_new: bool, nodes: Iterable[str]) -> None:
    """Write a chain's newest revision, and *nodes* that newly lead to it."""
    if is_new:
        connection.execute(insert(ChainRow), asdict(chain))
        connection.execute(delete(ChainAlias).where(ChainAlias.alias == chain.chain_id))
    else:
        connection.execute(update(ChainRow).where(ChainRow.chain_id == chain.chain_id).values(**asdict(chain)))
    rows = [{"node": node, "chain_id": chain.chain_id} for node in nodes]
    if rows:
        connection.execute(insert(Node), rows)


def rename_chain(connection: Connection, old: str, new: str) -> None:
    """Let everything of chain *old* belong to *new*; *old* stays as an alias."""
    for table in (EmailRow, Node, AnalysisRow, ChainAlias):
        connection.execute(update(table).where(table.chain_id == old).values(chain_id=new))
    connection.execute(delete(ChainRow).where(ChainRow.chain_id == old))
    connection.execute(delete(ChainAlias).where(ChainAlias.alias == old))
    connection.execute(insert(ChainAlias).values(alias=old, chain_id=new))


def resolve(connection: Connection, word: str) -> str | None:
    """Return the chain that *word* names: a chain id, the unambiguous start of one, an alias or a Message-ID."""
    if not word:
        return None
    alias = connection.scalar(select(ChainAlias.chain_id).where(ChainAlias.alias == word))
    node = connection.scalar(select(Node.chain_id).where(Node.node == word.strip("<> ")))
    starts = connection.scalars(
        select(ChainRow.chain_id).where(ChainRow.chain_id.startswith(word, autoescape=True)).limit(2)
    )
    found = starts.all()
    return alias or node or (found[0] if len(found) == 1 else None)


def _chunks(values: Collection[str]) -> Iterable[list[str]]:
    ordered = list(values)
    return (ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK))


def _in_chunks(connection: Connection, column: object, values: Collection[str]) -> Iterable[str]:
    for chunk in _chunks(values):
        yield from connection.scalars(select(column).where(column.in_(chunk)))  # type: ignore[attr-defined,call-overload] # a mapped column
