"""Emails to chains (pure): one function for import, live mail and rebuild.

An email's links are its own node (Message-ID, or the hash of an email without one), the nodes
that it refers to and its provider's ids of the conversation; emails that share a node are one
chain. A node nobody has seen is a ghost and joins all the same. Then an answer without any
reference joins by its subject (`producer.subjects`). Every link is a matter of one email or of
two, and more mail adds links only: membership and ids depend on the set of emails alone, never
on the order of their arrival.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from producer.completeness import completeness
from producer.subjects import subject_links, why_joined
from schemas.chain import Completeness, hash_of_emails, hash_of_root
from schemas.member import Member

#: A chain with more links by subject alone is not read link by link.
_MOST_JOINS = 100
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class ChainShape:
    """A chain without its texts."""

    chain_id: str
    chain_hash: str
    members: tuple[Member, ...]
    ghosts: frozenset[str]
    completeness: Completeness

    @property
    def nodes(self) -> frozenset[str]:
        """All nodes that lead to this chain: its emails', its ghosts' and the provider's ids of the conversation."""
        keys = frozenset(key for member in self.members for key in member.thread_keys)
        return frozenset(member.node for member in self.members) | self.ghosts | keys

    @property
    def subject(self) -> str:
        """The oldest email's subject that is not empty."""
        return next((member.subject for member in self.members if member.subject), "")

    @property
    def bulk(self) -> str:
        """The kind of bulk mail that all its emails are (`list`, `newsletter`, `automatic`), or nothing."""
        kinds = {member.bulk.partition(":")[0] for member in self.members}
        return kinds.pop() if len(kinds) == 1 else ""

    @property
    def subject_joins(self) -> tuple[str, ...]:
        """Why emails are here by their subject alone, in words, for each link without which the chain would part."""
        if not any(member.seeks for member in self.members) or len(self.members) == 1:
            return ()
        sets = DisjointSets()
        for member in self.members:
            sets.join((*member.path, *member.thread_keys))
        found = []
        for one, other in subject_links(self.members):
            if sets.find(one.node) != sets.find(other.node):
                sets.join((one.node, other.node))
                found.append(why_joined(other, one))
        return tuple(found[:_MOST_JOINS])

    def newest_email_at(self, now: datetime) -> datetime | None:
        """The newest send time that does not lie in the future of *now*."""
        return max((m.sent_at for m in self.members if m.sent_at and not m.ahead and m.sent_at <= now), default=None)


def group(members: Iterable[Member]) -> list[ChainShape]:
    """Return the chains of *members* (copies of one email count as one), in no particular order. O(n) in nodes."""
    sets = DisjointSets()
    unique: dict[str, Member] = {}
    for member in members:
        known = unique.get(member.email_id)
        unique[member.email_id] = known.merged(member) if known else member
    for member in unique.values():
        sets.join((*member.path, *member.thread_keys))
    for answer, other in subject_links(unique.values()):
        sets.join((answer.node, other.node))
    families: defaultdict[str, list[Member]] = defaultdict(list)
    for member in unique.values():
        families[sets.find(member.node)].append(member)
    return [shape_of(family) for family in families.values()]


def shape_of(family: Iterable[Member]) -> ChainShape:
    """Return the chain of the emails *family* (at least 1), each once."""
    members = tuple(sorted(family, key=lambda member: member.order))
    known = {member.node for member in members}
    ghosts = frozenset(ref for member in members for ref in member.refs) - known
    return ChainShape(
        chain_id=hash_of_root(roots_of(members)[0]),
        chain_hash=hash_of_emails([member.content_key for member in members]),
        members=members,
        ghosts=ghosts,
        completeness=completeness(members, ghosts),
    )


def roots_of(members: Sequence[Member]) -> list[str]:
    """Return the root-most nodes, the earliest sent first: named by no path as somebody's child.

    A ghost counts as sent when the earliest email that names it was. Where the headers form a
    loop, no node is a root and all are candidates.
    """
    sent: dict[str, tuple[datetime, str]] = {}
    children: set[str] = set()
    for member in members:
        when = member.order[0]
        for node in member.path:
            sent[node] = min(sent.get(node, (_END_OF_TIME, node)), (when, node))
        children.update(member.path[1:])
    roots = sent.keys() - children or sent.keys()
    return sorted(roots, key=sent.__getitem__)


class DisjointSets:
    """Union-find with path halving."""

    def __init__(self) -> None:
        """Begin with every node alone."""
        self._parent: dict[str, str] = {}

    def find(self, node: str) -> str:
        """Return the name of the set of *node*."""
        parent = self._parent
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    def join(self, nodes: Sequence[str]) -> None:
        """Let all *nodes* (at least 1) be in one set."""
        first = self.find(nodes[0])
        for node in nodes[1:]:
            self._parent[self.find(node)] = first
