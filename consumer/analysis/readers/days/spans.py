"""Weeks and months, by name or told from the day of writing, and their ends."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import partial

from consumer.analysis.readers.days.leads import (
    END,
    LEAD,
    NO_LENGTH,
    NTH_OR_LAST,
    OF_YEAR,
    ORDINALS,
    PART,
    PART_OF,
    THE,
    YEAR,
    shift,
    shift_of,
)
from consumer.analysis.readers.days.meaning import (
    OPEN,
    Meaning,
    Rule,
    Writing,
    full_year,
    last_of_month,
    month,
    rules,
    shifted,
    week,
)
from consumer.analysis.readers.days.names import ENGLISH_MONTH, FULL_MONTH, MONTH, MONTH_OF, is_month
from consumer.analysis.readers.days.tense import looks_ahead, looks_back

_THURSDAY, _FRIDAY, _WEEK = 3, 4, 7
_MONTHS, _MIDDLE = 12, 15
#: Within so many months another year's month is meant rather than that of this year.
_NEAR = 5
#: Nobody calls a month of last year by its name alone while that of this year is so near.
_SOON = 3
_STARTS = re.compile(r"in|from|starting|beginning|effective", re.IGNORECASE)
_UNTIL = re.compile(r"by|until|till|before", re.IGNORECASE)
#: "Ann Bee, July Hill, Ben": in a list of people.
_FIRST_NAME = re.compile(r",\s+\w+\s+[A-Z][a-z]+\s*(?:,|$)|\s*,?\s*\w+\s+[A-Z][a-z]+,\s+[A-Z][a-z]+\s+[A-Z]")
_LISTED_BEFORE = re.compile(rf"\b(?:{FULL_MONTH})(?:\s?[,/&-]|\s(?:or|and))\s{{0,3}}$", re.IGNORECASE)
_LISTED_AFTER = re.compile(rf"(?:\s?[,/&-]|\s(?:or|and))\s{{0,3}}(?:and\s)?(?:{FULL_MONTH})\b", re.IGNORECASE)
#: "free beginning in January".
_OPENS = re.compile(r"\b(?:open|free|available)\s(?:beginning|starting|from)\s(?:in\s)?$", re.IGNORECASE)
#: "mid may" needs no capital.
_PART_BEFORE = re.compile(r"(?:(?:in|by|for|until|since|of|from)\s)?(?:early|mid|late)[\s-]", re.IGNORECASE)
_HABIT = re.compile(r"\b(?:typically|usually|normally|generally|always|every|each)\s$", re.IGNORECASE)
_ENDED = re.compile(r"\bended\s(?:in\s)?$", re.IGNORECASE)
_LIST_CHARS = 20
#: Words that are first names or verbs too: a month only where the word before says so.
_NAMES_TOO = frozenset(["april", "may", "june", "august", "march"])


def _week(found: re.Match[str], writing: Writing) -> Meaning | None:
    return week(writing.near, shift(found))


def _week_after(_: re.Match[str], __: Writing) -> Meaning | None:
    return Meaning(resolved=None, is_relative=True, follows=partial(week, weeks=1))


def _week_by_number(found: re.Match[str], writing: Writing) -> Meaning | None:
    """Return the week of that number: of the year of the mail, where none is told."""
    if found["y"] is None and writing.near is None:
        return Meaning(resolved=None)
    year = full_year(found["y"]) if found["y"] else writing.near.year if writing.near else 0
    try:
        return week(date.fromisocalendar(year, int(found["week"]), 1))
    except ValueError:
        return None


def _week_of_month(found: re.Match[str], writing: Writing) -> Meaning | None:
    """Return the first, second … or last week of a month: most of its days are in that month, but for the last."""
    named = month_named(found, writing)
    if named is None or named.resolved is None:
        return named
    last = date.fromisoformat(last_of_month(named.resolved))
    number = ORDINALS[found["nth"].lower()]
    if number > 4:  # noqa: PLR2004 - of five weeks
        return week(last)
    first = last.replace(day=1)
    return week(first + timedelta(days=(_THURSDAY - first.weekday()) % _WEEK, weeks=number - 1))


def _end_of_week(found: re.Match[str], writing: Writing) -> Meaning | None:
    if writing.near is None:
        return OPEN
    return shifted(writing.near, _FRIDAY - writing.near.weekday() + _WEEK * shift(found))


def month_told(found: re.Match[str], writing: Writing) -> Meaning | None:
    """Return this month, the next or the last."""
    if writing.near is None:
        return OPEN
    return Meaning(resolved=month(writing.near.year, writing.near.month + shift(found)), is_relative=True)


def _end_of_month(found: re.Match[str], writing: Writing) -> Meaning | None:
    meant = month_told(found, writing)
    return Meaning(resolved=last_of_month(meant.resolved), is_relative=True) if meant and meant.resolved else meant


def month_named(found: re.Match[str], writing: Writing) -> Meaning | None:
    """Return a month by name; without a year the nearest, or the one ahead or behind where the sentence says so."""
    name, year = found["month"], found.groupdict().get("y")
    is_loud = name.isupper() and name.lower() in _NAMES_TOO and (found.groupdict().get("lead") or "").islower()
    is_part = _PART_BEFORE.match(found.group()) is not None
    if is_loud or not (name[0].isupper() or is_part or (year and is_month(name))):
        return None
    number = MONTH_OF[name.lower()]
    if year:
        return Meaning(resolved=month(full_year(year), number))
    if writing.near is None:
        return Meaning(resolved=None)
    if found.groupdict().get("of_year"):
        return Meaning(resolved=month(writing.near.year + shift_of(found["of_year"]), number))
    lead = (found.groupdict().get("lead") or "").lower()
    return Meaning(resolved=month(writing.near.year + _years_to(found, writing.near, number, lead), number))


def _told(found: re.Match[str]) -> int:
    """Return -1 for what a sentence looks back at, 1 for what it looks ahead to, else 0."""
    start, end = found.span()
    return looks_ahead(found.string, start, end) - looks_back(found.string, start, end)


def _stands_behind(cue: re.Pattern[str], found: re.Match[str]) -> bool:
    start = found.start("month")
    return cue.search(found.string, max(0, start - _LIST_CHARS), start) is not None


def _years_to(found: re.Match[str], on: date, number: int, lead: str) -> int:
    months = number - on.month
    if lead == "this":
        return 0
    if months < 0 and (_UNTIL.match(found.groupdict().get("lead_in") or "") or _stands_behind(_OPENS, found)):
        return 1
    if months <= -_SOON and _STARTS.match(found.groupdict().get("lead_in") or "") and (told := _told(found)):
        return max(told, 0)
    is_over = months > 0 and _stands_behind(_ENDED, found)
    if lead == "last" or is_over or (not lead and months > _SOON and looks_back(found.string, *found.span())):
        return 0 if lead and months < 0 else -1
    if lead:
        return 0 if months >= 0 else 1
    return -1 if months > _MONTHS - _NEAR else 1 if months < _NEAR - _MONTHS else 0


def _half_of_month(found: re.Match[str], writing: Writing) -> Meaning | None:
    named = month_named(found, writing)
    if named is None or named.resolved is None:
        return named
    first, middle, last = f"{named.resolved}-01", f"{named.resolved}-{_MIDDLE}", last_of_month(named.resolved)
    is_first = found["half"].lower() == "first"
    return Meaning(resolved=f"{first}/{middle}" if is_first else f"{named.resolved}-{_MIDDLE + 1}/{last}")


def _end_of_named_month(found: re.Match[str], writing: Writing) -> Meaning | None:
    named = month_named(found, writing)
    return Meaning(resolved=last_of_month(named.resolved)) if named and named.resolved else named


def _is_listed(found: re.Match[str]) -> bool:
    """Return whether another month stands beside one, as in a list of them."""
    start, end = found.start("at"), found.end("at")
    before = _LISTED_BEFORE.search(found.string, max(0, start - _LIST_CHARS), start)
    return before is not None or _LISTED_AFTER.match(found.string, end) is not None


def _bare_month(found: re.Match[str], writing: Writing) -> Meaning | None:
    name = found["month"]
    if name.lower() in _NAMES_TOO and (
        name.isupper() or not (found["lead_in"] or _is_listed(found) or " " in found["at"])
    ):
        return None
    if _HABIT.search(found.string, max(0, found.start() - _LIST_CHARS), found.start()):
        return None
    if not found["lead_in"] and _FIRST_NAME.match(found.string, max(0, found.start() - 2)):
        return None
    return month_named(found, writing)


def _months(found: re.Match[str], writing: Writing) -> Meaning | None:
    """From a month to another: of the year that is named, else the nearest ones."""
    if not (is_month(found["month"]) and found["month"][0].isupper()):
        return None
    first, last = MONTH_OF[found["month"].lower()], MONTH_OF[found["until"].lower()]
    if found["y"] is None and writing.near is None:
        return Meaning(resolved=None)
    year = full_year(found["y"]) if found["y"] else writing.near.year if writing.near else 0
    begins = full_year(found["y1"]) if found["y1"] else year - (1 if first > last else 0)
    return Meaning(resolved=f"{month(begins, first)}/{month(year, last)}")


#: What stands before a month that is meant as one.
_IN = (
    r"(?P<lead_in>(?:in|by|of|for|since|until|till|through|during|from|to|before|after|between|next|last|"
    r"this|and|or|month of|the|our|starting|beginning|ending|effective|as of)[\s-]{1,9})?"
)

RULES: tuple[Rule, ...] = rules(
    ("end", r"\beow\b(?P<lead>)", _end_of_week),
    ("end", r"\beom\b(?P<lead>)", _end_of_month),
    ("end", END + rf"(?:(?:the|{LEAD}) )?week\b|\bende (?:der|dieser) woche\b", _end_of_week),
    ("end", r"\bende (?P<lead>nächster|letzter) woche\b", _end_of_week),
    ("end", END + rf"(?:(?:the|{LEAD}) )?month\b|\bmonatsende\b|\bende des monats\b", _end_of_month),
    ("end", END + rf"(?P<month>{ENGLISH_MONTH})\b{OF_YEAR}?", _end_of_named_month),
    (
        "month",
        (
            rf"\b(?:the )?(?P<half>first|second|latter|last) half of (?:the month of )?(?P<month>{ENGLISH_MONTH})\b"
            rf"{OF_YEAR}?"
        ),
        _half_of_month,
    ),
    ("end", rf"\bende (?P<month>{MONTH})\b(?: {YEAR})?", _end_of_named_month),
    ("week", r"\b[KC]W ?(?P<week>\d{1,2})(?:\s?/\s?(?P<y>(?:20)?\d\d))?\b", _week_by_number),
    ("week", r"\b(?P<lead>semaine prochaine|próxima semana|semana que viene|semana pasada|semaine dernière)\b", _week),
    (
        "week",
        rf"\b(?:the )?{NTH_OR_LAST} week (?:of|in) (?P<month>{ENGLISH_MONTH})\b{OF_YEAR}?",
        _week_of_month,
    ),
    ("week", rf"\b{PART}{THE}{LEAD} week\b(?! (?:of|or\s+so|and\s+a\s+half)\b)", _week),
    ("week", r"\b(?:the )?following week\b", _week_after),
    ("week", r"\b(?P<lead>diese|nächste|letzte|dieser|nächster|letzter)[rn]? woche\b", _week),
    ("months", rf"\b{PART}{THE}{NO_LENGTH}{LEAD} month\b", month_told),
    ("months", r"\b(?P<lead>diesen|nächsten|letzten) monat\b", month_told),
    (
        "months",
        rf"\b{PART_OF} (?:the|{LEAD}) month\b",
        month_told,
    ),
    ("week", rf"\b{PART_OF} (?:the|{LEAD}) week\b", _week),
    (
        "month",
        (
            rf"\b{PART}(?P<month>{ENGLISH_MONTH})\b\.?(?:,? (?P<y1>(?:19|20)\d\d))?\s{{0,9}}"
            rf"(?:-|\u2013|through|thru|to|until)\s{{0,9}}(?:the end of |(?:early|mid|late)[\s-]{{1,3}})?"
            rf"(?P<until>{ENGLISH_MONTH})\b"
            rf"(?!\.? \d{{1,2}}\b)(?:\.?,? (?:of )?(?P<y>(?:19|20)\d\d))?\b"
        ),
        _months,
    ),
    (
        "month",
        rf"\b(?P<month>{ENGLISH_MONTH})(?P<y1>)\s?/\s?(?P<until>{ENGLISH_MONTH})\b\.?,? (?:of )?(?P<y>(?:19|20)\d\d)\b",
        _months,
    ),
    ("month, year", rf"(?<!\d\s)(?<!\d\.\s)\b{PART}(?:month of )?(?P<month>{MONTH})\b\.?{OF_YEAR}", month_named),
    ("month", rf"(?<=\bby\s){YEAR}, (?P<month>{FULL_MONTH})\b(?! \d)", month_named),
    ("month first", rf"\b(?P<month>{ENGLISH_MONTH})(?:-|\s?['\u2019])(?P<y>\d\d)\b(?!-)", month_named),
    (
        "month",
        rf"\b{PART}(?:month of )?(?P<month>{FULL_MONTH})\b,? (?:of )?(?P<of_year>this|next|last) year\b",
        month_named,
    ),
    (
        "month",
        rf"\b{PART}(?:month of )?(?:(?P<lead>this|next|last) )(?P<month>{FULL_MONTH})\b(?!\.? \d)",
        month_named,
    ),
    (
        "month",
        (
            rf"\b{_IN}(?P<at>(?:(?:early|late|mid|middle of)[\s-]{{1,9}})?(?:month of )?(?P<month>{FULL_MONTH})\b)"
            rf"(?!\.? \d(?!\d?[.)]\s)|-\d|/(?!(?:{FULL_MONTH})\b))"
            rf"(?=(?:,? (?:and |or |& )?(?:{ENGLISH_MONTH})\b\.?){{1,4}},?{OF_YEAR})?"
        ),
        _bare_month,
    ),
    ("month", r"(?<![\w.-])(?P<month>(?-i:Feb|Aug|Sept?|Oct|Nov|Dec))\b(?!\.? ?\d|[\w-])", month_named),
)
