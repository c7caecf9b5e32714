"""Where in a text the name of a day can begin at all: at figures, names and units, by one look at its words.

Each rule is tried only at the words that it needs and at some before them, and these count only where a word beside
them fits: neither "an" nor "may" alone names anything. To try every rule everywhere would cost more than all else that
is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Literal

from consumer.analysis.readers.days.names import COUNTING, MONTH_OF, WEEKDAY_OF

Anchor = Literal[
    "figures",
    "signs",
    "decade",
    "year",
    "ordinal",
    "month",
    "month first",
    "month, day",
    "month, year",
    "figure, month",
    "weekday",
    "weekday of",
    "from weekday",
    "word",
    "count",
    "day",
    "week",
    "months",
    "quarter",
    "years",
    "end",
    "season",
    "holiday",
]

#: Figures, or letters of the scripts in which days are read: a range is searched in a third of the time of a class.
_TOKEN = re.compile("(\\d+|[a-z\u00c0-\u1fff\u3040-\u9fff]+)")
_WEEKS = "week weeks woche wochen semaine semaines semana semanas"
_MONTHS = "month months monat monats monaten mois mes meses"
_YEARS = "year years jahr jahren an ans año años"
_DAYS = "day days tage tagen jour jours día días"
_ANCHORS: dict[Anchor, str] = {
    "weekday": " ".join(WEEKDAY_OF),
    "ordinal": "st nd rd th d",
    "season": "spring summer autumn fall winter",
    "word": "today tonight tomorrow tommorrow tmrw yesterday heute morgen übermorgen gestern vorgestern aujourd demain "
    "hier hoy mañana ayer morning mornings afternoon evening night am weekend",
    "count": f"{_DAYS} {_WEEKS} {_MONTHS} {_YEARS} hour hours hr hrs stunden heures horas",
    "day": "day",
    "week": f"{_WEEKS} midweek kw cw",
    "months": _MONTHS,
    "holiday": "new presidents good easter memorial independence labor columbus halloween veterans "
    "thanksgiving christmas boxing",
    "quarter": "quarter quarters qtr qtrs q h",
    "years": f"{_YEARS} midyear fy cy",
    "end": "end close ende beginning start half monatsende jahresende eow eom eoq eoy",
}
_OF: dict[str, tuple[Anchor, ...]] = {
    word: tuple(anchor for anchor, words in _ANCHORS.items() if word in words.split())
    for word in {word for words in _ANCHORS.values() for word in words.split()}
}
_ANY = frozenset([*_OF, *MONTH_OF])
#: A number, in what is said of the words before another.
_FIGURE = "0"
_LEADS = frozenset(
    "this next last past previous prior coming current following the mid calendar fiscal financial academic "
    "school business of first second third fourth st nd rd "
    "th diese dieser diesen nächste nächster nächsten letzte letzter letzten la el próxima".split()
)
#: What has to stand before a word of an anchor, where not any word may.
_BEHIND: dict[Anchor, frozenset[str]] = {
    "count": COUNTING | {_FIGURE, "of", "business", "working", "calendar"},
    "day": frozenset(["next", "following"]),
    "ordinal": frozenset([_FIGURE]),
    "week": _LEADS,
    "months": _LEADS,
    "quarter": _LEADS,
    "years": _LEADS,
    "end": frozenset(["year"]),
}
#: Words of which most name no holiday.
_HALF_NAMES = {"new": ("year",), "good": ("friday",), "labor": ("day",), "independence": ("day",)}
_PART_OF_DAY = frozenset("morning mornings afternoon evening night am".split())
_WHICH_PART = frozenset(["this", "last"])
#: These say enough alone.
_ALONE = frozenset("ende q h kw cw midweek midyear fy cy monatsende jahresende eow eom eoq eoy".split())
#: Behind these a month needs no capital, and two figures may be a year.
_PARTS = frozenset("early mid late".split())
_OF_WHAT = frozenset("of der dieser des".split())
#: How many words before such a word the name of a day may begin: "today, Monday, the 30th of October".
_REACH: dict[Anchor, int] = {
    "figures": 1,
    "signs": 0,
    "decade": 6,
    "year": 2,
    "ordinal": 4,
    "month": 5,
    "month first": 0,
    "month, day": 4,
    "month, year": 5,
    "figure, month": 8,
    "weekday": 2,
    "weekday of": 3,
    "from weekday": 5,
    "word": 2,
    "count": 7,
    "day": 2,
    "week": 6,
    "months": 6,
    "quarter": 6,
    "years": 6,
    "end": 2,
    "season": 6,
    "holiday": 0,
}
_YEAR_DIGITS, _DAY_DIGITS = 4, 2
_APOSTROPHES = ("", "'", "\u2019")
#: Behind the figure of a year and of a month, in Chinese and Japanese.
_SIGNS = ("年", "月")
#: So many words back, the figure of a day stands before its month: "30th of October".
_DAY_WORDS = 3


def places(text: str) -> dict[Anchor, list[int]]:
    """Return, by anchor, the characters of *text* at which the name of a day may begin, in order."""
    words = _TOKEN.split(_lowered(text))
    starts = list(accumulate(map(len, words)))[::2]
    words += ["", "", ""]
    found: dict[Anchor, dict[int, None]] = {}
    known = [number for number, word in enumerate(words[1::2]) if "0" <= word < "a" or word in _ANY]
    for number in known:
        for anchor in _anchors(words, 2 * number + 1, is_name=text[starts[number]].isupper()):
            begins = starts[max(0, number - _REACH[anchor]) : number + 1]
            found.setdefault(anchor, {}).update(dict.fromkeys(begins))
    return {anchor: list(begins) for anchor, begins in found.items()}


def _lowered(text: str) -> str:
    """Return *text* in small letters, each in its place."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(one.lower() if len(one.lower()) == 1 else one for one in text)


