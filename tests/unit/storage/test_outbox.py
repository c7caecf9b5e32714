"""What waits to be published, and in which order."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, select

from schemas.chain import Chain, Completeness
from storage import outbox
from storage.engine import Database
from storage.outbox import Selection
from storage.tables import OutboxRow
from tests.ledgers import START_AT, TOPIC, chain, keep, pending

ALL = Selection()


def wait(connection: Connection, of: Chain, *, is_new: bool = True, topic: str = TOPIC) -> None:
    """Let a revision be in the ledger and wait to be published."""
    keep(connection, of, is_new=is_new)
    outbox.put(
        connection,
        [outbox.Change(chain_id=of.chain_id, revision=of.revision, chain_hash=of.chain_hash, traceparent=None)],
        topic=topic,
        at=START_AT,
    )


def waiting(connection: Connection, selection: Selection = ALL, limit: int = 99) -> list[tuple[str, int]]:
    """Return chain and revision of what waits, in order."""
    return [(row.chain_id, row.revision) for row in pending(connection, selection, limit=limit)]


def incomplete(of: str) -> Chain:
    """Return a chain that lacks a parent."""
    return chain(of).model_copy(update={"completeness": Completeness(score=0.5, missing=("an unseen parent",))})


def dated(of: str, hours: float | None) -> Chain:
    """Return a chain whose newest email is so many hours younger than the others, or has no date."""
    at = None if hours is None else START_AT + timedelta(hours=hours)
    return chain(of).model_copy(update={"newest_email_at": at})


def test_pending_orders_tombstones_then_complete_then_newest(database: Database) -> None:
    """A forgotten chain would stay readable, or this morning's mail wait behind an archive."""
    old, new, undated, broken = dated("old", 1), dated("new", 5), dated("undated", None), incomplete("broken")
    with database.write() as connection:
        for each in (broken, undated, old, new):
            wait(connection, each)
        wait(connection, chain("gone"))
        _publish_all(connection, "gone")
        outbox.put_tombstones(connection, chain("gone").chain_id, revision=2, at=START_AT)
        order = [chain_id for chain_id, _ in waiting(connection)]
    assert order == [each.chain_id for each in (chain("gone"), new, old, undated, broken)]


def test_pending_selects_by_phase_and_age(database: Database) -> None:
    """`--hours` and `--phase` would publish what was not asked for, or hold tombstones back."""
    with database.write() as connection:
        wait(connection, dated("old", 1))
        wait(connection, dated("new", 5))
        wait(connection, incomplete("broken"))
        wait(connection, dated("undated", None))
        wait(connection, chain("gone"))
        _publish_all(connection, "gone")
        outbox.put_tombstones(connection, chain("gone").chain_id, revision=2, at=START_AT)

        def names(selection: Selection) -> set[str]:
            ids = {chain(name).chain_id: name for name in ("old", "new", "broken", "undated", "gone")}
            return {ids[chain_id] for chain_id, _ in waiting(connection, selection)}

        assert names(Selection(since_at=START_AT + timedelta(hours=5))) == {"gone", "new"}
        assert names(Selection(phase="incomplete")) == {"gone", "broken"}
        assert names(Selection(phase="complete")) == {"gone", "old", "new", "undated"}
        assert names(ALL) == {"gone", "old", "new", "undated", "broken"}
        assert outbox.count_pending(connection, ALL) == 4, "tombstones are no chains"
        assert len(waiting(connection, limit=2)) == 2


def test_put_drops_the_revision_that_waits(database: Database) -> None:
    """An import in halves would publish, and analyse, every step of a growing chain."""
    with database.write() as connection:
        wait(connection, chain(revision=1))
        wait(connection, chain(revision=2), is_new=False)
        assert waiting(connection) == [(chain().chain_id, 2)]


