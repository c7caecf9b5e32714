"""Quotes: does it stand in the chain, word for word, and where.

A claim of a model counts only with a quote that this module finds. There is no fuzzy matching: what
was folded is what mail programs change, not what a model makes up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from consumer.analysis.folding import Folded, fold
from schemas.analysis import Evidence
from schemas.chain import Chain

#: A quote of fewer folded characters bears no claim: "the" stands in every mail. An ideograph counts as three.
_BEARING_CHARS = 10
_LAST_ALPHABETIC = "\u2e80"


def bears_claim(quote: str) -> bool:
    """Return whether *quote* is long enough to say something."""
    return sum(3 if char >= _LAST_ALPHABETIC else 1 for char in fold(quote).text) >= _BEARING_CHARS


class Quotes:
    """The texts and subjects of one chain, folded once, for many look-ups."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._folded: dict[tuple[str, str], Folded] = {}

    def find(self, quote: str) -> Evidence | None:
        """Return where *quote* stands first (oldest email first, texts before subjects), or None.

        The evidence's own quote is the original slice: what the mail says, not what the model typed.
        """
        needles = dict.fromkeys((fold(quote, line_start=False).text, fold(quote).text))
        for needle in needles:
            for email_id, field, text in self._texts() if needle else ():
                span = self._span(email_id, field, text, needle)
                if span is not None:
                    start, end = span
                    return Evidence(quote=text[start:end], email_id=email_id, field=field, start=start, end=end)
        return None

    def _texts(self) -> Iterator[tuple[str, Literal["text", "subject"], str]]:
        yield from ((email.email_id, "text", email.text) for email in self._chain.emails)
        yield from ((email.email_id, "subject", email.subject) for email in self._chain.emails)

    def _span(self, email_id: str, field: str, text: str, needle: str) -> tuple[int, int] | None:
        """Return the first exact span: one that begins or ends within a ligature is none."""
        key = (email_id, field)
        haystack = self._folded.get(key) or self._folded.setdefault(key, fold(text))
        at = haystack.text.find(needle)
        while at >= 0:
            start, end = haystack.starts[at], haystack.ends[at + len(needle) - 1]
            if fold(text[start:end], line_start=False).text == needle:
                return start, end
            at = haystack.text.find(needle, at + 1)
        return None
