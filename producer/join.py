"""New emails into the ledger's chains: group, give revisions, note what has to be published.

One call is part of one transaction: emails, chain revisions and outbox rows appear together or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from producer.chains import ChainShape, Member, group, refs_of
from schemas.chain import Email
from storage import mail, outbox
from storage.mail import StoredChain


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """An email that the ledger does not have yet, and the trace that its ingest began."""

    email: Email
    traceparent: str | None = None

    @property
    def member(self) -> Member:
        """What grouping needs to know of it."""
        return Member(
            email_id=self.email.email_id,
            node=self.email.node,
            refs=refs_of(self.email.references, self.email.in_reply_to),
            sent_at=self.email.sent_at,
            subject=self.email.subject,
            damaged=bool(self.email.defects),
        )


def join(connection: Connection, arrivals: Sequence[Arrival], *, topic: str, now: datetime) -> list[str]:
    """Store *arrivals* and return the ids of the chains that they changed; their outbox rows go to *topic*."""
    new = {arrival.email.email_id: arrival for arrival in arrivals}
    members = [arrival.member for arrival in new.values()]
    nodes = {node for member in members for node in member.path}
    owners = mail.chains_of_nodes(connection, nodes)
    old = mail.chains(connection, set(owners.values()))
    stored = mail.emails_of_chains(connection, old)
    chain_of = {email.email_id: chain_id for chain_id, email in stored}
    shapes = group([*members, *(_member(email) for _, email in stored)])
    for shape in shapes:
        parts = {chain_of[m.email_id]: old[chain_of[m.email_id]] for m in shape.members if m.email_id in chain_of}
        change = _Change(
            shape=shape, parts=parts, new_nodes=shape.nodes & (nodes - owners.keys()), topic=topic, now=now
        )
        _save(connection, change, new)
    return [shape.chain_id for shape in shapes]


@dataclass(frozen=True, kw_only=True)
class _Change:
    """A chain as it is now, and the stored chains that it was made of."""

    shape: ChainShape
    parts: Mapping[str, StoredChain]
    new_nodes: frozenset[str]
    topic: str
    now: datetime

    @property
    def revision(self) -> int:
        return max((part.revision for part in self.parts.values()), default=0) + 1


def _save(connection: Connection, change: _Change, new: Mapping[str, Arrival]) -> None:
    shape, revision = change.shape, change.revision
    for former in change.parts.keys() - {shape.chain_id}:
        mail.rename_chain(connection, former, shape.chain_id)
        outbox.put_tombstones(connection, former, revision=revision, at=change.now)
    is_new = shape.chain_id not in change.parts
    mail.save_chain(connection, _stored(change), is_new=is_new, nodes=change.new_nodes)
    arrivals = [new[member.email_id] for member in shape.members if member.email_id in new]
    for arrival in arrivals:
        refs = arrival.member.refs
        mail.add_email(connection, arrival.email, refs=refs, chain_id=shape.chain_id, traceparent=arrival.traceparent)
    outbox.put(
        connection,
        chain_id=shape.chain_id,
        revision=revision,
        chain_hash=shape.chain_hash,
        topic=change.topic,
        at=change.now,
        traceparent=arrivals[-1].traceparent,
    )


def _stored(change: _Change) -> StoredChain:
    shape = change.shape
    return StoredChain(
        chain_id=shape.chain_id,
        revision=change.revision,
        chain_hash=shape.chain_hash,
        subject=shape.subject,
        newest_email_at=shape.newest_email_at(change.now),
        email_count=len(shape.members),
        completeness=shape.completeness.score,
        missing=list(shape.completeness.missing),
    )


def _member(email: mail.StoredEmail) -> Member:
    return Member(
        email_id=email.email_id,
        node=email.node,
        refs=tuple(email.refs),
        sent_at=email.sent_at,
        subject=email.subject,
        damaged=email.damaged,
    )
