"""Days written with their month: names in several languages, figures in several orders, and ranges of them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from consumer.analysis.readers.days.meaning import Meaning, Rule, Writing, day, full_year, rules
from consumer.analysis.readers.days.names import ENGLISH_MONTH, MONTH, MONTH_OF, WEEKDAY, WEEKDAY_OF, is_month
from consumer.analysis.readers.days.tense import looks_ahead, looks_back

_LAST_MONTH, _LEAP_YEAR, _TWO = 12, 2000, 2
#: Business tells no day by its short form that lies so many years away.
_SPAN_YEARS = 10
#: In August, 17 January is more likely that of this year than of the next, though it is further.
_OTHER_YEAR = 2
#: So far from the mail, the tense beside a day tells its year.
_FAR_DAYS = 120
#: Here and below a figure is first, so that the search runs from one to the next.
_ORDER = re.compile(r"(?P<a>\d(?<![\d/.-]\d)\d?)/(?P<b>\d\d?)/(?:\d{4}|\d\d)(?!\d)")
#: "our November 12 order": what bears a day has been sent on it.
_SENT = re.compile(r"\s{1,3}(?:order|ruling|letter|memo|memorandum|opinion|e-?mail)\b", re.IGNORECASE)
_HALF_DAY = re.compile(r"\d\s?[ap]\.?m\b", re.IGNORECASE)
_NEXT_LINE = re.compile(r"[^\W\d_]\s{0,9}\n\s{0,20}\d")
_NUMBERS = re.compile(r"[.)]\s{1,3}\w")
_LIST_CHARS = 1_000
#: Of any century: a day of 1892 is none of these days.
_FOUR_FIGURES = re.compile(r"[12](?<!\w[12])\d{3}(?!\w)")
_DAY_BEFORE = re.compile(
    rf"\b(?P<month>{ENGLISH_MONTH})\b\.?\s(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s{{1,3}}$|"
    rf"\b(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s(?P<month1>{ENGLISH_MONTH})\b\.?,?\s{{1,3}}$",
    re.IGNORECASE,
)
_DAY_CHARS = 24
#: A text with more of them says nothing new about its order.
_MOST_VOTES = 50


def month_first(text: str) -> bool | None:
    """Return whether the writer of *text* puts the month before the day in figures; None where nothing tells.

    Days that can be read in one order only tell, else a clock of twelve hours does.
    """
    votes = 0
    for number, found in enumerate(_ORDER.finditer(text)):
        votes += (int(found["b"]) > _LAST_MONTH) - (int(found["a"]) > _LAST_MONTH)
        if number == _MOST_VOTES:
            break
    return votes > 0 if votes else True if _HALF_DAY.search(text) else None


def told_years(text: str) -> dict[str, str]:
    """Return the days of *text* that are told with month and year: by month and day (MM-DD) the whole day."""
    told: dict[str, str] = {}
    for year in _FOUR_FIGURES.finditer(text):
        found = _DAY_BEFORE.search(text, max(0, year.start() - _DAY_CHARS), year.start())
        name, number = (found["month"] or found["month1"], found["d"] or found["d1"]) if found else ("", "")
        one = day(int(year.group()), MONTH_OF[name.lower()], int(number)) if name else None
        if one and one.resolved:
            told.setdefault(one.resolved[5:], one.resolved)
    return told


def _iso(found: re.Match[str], _: Writing) -> Meaning | None:
    return day(int(found["y"]), int(found["m"]), int(found["d"]))


def _named(found: re.Match[str], writing: Writing) -> Meaning | None:
    name = found["month"]
    if not is_month(name) or _numbers_line(found):
        return None
    return _of_year(found, writing, int(name) if name.isdigit() else MONTH_OF[name.lower()], int(found["d"]))


def _numbers_line(found: re.Match[str]) -> bool:
    """Return whether the figure behind a month, on the next line, numbers that line: "in August", "5. The next"."""
    if not (_NEXT_LINE.search(found.group()) and _NUMBERS.match(found.string, found.end("d"))):
        return False
    before = rf"^\s{{0,20}}{int(found['d']) - 1}[.)]\s"
    return re.search(before, found.string[: found.start()][-_LIST_CHARS:], re.MULTILINE) is not None


def _of_year(found: re.Match[str], writing: Writing, month: int, number: int) -> Meaning | None:
    """Return a day of the year that is named, else of the year that brings it nearest to the mail."""
    if found["y"]:
        return day(full_year(found["y"]), month, number)
    near = writing.near
    if near is None:
        return Meaning(resolved=None) if day(_LEAP_YEAR, month, number) else None
    if (told := _year_by_tense(found, near, month, number)) is not None:
        return told
    days = [one.resolved for year in (near.year, near.year - 1, near.year + 1) if (one := day(year, month, number))]
    resolved = min(filter(None, days), key=lambda iso: _distance(date.fromisoformat(iso), near), default=None)
    return Meaning(resolved=resolved, is_nearest=True) if resolved else None


def _year_by_tense(found: re.Match[str], near: date, month: int, number: int) -> Meaning | None:
    """Return the day of the year before or after, where this year's is far off and the verb beside it tells so."""
    this = day(near.year, month, number)
    days = (date.fromisoformat(this.resolved) - near).days if this and this.resolved else 0
    if days > 0 and _SENT.match(found.string, found.end()):
        return day(near.year - 1, month, number)
    if abs(days) <= _FAR_DAYS:
        return None
    if looks_back(found.string, found.start(), found.end()):
        past = day(near.year - (days > 0), month, number)
        return replace(past, is_nearest=days < 0) if past else None
    if days < 0 and looks_ahead(found.string, found.start(), found.end()):
        return day(near.year + 1, month, number)
    return None