def test_put_keeps_the_revision_that_is_being_published(database: Database) -> None:
    """The acknowledgement of a record would find no row, and the sum not add up."""
    with database.write() as connection:
        wait(connection, chain(revision=1))
        (row,) = pending(connection, ALL, limit=9)
        outbox.claim(connection, [row.outbox_id], START_AT)
        wait(connection, chain(revision=2), is_new=False)
        assert waiting(connection) == [(chain().chain_id, 2)], "what is claimed does not wait"
        outbox.mark_published(connection, [(row.outbox_id, 3, 41)], START_AT)
        published = connection.execute(select(OutboxRow).where(OutboxRow.published_at.is_not(None))).one()
    assert (published.revision, published.partition, published.offset) == (1, 3, 41)


def test_release_lets_interrupted_revisions_wait_again(database: Database) -> None:
    """What a crash left half published would never be published."""
    with database.write() as connection:
        wait(connection, chain())
        outbox.claim(connection, [row.outbox_id for row in pending(connection, ALL, limit=9)], START_AT)
        assert waiting(connection) == []
        outbox.release_interrupted(connection)
        assert waiting(connection) == [(chain().chain_id, 1)]


def test_release_drops_what_is_outdated_meanwhile(database: Database) -> None:
    """The text of revision 2 would be published under the number 1."""
    with database.write() as connection:
        wait(connection, chain(revision=1))
        outbox.claim(connection, [row.outbox_id for row in pending(connection, ALL, limit=9)], START_AT)
        wait(connection, chain(revision=2), is_new=False)
        outbox.release_interrupted(connection)
        assert waiting(connection) == [(chain().chain_id, 2)]


def test_release_keeps_tombstones_and_published_rows(database: Database) -> None:
    """A forgotten chain would stay in the topic, or everything be published again."""
    with database.write() as connection:
        wait(connection, chain())
        _publish_all(connection, "root")
        outbox.put_tombstones(connection, chain().chain_id, revision=2, at=START_AT)
        outbox.claim(connection, [row.outbox_id for row in pending(connection, ALL, limit=9)], START_AT)
        outbox.release_interrupted(connection)
        assert waiting(connection) == [(chain().chain_id, 2)]
        assert len(connection.execute(select(OutboxRow)).all()) == 2


def test_tombstones_go_to_every_topic_that_has_the_chain(database: Database) -> None:
    """A forgotten chain would stay readable in the other lane."""
    with database.write() as connection:
        wait(connection, chain(), topic=f"{TOPIC}.backlog")
        _publish_all(connection, "root")
        wait(connection, chain(revision=2), is_new=False)
        _publish_all(connection, "root")
        wait(connection, chain(revision=3), is_new=False)
        outbox.put_tombstones(connection, chain().chain_id, revision=4, at=START_AT)
        rows = pending(connection, ALL, limit=9)
    assert {(row.topic, row.chain_hash, row.revision) for row in rows} == {
        (TOPIC, None, 4),
        (f"{TOPIC}.backlog", None, 4),
    }


def test_tombstones_are_not_written_for_what_no_topic_has(database: Database) -> None:
    """Every merge of two unpublished chains would publish a deletion of nothing."""
    with database.write() as connection:
        wait(connection, chain())
        outbox.put_tombstones(connection, chain().chain_id, revision=2, at=START_AT)
        assert waiting(connection) == []


def _publish_all(connection: Connection, of: str) -> None:
    rows = [row for row in pending(connection, ALL, limit=99) if row.chain_id == chain(of).chain_id]
    outbox.mark_published(connection, [(row.outbox_id, 0, row.outbox_id) for row in rows], START_AT)


def test_rows_of_one_chain_stay_together(database: Database) -> None:
    """Two processes would publish a tombstone and what comes after it at the same time, in any order."""
    with database.write() as connection:
        for of in ("one", "two", "three"):
            wait(connection, chain(of))
        _publish_all(connection, "two")
        outbox.put_tombstones(connection, chain("two").chain_id, revision=2, at=START_AT)
        wait(connection, chain("two", revision=3), is_new=False)
        single, several = outbox.of_one_row(connection, outbox.pending(connection, ALL))
        chain_of = {row.outbox_id: row.chain_id for row in pending(connection)}
    assert {chain_of[one] for one in single} == {chain("one").chain_id, chain("three").chain_id}
    assert [chain_of[one] for one in several] == [chain("two").chain_id] * 2
    assert several == sorted(several), "the tombstone goes first"
