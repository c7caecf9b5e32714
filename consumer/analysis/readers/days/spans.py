"""Weeks, months, quarters, years and seasons, by name or told from the day of writing, and their ends."""

from __future__ import annotations

import re
from datetime import date

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
from consumer.analysis.readers.days.tense import looks_back

_FRIDAY, _WEEK = 4, 7
_QUARTER, _MONTHS, _HALF_YEAR = 3, 12, 6
#: Within so many months another year's month is meant rather than that of this year.
_NEAR = 5
#: Nobody calls a month of last year by its name alone while that of this year is so near.
_SOON = 3
_UNTIL = re.compile(r"by|until|till|before", re.IGNORECASE)
_LEADS = {"next": 1, "last": -1, "past": -1, "previous": -1, "prior": -1, "coming": 0, "current": 0}
_LEADS |= {"nächste": 1, "nächster": 1, "nächsten": 1, "letzte": -1, "letzter": -1, "letzten": -1}
_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": 5}
#: Words that are first names or verbs too: a month only where the word before says so.
_NAMES_TOO = frozenset(["april", "may", "june", "august", "march"])


def _shift(found: re.Match[str]) -> int:
    return _LEADS.get(" ".join((found["lead"] or "").lower().split()).removeprefix("this "), 0)


def _week(found: re.Match[str], writing: Writing) -> Meaning | None:
    return week(writing.on, _shift(found))


def _week_of_month(found: re.Match[str], writing: Writing) -> Meaning | None:
    """Return the first, second … or last week of a month: that with the first, eighth … or last day."""
    named = _month_named(found, writing)
    if named is None or named.resolved is None:
        return named
    last = date.fromisoformat(last_of_month(named.resolved))
    number = _ORDINALS[found["nth"].lower()]
    return week(last if number > 4 else last.replace(day=1 + _WEEK * (number - 1)))  # noqa: PLR2004 - of five weeks


def _end_of_week(found: re.Match[str], writing: Writing) -> Meaning | None:
    if writing.on is None:
        return OPEN
    return shifted(writing.on, _FRIDAY - writing.on.weekday() + _WEEK * _shift(found))


def _month(found: re.Match[str], writing: Writing) -> Meaning | None:
    if writing.on is None:
        return OPEN
    return Meaning(resolved=month(writing.on.year, writing.on.month + _shift(found)), is_relative=True)


def _end_of_month(found: re.Match[str], writing: Writing) -> Meaning | None:
    meant = _month(found, writing)
    return Meaning(resolved=last_of_month(meant.resolved), is_relative=True) if meant and meant.resolved else meant


def _month_named(found: re.Match[str], writing: Writing) -> Meaning | None:
    """Return a month by name; without a year the nearest, or the one ahead or behind where the sentence says so."""
    name, year = found["month"], found.groupdict().get("y")
    if not name[0].isupper():
        return None
    number = MONTH_OF[name.lower()]
    if year:
        return Meaning(resolved=month(full_year(year), number))
    if writing.near is None:
        return Meaning(resolved=None)
    lead = (found.groupdict().get("lead") or "").lower()
    return Meaning(resolved=month(writing.near.year + _years_to(found, writing.near, number, lead), number))


def _years_to(found: re.Match[str], on: date, number: int, lead: str) -> int:
    months = number - on.month
    if lead == "this":
        return 0
    if months < 0 and _UNTIL.match(found.groupdict().get("lead_in") or ""):
        return 1
    if lead == "last" or (not lead and months > _SOON and looks_back(found.string, found.start(), found.end())):
        return 0 if lead and months < 0 else -1
    if lead:
        return 0 if months >= 0 else 1
    return -1 if months > _MONTHS - _NEAR else 1 if months < _NEAR - _MONTHS else 0


def _end_of_named_month(found: re.Match[str], writing: Writing) -> Meaning | None:
    named = _month_named(found, writing)
    return Meaning(resolved=last_of_month(named.resolved)) if named and named.resolved else named


def _bare_month(found: re.Match[str], writing: Writing) -> Meaning | None:
    name = found["month"]
    if name.lower() in _NAMES_TOO and (name.isupper() or not found["lead_in"]):
        return None
    return _month_named(found, writing)


def _quarter(found: re.Match[str], writing: Writing) -> Meaning | None:
    """Return a quarter's first and last month; without a year that of the day of writing."""
    figures = found.groupdict().get("nth")
    year = found.groupdict().get("y")
    if year is None and writing.on is None:
        return OPEN
    on = writing.on or date.min
    of_year = full_year(year) if year else on.year + _shift(found) * bool(figures)
    number = _number(figures) if figures else (on.month - 1) // _QUARTER + 1 + _shift(found)
    first = (number - 1) * _QUARTER + 1
    resolved = f"{month(of_year, first)}/{month(of_year, first + _QUARTER - 1)}"
    return Meaning(resolved=resolved, is_relative=year is None)


def _number(figures: str) -> int:
    return int(figures) if figures.isdigit() else _ORDINALS[figures.lower()]