def _distance(one: date, near: date) -> int:
    """Return how far a day without its year lies from the mail: another year's is meant only where it is close."""
    days = abs((one - near).days)
    return days if one.year == near.year else days * _OTHER_YEAR


def _range(found: re.Match[str], writing: Writing) -> Meaning | None:
    """Two days of one month, or of two: the year is that of the last."""
    if not is_month(found["month"]):
        return None
    month = MONTH_OF[found["month"].lower()]
    second = found.groupdict().get("month2")
    last = _of_year(found, writing, MONTH_OF[second.lower()] if second else month, int(found["e"]))
    if last is None or last.resolved is None:
        return last
    year = int(last.resolved[:4]) - (1 if second and MONTH_OF[second.lower()] < month else 0)
    first = day(year, month, int(found["d"]))
    if first is None or (first.resolved or "") >= last.resolved:
        return None
    return Meaning(resolved=f"{first.resolved}/{last.resolved}")


def _pair(found: re.Match[str], writing: Writing) -> Meaning | None:
    """Two days in a row, said in one breath: "20 and 21 August"."""
    return _range(found, writing) if int(found["e"]) == int(found["d"]) + 1 else None


def _figures(found: re.Match[str], writing: Writing) -> Meaning | None:
    """Day and month in figures: after dots the day is first; a part above 12 tells, the weekday, the writer's habit."""
    if found["a"] + found["sep"] + found["b"] == "24/7":
        return None  # at all hours
    if _is_version(found, writing):
        return None
    orders = _orders(int(found["a"]), int(found["b"]), found["sep"], writing)
    read = [one for month, number in orders for one in [_of_year(found, writing, month, number)] if one]
    if len(read) > 1 and found["weekday"]:
        wanted = WEEKDAY_OF[found["weekday"].lower()]
        fits = [one for one in read if one.resolved and date.fromisoformat(one.resolved).weekday() == wanted]
        read = fits if len(fits) == 1 else read
    if not read:
        return None
    return read[0] if len({one.resolved for one in read}) == 1 else Meaning(resolved=None)


def _is_version(found: re.Match[str], writing: Writing) -> bool:
    """Return whether three short figures between dots are of another time: "release 2.4.18"."""
    is_short = found["sep"] == "." and len(found["y"]) == _TWO and len(found["a"]) == 1
    return bool(is_short and writing.near and abs(full_year(found["y"]) - writing.near.year) > _SPAN_YEARS)


