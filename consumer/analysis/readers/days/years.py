"""Years, spans of them, decades and seasons, and the ends of a year."""

from __future__ import annotations

import re

from consumer.analysis.readers.days.leads import END, LEAD, NO_LENGTH, PART, PART_OF, THE, YEAR, shift
from consumer.analysis.readers.days.meaning import (
    OPEN,
    Meaning,
    Rule,
    Writing,
    full_year,
    rules,
)

#: "the Clean Air Act of 1990": a name.
_LAW = re.compile(
    r"\b(?:Acts?|Code|Law|Amendments?|Convention|Treaty|Protocol|Statutes?)\s(?:\w+\s)?of\s*$", re.IGNORECASE
)
_LAW_CHARS = 40
#: "Orders 888 and 2000": one number of a row.
_IN_ROW = re.compile(r"(?<!\d)\d{1,3}\s(?:and|or|to)\s$")
_ROW_CHARS = 10
#: "the 2001 Goals", "our 2000 Survey": what is called so.
_OWNED = re.compile(r"\b(?:the|our|its|their|your)\s$", re.IGNORECASE)
_TITLE = re.compile(r"\s{1,9}[A-Z][a-z]")
_COPYRIGHT = re.compile(r"(?:copyright|\u00a9|\(c\))[^\n.]{0,20}$", re.IGNORECASE)
#: Heat and years of life are told in tens too.
_NO_DECADE = re.compile(
    r"\b(?:his|her|their|my|degrees|highs?|lows?|temperatures?|upper|low|high|weather)\b", re.IGNORECASE
)


def _year_told(found: re.Match[str], writing: Writing) -> Meaning | None:
    if writing.near is None:
        return OPEN
    return Meaning(resolved=f"{writing.near.year + shift(found):04d}", is_relative=True)


def _end_of_year(found: re.Match[str], writing: Writing) -> Meaning | None:
    if found["y"]:
        return Meaning(resolved=f"{found['y']}-12-31")
    meant = _year_told(found, writing)
    return Meaning(resolved=f"{meant.resolved}-12-31", is_relative=True) if meant and meant.resolved else meant


def _begin_of_year(found: re.Match[str], writing: Writing) -> Meaning | None:
    meant = Meaning(resolved=found["y"]) if found["y"] else _year_told(found, writing)
    return Meaning(resolved=f"{meant.resolved}-01", is_relative=True) if meant and meant.resolved else meant


def _year(found: re.Match[str], _: Writing) -> Meaning | None:
    start = found.start("y")
    is_law = _LAW.search(found.string, max(0, start - _LAW_CHARS), start)
    is_title = _OWNED.search(found.string, max(0, start - _ROW_CHARS), start) and _TITLE.match(
        found.string, found.end("y")
    )
    is_number = _IN_ROW.search(found.string, max(0, start - _ROW_CHARS), start)
    return None if is_law or is_number or is_title else Meaning(resolved=found["y"])


def _years(found: re.Match[str], _: Writing) -> Meaning | None:
    if _COPYRIGHT.search(found.string, max(0, found.start() - _LAW_CHARS), found.start()):
        return None
    first, last = found["y"], found["last"]
    last = first[:2] + last if len(last) == 2 else last  # noqa: PLR2004 - 1999-00 is told by four figures alone
    return Meaning(resolved=f"{first}/{last}") if first < last else None


def _short_years(found: re.Match[str], _: Writing) -> Meaning | None:
    """From a year to the next one, each in two figures."""
    first, last = full_year(found["y"]), full_year(found["last"])
    return Meaning(resolved=f"{first}/{last}") if last == first + 1 else None


def _short_year(found: re.Match[str], _: Writing) -> Meaning | None:
    return Meaning(resolved=f"{full_year(found['y']):04d}")


def _decade(found: re.Match[str], _: Writing) -> Meaning | None:
    start, end = max(0, found.start() - _LAW_CHARS), found.end() + _LAW_CHARS
    return None if _NO_DECADE.search(found.string, start, end) else Meaning(resolved=None, is_span=True)


def _season(_: re.Match[str], __: Writing) -> Meaning | None:
    return Meaning(resolved=None, is_span=True)


#: A number that stands behind these is a year.
_YEAR_CUE = (
    r"(?:\b(?:in|of|for|since|by|until|till|through|during|before|after|from|to|and|or|begins?|starts?|early|late|mid|end|years?|fiscal|"
    r"calend[ae]r|summer|winter|spring|fall|autumn|the|ending|ended|FY|than|between|as of|our|its|their|your|"
    r"versus|vs\.|over(?=\s19))[\s-]{1,9}|(?<=\d{4},\s))"
)
_NO_NAME = (
    r"(?!['\u2019]?\s?(?:[%$]|MW|MWh|megawatt|pages?|people|employees|acres|feet|miles|hours|shares|units|words|"
    r"[-/]\d|(?-i:(?:\s[A-Z][\w&-]{0,20}){0,5}\s(?:Act|Amendments?|Treaty|Protocol|Agreement|Olympics|"
    r"Review|Survey|Goals|Conference|Forum|Summit|Awards|Program(?:me)?)\b)))"
)
#: "a 1998 study", "the town's 1998 budget": what is counted instead is told by these.
_NOUN = (
    r"(?= (?-i:[a-z]))(?! (?:and|or|to|square|cubic|people|foot|feet|lbs?|kwh?|mwh?|man|(?:pound|mile|met(?:er|re)|"
    r"page|share|word|hour|acre|unit|person|member|seat|ton|gallon|barrel|volt|watt|calorie|dollar|year|customer|worker|"
    r"employee|student|store|shop|job|home|house|visitor|guest)s?)\b)"
)
_DECADE = r"(?:19[1-9]0|20[0-4]0|['\u2019]?[5-9]0)['\u2019]?s\b"
_SEASON = r"(?:spring|summer|autumn|fall|winter)\b"
_MORE_SEASON = rf"(?:(?: and | or |\s?/\s?)(?:(?:early|late|mid)[\s-]{{1,3}})?{_SEASON})?"
#: "fall" is a verb and a noun too.
_BARE_SEASON = (
    rf"(?:in|by|during|until|before|since|(?:end|rest|middle|beginning|start) of) (?={_SEASON}(?:"
    r"\s{0,3}(?:[.,;:!?)/-]|$)|"
    r" (?:and|or|when|as|to|we|they|i|you|it|but|the|if|because|at|(?:of )?(?:(?:19|20)\d\d|this|last|next))\b))"
)
_SEASON_YEAR = r"(?:of )?(?:(?:19|20)\d\d\b|(?:this|last|next) year\b)"

