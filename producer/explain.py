"""Why each email is in its chain, why the chain has its id, and what its completeness is made of (pure).

Links are made of what the ledger keeps of each email, by the same rules as grouping, so that an explanation cannot
differ from what it explains; what a subject joined stands in the ledger as well (docs/decisions/014).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from producer.chains import ChainShape, roots_of
from producer.completeness import is_whole
from producer.subjects import answers_by_subject, why_joined
from schemas.chain import Email
from schemas.member import Member

Kind = Literal["reference", "unseen", "provider", "subject", "same id", "answered", "first"]

_PROVIDERS = {"gmail": "Gmail", "exchange": "Exchange"}
#: Unseen emails that are named for one email; the rest is counted.
_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One link of an email to the rest of its chain, in words; `to` is the node that it leads to."""

    kind: Kind
    to: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Explained:
    """An email of the chain, and why it is there."""

    email_id: str
    node: str
    sent_at: datetime | None
    sender: str
    subject: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why a chain is as it is; `emails` oldest first."""

    chain_id: str
    root: str
    why_id: str
    emails: tuple[Explained, ...]
    unseen: tuple[str, ...]
    score: float
    why_score: str


def explain(shape: ChainShape, emails: Mapping[str, Email]) -> Explanation:
    """Return the reasons of *shape*; *emails* are its emails by id, for their senders and headers."""
    roots = roots_of(shape.members)
    return Explanation(
        chain_id=shape.chain_id,
        root=roots[0],
        why_id=_why_id(shape, roots),
        emails=tuple(
            Explained(
                email_id=member.email_id,
                node=member.node,
                sent_at=member.sent_at,
                sender=str(emails[member.email_id].sender or ""),
                subject=member.subject,
                reasons=tuple(_reasons(member, shape, emails[member.email_id])),
            )
            for member in shape.members
        ),
        unseen=tuple(sorted(shape.ghosts)),
        score=shape.completeness.score,
        why_score=_why_score(shape),
    )


def _reasons(member: Member, shape: ChainShape, email: Email) -> Iterator[Reason]:
    """Yield what links *member* to others; where nothing of its own does, what links others to it."""
    own = [*_same_id(member, shape), *_references(member, shape, email), *_provider(member, shape)]
    own += _subject(member, shape)
    yield from own or _answered(member, shape) or [Reason(kind="first", to="", words="begins the chain")]


def _same_id(member: Member, shape: ChainShape) -> Iterator[Reason]:
    first = next(other for other in shape.members if other.node == member.node)
    if first is not member:
        yield Reason(
            kind="same id", to=first.node, words=f"has the id of an earlier email, {first.node}, and other words"
        )


def _references(member: Member, shape: ChainShape, email: Email) -> Iterator[Reason]:
    """Yield the nearest email that it refers to and is at hand, and those below it that are not."""
    unseen: list[str] = []
    for ref in reversed(member.refs):
        if ref not in shape.ghosts:
            yield Reason(kind="reference", to=ref, words=f"answers {ref} ({_header(ref, email)})")
            break
        unseen.append(ref)
    for ghost in unseen[:_NAMED]:
        words = f"refers to {ghost}, which nobody has seen ({_header(ghost, email)})"
        yield Reason(kind="unseen", to=ghost, words=words)
    if len(unseen) > _NAMED:
        yield Reason(kind="unseen", to=unseen[_NAMED], words=f"refers to {len(unseen) - _NAMED} more unseen emails")


def _header(ref: str, email: Email) -> str:
    names = {"References": email.references, "In-Reply-To": email.in_reply_to}
    return " and ".join(name for name, refs in names.items() if ref in refs)


def _provider(member: Member, shape: ChainShape) -> Iterator[Reason]:
    for key in member.thread_keys:
        other = next((m for m in shape.members if key in m.thread_keys and m is not member), None)
        if other is not None:
            name = _PROVIDERS.get(key.partition(":")[0], "provider's")
            yield Reason(kind="provider", to=other.node, words=f"is in the same {name} conversation as {other.node}")


def _subject(member: Member, shape: ChainShape) -> Iterator[Reason]:
    if not member.seeks:
        return
    nearest = next((other for other in reversed(shape.members) if answers_by_subject(member, other)), None)
    if nearest is not None:
        yield Reason(kind="subject", to=nearest.node, words=why_joined(member, nearest))


def _answered(member: Member, shape: ChainShape) -> list[Reason]:
    """Return the first email that leads here."""
    answers = [m.node for m in shape.members if member.node in m.refs or answers_by_subject(m, member)]
    others = f" and {len(answers) - 1} more" if answers[1:] else ""
    return [Reason(kind="answered", to=node, words=f"is answered by {node}{others}") for node in answers[:1]]


def _why_id(shape: ChainShape, roots: Sequence[str]) -> str:
    root = roots[0]
    seen = " (nobody has seen it)" if root in shape.ghosts else ""
    if len(roots) == 1:
        return f"the hash of {root}{seen}, from which all the others descend"
    is_loop = any(root in member.path[1:] for member in shape.members)
    what = "emails in a loop of references" if is_loop else "beginnings"
    return f"the hash of {root}{seen}, the earliest sent of {len(roots)} {what}"


def _why_score(shape: ChainShape) -> str:
    emails, unseen = len(shape.members), len(shape.ghosts)
    half = sum(not is_whole(member) for member in shape.members)
    parts = [f"{emails} at hand"]
    if half:
        parts.append(f"{half} of them cut or damaged, which count ½")
    if unseen:
        parts.append(f"{unseen} unseen")
    return f"{emails - half / 2:g} of {emails + unseen} emails: {', '.join(parts)}"