def _day_first(found: re.Match[str], writing: Writing) -> Meaning | None:
    return _of_year(found, writing, int(found["b"]), int(found["a"]))


def _orders(first: int, second: int, separator: str, writing: Writing) -> list[tuple[int, int]]:
    """Return which (month, day) two figures can be."""
    if separator == "." and not writing.month_first:
        return [(second, first)]
    if writing.month_first is None or max(first, second) > _LAST_MONTH:
        return [(first, second), (second, first)]
    return [(first, second)] if writing.month_first else [(second, first)]


def _figures_range(found: re.Match[str], writing: Writing) -> Meaning | None:
    ends = []
    for a, b in (("a", "b"), ("c", "d")):
        orders = _orders(int(found[a]), int(found[b]), "/", writing)
        read = [one for month, number in orders for one in [_of_year(found, writing, month, number)] if one]
        if len({one.resolved for one in read}) != 1:
            return None
        ends.append(read[0].resolved)
    if None in ends:
        return Meaning(resolved=None)
    return Meaning(resolved=f"{ends[0]}/{ends[1]}") if str(ends[0]) < str(ends[1]) else None


_ORDINAL = r"(?:\s?(?:st|nd|rd|th|er|\.))?"
_NUMBER = rf"(?P<d>\d{{1,2}}){_ORDINAL}"
_YEAR = (
    r"(?:(?:,|,? (?:de\s|del\s|of\s)?)\s?(?P<y>(?:19|20)\d\d|'\d\d)\b(?!\s?[-\u2013]\s?\d{4})"
    rf"(?:;?\s{{1,3}}(?:{WEEKDAY})\b)?)?"
    rf"(?:,\s(?:{WEEKDAY})\b(?:\s(?:and|or|&)\s(?:{WEEKDAY})\b)?)?"
)
_YEAR_OR_NONE = r"(?P<y>(?:19|20)\d\d|\d\d)"
#: "Monday, the", "Montag, den", "Mon."
_WEEKDAY = (
    r"(?:\b(?:today|tomorrow|tonight|yesterday),? (?:\(|on\s)?)?"
    rf"(?:\b(?P<weekday>{WEEKDAY})\b\.?,?(?:\s?[-\u2013])? (?:the\s|den\s|dem\s|le\s|el\s)?)?"
)
#: What numbers a part or a paragraph, and no day.
_NUMBERED = "".join(
    rf"(?<!{word}\s)(?<!{word}\s#)"
    for word in (
        "part",
        "item",
        "items",
        "model",
        "section",
        "ref",
        "version",
        "release",
        "chapter",
        "ext",
        "sku",
        "no.",
        "nr.",
    )
)
_WEEKDAY_FIGURES = rf"(?:\b(?P<weekday>{WEEKDAY})\b[.,]{{0,2}} \(?)?"
_TO = r"\s{0,9}(?:-{1,2}|\u2013|through|thru|to|until|till|bis|au|al)\s{0,9}"
_AND = r"(?:\s?&\s?|\s(?:and|und|et|y)\s)"
_OF = r" (?:of\s|de\s)?\s{0,2}"
#: "July 26, 1-4 p.m.": from one hour to another.
_NO_CLOCK = r"(?!\s?(?:[-\u2013]|to|until)\s?\d{1,2}(?::\d\d)?\s?[ap]\.?m\b)"
#: What stands before two figures that are a day without its year, and no fraction.
_CUE = (
    r"\b(?:completed|received|sent|issued|signed|due|expires|on|by|for|cob|eod|since|until|till|through|thru|dated|"
    r"before|after|from|effective|starting|beginning|the|of|and|"
    r"to) "
)
_NO_FRACTION = (
    r"(?!\s?[%/\d]|[.,:]\d|-\d|\s(?:of|cent|inch|hour|page|share|mile|day|year|price|the|or|split|vote|majority|"
    r"quorum|rule|rd|needed|required|necessary)s?\b)"
)