#: "the end of the year review", "a year-end party": not a day, but what is held or written then.
_NO_PAPER = (
    r"(?! (?:(?:19|20)\d\d )?(?:(?:review|process|part(?:y|ies)|bonus(?:es)?|reports?|statements?|W-?2)\b|"
    r"(?-i:[A-Z]{2,5})\b))"
)
#: "this years budget", with its apostrophe forgotten.
_OF_YEARS = r"(?:year|(?:(?<=this\s)|(?<=last\s)|(?<=next\s))years(?= (?!of\b)[a-z]))"
_KIND_OF_YEAR = "(?:calendar |fiscal |financial |business |academic |school )?"

RULES: tuple[Rule, ...] = rules(
    (
        "end",
        (
            rf"(?:{END}(?:(?:the|{LEAD}) )?(?:calendar )?(?:year\b|{YEAR})(?! or so)|"
            rf"\bjahresende\b|\byear[\s-]end\b(?! \d{{4}})|\beoy\b){_NO_PAPER}"
        ),
        _end_of_year,
    ),
    (
        "end",
        rf"\b(?:the )?(?:beginning|start) of (?:(?:the|{LEAD}) year\b|{YEAR})",
        _begin_of_year,
    ),
    ("years", rf"(?<!the\s)\bmid[\s-]?year\b{_NO_PAPER}", _season),
    (
        "years",
        rf"\b{PART}{THE}{NO_LENGTH}{LEAD} {_KIND_OF_YEAR}{_OF_YEARS}\b(?!['\u2019]?s?\s+(?:old|eve|day)\b)",
        _year_told,
    ),
    ("years", rf"\b{PART_OF} (?:the|{LEAD}) year\b", _year_told),
    (
        "season",
        (
            rf"\b(?:(?:in|by|of|for|during|until|before|after|since|over) (?=the {_SEASON})|"
            rf"(?:after|during|of) (?=a {_SEASON})|{_BARE_SEASON}|"
            rf"(?={PART}{THE}(?:this|last|next|past|coming) {_SEASON})|(?=(?:early|late|mid)[\s-]{{1,3}}{_SEASON})|"
            rf"(?={_SEASON}{_MORE_SEASON} (?:of )?(?:19|20)\d\d\b))"
            rf"(?P<at>{PART}(?:(?:the|a) )?(?:(?:this|last|next|past|coming) )?"
            rf"{_SEASON}{_MORE_SEASON}(?! (?:months?|meeting|conference|semester)\b)(?: {_SEASON_YEAR})?+)"
            r"(?!(?-i: [A-Z][a-z]+ [A-Z][a-z]))"
        ),
        _season,
    ),
    (
        "year",
        r"(?<!\w-)(?<!/)\b(?P<y>(?:19[5-9]|20[0-4])\d)\s?[-\u2013/]\s?(?P<last>(?:19[5-9]|20[0-4])\d|\d\d)\b(?![-/]\d)",
        _years,
    ),
    (
        "year",
        (
            rf"\b(?:between|from) (?P<at>{YEAR} (?:and|to|through|thru|until|till) (?P<last>(?:19[5-9]|20[0-4])\d))\b"
            r"(?![-/]\d)"
        ),
        _years,
    ),
    (
        "year",
        (
            rf"\b(?P<y>(?:19[5-9]|20[0-4])\d)\s?[-\u2013/]\s?(?:(?:19[5-9]|20[0-4])\d|\d\d) {_SEASON}"
            r"(?: heating| cooling)?(?: (?:season|period|months))?\b"
        ),
        _season,
    ),
    ("figures", r"(?<![\w/.-])(?P<y>[89]\d)-['\u2019]?(?P<last>\d\d)(?![\d/.-]\d|\d)", _short_years),
    (
        "decade",
        (
            r"\b(?:(?:early|mid|late)(?:[\s-]| to )(?:the )?|(?:in|of|since|during|from) the "
            rf"(?:early |mid[\s-]|late )?)+{_DECADE}"
        ),
        _decade,
    ),
    ("year", rf"\b(?:calendar|fiscal|FY|CY) (?:year )?{YEAR}", _year),
    ("years", r"\b(?:FY|CY)\s?['\u2019]?(?P<y>(?:19|20)\d\d|\d\d)\b(?![/-])", _short_year),
    ("decade", r"\b(?:early|mid|late)[\s-]{1,3}['\u2019](?P<y>\d\d)\b", _short_year),
    ("year", rf"{_YEAR_CUE}(?P<at>{YEAR}){_NO_NAME}", _year),
    ("year", rf"(?:\b(?:an?|his|her|my)|(?<=['\u2019])s) (?P<at>{YEAR}){_NO_NAME}{_NOUN}", _year),
    ("year", rf"\b{YEAR} (?:calendar|fiscal) year\b", _year),
)
