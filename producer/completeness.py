"""How much of a conversation is at hand (pure)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction

from schemas.chain import Completeness
from schemas.member import Member

#: What an email that is cut or damaged still counts for.
DAMAGED_WEIGHT = Fraction(1, 2)
#: Reasons listed; the rest is counted.
_REASONS = 5
_WHOLE = Completeness(score=1.0, missing=())


def completeness(members: Sequence[Member], ghosts: Collection[str]) -> Completeness:
    """Return the score of a chain and what is missing in it, in words.

    The score is the share of the emails that are known of: one at hand counts 1, one that is cut or damaged ½, one
    that nobody has seen 0. An email that nobody has answered yet is not incomplete.

    Args:
        members: The emails at hand (at least 1).
        ghosts: Message-IDs that the emails refer to and nobody has seen.
    """
    if not ghosts and all(map(is_whole, members)):
        return _WHOLE
    missing = [f"unseen: {ghost}" for ghost in sorted(ghosts)]
    if len(missing) > _REASONS:
        missing = [*missing[:_REASONS], f"and {len(missing) - _REASONS} more unseen emails"]
    emails = len(members)
    if cut := sum(member.cut for member in members):
        missing.append(f"cut text in {cut} of {emails} emails")
    if damaged := sum(member.damaged for member in members):
        missing.append(f"unreadable parts in {damaged} of {emails} emails")
    known = emails - sum(not is_whole(member) for member in members) * (1 - DAMAGED_WEIGHT)
    return Completeness(score=round(float(known / (emails + len(ghosts))), 4), missing=tuple(missing))


def is_whole(member: Member) -> bool:
    """Tell whether all of an email could be read."""
    return not (member.cut or member.damaged)
