"""Which parts of a text can name a day at all: the surroundings of figures, names and units, by one look at its words.

Each rule looks only around the words that it needs. A rule for every text would cost more than all else that is read.
"""

from __future__ import annotations

import re
from typing import Literal

from consumer.analysis.readers.days.names import MONTH_OF, WEEKDAY_OF

Anchor = Literal[
    "figures",
    "year",
    "ordinal",
    "month",
    "weekday",
    "word",
    "count",
    "week",
    "months",
    "quarter",
    "years",
    "end",
    "season",
]
Span = tuple[int, int]

_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_WEEKS = "week weeks woche wochen semaine semaines semana semanas"
_MONTHS = "month months monat monats monaten mois mes meses"
_YEARS = "year years jahr jahren an ans año años"
_DAYS = "day days tage tagen jour jours día días"
_ANCHORS: dict[Anchor, list[str]] = {
    "month": list(MONTH_OF),
    "weekday": list(WEEKDAY_OF),
    "ordinal": "st nd rd th".split(),
    "season": "spring summer autumn fall winter".split(),
    "word": (
        "today tonight morning mornings afternoon evening tomorrow tommorrow yesterday night weekend heute morgen "
        "übermorgen gestern vorgestern aujourd demain hier hoy mañana ayer"
    ).split(),
    "count": f"{_DAYS} {_WEEKS} {_MONTHS} {_YEARS}".split(),
    "week": _WEEKS.split(),
    "months": _MONTHS.split(),
    "quarter": "quarter q".split(),
    "years": _YEARS.split(),
    "end": "end close ende beginning start half monatsende jahresende".split(),
}
_OF: dict[str, tuple[Anchor, ...]] = {
    word: tuple(anchor for anchor, words in _ANCHORS.items() if word in words)
    for word in {word for words in _ANCHORS.values() for word in words}
}
#: Nothing that names a day is longer, on either side of such a word.
_AROUND_CHARS = 50
_TOKEN_CHARS = 20
_YEAR_DIGITS = 4
#: Behind the first figure of a day in figures; in Chinese and Japanese too.
_BETWEEN, _UNITS = "/-.", "年月"


def windows(text: str) -> dict[Anchor, list[Span]]:
    """Return, by anchor, where in *text* a day may be named; the spans of one anchor do not overlap."""
    found: dict[Anchor, list[Span]] = {}
    for token in _TOKEN.finditer(text):
        word = token.group()
        anchors = _of_figures(text, word, token.end()) if word[0].isdigit() else _OF.get(word.lower(), ())
        for anchor in anchors:
            _add(found.setdefault(anchor, []), token.start(), token.end(), len(text))
    return {anchor: [(start, _to_end_of_word(text, end)) for start, end in spans] for anchor, spans in found.items()}


def _of_figures(text: str, figures: str, end: int) -> tuple[Anchor, ...]:
    """Return what *figures*, which end before character *end*, may be a part of."""
    year: tuple[Anchor, ...] = ("year",) if len(figures) == _YEAR_DIGITS else ()
    after = text[end : end + 2]
    is_decade = figures[-1] == "0" and after.lstrip("'\u2019")[:1] == "s"
    if after and (is_decade or after[0] in _UNITS or (after[0] in _BETWEEN and after[1:].isdigit())):
        return (*year, "figures")
    return year


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
