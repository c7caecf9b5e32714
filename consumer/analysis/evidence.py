"""Quotes: does it stand in the chain, word for word, and where.

A claim of a model counts only with a quote that this module finds. There is no fuzzy matching: what
was folded is what mail programs change, not what a model makes up.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Literal

from consumer.analysis.folding import Folded, fold
from consumer.analysis.instructions import instructs, speaks_to_reader
from consumer.analysis.new_text import Passage
from schemas.analysis import Evidence
from schemas.chain import Chain, Email

#: A quote of fewer folded characters bears no claim: "the" stands in every mail. An ideograph counts as three.
_BEARING_CHARS = 10
_LAST_ALPHABETIC = "\u2e80"
#: A label that anybody can write ("Priority: critical") is no evidence for itself.
_LABEL = re.compile(r"\bpriority\s{0,3}[:=]", re.IGNORECASE)


def bears_claim(quote: str) -> bool:
    """Return whether *quote* is long enough to say something, and no instruction to its reader."""
    weight = sum(3 if char >= _LAST_ALPHABETIC else 1 for char in fold(quote).text)
    return weight >= _BEARING_CHARS and not (speaks_to_reader(quote) or _LABEL.search(quote))


def evidence_at(
    email: Email, field: Literal["text", "subject"], start: int, end: int, passages: tuple[Passage, ...] = ()
) -> Evidence:
    """Return the evidence at characters [start, end) of *email*, with the mail whose words these are.

    Args:
        email: The email that holds them.
        field: Where in it.
        start: First character.
        end: The one after the last.
        passages: Those of the email's text, in order: a quote within one is its own mail's.
    """
    text: str = getattr(email, field)
    at = bisect_right(passages, start, key=lambda passage: passage.start) - 1 if field == "text" else -1
    quoted = passages[at].quoted if at >= 0 and end <= passages[at].end else None
    return Evidence(quote=text[start:end], email_id=email.email_id, field=field, start=start, end=end, quoted=quoted)


class Quotes:
    """The texts and subjects of one chain, folded once, for many look-ups.

    Args:
        chain: The chain.
        passages: Those of its emails by email id; without them nobody but the sender is held to have said anything.
    """

    def __init__(self, chain: Chain, passages: Mapping[str, tuple[Passage, ...]] | None = None) -> None:
        self._chain = chain
        self._passages = passages or {}
        self._folded: dict[tuple[str, str], Folded] = {}

    def find(self, quote: str, *, whole_words: bool = False) -> Evidence | None:
        """Return where *quote* stands first (oldest email first, texts before subjects), or None.

        The evidence's own quote is the original slice: what the mail says, not what the model typed.
        With *whole_words*, "Ann" does not stand in "Anna".
        """
        return next(self._all(quote, whole_words=whole_words), None)

    def find_said(self, quote: str, *, whole_words: bool = False) -> Evidence | None:
        """Return where *quote* stands first outside passages that instruct their reader, or None."""
        for found in self._all(quote, whole_words=whole_words):
            email = next(email for email in self._chain.emails if email.email_id == found.email_id)
            if not instructs(getattr(email, found.field), found.start, found.end):
                return found
        return None

    def _all(self, quote: str, *, whole_words: bool) -> Iterator[Evidence]:
        """Yield where *quote* stands, as it is typed before what it may also mean."""
        needles = dict.fromkeys((fold(quote, line_start=False).text, fold(quote).text))
        for needle in needles:
            for email, field in self._places() if needle else ():
                passages = self._passages.get(email.email_id, ())
                for start, end in self._spans(email, field, needle, whole_words=whole_words):
                    yield evidence_at(email, field, start, end, passages)

    def _places(self) -> Iterator[tuple[Email, Literal["text", "subject"]]]:
        yield from ((email, "text") for email in self._chain.emails)
        yield from ((email, "subject") for email in self._chain.emails)

    def _spans(self, email: Email, field: str, needle: str, *, whole_words: bool) -> Iterator[tuple[int, int]]:
        """Yield the exact spans: one that begins or ends within a ligature is none."""
        text: str = getattr(email, field)
        key = (email.email_id, field)
        haystack = self._folded.get(key) or self._folded.setdefault(key, fold(text))
        at = haystack.text.find(needle)
        while at >= 0:
            start, end = haystack.starts[at], haystack.ends[at + len(needle) - 1]
            if fold(text[start:end], line_start=False).text == needle and not (
                whole_words and _in_word(text, start, end)
            ):
                yield start, end
            at = haystack.text.find(needle, at + 1)


def _in_word(text: str, start: int, end: int) -> bool:
    """Return whether characters [start, end) are but a part of a word."""
    before = text[start - 1 : start] if start else ""
    after = text[end : end + 1]
    return (before.isalnum() and text[start].isalnum()) or (after.isalnum() and text[end - 1].isalnum())
