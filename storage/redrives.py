"""A dead letter back to its topic: whether it may, before it is put back; and what is noted afterwards.

What was put back has a row in the outbox like all that was published, so that nobody loses sight of it
before it has an outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, func, insert, select

from storage import analyses, dead_letters, outbox
from storage.dead_letters import Letter, LetterState
from storage.tables import ChainRow, OutboxRow


class Verdict(StrEnum):
    """Why a dead letter may be put back, or not."""

    REDRIVE = "redrive"
    SUPERSEDED = "superseded"
    CAPPED = "capped"
    KEYLESS = "keyless"
    GONE = "gone"


#: What becomes of a letter by each verdict; where the bytes are gone, nobody has decided anything.
_STATES = {
    Verdict.REDRIVE: LetterState.REDRIVING,
    Verdict.SUPERSEDED: LetterState.SUPERSEDED,
    Verdict.CAPPED: LetterState.PARKED,
    Verdict.KEYLESS: LetterState.PARKED,
}


@dataclass(frozen=True, kw_only=True)
class Acknowledged:
    """Where the broker keeps what was put back."""

    topic: str
    partition: int
    offset: int


def judge(
    connection: Connection, letter: Letter, *, topic: str, max_redrives: int, is_kept: bool, now: datetime
) -> Verdict:
    """Decide whether *letter* is put back to *topic*, and write that down before anything is sent.

    *is_kept* tells whether its bytes can still be read. A letter that a crash left `redriving` and that is superseded
    by now may lie in the topic behind what supersedes it: that is published once more.
    """
    if dead_letters.find(connection, letter.coordinates) is None:
        return Verdict.GONE  # forgotten since it was listed
    verdict = _verdict(connection, letter, max_redrives=max_redrives, is_kept=is_kept)
    if verdict is Verdict.SUPERSEDED and letter.state is LetterState.REDRIVING and letter.chain_id is not None:
        _publish_newest_again(connection, letter.chain_id, topic=topic, now=now)
    if verdict in _STATES:
        dead_letters.mark(connection, letter.coordinates, _STATES[verdict], now=now)
    return verdict


def finish(connection: Connection, letter: Letter, at: Acknowledged, *, now: datetime) -> None:
    """Note that *letter* is back in a topic, acknowledged.

    What was published or deleted between the verdict and the acknowledgement is published once more: in the topic, the
    newest of a chain must be its last.
    """
    ours = _published(connection, letter)
    is_superseded = _is_superseded(connection, letter)
    row = {
        "chain_id": ours.chain_id if ours else "",  # of nobody's record, nothing is told about a chain
        "revision": ours.revision if ours else 0,
        "chain_hash": ours.chain_hash if ours else "",
        "topic": at.topic,
        "partition": at.partition,
        "offset": at.offset,
        "created_at": now,
        "waiting_since": now,
        "claimed_at": now,
        "published_at": now,
    }
    connection.execute(insert(OutboxRow), row)
    if is_superseded and letter.chain_id is not None:
        _publish_newest_again(connection, letter.chain_id, topic=at.topic, now=now)
    dead_letters.mark(connection, letter.coordinates, LetterState.REDRIVEN, now=now)


def _verdict(connection: Connection, letter: Letter, *, max_redrives: int, is_kept: bool) -> Verdict:
    if letter.chain_id is None:
        return Verdict.KEYLESS
    if _is_superseded(connection, letter):
        return Verdict.SUPERSEDED
    if letter.redrives >= max_redrives:
        return Verdict.CAPPED
    return Verdict.REDRIVE if is_kept else Verdict.GONE


def _is_superseded(connection: Connection, letter: Letter) -> bool:
    """Tell whether something newer of the chain is published, being published or analysed, or the chain is gone.

    Of a record that we have not published, nobody knows the revision, whatever it says: all that we have is newer.
    """
    if letter.chain_id is None:
        return False
    ours = _published(connection, letter)
    revision = ours.revision if ours else 0
    newer = select(OutboxRow.outbox_id).where(
        OutboxRow.chain_id == letter.chain_id, OutboxRow.revision > revision, OutboxRow.claimed_at.is_not(None)
    )
    return (
        connection.scalar(newer.limit(1)) is not None
        or analyses.is_superseded(connection, chain_id=letter.chain_id, revision=revision)
        or analyses.is_outdated(connection, chain_id=letter.chain_id, revision=revision)
    )


def _published(connection: Connection, letter: Letter) -> Row[str, int, str | None] | None:
    """Return chain id, revision and hash of the letter's record where it is one of ours."""
    query = select(OutboxRow.chain_id, OutboxRow.revision, OutboxRow.chain_hash).where(
        OutboxRow.chain_id == letter.chain_id,
        OutboxRow.revision == letter.revision,
        OutboxRow.chain_hash.is_not(None),
    )
    return connection.execute(query.limit(1)).first()


def _publish_newest_again(connection: Connection, chain_id: str, *, topic: str, now: datetime) -> None:
    """Let the newest revision of a chain (or its tombstones, where it is gone) wait to be published to *topic*."""
    newest = connection.execute(
        select(ChainRow.revision, ChainRow.chain_hash).where(ChainRow.chain_id == chain_id)
    ).first()
    if newest is not None:
        change = outbox.Change(chain_id=chain_id, **newest._asdict(), traceparent=None)
        outbox.put(connection, [change], topic=topic, at=now)
        return
    revision = connection.scalar(select(func.max(OutboxRow.revision)).where(OutboxRow.chain_id == chain_id))
    outbox.put_tombstones(connection, chain_id, revision=revision or 0, at=now)
