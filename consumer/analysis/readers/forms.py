"""Forms of words that mean one thing, looked for in a sentence: a cheap hint for each, then its pattern."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Form:
    """A pattern, and words in small letters of which each of its matches holds one.

    Where `whole`, all the sentence says what is meant; else it begins where the pattern does.
    """

    name: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    whole: bool = False


def form(name: str, hints: str | Iterable[str], pattern: str, *, whole: bool = False) -> Form:
    """Return a form; *hints* in one string stand apart by blanks."""
    split = tuple(hints.split()) if isinstance(hints, str) else tuple(hints)
    return Form(name, split, re.compile(pattern, re.IGNORECASE), whole)


class Forms:
    """Forms of which the first in a sentence counts; finding plain words costs a hundredth of trying patterns."""

    def __init__(self, *forms: Form) -> None:
        """Take *forms*, the surest first."""
        self._ranks = {one: rank for rank, one in enumerate(forms)}
        self._hinted: dict[str, list[Form]] = {}
        for one in forms:
            for hint in one.hints:
                self._hinted.setdefault(hint, []).append(one)

    def first(self, words: str, low: str) -> tuple[Form, re.Match[str]] | None:
        """Return the form that stands first in *words*, which are *low* in small letters, and where."""
        may_stand = {one for hint in filter(low.__contains__, self._hinted) for one in self._hinted[hint]}
        found = [(one, match) for one in may_stand if (match := one.pattern.search(words)) is not None]
        return min(found, key=lambda pair: (pair[1].start(), self._ranks[pair[0]]), default=None)