def _anchors(words: list[str], at: int, *, is_name: bool) -> list[Anchor]:
    """Return what the word *at* may name, by the words beside it: between two words stands what divides them."""
    word = words[at]
    if word.isdigit():
        return _of_figures(words, at)
    found = [anchor for anchor in _OF.get(word, ()) if _fits(anchor, words, at)]
    if word in WEEKDAY_OF:
        found += ["weekday of"] if words[at + 2] in ("of", "in") else []
        found += ["from weekday"] if "from" in (words[at - 2], words[at - 4]) else []
    return [*found, *_of_month(words, at, is_name=is_name)] if word in MONTH_OF else found


def _of_month(words: list[str], at: int, *, is_name: bool) -> Iterator[Anchor]:
    """Yield what a month may be a part of, by the figures beside it; one in small letters needs them."""
    after = words[at + 4] if words[at + 2] in ("of", "the") else words[at + 2]
    is_day = after.isdigit() and len(after) <= _DAY_DIGITS
    if any(one.isdigit() for one in words[max(1, at - 2 * _DAY_WORDS) : at : 2]):
        yield "figure, month"
    if is_day:
        yield "month first"
        yield "month, day"
    elif after.isdigit():
        yield "month, year"
    if (is_name or words[at - 2] in _PARTS) and not (is_day and after == words[at + 2] and "\n" not in words[at + 1]):
        yield "month"


def _fits(anchor: Anchor, words: list[str], at: int) -> bool:
    """Return whether the words beside the one *at* let it stand for *anchor*."""
    word = words[at]
    if anchor == "holiday":
        return word not in _HALF_NAMES or words[at + 2] in _HALF_NAMES[word]
    allowed = _WHICH_PART if word in _PART_OF_DAY else _BEHIND.get(anchor)
    if allowed is None or word in _ALONE or (anchor == "end" and words[at + 2] in _OF_WHAT):
        return True
    before = words[at - 2]
    return (_FIGURE if before.isdigit() else before) in allowed


def _of_figures(words: list[str], at: int) -> list[Anchor]:
    """Return what the figures *at* may be a part of."""
    figures, mark, after = words[at : at + 3]
    found: list[Anchor] = ["year"] if len(figures) == _YEAR_DIGITS else []
    is_short = words[at - 2] in _PARTS and words[at - 1][-1:] in ("'", "\u2019") and len(figures) == _DAY_DIGITS
    if is_short or (figures[-1] == "0" and after == "s" and mark in _APOSTROPHES):
        found.append("decade")
    if not mark and after[:1] in _SIGNS:
        found.append("signs")
    if after.isdigit() and _begins_a_day(figures, mark, words[at + 3]):
        found.append("figures")
    return found


def _begins_a_day(figures: str, mark: str, second: str) -> bool:
    """Return whether *figures* before two marks, with figures between, may begin a day or a span of two years."""
    if len(figures) > _DAY_DIGITS:
        return mark == second and mark in ("-", "/") and len(figures) == _YEAR_DIGITS
    is_span = figures[0] in "89" and mark.startswith("-") and mark[1:] in _APOSTROPHES
    return mark == "/" or (mark in ("-", ".") and second[:1] == mark) or is_span
