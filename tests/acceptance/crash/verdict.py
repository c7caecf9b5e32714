"""What must hold after every crash: the same ledger as in one go, and the topics say what the ledger says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from chainmail.kafka_reader import Reader
from chainmail.records import Partition, Record
from chainmail.settings import Settings
from storage.engine import Database
from storage.tables import ChainAlias, ChainRow, EmailRow, Node, OutboxRow, RawMail
from tests.acceptance.crash.importing import Importer

_COMPARED = ("chain_id", "chain_hash", "subject", "newest_email_at", "email_count", "completeness", "missing", "bulk")


def check(crashed: Importer, undisturbed: Importer) -> int:
    """Assert that *crashed* holds what *undisturbed* holds, and has published it; return how many chains that are."""
    with crashed.database() as found, undisturbed.database() as expected:
        _same(_content(found), _content(expected))
        _aliases_lead_somewhere(found)
        _it_is_published(found, crashed.settings)
        return len(_content(found)["chains"])


def _content(database: Database) -> dict[str, dict[str, Any]]:
    """Return all that must not depend on how often the import was begun, by the tables' keys.

    Revisions, former ids and traces do depend on it: they tell of batches.
    """
    with database.read() as connection:
        mails = connection.execute(select(RawMail.raw_sha256, RawMail.email_id, RawMail.unreadable_reason))
        emails = connection.execute(select(EmailRow.email_id, EmailRow.chain_id, EmailRow.node))
        nodes = connection.execute(select(Node.node, Node.chain_id))
        chains = connection.execute(select(*(getattr(ChainRow, name) for name in _COMPARED)))
        named = {"mails": mails, "emails": emails, "nodes": nodes, "chains": chains}
        return {name: {row[0]: tuple(row[1:]) for row in rows} for name, rows in named.items()}


def _same(found: dict[str, dict[str, Any]], expected: dict[str, dict[str, Any]]) -> None:
    for name, rows in expected.items():
        missing, more = rows.keys() - found[name].keys(), found[name].keys() - rows.keys()
        assert not missing, f"{len(missing)} {name} are missing: {sorted(missing)[:3]}"
        assert not more, f"{len(more)} {name} too many: {sorted(more)[:3]}"
        other = [(key, found[name][key], row) for key, row in rows.items() if found[name][key] != row]
        assert not other, f"{len(other)} {name} differ, the first (key, found, expected): {other[0]}"


def _aliases_lead_somewhere(database: Database) -> None:
    with database.read() as connection:
        chains = set(connection.scalars(select(ChainRow.chain_id)))
        aliases = connection.execute(select(ChainAlias.alias, ChainAlias.chain_id)).all()
    lost = [row.alias for row in aliases if row.chain_id not in chains or row.alias in chains]
    assert not lost, f"former ids that lead nowhere: {lost[:3]}"


def _it_is_published(database: Database, settings: Settings) -> None:
    """Assert that each chain's newest revision was acknowledged and stands there; what is no chain has a tombstone."""
    with database.read() as connection:
        chains = {row.chain_id: row for row in connection.execute(select(ChainRow)).all()}
        newest = {row.chain_id: row for row in connection.execute(select(OutboxRow).order_by(OutboxRow.outbox_id))}
    records = list(_records(settings))
    at = {(record.partition.topic, record.partition.number, record.offset): record for record in records}
    for chain_id, chain in chains.items():
        row = newest.get(chain_id)
        assert row is not None, f"{chain_id} was never to be published"
        assert row.published_at, f"{chain_id} still waits"
        assert (row.chain_hash, row.revision) == (chain.chain_hash, chain.revision), f"{chain_id}: an older revision"
        assert _said(at.get((row.topic, row.partition, row.offset))) == (chain_id, chain.chain_hash, chain.revision)
    # offsets grow in time: the last record of a key in a topic is what a consumer that replays it will believe
    last = {(record.partition.topic, record.key): record for record in records}
    for (topic, key), record in last.items():
        chain_id = (key or b"").decode()
        if chain_id not in chains:
            assert record.value is None, f"{chain_id} is no chain any more, and {topic} does not say so"
        elif topic == newest[chain_id].topic:
            assert _said(record) == (chain_id, chains[chain_id].chain_hash, chains[chain_id].revision)


def _said(record: Record | None) -> tuple[str, str, int] | None:
    """Return what a record says of itself: chain id, hash and revision."""
    if record is None or record.value is None:
        return None
    headers = {name: (value or b"").decode() for name, value in record.headers}
    return (record.key or b"").decode(), headers["chain-hash"], int(headers["chain-revision"])


def _records(settings: Settings) -> Iterator[Record]:
    reader = Reader(settings)
    try:
        for topic in (settings.backlog_topic, settings.topic):
            for number in range(settings.workers):
                yield from reader.between(Partition(topic, number), 0)
    finally:
        reader.close()
