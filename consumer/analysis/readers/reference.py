"""What every reader of references returns."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FoundReference:
    """A reference at characters [start, end); `value` normalised: digits of phones, URLs without scheme."""

    start: int
    end: int
    kind: str
    value: str


def found(match: re.Match[str], kind: str, value: str) -> FoundReference:
    """Return the reference that the group `value` of *match* is."""
    return FoundReference(start=match.start("value"), end=match.end("value"), kind=kind, value=value)
