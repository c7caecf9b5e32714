"""The ledger: raw mail, emails, the nodes that join them, and the chains they make.

All functions take a connection of the caller's transaction; none commits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from schemas.chain import Email
from schemas.member import Member, order_of
from storage.bulk import insert_rows, rows_by
from storage.packing import unpack
from storage.tables import AnalysisRow, ChainAlias, ChainRow, EmailRow, Forgotten, Node, RawMail

#: Ids in one IN list; SQLite takes 32,766, other databases fewer.
_CHUNK = 500


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
    bulk: str = ""
    subject_joins: list[str] = field(default_factory=list)


_MEMBER_LISTS = ("refs", "people", "thread_keys")
_MEMBER_COLUMNS = tuple(each.name for each in fields(Member) if each.name not in _MEMBER_LISTS)
_CHAIN_COLUMNS = tuple(StoredChain.__dataclass_fields__)


def known_raw(connection: Connection, hashes: Collection[str]) -> dict[str, str | None]:
    """Return which raw mails are stored already, and the chain that each belongs to (None: unreadable)."""
    emails = dict(rows_by(connection, RawMail, ("raw_sha256", "email_id"), "raw_sha256", hashes))
    chain_of = chains_of_emails(connection, {email_id for email_id in emails.values() if email_id})
    return {raw_sha256: chain_of.get(email_id) for raw_sha256, email_id in emails.items()}


def current_ids(connection: Connection, chain_ids: Collection[str]) -> set[str]:
    """Return *chain_ids* with former ids replaced by what those chains became."""
    current = set(chain_ids)
    make_current(connection, current)
    return current


def make_current(connection: Connection, chain_ids: set[str]) -> None:
    """Replace former ids in *chain_ids* by what those chains became, in place: they may be hundreds of thousands."""
    became: dict[str, str] = dict(rows_by(connection, ChainAlias, ("alias", "chain_id"), "alias", chain_ids))
    chain_ids.difference_update(became)
    chain_ids.update(became.values())


def aliases_of(connection: Connection, chain_id: str) -> list[str]:
    """Return the former ids of a chain, sorted."""
    query = select(ChainAlias.alias).where(ChainAlias.chain_id == chain_id).order_by(ChainAlias.alias)
    return list(connection.scalars(query))


def chains_of_emails(connection: Connection, email_ids: Collection[str]) -> dict[str, str | None]:
    """Return email id → chain id for those of *email_ids* that are stored."""
    return dict(rows_by(connection, EmailRow, ("email_id", "chain_id"), "email_id", email_ids))


@dataclass(frozen=True, kw_only=True)
class NewRaw:
    """A message's bytes (`content` packed) with what its container said of them."""

    raw_sha256: str
    content: bytes
    size_bytes: int
    source: str
    arrived_at: datetime | None
    labels: Sequence[str]
    thread_keys: Sequence[str]
    email_id: str | None
    unreadable_reason: str | None


@dataclass(frozen=True, kw_only=True)
class NewEmail:
    """An email (`content`: its JSON, packed), what joins it, and the trace that its ingest began."""

    member: Member
    content: bytes
    chain_id: str
    traceparent: str | None


_RAW_COLUMNS = tuple(NewRaw.__dataclass_fields__)
_raw_values = attrgetter(*_RAW_COLUMNS)
_member_values = attrgetter(*_MEMBER_COLUMNS, *_MEMBER_LISTS)
_chain_values = attrgetter(*StoredChain.__dataclass_fields__)


def add_raws(connection: Connection, raws: Sequence[NewRaw], at: datetime) -> None:
    """Keep the bytes of messages."""
    insert_rows(connection, RawMail, (*_RAW_COLUMNS, "first_seen_at"), ((*_raw_values(raw), at) for raw in raws))


def add_emails(connection: Connection, emails: Sequence[NewEmail]) -> None:
    """Store new emails as members of their chains."""
    columns = (*_MEMBER_COLUMNS, *_MEMBER_LISTS, "content", "chain_id", "traceparent")
    rows = ((*_member_values(email.member), email.content, email.chain_id, email.traceparent) for email in emails)
    insert_rows(connection, EmailRow, columns, rows)


def rewrite_members(connection: Connection, members: Sequence[Member]) -> None:
    """Write what joins stored emails anew."""
    _rewrite(connection, [_columns_of(member) for member in members])


