"""What a ledger holds, as values that tests compare."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from schemas.member import Member
from storage import mail
from storage.engine import Database
from storage.tables import ChainAlias, ChainRow, EmailRow, Node, OutboxRow


@dataclass(frozen=True)
class StoredShape:
    """A chain as the tables have it, without its revision (which depends on how often mail arrived)."""

    chain_hash: str
    subject: str
    completeness: float
    email_ids: frozenset[str]
    nodes: frozenset[str]


def shapes(database: Database) -> dict[str, StoredShape]:
    """Return all chains by id."""
    with database.read() as connection:
        emails = connection.execute(select(EmailRow.chain_id, EmailRow.email_id)).all()
        nodes = connection.execute(select(Node.chain_id, Node.node)).all()
        chains = connection.execute(select(ChainRow)).all()
    assert {row.chain_id for row in emails} == {row.chain_id for row in nodes} == {row.chain_id for row in chains}
    found = {}
    for row in chains:
        email_ids = frozenset(email.email_id for email in emails if email.chain_id == row.chain_id)
        assert row.email_count == len(email_ids)
        found[row.chain_id] = StoredShape(
            chain_hash=row.chain_hash,
            subject=row.subject,
            completeness=row.completeness,
            email_ids=email_ids,
            nodes=frozenset(node.node for node in nodes if node.chain_id == row.chain_id),
        )
    return found


def members(database: Database) -> dict[str, Member]:
    """Return what joins each email, by its id."""
    with database.read() as connection:
        email_ids = connection.scalars(select(EmailRow.email_id)).all()
        return {member.email_id: member for _, member in mail.members_of_emails(connection, email_ids)}


def revisions(database: Database) -> dict[str, int]:
    """Return the revision of each chain."""
    with database.read() as connection:
        return {row.chain_id: row.revision for row in connection.execute(select(ChainRow.chain_id, ChainRow.revision))}


def aliases(database: Database) -> dict[str, str]:
    """Return former chain ids with what they became."""
    with database.read() as connection:
        return {row.alias: row.chain_id for row in connection.execute(select(ChainAlias.alias, ChainAlias.chain_id))}


def outbox_rows(database: Database) -> list[tuple[str, int, bool, str]]:
    """Return (chain id, revision, is a tombstone, topic) of all outbox rows in their order."""
    columns = (OutboxRow.chain_id, OutboxRow.revision, OutboxRow.chain_hash, OutboxRow.topic)
    with database.read() as connection:
        rows = connection.execute(select(*columns).order_by(OutboxRow.outbox_id))
        return [(row.chain_id, row.revision, row.chain_hash is None, row.topic) for row in rows]
