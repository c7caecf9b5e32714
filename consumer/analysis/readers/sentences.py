"""A text as sentences, wrapped lines joined: each with its characters in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from consumer.analysis.readers.heads import Spans, within

_END = re.compile(
    r"[.!?\u2026]{1,9}[\"')\]\u201d]{0,2}(?=\s)|(?<=[a-z])\?(?=(?-i:[A-Z][a-z]))|\n[ \t]{0,99}(?=\n)|[;:](?=\s{0,9}\n)|"
    r"\n(?=[ \t]{0,40}(?:[-*\u2022\u00b7o]|\(?\d{1,2}[.)]|\(?[a-z]\))[ \t])",
    re.IGNORECASE,
)
#: A full stop behind these ends no sentence.
_SHORTENED = re.compile(
    r"(?:^|[\s(.])(?:[a-z]|gov|sen|rep|gen|rev|atty|hon|mr|mrs|ms|dr|prof|st|no|nos|inc|co|corp|ltd|vs|etc|approx|ext|"
    r"tel|fax|dept|jan|feb|mar|apr|"
    r"jun|jul|aug|sept?|oct|nov|dec|mon|tues?|wed|thurs?|fri|bzw|z\.b|ca|nr|str|hr|fr)$",
    re.IGNORECASE,
)
_MARKS = re.compile(r"^[ \t]*>[> \t]*", re.MULTILINE)
#: The sides of a box.
_SIDES = re.compile(r"^[ \t]{0,99}\|[ \t]|[ \t]\|[ \t]{0,99}$", re.MULTILINE)
_CURLY = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")
_LEAD = re.compile(r"[\s>*\u2022\u00b7-]*(?:\(?(?:\d{1,2}|[a-z])[.)]\s+)?[(\[]?")
#: Longer ones are tables and lists; their beginning is read.
_CHARS = 600
_SHORTENED_CHARS = 12


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """Characters [start, end) of a text, and what they say with single blanks; `end_mark` ends them, if any does."""

    start: int
    end: int
    words: str

    @property
    def asks(self) -> bool:
        """Whether it ends in a question mark that a word stands before; others are letters that were lost."""
        if "?" not in self.words:
            return False
        words = self.words.rstrip("\"')] ?")
        return "?" in self.words[len(words) :] and (words[-1:].isalnum() or words.endswith(".."))


def sentences_of(text: str, heads: Spans) -> Iterator[Sentence]:
    """Yield the sentences of *text*, but for lines that head a mail."""
    blank = _MARKS.sub(_blank, text)
    if "|" in blank:
        blank = _SIDES.sub(_blank, blank)
    start = 0
    for found in _END.finditer(blank):
        if found.group()[0] == "." and _SHORTENED.search(
            blank[max(start, found.start() - _SHORTENED_CHARS) : found.start()]
        ):
            continue
        yield from _piece(blank, start, found.end(), heads)
        start = found.end()
    yield from _piece(blank, start, len(blank), heads)


def _blank(found: re.Match[str]) -> str:
    return " " * len(found.group())


def _piece(text: str, start: int, end: int, heads: Spans) -> Iterator[Sentence]:
    """Yield characters [start, end) without margins, in pieces where heads of mails stand among them."""
    end = min(end, start + _CHARS)
    lead = _LEAD.match(text, start, end)
    begin = lead.end() if lead else start
    if within(heads, begin):
        newline = text.find("\n", begin, end)
        if newline >= 0:
            yield from _piece(text, newline + 1, end, heads)
        return
    said = text[begin:end].rstrip()
    if said:
        yield Sentence(
            start=begin,
            end=begin + len(said),
            words=" ".join((said if said.isascii() else said.translate(_CURLY)).split()),
        )
