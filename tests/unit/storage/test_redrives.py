"""Which dead letters may go back to their topic, and what is known of them afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from schemas.chain import Chain
from storage import analyses, dead_letters, mail, outbox, outcomes, redrives
from storage.dead_letters import Letter, LetterState
from storage.engine import Database
from storage.outbox import Selection
from storage.outcomes import Coordinates, Outcome, OutcomeKind
from storage.redrives import Acknowledged, Verdict
from storage.tables import OutboxRow
from tests.ledgers import START_AT, TOPIC, analysis, chain, dead_letter, keep, pending, published

BACKLOG = f"{TOPIC}.backlog"
NOW = START_AT + timedelta(hours=1)


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """Return a connection that may write."""
    with database.write() as opened:
        yield opened


def bury(connection: Connection, of: Chain | None, offset: int = 0, **other: object) -> Letter:
    """Let the record of *of* (None: somebody else's) have been given up on."""
    usual = dead_letter(offset, topic=BACKLOG)
    if of is not None:
        usual = replace(usual, chain_id=of.chain_id, revision=of.revision)
    letter = replace(usual, **other)  # type: ignore[arg-type] # by name
    dead_letters.put(connection, letter)
    outcome = Outcome(kind=OutcomeKind.DEAD_LETTERED, chain_id=letter.chain_id, revision=letter.revision)
    outcomes.add(connection, letter.coordinates, outcome, ended_at=letter.failed_at)
    return letter


def publish(connection: Connection, of: Chain, offset: int, *, is_new: bool = True) -> None:
    """Let a revision be in the ledger and in the backlog topic."""
    keep(connection, of, is_new=is_new)
    published(connection, of, offset, topic=BACKLOG)


def judge(connection: Connection, letter: Letter, *, is_kept: bool = True, max_redrives: int = 3) -> Verdict:
    """Return the verdict."""
    return redrives.judge(connection, letter, topic=BACKLOG, max_redrives=max_redrives, is_kept=is_kept, now=NOW)


def state(connection: Connection, letter: Letter) -> LetterState | None:
    """Return the state that the table has."""
    found = dead_letters.find(connection, letter.coordinates)
    return found.state if found else None


def finish(connection: Connection, letter: Letter, offset: int) -> None:
    """Let the letter have been put back."""
    redrives.finish(connection, letter, Acknowledged(topic=BACKLOG, partition=0, offset=offset), now=NOW)


def waiting(connection: Connection) -> list[tuple[str, int, bool]]:
    """Return what waits to be published: chain, revision, and whether it is a tombstone."""
    rows = pending(connection, Selection(), limit=99)
    return [(row.chain_id, row.revision, row.chain_hash is None) for row in rows]


def test_redriving_is_written_before_anything_is_sent(connection: Connection) -> None:
    """A crash after the sending would leave a letter open whose record is being analysed, and nobody would see it."""
    publish(connection, chain(), 0)
    letter = bury(connection, chain())
    assert judge(connection, letter) is Verdict.REDRIVE
    assert state(connection, letter) is LetterState.REDRIVING


def test_redriven_record_is_known_to_the_outbox_until_it_has_an_outcome(connection: Connection) -> None:
    """Lost rows, or a group that commits past it, would lose the redriven record without a word."""
    publish(connection, chain(), 0)
    letter = bury(connection, chain())
    judge(connection, letter)
    finish(connection, letter, 7)
    assert state(connection, letter) is LetterState.REDRIVEN
    assert outcomes.first_unfinished(connection, "g", BACKLOG, 0) == 7
    at = Coordinates(group_id="g", topic=BACKLOG, partition=0, offset=7)
    outcomes.add(connection, at, Outcome(kind=OutcomeKind.STORED), ended_at=NOW)
    assert outcomes.first_unfinished(connection, "g", BACKLOG, 0) is None


def test_redriven_record_is_never_published_by_the_outbox_again(connection: Connection) -> None:
    """After a crash of the producer every redriven record would be sent once more, or wait for ever."""
    publish(connection, chain(), 0)
    for offset, letter in enumerate([bury(connection, chain()), bury(connection, None, 1)]):
        judge(connection, letter)
        finish(connection, letter, 7 + offset)
    before = connection.execute(select(OutboxRow.offset, OutboxRow.published_at)).all()
    outbox.release_interrupted(connection)
    assert waiting(connection) == []
    assert connection.execute(select(OutboxRow.offset, OutboxRow.published_at)).all() == before
    assert len(before) == 3


def test_record_that_was_never_ours_reconciles_and_outdates_nobody(connection: Connection) -> None:
    """Junk that says revision 999 would turn the chain, or other junk, into something old that nobody analyses."""
    first = bury(connection, None, 0, chain_id="a", revision=999)
    second = bury(connection, None, 1, chain_id="a", revision=3)
    for offset, letter in enumerate([first, second]):
        assert judge(connection, letter) is Verdict.REDRIVE
        finish(connection, letter, 7 + offset)
    assert outcomes.first_unfinished(connection, "g", BACKLOG, 0) == 7
    assert not analyses.is_superseded(connection, chain_id="a", revision=3)
    assert not analyses.is_outdated(connection, chain_id="a", revision=3)


def test_newer_published_revision_closes_the_letter_as_superseded(connection: Connection) -> None:
    """An older revision after a newer one in a compacted topic deletes the newer one."""
    publish(connection, chain(revision=1), 0)
    letter = bury(connection, chain(revision=1))
    publish(connection, chain(revision=2), 1, is_new=False)
    assert judge(connection, letter) is Verdict.SUPERSEDED
    assert state(connection, letter) is LetterState.SUPERSEDED


def test_newer_revision_that_is_just_being_published_counts_too(connection: Connection) -> None:
    """The older one would overtake it between the claim and the acknowledgement."""
    publish(connection, chain(revision=1), 0)
    letter = bury(connection, chain(revision=1))
    newer = chain(revision=2)
    keep(connection, newer, is_new=False)
    outbox.put(
        connection,
        [outbox.Change(chain_id=newer.chain_id, revision=2, chain_hash=newer.chain_hash, traceparent=None)],
        topic=BACKLOG,
        at=NOW,
    )
    (row,) = pending(connection, Selection(), limit=9)
    outbox.claim(connection, [row.outbox_id], NOW)
    assert judge(connection, letter) is Verdict.SUPERSEDED


def test_newer_analysed_revision_closes_the_letter_as_superseded(connection: Connection) -> None:
    """The database would hold the result of an older state of the conversation as its last."""
    publish(connection, chain(revision=1), 0)
    letter = bury(connection, chain(revision=1))
    newer = chain(revision=2)
    analyses.add(connection, analysis(newer), chain_id=newer.chain_id, trace_id=None)
    assert judge(connection, letter) is Verdict.SUPERSEDED


def test_renamed_or_deleted_chain_closes_the_letter_as_superseded(connection: Connection) -> None:
    """A tombstone would be undone: forgotten mail is back in the topic."""
    for number, name in enumerate(["renamed", "deleted"]):
        publish(connection, chain(name), number)
    renamed, deleted = bury(connection, chain("renamed"), 0), bury(connection, chain("deleted"), 1)
    mail.rename_chain(connection, chain("renamed").chain_id, chain("other").chain_id)
    outbox.put_tombstones(connection, chain("deleted").chain_id, revision=2, at=NOW)
    assert [judge(connection, each) for each in (renamed, deleted)] == [Verdict.SUPERSEDED] * 2


def test_record_with_the_key_of_a_chain_that_we_have_not_published_is_not_put_over_it(connection: Connection) -> None:
    """Somebody's junk under a chain's key would delete the chain from the compacted topic."""
    publish(connection, chain(), 0)
    junk = bury(connection, None, 5, chain_id=chain().chain_id, revision=999)
    assert judge(connection, junk) is Verdict.SUPERSEDED


@pytest.mark.parametrize(
    ("before", "verdict"), [(0, Verdict.REDRIVE), (2, Verdict.REDRIVE), (3, Verdict.CAPPED), (9, Verdict.CAPPED)]
)
def test_cap_counts_the_redrives_before(connection: Connection, before: int, verdict: Verdict) -> None:
    """Poison would go round for ever, at the price of a model call each time."""
    letter = bury(connection, None, redrives=before)
    assert judge(connection, letter) is verdict
    assert state(connection, letter) is (LetterState.PARKED if verdict is Verdict.CAPPED else LetterState.REDRIVING)


def test_record_without_a_key_is_parked(connection: Connection) -> None:
    """A compacted topic refuses it, so that the redrive would fail for ever."""
    letter = bury(connection, None, chain_id=None)
    assert judge(connection, letter) is Verdict.KEYLESS
    assert state(connection, letter) is LetterState.PARKED


def test_letter_whose_bytes_are_gone_stays_as_it_is(connection: Connection) -> None:
    """It would be shown as redriven although nothing was, or vanish from the list."""
    letter = bury(connection, None)
    assert judge(connection, letter, is_kept=False) is Verdict.GONE
    assert state(connection, letter) is LetterState.OPEN


def test_gone_bytes_matter_only_where_the_letter_would_be_put_back(connection: Connection) -> None:
    """What is superseded would stay open for ever because nobody has the old bytes."""
    publish(connection, chain(revision=1), 0)
    letter = bury(connection, chain(revision=1))
    publish(connection, chain(revision=2), 1, is_new=False)
    assert judge(connection, letter, is_kept=False) is Verdict.SUPERSEDED


def test_revision_published_during_the_redrive_is_published_again_behind_it(connection: Connection) -> None:
    """Compaction keeps the last record of a key: the newer revision would be gone from every replay."""
    publish(connection, chain(revision=1), 0)
    letter = bury(connection, chain(revision=1))
    assert judge(connection, letter) is Verdict.REDRIVE
    publish(connection, chain(revision=2), 1, is_new=False)
    finish(connection, letter, 2)
    assert waiting(connection) == [(chain().chain_id, 2, False)]
    assert state(connection, letter) is LetterState.REDRIVEN


def test_chain_deleted_during_the_redrive_gets_its_tombstone_again(connection: Connection) -> None:
    """Forgotten mail would lie in the topic behind its tombstone and never go."""
    published(connection, chain(), 0, topic=BACKLOG)
    letter = bury(connection, chain())
    assert judge(connection, letter) is Verdict.REDRIVE
    outbox.put_tombstones(connection, chain().chain_id, revision=2, at=NOW)
    (row,) = pending(connection, Selection(), limit=9)
    outbox.claim(connection, [row.outbox_id], NOW)
    outbox.mark_published(connection, [(row.outbox_id, 0, 1)], NOW)
    finish(connection, letter, 2)
    assert waiting(connection) == [(chain().chain_id, 2, True)]
    assert analyses.is_outdated(connection, chain_id=chain().chain_id, revision=1), "it stays deleted"


def test_interrupted_redrive_of_a_superseded_chain_publishes_the_newest_again(connection: Connection) -> None:
    """After a crash nobody knows which of the two is the last one in the topic."""
    publish(connection, chain(revision=1), 0)
    letter = bury(connection, chain(revision=1), state=LetterState.REDRIVING)
    publish(connection, chain(revision=2), 1, is_new=False)
    assert judge(connection, letter) is Verdict.SUPERSEDED
    assert waiting(connection) == [(chain().chain_id, 2, False)]


def test_interrupted_redrive_is_put_back_again(connection: Connection) -> None:
    """A letter that a crash left half redriven would stay so for ever."""
    publish(connection, chain(), 0)
    letter = bury(connection, chain(), state=LetterState.REDRIVING)
    assert judge(connection, letter) is Verdict.REDRIVE
    assert waiting(connection) == []
