"""Which emails of a chain a prompt has room for, and what was cut, in words: the newest is served first.

A pure function of the emails and the room: the same chain always gives the same prompt.
"""

from __future__ import annotations

from dataclasses import dataclass

from consumer.analysis.tokens import tokens_of

_CUT = "\n(… cut …)\n"
#: An older email takes at most this share of what is left, so that those before it are heard too.
_SHARE = 0.5
#: Between two emails stands an empty line.
_GAP_TOKENS = 2


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One email as it is to be shown: its head, its text, and its name where it is said what was cut."""

    head: str
    text: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """What of the emails is shown, and what is not: in characters, and in words."""

    body: str
    elided_chars: int
    cut: tuple[str, ...]


def fitted(emails: list[Shown], room_tokens: float) -> Fitted:
    """Return the emails that fit into *room_tokens*, oldest first; the newest whole if it can be."""
    parts: list[str] = []
    cut: list[str] = []
    elided = 0
    for email in reversed(emails):
        room_tokens -= tokens_of(email.head) + _GAP_TOKENS
        if room_tokens <= 0 and parts:
            break
        part = shortened(email.text, room_tokens if not parts else room_tokens * _SHARE)
        room_tokens -= tokens_of(part)
        missing = len(email.text) - _said_chars(email.text, part)
        elided += missing
        cut += [f"{email.name} shortened by {missing:,} characters"] if missing else []
        parts.append(f"{email.head}\n\n{part}")
    hidden = emails[: len(emails) - len(parts)]
    if hidden:
        elided += sum(len(email.text) for email in hidden)
        count = f"{len(hidden)} older email{'s' if len(hidden) > 1 else ''} left out"
        cut.append(count)
        parts.append(f"({count})")
    return Fitted(body="\n\n".join(reversed(parts)), elided_chars=elided, cut=tuple(reversed(cut)))


def shortened(text: str, room_tokens: float) -> str:
    """Return *text* with its middle cut out to take at most *room_tokens*; where that is nothing, the cut alone."""
    cost, part = tokens_of(text), text
    keep = len(text)
    while cost > room_tokens and keep:
        keep = int(keep * min(0.95, max(0.0, room_tokens - tokens_of(_CUT)) / cost))
        head, tail = keep - keep // 4, keep // 4
        part = text[:head] + _CUT + (text[-tail:] if tail else "")
        cost = tokens_of(part)
    return part


def _said_chars(text: str, part: str) -> int:
    return len(text) if part == text else len(part) - len(_CUT)
