"""Signs that a mail talks to whoever sorts it rather than about the matter: a warning in the record, never a filter.

Each sign says what and where, in our own words: nothing of the mail is repeated, for somebody may read the record with
another model. What keeps the record right stands elsewhere and does not depend on these signs (`docs/injection.md`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from consumer.analysis.instructions import instructions
from schemas.chain import Chain, Email

_MOST = 20
#: Direction overrides and isolates that turn text around; marks that Hebrew and Arabic need are not among them.
_TURNING = re.compile("[\u202a\u202b\u202d\u202e\u2066-\u2068]")
#: Letters that no program shows: the block of tags, but for flags, and blanks without width within a word.
_TAGS = re.compile("(?<![\U0001f3f4\U000e0020-\U000e007e])[\U000e0020-\U000e007e]{4,}")
_SPLIT = re.compile("[a-zA-Z][\u200b\u2060\ufeff\u180e]+[a-zA-Z]")
_FEW = 3
#: Fewer hidden characters are a blank line or a counter.
_HIDDEN_CHARS = 20


def signs(chain: Chain) -> tuple[str, ...]:
    """Return what in *chain* is meant for a machine, oldest email first, at most twenty."""
    found = (f"email {number}: {sign}" for number, email in enumerate(chain.emails, 1) for sign in _of(email))
    return tuple(dict.fromkeys(found))[:_MOST]


def _of(email: Email) -> Iterator[str]:
    for field in ("subject", "text"):
        text: str = getattr(email, field)
        for one in instructions(text):
            yield f"its {field} {one.does} (characters {one.start} to {one.end})"
        yield from (f"its {field} {sign}" for sign in _invisible(text))
    if email.hidden_chars >= _HIDDEN_CHARS:
        yield f"its page hides {email.hidden_chars} characters, which were removed"


def _invisible(text: str) -> Iterator[str]:
    if text.isascii():
        return
    turns, tags, splits = (sum(1 for _ in pattern.finditer(text)) for pattern in (_TURNING, _TAGS, _SPLIT))
    if turns:
        yield f"turns its direction of writing {turns} times"
    if tags:
        yield "holds letters that no program shows"
    if splits >= _FEW:
        yield f"splits {splits} words by characters without width"
