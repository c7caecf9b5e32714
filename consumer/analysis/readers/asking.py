"""Whether a text asks its reader for something, or promises it something: a cheap look, in several languages."""

from __future__ import annotations

import re

_ASKS = re.compile(
    r"\?(?=\s|$|[\"')])|\b(?:please|pls|could you|can you|would you|will you|need|must|let me know|let us know|let's|"
    r"(?:ready|waiting|submitted) for (?:your )?(?:approval|review|signature)|"
    r"bitte|könnten sie|können sie|s'il vous|pouvez-vous|por favor|podría)\b",
    re.IGNORECASE,
)
#: "Please feel free to call" asks for nothing.
_POLITE = re.compile(
    r"\bplease (?:feel free|do not hesitate|don't hesitate|note|find|see (?:attached|below)|be advised)\b|"
    r"\b(?:if|should) you (?:have|need) (?:any )?(?:other |further |more |additional )?(?:questions?|information)\b"
    r"[^.!?\n]*(?:\n[^.!?\n]+)?",
    re.IGNORECASE,
)
_PROMISES = re.compile(
    r"\b(?:(?:i|we) will|(?:i|we)'ll|i am going to|i'm going to|ich werde|wir werden|je vais|nous allons|voy a)\b",
    re.IGNORECASE,
)


def asks(text: str) -> bool:
    """Return whether *text* holds a question or a request."""
    return _ASKS.search(_POLITE.sub(" ", text)) is not None


def promises(text: str) -> bool:
    """Return whether the writer of *text* promises something."""
    return _PROMISES.search(text) is not None
