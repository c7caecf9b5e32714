"""New emails into the ledger's chains: find what they may touch, group all of it anew, write what changed.

One call is part of one transaction: emails, chain revisions and outbox rows appear together or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from producer.chains import ChainShape, group
from producer.regroup import Regrouping, regroup
from producer.subjects import WINDOW
from schemas.member import Member
from storage import mail
from storage.mail import NewEmail, Sought


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """An email that the ledger does not have yet (`content`: its JSON, packed), and the trace that its ingest began."""

    member: Member
    content: bytes
    traceparent: str | None = None


def join(
    connection: Connection, arrivals: Sequence[Arrival], *, copies: Sequence[Member] = (), topic: str, now: datetime
) -> set[str]:
    """Store *arrivals* and return the ids of the chains that they changed; their outbox rows go to *topic*.

    *copies* are further copies of emails that are stored or arrive now: over another route, with other ids of the
    conversation. They join as well, so that it does not matter which copy came first.
    """
    new = {arrival.member.email_id: arrival for arrival in arrivals}
    altered = _altered(connection, [copy for copy in copies if copy.email_id not in new])
    members = [
        *(arrival.member for arrival in new.values()),
        *(copy for copy in copies if copy.email_id in new),
        *(member for _, member in altered),
    ]
    if not members:
        return set()
    nodes = {node for member in members for node in (*member.path, *member.thread_keys)}
    owners = mail.chains_of_nodes(connection, nodes)
    touched = {*owners.values(), *(chain_id for chain_id, _ in altered)}
    touched |= mail.chains_of_subjects(connection, _subjects(members))
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
    mail.rewrite_members(connection, [member for _, member in altered])
    mail.add_emails(connection, _new_emails(shapes, new))
    return changed


def _new_emails(shapes: Sequence[ChainShape], new: Mapping[str, Arrival]) -> list[NewEmail]:
    """Return the rows of the emails that are *new*, each with the chain that it is in now."""
    return [
        NewEmail(member=member, content=arrival.content, chain_id=shape.chain_id, traceparent=arrival.traceparent)
        for shape in shapes
        for member in shape.members
        if (arrival := new.get(member.email_id))
    ]


def _altered(connection: Connection, copies: Sequence[Member]) -> list[tuple[str, Member]]:
    """Return (chain id, member) of the stored emails that *copies* say more of."""
    stored = {
        member.email_id: (chain_id, member)
        for chain_id, member in mail.members_of_emails(connection, {copy.email_id for copy in copies})
    }
    merged: dict[str, Member] = {}
    for copy in copies:
        if copy.email_id in stored:
            merged[copy.email_id] = merged.get(copy.email_id, stored[copy.email_id][1]).merged(copy)
    return [(stored[email_id][0], member) for email_id, member in merged.items() if member != stored[email_id][1]]


def _subjects(members: Sequence[Member]) -> Mapping[str, Sought]:
    """Return the subjects by which *members* may be joined, and what the other emails of these would be."""
    found: dict[str, Sought] = {}
    for member in members:
        if member.has_subject:
            at = member.order[0]
            known = found.get(member.subject_key, Sought(first_at=at, last_at=at, answers_only=True))
            found[member.subject_key] = Sought(
                first_at=min(known.first_at, at - WINDOW),
                last_at=max(known.last_at, at + WINDOW),
                answers_only=known.answers_only and not member.seeks,
            )
    return found
