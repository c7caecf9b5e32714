"""Which parts of a text can name a day at all: the surroundings of figures, names and units, by one look at its words.

Each rule looks only around the words that it needs. A rule for every text would cost more than all else that is read.
"""

from __future__ import annotations

import re
from typing import Literal

from consumer.analysis.readers.days.names import MONTH_OF, WEEKDAY_OF

Anchor = Literal["figure", "year", "ordinal", "month", "weekday", "word", "unit", "season"]
Span = tuple[int, int]

_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_WORDS: dict[str, Anchor] = {
    **dict.fromkeys(MONTH_OF, "month"),
    **dict.fromkeys(WEEKDAY_OF, "weekday"),
    **dict.fromkeys("st nd rd th".split(), "ordinal"),
    **dict.fromkeys("spring summer autumn fall winter".split(), "season"),
    **dict.fromkeys(
        "today tonight morning afternoon evening tomorrow tommorrow yesterday night weekend heute morgen übermorgen "
        "gestern vorgestern aujourd demain hier hoy mañana ayer".split(),
        "word",
    ),
    **dict.fromkeys(
        "day days week weeks month months quarter year years half q tage tagen woche wochen monat monats monaten "
        "monatsende jahresende jahren jour jours semaine semaines mois an ans día días semana semanas mes meses año "
        "años".split(),
        "unit",
    ),
}
#: Nothing that names a day is longer, on either side of such a word.
_AROUND_CHARS = 80
_TOKEN_CHARS = 20
_YEAR_DIGITS = 4
#: "the end of 2001" is told like "the end of the year".
_OF_A_YEAR: tuple[Anchor, ...] = ("year", "unit")


def windows(text: str) -> dict[Anchor, list[Span]]:
    """Return, by anchor, where in *text* a day may be named; the spans of one anchor do not overlap."""
    found: dict[Anchor, list[Span]] = {}
    for token in _TOKEN.finditer(text):
        word = token.group()
        if not word[0].isdigit():
            anchor = _WORDS.get(word.lower())
            if anchor is not None:
                _add(found.setdefault(anchor, []), token.start(), token.end(), len(text))
            continue
        _add(found.setdefault("figure", []), token.start(), token.end(), len(text))
        if len(word) == _YEAR_DIGITS:
            for anchor in _OF_A_YEAR:
                _add(found.setdefault(anchor, []), token.start(), token.end(), len(text))
    return {anchor: [(start, _to_end_of_word(text, end)) for start, end in spans] for anchor, spans in found.items()}


def _add(spans: list[Span], start: int, end: int, length: int) -> None:
    """Add the surroundings of a word to *spans*, joined with the last of them where they touch."""
    begin, until = max(0, start - _AROUND_CHARS), min(length, end + _AROUND_CHARS)
    if spans and begin <= spans[-1][1] + _TOKEN_CHARS:
        spans[-1] = (spans[-1][0], until)
    else:
        spans.append((begin, until))


def _to_end_of_word(text: str, end: int) -> int:
    """Return the end of the word that the end of a window cuts: half a name could be another."""
    until = min(len(text), end + _TOKEN_CHARS)
    while end < until and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return end
