"""The day that the head of a quoted mail names, in the notations of the common clients and languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta

#: First letters of the months' names without accents: en de fr es it nl pt sv da no fi pl cs ru tr.
_MONTHS = (
    "jan ene gen tam sty led янв oca",
    "feb fev fevr helm lut uno фев sub",
    "mar maa mrt maer bre мар",
    "apr avr abr huh kwi dub апр nis",
    "may mai mag mei maj tou kve мая маи",
    "jun juin giu kes cze cerv июн haz",
    "jul juil lug hei lip cervenc июл tem",
    "aug aou ago elo sie srp авг agu",
    "sep set syy wrz zar сен eyl",
    "oct okt ott out lok paz rij окт eki",
    "nov marr lis ноя kas",
    "dec dez dic des joulu gru pro дек ara",
)
_MONTH_OF = {prefix: number for number, names in enumerate(_MONTHS, 1) for prefix in names.split()}
_LONGEST, _SHORTEST = 7, 3
_WORD = r"(?P<month>[^\W\d_]{3,12})"
_YEAR = r"(?P<y>\d{4})"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d){_YEAR}\s?[年년]\s?(?P<m>\d{{1,2}})\s?[月월]\s?(?P<d>\d{{1,2}})\s?[日일]",
        rf"(?<!\d){_YEAR}[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})(?!\d)",
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|\.)?[\s-]+(?:de\s|of\s)?{_WORD}\.?,?[\s-]+(?:de\s)?{_YEAR}(?!\d)",
        rf"{_WORD}\s+(?P<d>\d{{1,2}})\s\d{{1,2}}:\d\d(?::\d\d)?\s(?:[a-z]{{2,5}}\s)?{_YEAR}(?!\d)",
        rf"{_WORD}\.?[\s-]+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?[\s-]+(?P<y>\d{{4}}|\d\d)(?![\d:])",
    )
)
_FIGURES = re.compile(r"(?<!\d)(?P<a>\d{1,2})(?P<sep>[/.-])\s?(?P<b>\d{1,2})(?P=sep)\s?(?P<y>\d{4}|\d\d)(?!\d)")
_HALF_DAY = re.compile(r"\d\s?[AP]M\b")
#: Most mail is answered in that time.
_QUOTED_SOON = timedelta(days=30)
_CENTURY, _LAST_CENTURY, _LAST_MONTH = 100, 70, 12


def day_in(text: str, written_on: date | None) -> date | None:
    """Return the day of writing that *text*, the head of a quote, names; None where it cannot be fixed.

    Args:
        text: A line or two; only the first day in it counts.
        written_on: The day of the mail that quotes. What is quoted is not younger, which tells whether
            05/04 is in April or in May; where both may be, AM or PM says American, or what is quoted is
            one of the last weeks; else None.
    """
    plain = "".join(char for char in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(char))
    plain = unicodedata.normalize("NFC", plain)
    for pattern in _PATTERNS:
        for found in pattern.finditer(plain):
            parts = found.groupdict()
            month = int(parts["m"]) if parts.get("m") else _month(parts.get("month") or "")
            day = _date(int(parts["y"]), month, int(parts["d"])) if month else None
            if day is not None:
                return day
    figures = _FIGURES.search(plain)
    return _of_figures(figures, text, written_on) if figures else None


def _month(name: str) -> int | None:
    """Return the number of the month that *name* begins like; the longest beginning decides."""
    lengths = range(_LONGEST, _SHORTEST - 1, -1)
    return next((_MONTH_OF[name[:length]] for length in lengths if name[:length] in _MONTH_OF), None)


def _of_figures(found: re.Match[str], text: str, written_on: date | None) -> date | None:
    days = list(dict.fromkeys(_readings(found)))
    if found["sep"] == "/" and _HALF_DAY.search(text) and len(days) > 1:
        return days[1]
    latest = written_on + timedelta(days=1) if written_on else None
    possible = [day for day in days if latest is None or day <= latest] if len(days) > 1 else days
    if len(possible) > 1 and latest is not None:
        possible = [day for day in possible if latest - day <= _QUOTED_SOON]
    return possible[0] if len(possible) == 1 else None


def _readings(found: re.Match[str]) -> Iterator[date]:
    """Yield the day with the day first, then with the month first where no dots say that the day is."""
    first, second = int(found["a"]), int(found["b"])
    year = int(found["y"])
    orders = ((second, first), (first, second)) if found["sep"] != "." else ((second, first),)
    for month, day in orders:
        read = _date(year, month, day)
        if read is not None:
            yield read


def _date(year: int, month: int, day: int) -> date | None:
    if year < _CENTURY:
        year += 1900 if year >= _LAST_CENTURY else 2000
    if not 1 <= month <= _LAST_MONTH:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