def _half(found: re.Match[str], writing: Writing) -> Meaning | None:
    year = found["y"] or (writing.on and str(writing.on.year + _shift(found)))
    if not year:
        return OPEN
    first = 1 if _number(found["nth"]) == 1 else _HALF_YEAR + 1
    return Meaning(resolved=f"{month(int(year), first)}/{month(int(year), first + _HALF_YEAR - 1)}")


def _year_told(found: re.Match[str], writing: Writing) -> Meaning | None:
    if writing.on is None:
        return OPEN
    return Meaning(resolved=f"{writing.on.year + _shift(found):04d}", is_relative=True)


def _end_of_year(found: re.Match[str], writing: Writing) -> Meaning | None:
    if found["y"]:
        return Meaning(resolved=f"{found['y']}-12-31")
    meant = _year_told(found, writing)
    return Meaning(resolved=f"{meant.resolved}-12-31", is_relative=True) if meant and meant.resolved else meant


def _begin_of_year(found: re.Match[str], writing: Writing) -> Meaning | None:
    meant = Meaning(resolved=found["y"]) if found["y"] else _year_told(found, writing)
    return Meaning(resolved=f"{meant.resolved}-01", is_relative=True) if meant and meant.resolved else meant


def _year(found: re.Match[str], _: Writing) -> Meaning | None:
    return Meaning(resolved=found["y"])


def _years(found: re.Match[str], _: Writing) -> Meaning | None:
    first, last = found["y"], found["last"]
    last = first[:2] + last if len(last) == 2 else last  # noqa: PLR2004 - 1999-00 is told by four figures alone
    return Meaning(resolved=f"{first}/{last}") if first < last else None


def _season(_: re.Match[str], __: Writing) -> Meaning | None:
    return Meaning(resolved=None, is_span=True)


def _months(found: re.Match[str], writing: Writing) -> Meaning | None:
    """From a month to another: of the year that is named, else the nearest ones."""
    if not (is_month(found["month"]) and found["month"][0].isupper()):
        return None
    first, last = MONTH_OF[found["month"].lower()], MONTH_OF[found["until"].lower()]
    if found["y"] is None and writing.on is None:
        return Meaning(resolved=None)
    year = full_year(found["y"]) if found["y"] else writing.on.year if writing.on else 0
    begins = full_year(found["y1"]) if found["y1"] else year - (1 if first > last else 0)
    return Meaning(resolved=f"{month(begins, first)}/{month(year, last)}")


_YEAR = r"(?P<y>(?:19[5-9]|20[0-4])\d)\b"
_OF_YEAR = rf"(?:,? (?:of )?{_YEAR})"
_LEAD = r"(?P<lead>this (?:past|coming)|this|next|last|previous|prior|coming|current)"
#: A length of time, and no week or year of the calendar: "over the next year".
_NO_LENGTH = r"(?<!over\sthe\s)(?<!within\sthe\s)(?<!within\s)(?<!in\sthe\s)(?<!during\sthe\s)(?<!for\sthe\s)"
_PART = r"(?:(?:early|earlier|late|later|mid|middle|beginning|start)[\s-]{1,3}(?:(?:in|of|part\sof) )?)?"
_THE = r"(?:the )?"
_END = r"\b(?:the )?(?:end|close) of "
_NTH = r"(?P<nth>first|second|third|fourth|1st|2nd|3rd|4th)"
_SEASON = r"(?:spring|summer|autumn|fall|winter)\b"
#: What stands before a month that is meant as one.
_IN = (
    r"(?P<lead_in>(?:in|by|of|for|since|until|till|through|during|from|to|before|after|between|next|last|"
    r"this|and|or|month of|the|our|starting|beginning|ending|effective|as of)[\s-]{1,9})?"
)
#: A number that stands behind these is a year.
_YEAR_CUE = (
    r"(?:\b(?:in|of|for|since|by|until|till|through|during|before|after|from|to|and|or|early|late|mid|end|years?|fiscal|"
    r"calend[ae]r|summer|winter|spring|fall|autumn|the|ending|ended|FY|than|between|as of)[\s-]{1,9}|(?<=\d{4},\s))"
)
_NO_NAME = (
    r"(?!['\u2019]?\s?(?:[%$]|MW|MWh|megawatt|pages?|people|employees|acres|feet|miles|hours|shares|units|words|"
    r"[-/]\d))"
)

