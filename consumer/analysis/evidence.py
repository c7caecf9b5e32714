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
from consumer.analysis.new_text import Passage
from schemas.analysis import Evidence
from schemas.chain import Chain, Email

#: A quote of fewer folded characters bears no claim: "the" stands in every mail. An ideograph counts as three.
_BEARING_CHARS = 10
_LAST_ALPHABETIC = "\u2e80"
#: Words to whoever sorts the mail, not about the matter. "Please disregard our previous invoice" is none.
_INSTRUCTION = re.compile(
    r"\b(?:ignore|disregard|forget|override) (?:(?:all|any|the|your|previous|prior|above|earlier) ){1,4}"
    r"(?:instruction|prompt|rule|direction|guideline|order from)|"
    r"\b(?:set|mark|rate|classify|treat|flag|change|score)\b.{0,40}\b(?:priority|urgency|business value)\b.{0,15}"
    r"\b(?:to|as|at|low|normal|high|critical)\b|"
    r"\b(?:mark|flag|rate|classify|treat)\b.{0,30}\b(?:as|with)\b.{0,10}\b(?:low|normal|high|critical|top)\b|"
    r"[\"']priority[\"']\s{0,3}:|\bsystem prompt\b|\bas an ai\b|"
    r"\byou are (?:an? )?(?:\w+ )?(?:assistant|language model|ai)\b",
    re.IGNORECASE,
)
#: A label that anybody can write ("Priority: critical") is no evidence for itself.
_LABEL = re.compile(r"\bpriority\s{0,3}[:=]", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?]\s|\n\s{0,9}\n")
_SENTENCE_CHARS = 200


def bears_claim(quote: str) -> bool:
    """Return whether *quote* is long enough to say something, and no instruction to its reader."""
    weight = sum(3 if char >= _LAST_ALPHABETIC else 1 for char in fold(quote).text)
    return weight >= _BEARING_CHARS and not (_is_instruction(quote) or _LABEL.search(quote))


def instructs(text: str, start: int, end: int) -> bool:
    """Return whether the sentence around characters [start, end) tells its reader how to sort the mail."""
    before = _SENTENCE_END.split(text[max(0, start - _SENTENCE_CHARS) : start])[-1]
    after = _SENTENCE_END.split(text[end : end + _SENTENCE_CHARS], maxsplit=1)[0]
    return _is_instruction(before + text[start:end] + after)


def _is_instruction(words: str) -> bool:
    return _INSTRUCTION.search(" ".join(words.split())) is not None


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
        needles = dict.fromkeys((fold(quote, line_start=False).text, fold(quote).text))
        for needle in needles:
            for email, field in self._places() if needle else ():
                span = self._span(email.email_id, field, getattr(email, field), needle, whole_words=whole_words)
                if span is not None:
                    return evidence_at(email, field, *span, self._passages.get(email.email_id, ()))
        return None

    def _places(self) -> Iterator[tuple[Email, Literal["text", "subject"]]]:
        yield from ((email, "text") for email in self._chain.emails)
        yield from ((email, "subject") for email in self._chain.emails)

    def _span(self, email_id: str, field: str, text: str, needle: str, *, whole_words: bool) -> tuple[int, int] | None:
        """Return the first exact span: one that begins or ends within a ligature is none."""
        key = (email_id, field)
        haystack = self._folded.get(key) or self._folded.setdefault(key, fold(text))
        at = haystack.text.find(needle)
        while at >= 0:
            start, end = haystack.starts[at], haystack.ends[at + len(needle) - 1]
            if fold(text[start:end], line_start=False).text == needle and not (
                whole_words and _in_word(text, start, end)
            ):
                return start, end
            at = haystack.text.find(needle, at + 1)
        return None


def _in_word(text: str, start: int, end: int) -> bool:
    """Return whether characters [start, end) are but a part of a word."""
    before = text[start - 1 : start] if start else ""
    after = text[end : end + 1]
    return (before.isalnum() and text[start].isalnum()) or (after.isalnum() and text[end - 1].isalnum())
