"""How much of a conversation is at hand (pure)."""

from __future__ import annotations

from collections.abc import Collection

from schemas.chain import Completeness

#: What a damaged email still counts for.
_DAMAGED_WEIGHT = 0.5
#: Reasons listed; the rest is counted.
_REASONS = 5


def completeness(*, emails: int, damaged: int, ghosts: Collection[str]) -> Completeness:
    """Return the score of a chain and what is missing in it, in words.

    Args:
        emails: How many emails are at hand (at least 1).
        damaged: How many of them have parts that could not be read, or only by guessing.
        ghosts: Message-IDs that the emails refer to and nobody has seen.

    An email that nobody has answered yet is not incomplete.
    """
    known = emails - damaged * (1 - _DAMAGED_WEIGHT)
    missing = [f"unseen: {ghost}" for ghost in sorted(ghosts)]
    if len(missing) > _REASONS:
        missing = [*missing[:_REASONS], f"and {len(missing) - _REASONS} more unseen emails"]
    if damaged:
        missing.append(f"damaged parts in {damaged} of {emails} emails")
    return Completeness(score=round(known / (emails + len(ghosts)), 4), missing=tuple(missing))