def rewrite_emails(connection: Connection, emails: Sequence[tuple[Member, bytes]]) -> None:
    """Write stored emails anew: what joins them, and their JSON (packed)."""
    _rewrite(connection, [{**_columns_of(member), "content": content} for member, content in emails])


def _rewrite(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        values: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "email_id"}
        connection.execute(
            update(EmailRow).where(EmailRow.email_id == bindparam("the_email")).values(values),
            [{**row, "the_email": row["email_id"]} for row in rows],
        )


def _columns_of(member: Member) -> dict[str, Any]:
    columns: dict[str, Any] = {name: getattr(member, name) for name in _MEMBER_COLUMNS}
    return columns | {name: list(getattr(member, name)) for name in _MEMBER_LISTS}


def chains_of_nodes(connection: Connection, nodes: Collection[str]) -> dict[str, str]:
    """Return node → chain id for those of *nodes* that are known."""
    return dict(rows_by(connection, Node, ("node", "chain_id"), "node", nodes))


def members_of_chains(connection: Connection, chain_ids: Collection[str]) -> list[tuple[str, Member]]:
    """Return (chain id, member) for all emails of *chain_ids*."""
    return _members(connection, "chain_id", chain_ids)


def members_of_emails(connection: Connection, email_ids: Collection[str]) -> list[tuple[str, Member]]:
    """Return (chain id, member) for those of *email_ids* that are stored."""
    return _members(connection, "email_id", email_ids)


def _members(connection: Connection, key: str, keys: Collection[str]) -> list[tuple[str, Member]]:
    columns = ("chain_id", *_MEMBER_COLUMNS, *_MEMBER_LISTS)
    rows = rows_by(connection, EmailRow, columns, key, keys)
    return [(chain_id, _member(values)) for chain_id, *values in rows]


def _member(values: Sequence[Any]) -> Member:
    plain, lists = values[: len(_MEMBER_COLUMNS)], values[len(_MEMBER_COLUMNS) :]
    found: dict[str, Any] = dict(zip(_MEMBER_COLUMNS, plain, strict=True))
    found |= {name: tuple(value) for name, value in zip(_MEMBER_LISTS, lists, strict=True)}
    return Member(**found)


def chains(connection: Connection, chain_ids: Collection[str]) -> dict[str, StoredChain]:
    """Return the stored chains of *chain_ids* (aliases are not resolved)."""
    rows = rows_by(connection, ChainRow, _CHAIN_COLUMNS, "chain_id", chain_ids)
    return {row[0]: StoredChain(**dict(zip(_CHAIN_COLUMNS, row, strict=True))) for row in rows}


@dataclass(frozen=True, kw_only=True)
class PackedEmail:
    """A stored email as it goes on the wire: its JSON, the trace of its ingest, and where it stands in its chain."""

    content: bytes
    traceparent: str | None
    order: tuple[datetime, str]


def packed_emails(connection: Connection, chain_ids: Collection[str]) -> dict[str, list[PackedEmail]]:
    """Return chain id → its emails, oldest first."""
    columns = ("chain_id", "email_id", "sent_at", "dated", "content", "traceparent")
    found: dict[str, list[PackedEmail]] = {}
    rows = rows_by(connection, EmailRow, columns, "chain_id", chain_ids)
    for chain_id, email_id, sent_at, dated, content, traceparent in rows:
        order = order_of(email_id, sent_at, dated=dated)
        packed = PackedEmail(content=unpack(content), traceparent=traceparent, order=order)
        found.setdefault(chain_id, []).append(packed)
    for emails in found.values():
        emails.sort(key=lambda email: email.order)
    return found


def emails_of_chain(connection: Connection, chain_id: str) -> list[Email]:
    """Return the whole emails of a chain, oldest first."""
    packed = packed_emails(connection, [chain_id]).get(chain_id, ())
    return [Email.model_validate_json(email.content) for email in packed]


