"""Quarters and halves of a year, and their ends."""

from __future__ import annotations

import re
from datetime import date

from consumer.analysis.readers.days.leads import END, LEAD, NTH, OF_YEAR, PART, THE, YEAR, number_of, shift
from consumer.analysis.readers.days.meaning import OPEN, Meaning, Rule, Writing, full_year, last_of_month, month, rules

_QUARTER, _HALF_YEAR, _LAST_QUARTER = 3, 6, 4


def _quarter(found: re.Match[str], writing: Writing) -> Meaning | None:
    """Return a quarter's first and last month; without a year that of the day of writing."""
    figures = found.groupdict().get("q") or found.groupdict().get("nth")
    year = found.groupdict().get("y") or found.groupdict().get("y2")
    if year is None and writing.near is None:
        return OPEN
    on = writing.near or date.min
    of_year = full_year(year) if year else on.year + shift(found) * bool(figures)
    number = min(number_of(figures), _LAST_QUARTER) if figures else (on.month - 1) // _QUARTER + 1 + shift(found)
    first = (number - 1) * _QUARTER + 1
    resolved = f"{month(of_year, first)}/{month(of_year, first + _QUARTER - 1)}"
    return Meaning(resolved=resolved, is_relative=year is None)


def _end_of_quarter(found: re.Match[str], writing: Writing) -> Meaning | None:
    meant = _quarter(found, writing)
    if meant is None or meant.resolved is None:
        return meant
    return Meaning(resolved=last_of_month(meant.resolved[-len("2001-12") :]), is_relative=meant.is_relative)


def _half(found: re.Match[str], writing: Writing) -> Meaning | None:
    told = found["y"] or found.groupdict().get("y2")
    year = full_year(told) if told else writing.near and writing.near.year + shift(found)
    if not year:
        return OPEN
    first = 1 if number_of(found["nth"]) == 1 else _HALF_YEAR + 1
    return Meaning(resolved=f"{month(year, first)}/{month(year, first + _HALF_YEAR - 1)}")


_SHORT_YEAR = r"(?:(?:,? of ['\u2019]?|\s?['\u2019])(?P<y2>\d\d)\b)"
_OF_WHICH_YEAR = rf"(?:(?: of)? (?P<lead>this|next|last) year\b|{OF_YEAR}|{_SHORT_YEAR})"
_ANY_NTH = NTH.replace("?P<nth>", "?:")

RULES: tuple[Rule, ...] = rules(
    (
        "end",
        END + rf"(?:(?:the )?(?:{LEAD} )?(?:{NTH} )?quarter\b(?: of {YEAR})?|"
        r"Q(?P<q>[1-4])(?: (?:of )?(?P<y2>(?:19|20)\d\d))?\b)",
        _end_of_quarter,
    ),
    ("end", r"\beoq\b(?P<lead>)", _end_of_quarter),
    (
        "quarter",
        rf"\b{PART}{THE}(?P<lead>this past|this|next|last|past|current|coming) (?:quarter|qtr)\b",
        _quarter,
    ),
    (
        "quarter",
        rf"\b{NTH}[\s-]{{1,9}}(?:quarter|qtr)s?\b{_OF_WHICH_YEAR}?",
        _quarter,
    ),
    (
        "quarter",
        (
            rf"\b{NTH}\b(?=-?(?:\s?/\s?| (?:and|or|to|through) ){_ANY_NTH}[\s-]{{1,9}}(?:quarter|qtr)s?\b"
            rf"{_OF_WHICH_YEAR}?)"
        ),
        _quarter,
    ),
    (
        "quarter",
        rf"\b(?:the )?(?P<nth>last) (?:quarter|qtr) of (?:(?:the|(?P<lead>this|next|last)) year\b|{YEAR})",
        _quarter,
    ),
    ("quarter", r"\bQ(?P<nth>[1-4])(?:\s{0,9}(?:of )?['\u2019]?(?P<y>(?:19|20)\d\d|\d\d))?(?P<lead>)\b", _quarter),
    ("quarter", r"\b(?P<nth>[1-4])Q\s?['\u2019]?(?P<y>(?:19|20)\d\d|\d\d)(?P<lead>)\b", _quarter),
    ("quarter", rf"\bH(?P<nth>[12])(?: (?:of )?{YEAR}|{_SHORT_YEAR})(?P<lead>)", _half),
    ("quarter", r"\b(?P<nth>[12])H\s?['\u2019]?(?P<y>(?:19|20)\d\d|\d\d)(?P<lead>)\b", _half),
    ("end", rf"\b(?P<nth>first|second) half of (?:(?:{LEAD}|the) year\b|{YEAR})", _half),
)
