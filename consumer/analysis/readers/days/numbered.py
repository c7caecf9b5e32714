"""Days told by their number in the month, or by their turn in it: "the 20th", "the first Monday in November"."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from consumer.analysis.readers.days.leads import (
    FULL_WEEKDAY,
    LEAD,
    NOT_AFTER,
    NTH_OR_LAST,
    OF_YEAR,
    ORDINALS,
    shift_of,
)
from consumer.analysis.readers.days.meaning import OPEN, Meaning, Rule, Writing, day, last_of_month, rules, shifted
from consumer.analysis.readers.days.names import ENGLISH_MONTH, NUMBER, WEEKDAY_OF, number_of
from consumer.analysis.readers.days.spans import month_named, month_told
from consumer.analysis.readers.days.tense import looks_back

_WEEK = 7
#: Months to look through for one with such a day, and for one in which it is that weekday.
_MONTHS = 12
#: What is more is the last one.
_MOST_WEEKS = 4


def _numbered(found: re.Match[str], writing: Writing) -> Meaning | None:
    """Return the nearest day of that number ahead, or back; beside a weekday one that falls on it."""
    if writing.near is None:
        return OPEN
    number, weekday = int(found["d"]), (found.groupdict().get("weekday") or "").lower()
    is_past = looks_back(found.string, found.start(), found.end())
    for step in range(_MONTHS):
        meant = _in_month(writing.near, -step if is_past else step, number)
        resolved = date.fromisoformat(meant.resolved or "") if meant else None
        is_right = resolved is not None and (resolved <= writing.near if is_past else resolved >= writing.near)
        if resolved and is_right and (not weekday or resolved.weekday() == WEEKDAY_OF[weekday]):
            return Meaning(resolved=resolved.isoformat())
    return None


def _of_month(found: re.Match[str], writing: Writing) -> Meaning | None:
    """Return a day by its number in this month, the next or the last, or the first day of a year; else the nearest."""
    if writing.near is None:
        return OPEN
    number = int(found["d"] or 1)
    if (found["unit"] or "").lower() == "year":
        year = writing.near.year + (shift_of(found["lead"]) if found["lead"] else 1)
        return replace(day(year, 1, 1) or OPEN, is_relative=True) if number == 1 else None
    if not found["lead"]:
        return _numbered(found, writing)
    meant = _in_month(writing.near, shift_of(found["lead"]), number)
    return replace(meant, is_relative=True) if meant else None


def _of_named_month(found: re.Match[str], writing: Writing) -> Meaning | None:
    """Return the first, second … or last of a weekday in a month."""
    named = month_named(found, writing) if found["month"] else month_told(found, writing)
    if named is None or named.resolved is None:
        return named
    wanted, number = WEEKDAY_OF[found["weekday"].lower()], ORDINALS[found["nth"].lower()]
    first = date.fromisoformat(f"{named.resolved}-01")
    days = (wanted - first.weekday()) % _WEEK + _WEEK * (number - 1)
    if number > _MOST_WEEKS:
        last = date.fromisoformat(last_of_month(named.resolved))
        return Meaning(resolved=(last - timedelta(days=(last.weekday() - wanted) % _WEEK)).isoformat())
    return Meaning(resolved=(first + timedelta(days=days)).isoformat())


def _weeks_from(found: re.Match[str], writing: Writing) -> Meaning | None:
    """So many weeks after the weekday to come."""
    if writing.near is None:
        return OPEN
    ahead = (WEEKDAY_OF[found["weekday"].lower()] - writing.near.weekday()) % _WEEK or _WEEK
    return shifted(writing.near, ahead + _WEEK * number_of(found["n"]))


def _in_month(on: date, months: int, number: int) -> Meaning | None:
    """Return the day of that *number* in the month that lies so many *months* after that of *on*."""
    year, month = divmod(on.year * _MONTHS + on.month - 1 + months, _MONTHS)
    return day(year, month + 1, number)


_ORDINAL = r"(?P<d>\d{1,2})(?:st|nd|rd|th|(?<=2[23])d)\b"
#: Words that may follow a day without a month; all others make it the fifth of something.
_NO_NOUN = (
    r"(?: of (?:this|next) week\b|(?=\s{0,9}(?:[.,;:!?)(/-]|$|\n\s{0,20}(?:\n|(?-i:[A-Z]))|"
    r"\s(?:at|in|and|or|is|are|be|was|were|will|would|to(?!\s(?:last|none))|from|if|for|as|but|so|because|when|"
    r"instead|works?|should|can|could|"
    r"with|by|through|thru|then|that|we|i|you)\b)))"
)

#: "the 16th - 17th of August": one of two days of a month.
_NO_RANGE = rf"(?!\s?(?:-|\u2013|/|to|or|and) ?\d{{1,2}}(?:st|nd|rd|th) (?:of )?(?:{ENGLISH_MONTH})\b)"
#: "on 5th and Main".
_NO_STREET = r"(?!(?-i:\s(?:and|at|&)\s[A-Z]))"

RULES: tuple[Rule, ...] = rules(
    (
        "weekday",
        (
            rf"{NOT_AFTER}\b(?:this |next )?{FULL_WEEKDAY}\.?,?(?: (?:morning|afternoon|evening|night),?)? "
            rf"(?:the )?{_ORDINAL}(?!\s(?:of\s)?[a-z]*(?:floor|quarter))"
        ),
        _numbered,
    ),
    (
        "weekday of",
        (
            rf"\b(?:the )?{NTH_OR_LAST} {FULL_WEEKDAY} (?:of|in) (?:(?:month of )?(?P<month>{ENGLISH_MONTH})\b\.?"
            rf"{OF_YEAR}?|(?:the|{LEAD}) month\b)"
        ),
        _of_named_month,
    ),
    (
        "from weekday",
        rf"\b(?P<n>{NUMBER}) weeks? from (?:this |next )?{FULL_WEEKDAY}",
        _weeks_from,
    ),
    (
        "ordinal",
        rf"\b(?:the )?{_ORDINAL} of (?:the|{LEAD}) (?P<unit>month|year)\b",
        _of_month,
    ),
    ("months", rf"\bthe first of (?:the|{LEAD}) (?P<unit>month)\b(?P<d>)", _of_month),
    ("years", rf"\bthe first of (?:the|{LEAD}) (?P<unit>year)\b(?P<d>)", _of_month),
    ("ordinal", rf"\bthe {_ORDINAL}{_NO_RANGE}{_NO_NOUN}", _numbered),
    ("ordinal", rf"\b(?:on|by|until|before) (?P<at>{_ORDINAL}){_NO_STREET}{_NO_RANGE}{_NO_NOUN}", _numbered),
    (
        "ordinal",
        r"(?<=\bthe\s)(?P<d>\d{1,2})(?:st|nd|rd|th)?(?= (?:or|and) (?:the )?\d{1,2}(?:st|nd|rd|th)\b)",
        _numbered,
    ),
    (
        "ordinal",
        rf"(?:(?<=\band\s)|(?<=\d(?:st|nd|rd|th)\sor\s))(?P<d>\d{{1,2}})(?:st|nd|rd|th)\b{_NO_NOUN}",
        _numbered,
    ),
)
