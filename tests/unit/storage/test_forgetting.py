"""Which mail is meant, and where Kafka has to be let clean up."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, Row, select, update

from storage import forgetting, outbox
from storage.engine import Database
from storage.tables import EmailRow, OutboxRow
from tests.ledgers import START_AT, TOPIC, chain, keep, published

DAY_S = 86_400.0


def test_emails_with_an_address_are_found_by_the_whole_of_it(database: Database) -> None:
    """Mail of ann@x.org would go when joann@x.org is meant, or one with odd letters never be found."""
    people = [["ann@x.org"], ["joann@x.org"], ["a_b%c@x.org"], ["axbyc@x.org"], ["müller@x.org"], ['quo"te@x.org']]
    with database.write() as connection:
        keep(connection, chain(revision=len(people)))
        for number, addresses in enumerate(people):
            mine = EmailRow.email_id == f"root-{number}".ljust(64, "0")
            connection.execute(update(EmailRow).where(mine).values(people=addresses))
        for number, addresses in enumerate(people):
            found = forgetting.emails_with(connection, addresses[0])
            assert found == {f"root-{number}".ljust(64, "0"): chain().chain_id}
        assert forgetting.emails_with(connection, "nn@x.org") == {}


def test_segment_wants_a_seal_once_it_can_be_closed_and_no_later_record_came(database: Database) -> None:
    """Kafka would never clean up behind the last deletion of a quiet partition, or be sent a record every hour."""

    def unsealed(after_s: float) -> list[int]:
        now = START_AT + timedelta(seconds=after_s)
        return forgetting.unsealed(connection, TOPIC, closed_after_s=DAY_S, now=now)

    with database.write() as connection:
        keep(connection, chain())
        published(connection, chain(), 1)
        assert unsealed(9 * DAY_S) == [], "nothing was deleted"
        outbox.put_tombstones(connection, chain().chain_id, revision=2, at=START_AT)
        assert unsealed(9 * DAY_S) == [], "it waits"
        outbox.mark_published(connection, [(row.outbox_id, 3, 2) for row in _waiting(connection)], START_AT)
        assert unsealed(DAY_S - 1) == []
        assert unsealed(DAY_S + 1) == [3]
        published(connection, chain("other"), 3, partition=3, at=START_AT + timedelta(hours=1))
        assert unsealed(DAY_S + 1) == [3], "that one came too early to close the segment"
        forgetting.note_seal(connection, TOPIC, (3, 4), START_AT + timedelta(seconds=DAY_S + 1))
        assert unsealed(9 * DAY_S) == []
        assert forgetting.topics_with_tombstones(connection) == {TOPIC}


def _waiting(connection: Connection) -> list[Row[OutboxRow]]:
    return list(connection.execute(select(OutboxRow).where(OutboxRow.published_at.is_(None))))


def test_tombstones_wait_though_the_chain_comes_back(database: Database) -> None:
    """A reply for the live lane would drop the deletion that the backlog waits for."""
    with database.write() as connection:
        keep(connection, chain())
        published(connection, chain(), 1)
        count = outbox.put_tombstones(
            connection, chain().chain_id, revision=2, at=START_AT, lanes=(TOPIC, f"{TOPIC}.backlog")
        )
        again = chain(revision=3)
        change = outbox.Change(chain_id=again.chain_id, revision=3, chain_hash=again.chain_hash, traceparent=None)
        outbox.put(connection, [change], topic=TOPIC, at=START_AT)
        waiting = [(row.topic, row.revision) for row in _waiting(connection)]
        assert outbox.last_revisions(connection, [again.chain_id, "unknown"]) == {again.chain_id: 3}
        once_more = outbox.put_tombstones(connection, chain().chain_id, revision=4, at=START_AT)
        after = [(row.topic, row.revision) for row in _waiting(connection)]
    assert count == once_more == 2
    assert waiting == [(TOPIC, 2), (f"{TOPIC}.backlog", 2), (TOPIC, 3)]
    assert after == [(TOPIC, 2), (f"{TOPIC}.backlog", 2)], "the same two, not two more"


def test_interrupted_record_may_be_in_the_topic(database: Database) -> None:
    """What a crash left unacknowledged would have no tombstone, and be readable for ever."""
    with database.write() as connection:
        keep(connection, chain())
        change = outbox.Change(chain_id=chain().chain_id, revision=1, chain_hash=chain().chain_hash, traceparent=None)
        outbox.put(connection, [change], topic=TOPIC, at=START_AT)
        outbox.claim(connection, [row.outbox_id for row in _waiting(connection)], START_AT)
        outbox.release_interrupted(connection)
        assert outbox.put_tombstones(connection, chain().chain_id, revision=2, at=START_AT) == 1
