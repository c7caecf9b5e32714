"""New emails into the ledger's chains: find what they may touch, group all of it anew, write what changed.

One call is part of one transaction: emails, chain revisions and outbox rows appear together or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from producer.chains import group
from producer.regroup import Regrouping, regroup
from producer.subjects import WINDOW
from schemas.member import Member
from storage import mail
from storage.mail import NewEmail


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """An email that the ledger does not have yet (`content`: its JSON, packed), and the trace that its ingest began."""

    member: Member
    content: bytes
    traceparent: str | None = None


def join(connection: Connection, arrivals: Sequence[Arrival], *, topic: str, now: datetime) -> set[str]:
    """Store *arrivals* and return the ids of the chains that they changed; their outbox rows go to *topic*."""
    if not arrivals:
        return set()
    new = {arrival.member.email_id: arrival for arrival in arrivals}
    members = [arrival.member for arrival in new.values()]
    nodes = {node for member in members for node in (*member.path, *member.thread_keys)}
    owners = mail.chains_of_nodes(connection, nodes)
    touched = {*owners.values(), *mail.chains_of_subjects(connection, _subjects(members))}
    stored = mail.members_of_chains(connection, touched)
    shapes = group([*members, *(member for _, member in stored)])
    changed = regroup(
        connection,
        Regrouping(
            shapes=shapes,
            old=mail.chains(connection, touched),
            chain_of={member.email_id: chain_id for chain_id, member in stored},
            nodes={node: owners.get(node) for node in nodes},
            traceparents={email_id: arrival.traceparent for email_id, arrival in new.items()},
        ),
        topic=topic,
        now=now,
    )
    mail.add_emails(
        connection,
        [
            NewEmail(
                member=arrival.member, content=arrival.content, chain_id=shape.chain_id, traceparent=arrival.traceparent
            )
            for shape in shapes
            for member in shape.members
            if (arrival := new.get(member.email_id))
        ],
    )
    return changed


def _subjects(members: Sequence[Member]) -> Mapping[str, tuple[datetime, datetime]]:
    """Return the subjects by which *members* may be joined, and when the other emails of these would have been sent."""
    found: dict[str, tuple[datetime, datetime]] = {}
    for member in members:
        if member.subject_key and member.sent_at:
            first, last = found.get(member.subject_key, (member.sent_at, member.sent_at))
            found[member.subject_key] = (min(first, member.sent_at - WINDOW), max(last, member.sent_at + WINDOW))
    return found