RULES: tuple[Rule, ...] = rules(
    ("end", _END + rf"(?:(?:the|{_LEAD}) )?week\b|\bende (?:der|dieser) woche\b", _end_of_week),
    ("end", _END + rf"(?:(?:the|{_LEAD}) )?month\b|\bmonatsende\b|\bende des monats\b", _end_of_month),
    ("end", _END + rf"(?P<month>{ENGLISH_MONTH})\b{_OF_YEAR}?", _end_of_named_month),
    (
        "end",
        _END + rf"(?:(?:the|{_LEAD}) )?(?:calendar )?(?:year\b|{_YEAR})(?! or so)|"
        r"\bjahresende\b|\byear[\s-]end\b(?! \d{4})",
        _end_of_year,
    ),
    (
        "end",
        rf"\b(?:the )?(?:beginning|start) of (?:(?:the|{_LEAD}) year\b|{_YEAR})",
        _begin_of_year,
    ),
    (
        "week",
        rf"\b{_NTH} week (?:of|in) (?P<month>{FULL_MONTH})\b{_OF_YEAR}?".replace("4th)", "4th|last)", 1),
        _week_of_month,
    ),
    ("week", rf"\b{_PART}{_THE}{_LEAD} week\b(?! (?:of|or\s+so)\b)", _week),
    ("week", r"\b(?P<lead>diese|nächste|letzte|dieser|nächster|letzter)[rn]? woche\b", _week),
    ("months", rf"\b{_PART}{_THE}{_NO_LENGTH}{_LEAD} month\b", _month),
    ("months", r"\b(?P<lead>diesen|nächsten|letzten) monat\b", _month),
    (
        "quarter",
        rf"\b{_PART}{_THE}(?P<lead>this past|this|next|last|past|current|coming) quarter\b",
        _quarter,
    ),
    (
        "quarter",
        rf"\b{_NTH} quarter\b(?: of (?P<lead>this|next|last) year\b|{_OF_YEAR})?",
        _quarter,
    ),
    ("quarter", r"\bQ(?P<nth>[1-4])(?:\s{0,9}(?:of )?['\u2019]?(?P<y>(?:19|20)\d\d|\d\d))?(?P<lead>)\b", _quarter),
    ("quarter", r"\b(?P<nth>[1-4])Q\s?['\u2019]?(?P<y>(?:19|20)\d\d|\d\d)(?P<lead>)\b", _quarter),
    ("end", rf"\b(?P<nth>first|second) half of (?:(?:{_LEAD}|the) year\b|{_YEAR})", _half),
    (
        "years",
        rf"\b{_PART}{_THE}{_NO_LENGTH}{_LEAD} (?:calendar |fiscal )?year\b(?!['\u2019]?s?\s+(?:old|eve|day)\b)",
        _year_told,
    ),
    ("years", r"\b(?:earlier|later|early|late) in the year(?P<lead>)\b", _year_told),
    (
        "month",
        (
            rf"\b(?P<month>{ENGLISH_MONTH})\b\.?(?:,? (?P<y1>(?:19|20)\d\d))?\s{{0,9}}"
            rf"(?:-|\u2013|through|thru|to|until)\s{{0,9}}(?:the end of )?(?P<until>{ENGLISH_MONTH})\b"
            rf"(?!\.? \d{{1,2}}\b)(?:\.?,? (?:of )?(?P<y>(?:19|20)\d\d))?\b"
        ),
        _months,
    ),
    ("month", rf"(?<!\d\s)(?<!\d\.\s)\b{_PART}(?:month of )?(?P<month>{MONTH})\b\.?{_OF_YEAR}", _month_named),
    ("month", rf"\b(?P<month>{ENGLISH_MONTH})(?:-|\s?['\u2019])(?P<y>\d\d)\b(?!-)", _month_named),
    (
        "month",
        rf"\b{_PART}(?:month of )?(?:(?P<lead>this|next|last) )(?P<month>{FULL_MONTH})\b(?!\.? \d)",
        _month_named,
    ),
    (
        "month",
        (
            rf"\b{_IN}(?P<at>(?:(?:early|late|mid|middle of)[\s-]{{1,9}})?(?:month of )?(?P<month>{FULL_MONTH})\b)"
            rf"(?!\.? \d|-\d|/)(?=(?:,? (?:and |or |& )?(?:{ENGLISH_MONTH})\b\.?){{1,4}},?{_OF_YEAR})?"
        ),
        _bare_month,
    ),
    (
        "season",
        (
            rf"\b(?:{_PART}{_THE}(?:this|last|next|past|coming) {_SEASON}|(?:in|by|of|for|during|until|before|after|"
            rf"since|over) the {_SEASON}|(?:early|late|mid)[\s-]{{1,3}}{_SEASON})"
            rf"(?: (?:of )?(?:19|20)\d\d\b)?|\b{_SEASON} (?:of )?(?:19|20)\d\d\b"
        ),
        _season,
    ),
    ("year", r"\b(?P<y>(?:19[5-9]|20[0-4])\d)\s?[-\u2013/]\s?(?P<last>(?:19[5-9]|20[0-4])\d|\d\d)\b(?![-/]\d)", _years),
    ("year", rf"\b(?:calendar|fiscal|FY) (?:year )?{_YEAR}", _year),
    ("year", rf"{_YEAR_CUE}(?P<at>{_YEAR}){_NO_NAME}", _year),
    ("year", rf"\b{_YEAR} (?:calendar|fiscal) year\b", _year),
)
