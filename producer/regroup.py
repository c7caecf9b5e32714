"""Chains as they are now into the ledger: one way for import, live mail, rebuilding and forgetting.

Comes in: shapes (from `producer.chains.group`) and the stored chains whose emails are in them. Goes out: new revisions
of what changed, with outbox rows; ids that are gone become aliases, their analyses follow, and tombstones are due.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from producer.chains import ChainShape
from storage import mail, outbox
from storage.mail import StoredChain


@dataclass(frozen=True, kw_only=True)
class Regrouping:
    """Chains as they are now, and what they were made of.

    Args:
        shapes: All chains of the emails concerned.
        old: The stored chains of those emails.
        chain_of: Email id → stored chain, for emails that are stored.
        nodes: The nodes that may be new or elsewhere → the stored chain that each leads to, None where it is new.
        traceparents: Email id → trace, for emails that are new: the youngest's trace goes on.
    """

    shapes: Sequence[ChainShape]
    old: Mapping[str, StoredChain]
    chain_of: Mapping[str, str]
    nodes: Mapping[str, str | None]
    traceparents: Mapping[str, str | None] = field(default_factory=dict)


def regroup(connection: Connection, change: Regrouping, *, topic: str, now: datetime) -> set[str]:
    """Write what differs from *change.old*; return the ids of the chains that changed."""
    # What was forgotten may come back with a new mail: its records are known by their revisions.
    last = outbox.last_revisions(connection, [s.chain_id for s in change.shapes if s.chain_id not in change.old])
    chains = {shape.chain_id: _stored(shape, change, now, last.get(shape.chain_id, 0)) for shape in change.shapes}
    changed = {chain_id for chain_id, chain in chains.items() if chain != change.old.get(chain_id)}
    heirs = _heirs(change)
    for former, heir in heirs.items():
        mail.rename_chain(connection, former, heir)
        outbox.put_tombstones(connection, former, revision=chains[heir].revision, at=now)
    mail.save_chains(
        connection,
        [chains[chain_id] for chain_id in changed if chain_id not in change.old],
        [chains[chain_id] for chain_id in changed if chain_id in change.old],
    )
    _lead(connection, change, heirs)
    outbox.put(connection, _changes(change, chains), topic=topic, at=now)
    return changed


def _stored(shape: ChainShape, change: Regrouping, now: datetime, last_revision: int) -> StoredChain:
    """Return the chain row of *shape*: of the next revision, or as it was where its emails are the same."""
    parts = {change.chain_of[m.email_id] for m in shape.members if m.email_id in change.chain_of}
    before = change.old.get(shape.chain_id)
    is_same = before is not None and before.chain_hash == shape.chain_hash
    known = {*parts, shape.chain_id} & change.old.keys()
    newest = max((change.old[part].revision for part in known), default=0)
    return StoredChain(
        chain_id=shape.chain_id,
        revision=before.revision if is_same and before else max(newest, last_revision) + 1,
        chain_hash=shape.chain_hash,
        subject=shape.subject,
        newest_email_at=shape.newest_email_at(now),
        email_count=len(shape.members),
        completeness=shape.completeness.score,
        missing=list(shape.completeness.missing),
        bulk=shape.bulk,
        subject_joins=list(shape.subject_joins),
    )


def _heirs(change: Regrouping) -> dict[str, str]:
    """Return what the stored chains that are gone became: where one was split, the chain with most of its emails."""
    present_ids = {shape.chain_id for shape in change.shapes}
    shares: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for shape in change.shapes:
        for member in shape.members:
            former = change.chain_of.get(member.email_id)
            if former is not None and former not in present_ids:
                shares[former][shape.chain_id] += 1
    return {former: min(counts, key=lambda heir: (-counts[heir], heir)) for former, counts in shares.items()}


def _lead(connection: Connection, change: Regrouping, heirs: Mapping[str, str]) -> None:
    """Let emails and nodes that are elsewhere, or nowhere yet, belong to their chains."""
    moved: dict[str, str] = {}
    added: dict[str, str] = {}
    led: dict[str, str] = {}
    for shape in change.shapes:
        for member in shape.members:
            former = change.chain_of.get(member.email_id)
            if former is not None and heirs.get(former, former) != shape.chain_id:
                moved[member.email_id] = shape.chain_id
                led.update(dict.fromkeys((*member.path, *member.thread_keys), shape.chain_id))
        for node in shape.nodes & change.nodes.keys():
            former = change.nodes[node]
            if former is None:
                added[node] = shape.chain_id
            elif heirs.get(former, former) != shape.chain_id:
                led[node] = shape.chain_id
    mail.move_emails(connection, moved)
    mail.lead_elsewhere(connection, led)
    mail.add_nodes(connection, added)


def _changes(change: Regrouping, chains: Mapping[str, StoredChain]) -> list[outbox.Change]:
    """Return what is to be published: chains whose emails are others than before."""
    found = []
    for shape in change.shapes:
        before, now = change.old.get(shape.chain_id), chains[shape.chain_id]
        if before is not None and before.revision == now.revision:
            continue
        traces = [change.traceparents[m.email_id] for m in shape.members if m.email_id in change.traceparents]
        found.append(
            outbox.Change(
                chain_id=now.chain_id,
                revision=now.revision,
                chain_hash=now.chain_hash,
                traceparent=traces[-1] if traces else None,
            )
        )
    return found