#: Sevenths and more are no fractions in business, but for sixteenths: a day without any word before it.
_NO_FRACTION_AT_ALL = r"(?![\d/%]|[.,:]\d|-\d)"


def _listed(number: int) -> str:
    """Return a pattern for a day with *number* others between it and the first of its month, and more behind it."""
    day = rf"\d{{1,2}}{_ORDINAL}"
    to_next = r"\s?(?:,|or|and|&)\s{0,9}"
    return (
        rf"(?P<month>{ENGLISH_MONTH})\b\.? {day}(?:\s?,\s?{day}){{{number}}}\s?,\s?"
        rf"(?P<at>(?P<d>\d{{1,2}})(?:st|nd|rd|th)?)\b"
        rf"(?={to_next}(?:and )?{day}\b(?![:.]\d|\s?[ap]\.?m\b)){_NO_CLOCK}{_YEAR}"
    )


RULES: tuple[Rule, ...] = rules(
    ("figures", r"(?<![\d-])(?P<y>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?![\d-])", _iso),
    ("figures", r"(?<![\w/])(?P<y>(?:19|20)\d\d)/(?P<m>\d\d?)/(?P<d>\d\d?)(?![\w/])", _iso),
    ("month first", rf"\b(?P<month>{ENGLISH_MONTH})-(?P<d>\d{{1,2}})-{_YEAR_OR_NONE}\b", _named),
    (
        "month, day",
        (
            rf"{_WEEKDAY}\b(?P<month>{ENGLISH_MONTH})\b\.? {_NUMBER}{_TO}"
            rf"(?:(?:(?:{WEEKDAY})\b,?\.? )?(?P<month2>{ENGLISH_MONTH})\b\.? )?"
            rf"(?P<e>\d{{1,2}}){_ORDINAL}\b(?![:.]\d|\s?[ap]\.?m\b){_YEAR}"
        ),
        _range,
    ),
    (
        "figure, month",
        rf"\b{_NUMBER}{_TO}(?P<e>\d{{1,2}}){_ORDINAL}{_OF}(?P<month>{MONTH})\b(?:\.(?=\s?\d))?{_YEAR}",
        _range,
    ),
    (
        "figure, month",
        (
            rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)\s?/\s?(?P<e>\d{{1,2}})(?:st|nd|rd|th){_OF}(?P<month>{MONTH})\b"
            rf"(?:\.(?=\s?\d))?{_YEAR}"
        ),
        _range,
    ),
    (
        "figure, month",
        rf"\b{_NUMBER}{_AND}(?P<e>\d{{1,2}}){_ORDINAL}{_OF}(?P<month>{MONTH})\b(?:\.(?=\s?\d))?{_YEAR}",
        _pair,
    ),
    (
        "month, day",
        rf"{_WEEKDAY}\b(?P<month>{ENGLISH_MONTH})\b\.? {_NUMBER}{_AND}(?P<e>\d{{1,2}}){_ORDINAL}\b{_NO_CLOCK}{_YEAR}",
        _pair,
    ),
    (
        "month, day",
        (
            rf"{_WEEKDAY}\b(?P<month>{ENGLISH_MONTH})\b\.?\s{{0,9}}(?:the )?{_NUMBER}\b"
            rf"(?![:.]\d|\s?[ap]\.?m\b|[%$]|,\d{{3}}(?!\d)){_YEAR}"
        ),
        _named,
    ),
    (
        "figure, month",
        rf"{_WEEKDAY}\b{_NUMBER}{_OF}(?P<month>{MONTH})\b(?:\.(?=,?\s?\d)|\.(?=\s[a-z]))?{_YEAR}",
        _named,
    ),
    ("figure, month", rf"\b(?P<d>\d{{1,2}})-(?P<month>{MONTH})-{_YEAR_OR_NONE}\b", _named),
    ("figure, month", rf"\b(?P<d>\d{{1,2}})-(?P<month>{MONTH})\b(?P<y>)(?!-)", _named),
    (
        "figure, month",
        (
            rf"\b{_NUMBER}(?=\s?(?:or|and|und|oder|et|y|,|&|/)\s?(?:\d{{1,2}}{_ORDINAL}\s?,\s?)?\d{{1,2}}{_ORDINAL}{_OF}"
            rf"(?P<month>{MONTH})\b{_YEAR})"
        ),
        _named,
    ),
    (
        "month first",
        (
            rf"(?P<month>{ENGLISH_MONTH})\b\.? \d{{1,2}}{_ORDINAL}(?:\s?,\s?\d{{1,2}}{_ORDINAL}){{0,5}}"
            rf"(?:\s?(?:,|or|and|&)\s{{0,9}}){{1,2}}(?<![\d:])(?P<at>(?P<d>\d{{1,2}})(?:st|nd|rd|th)?)\b"
            rf"(?![:.]\d|\s?[ap]\.?m\b|[%$]|,\d{{3}}|\s(?:{MONTH})){_NO_CLOCK}{_YEAR}"
        ),
        _named,
    ),
    *(("month first", _listed(number), _named) for number in range(4)),
    ("signs", r"(?<!\d)(?:(?P<y>(?:19|20)\d\d)年)?(?P<month>\d{1,2})月(?P<d>\d{1,2})日", _named),
    (
        "figures",
        (
            rf"(?:\b(?:{WEEKDAY})\b[.,]{{0,2}} )?(?<![\d/.])"
            rf"(?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})(?:/(?P<y1>(?:19|20)\d\d|\d\d))?"
            rf"\s?[-\u2013]\s?(?:(?:{WEEKDAY})\b[.,]{{0,2}} )?"
            r"(?P<c>\d{1,2})/(?P<d>\d{1,2})(?:/(?P<y>(?:19|20)\d\d|\d\d))?(?![\d/.]\d|\d)"
        ),
        _figures_range,
    ),
    (
        "figures",
        (
            rf"{_WEEKDAY_FIGURES}(?<![\w/.$-]){_NUMBERED}(?P<a>\d{{1,2}})(?P<sep>[/.-])(?P<b>\d{{1,2}})(?P=sep)"
            r"(?P<y>(?:19|20)\d\d|\d\d)(?![\d/.-]\d|\d)"
        ),
        _figures,
    ),
    (
        "figures",
        rf"\b(?P<weekday>{WEEKDAY})\b[.,]{{0,2}} \(?(?P<a>\d{{1,2}})(?P<sep>/)(?P<b>\d{{1,2}})(?P<y>)(?![\d/]|\.\d)",
        _figures,
    ),
    (
        "figures",
        rf"(?<![\w/.,$#:-])(?P<weekday>)(?P<a>[1-9]|1[0-2])(?P<sep>/)(?P<b>1[345789]|2\d|3[01])(?P<y>){_NO_FRACTION_AT_ALL}",
        _figures,
    ),
    (
        "figures",
        (
            r"(?<![\w/.,$#:-])(?P<weekday>)(?P<a>[1-9]|1[0-2])(?P<sep>/)(?P<b>1[3-9]|2\d|3[01])(?P<y>)"
            r"(?= (?:or|and|&) \d{1,2}/\d{1,2}\b(?!/))"
        ),
        _figures,
    ),
    (
        "figures",
        (
            r"(?<![\w/.,$#:-])(?P<weekday>)(?P<a>1[3-9]|2\d|3[01])(?P<sep>/)(?P<b>[1-9]|1[0-2])(?P<y>)"
            r"(?=(?:\s?[-\u2013,@]\s?| (?:at )?)\d{1,2}(?::\d\d|\s?[ap]\.?m\b))"
        ),
        _figures,
    ),
    (
        "figures",
        r"\b(?:am|bis|ab|zum|vom|den|der) (?P<at>(?P<weekday>)(?P<a>\d{1,2})(?P<sep>\.)(?P<b>\d{1,2})\.(?P<y>))(?!\d)",
        _day_first,
    ),
    (
        "figures",
        rf"{_CUE}(?P<weekday>)(?P<at>(?P<a>\d{{1,2}})(?P<sep>/)(?P<b>\d{{1,2}})(?P<y>)){_NO_FRACTION}",
        _figures,
    ),
)