def save_chains(connection: Connection, new: Sequence[StoredChain], changed: Sequence[StoredChain]) -> None:
    """Write the newest revisions of *new* chains and of *changed* ones."""
    if new:
        insert_rows(connection, ChainRow, _CHAIN_COLUMNS, map(_chain_values, new))
        back = rows_by(connection, ChainAlias, ("alias",), "alias", [chain.chain_id for chain in new])
        for (alias,) in list(back):
            connection.execute(delete(ChainAlias).where(ChainAlias.alias == alias))
    if changed:
        values: dict[str, Any] = {
            name: bindparam(name) for name in StoredChain.__dataclass_fields__ if name != "chain_id"
        }
        rows = [{**vars(chain), "id_of_chain": chain.chain_id} for chain in changed]
        connection.execute(
            update(ChainRow).where(ChainRow.chain_id == bindparam("id_of_chain")).values(values),
            rows,
            execution_options={"synchronize_session": False},
        )


def add_nodes(connection: Connection, chain_of: Mapping[str, str]) -> None:
    """Let new nodes (node → chain id) lead to their chains."""
    insert_rows(connection, Node, ("node", "chain_id"), chain_of.items())


def lead_elsewhere(connection: Connection, chain_of: Mapping[str, str]) -> None:
    """Let known nodes (node → chain id) lead to other chains."""
    rows = [{"the_node": node, "chain_id": chain_id} for node, chain_id in chain_of.items()]
    if rows:
        connection.execute(update(Node).where(Node.node == bindparam("the_node")), rows)


def move_emails(connection: Connection, chain_of: Mapping[str, str]) -> None:
    """Let emails (email id → chain id) belong to other chains."""
    rows = [{"the_email": email_id, "chain_id": chain_id} for email_id, chain_id in chain_of.items()]
    if rows:
        connection.execute(update(EmailRow).where(EmailRow.email_id == bindparam("the_email")), rows)


def rename_chain(connection: Connection, old: str, new: str) -> None:
    """Let everything of chain *old* belong to *new*; *old* stays as an alias."""
    for table in (EmailRow, Node, AnalysisRow, ChainAlias):
        connection.execute(update(table).where(table.chain_id == old).values(chain_id=new))
    connection.execute(delete(ChainRow).where(ChainRow.chain_id == old))
    connection.execute(delete(ChainAlias).where(ChainAlias.alias == old))
    connection.execute(insert(ChainAlias).values(alias=old, chain_id=new))


@dataclass(frozen=True, kw_only=True)
class Sought:
    """Emails of one subject that others may join: when they were sent, and whether only answers count."""

    first_at: datetime
    last_at: datetime
    answers_only: bool


def chains_of_subjects(connection: Connection, subjects: Mapping[str, Sought]) -> set[str]:
    """Return the chains that have an email of one of *subjects* (by subject key)."""
    found: set[str] = set()
    for answers_only in (True, False):
        for chunk in _chunks([key for key, sought in subjects.items() if sought.answers_only is answers_only]):
            first_at = min(subjects[key].first_at for key in chunk)
            last_at = max(subjects[key].last_at for key in chunk)
            query = select(EmailRow.chain_id, EmailRow.subject_key, EmailRow.sent_at).where(
                EmailRow.subject_key.in_(chunk), EmailRow.sent_at.between(first_at, last_at)
            )
            for row in connection.execute(query.where(EmailRow.seeks) if answers_only else query):
                sought = subjects[row.subject_key]
                if sought.first_at <= row.sent_at <= sought.last_at:
                    found.add(row.chain_id)
    return found


def forgotten(connection: Connection, hashes: Collection[str]) -> set[str]:
    """Return which of *hashes* (of raw mails or emails) were deleted at somebody's wish."""
    return {hash_ for (hash_,) in rows_by(connection, Forgotten, ("hash",), "hash", hashes)}


def resolve(connection: Connection, word: str) -> str | None:
    """Return the chain that *word* names: an id of today or of former times, its unambiguous start, or a Message-ID."""
    if not word:
        return None
    alias = connection.scalar(select(ChainAlias.chain_id).where(ChainAlias.alias == word))
    node = connection.scalar(select(Node.chain_id).where(Node.node == word.strip("<> ")))
    starts = [
        select(ChainRow.chain_id).where(ChainRow.chain_id.startswith(word, autoescape=True)).limit(2),
        select(ChainAlias.chain_id).where(ChainAlias.alias.startswith(word, autoescape=True)).distinct().limit(2),
    ]
    found = {chain_id for query in starts for chain_id in connection.scalars(query)}
    return alias or node or (found.pop() if len(found) == 1 else None)


def _chunks(values: Collection[str]) -> Iterable[list[str]]:
    ordered = list(values)
    return (ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK))
