"""Holidays that English mail names instead of their day: "the week after Thanksgiving", "Christmas Eve"."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from consumer.analysis.readers.days.leads import OF_YEAR
from consumer.analysis.readers.days.meaning import Meaning, Rule, Writing, rules

_MONDAY, _THURSDAY, _WEEK = 0, 3, 7


def _easter(year: int) -> date:
    """Return Easter Sunday (the Gregorian computus, Meeus/Jones/Butcher)."""
    century, of_century = divmod(year, 100)
    golden = year % 19
    epact = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    later = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * later + 114, 31)
    return date(year, month, day + 1)


def _turn(year: int, month: int, weekday: int, number: int) -> date:
    """Return the first, second … of a weekday in a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % _WEEK + _WEEK * (number - 1))


_OF: dict[str, Callable[[int], date]] = {
    "new year's day": lambda year: date(year, 1, 1),
    "new year's eve": lambda year: date(year, 12, 31),
    "presidents' day": lambda year: _turn(year, 2, _MONDAY, 3),
    "good friday": lambda year: _easter(year) - timedelta(days=2),
    "easter monday": lambda year: _easter(year) + timedelta(days=1),
    "easter": _easter,
    "memorial day": lambda year: _turn(year, 6, _MONDAY, 1) - timedelta(days=_WEEK),
    "independence day": lambda year: date(year, 7, 4),
    "labor day": lambda year: _turn(year, 9, _MONDAY, 1),
    "columbus day": lambda year: _turn(year, 10, _MONDAY, 2),
    "halloween": lambda year: date(year, 10, 31),
    "veterans day": lambda year: date(year, 11, 11),
    "thanksgiving": lambda year: _turn(year, 11, _THURSDAY, 4),
    "christmas eve": lambda year: date(year, 12, 24),
    "christmas": lambda year: date(year, 12, 25),
    "boxing day": lambda year: date(year, 12, 26),
}
#: Words whose holiday says when a thing is for, and no day: "the Christmas party".
_NO_DAY = (
    r"(?!['\u2019]?s? (?:party|parties|card|cards|tree|gift|gifts|present|presents|season|shopping|sales?|bonus|dinner|"
    r"holidays?|break|list|week|weekend|island|carol|music|egg|eggs|recess|parade|inn|turkey|lunch))"
)


def _holiday(found: re.Match[str], writing: Writing) -> Meaning | None:
    """Return the day of the year that is named, else the nearest to the mail."""
    if not found["name"][0].isupper():
        return None
    name = " ".join(found["name"].lower().replace("\u2019", "'").split())
    name = name.removesuffix(" day") if name.startswith(("christmas", "thanksgiving", "easter day")) else name
    day_of = _OF[name.replace("years", "year's").replace("presidents day", "presidents' day")]
    if found["y"]:
        return Meaning(resolved=day_of(int(found["y"])).isoformat())
    if writing.near is None:
        return Meaning(resolved=None)
    near = writing.near
    days = (day_of(near.year + step) for step in (0, 1, -1) if date.min.year < near.year + step < date.max.year)
    return Meaning(resolved=min(days, key=lambda one: abs((one - near).days)).isoformat())


RULES: tuple[Rule, ...] = rules(
    (
        "holiday",
        (
            r"(?<!merry\s)(?<!happy\s)\b"
            r"(?P<name>new year['\u2019]?s (?:day|eve)|presidents['\u2019]? day|good friday|easter(?: monday)?|"
            r"memorial day|independence day|labor day|columbus day|halloween|veterans day|thanksgiving(?: day)?|"
            rf"christmas(?: day| eve)?|boxing day)\b{_NO_DAY}{OF_YEAR}?"
        ),
        _holiday,
    ),
)
