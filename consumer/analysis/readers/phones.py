"""Telephone and fax numbers: by their form where it is one of a telephone number, else by the word before them.

Which digits make a number of some country is what the library `phonenumbers` knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from consumer.analysis.readers.reference import FoundReference, found
from consumer.analysis.readers.windows import around, windows

#: A run of digits as long as a number of that kind: only there the forms are tried.
_RUN = re.compile(r"[\d(+](?:[\d()+ ./\u2013-]{2,40})?\d(?:[- ]\s?\d{4})?")
_OPEN = r"(?<![\w./@$€£+-])(?<!#(?=\d))(?<!\d )"
_CLOSE = r"(?![\w/@%-]|[.,:]\d| \d)"
#: What can only begin a telephone number, though the rest of it stands in the next line.
_BEGUN = re.compile(r"\(?\+|\(\d{3}$")
#: Behind a run there may follow an extension, and what a narrow program wrapped of a number from abroad.
_LOOK_CHARS, _WRAPPED_CHARS = 10, 24
#: Where a number without a country code is from.
_REGION = "US"
#: "(713) 555-0100", "713-555-0100", "1-800-555-0100": no other number is written so.
_AMERICAN = re.compile(
    rf"{_OPEN}(?P<value>(?:\+?1[ .-]{{0,2}})?(?:\(\d{{3}}\)[ ]{{0,2}}[-/]?\s?\d{{3}}[-. \u2013]\s?|"
    r"\d{3}[-/.]\s?\d{3}[-.\u2013]\s?|\d{3}- ?\d{3} )\d{4})(?![\d@%-]|[.,:]\d)"
)
#: "713 555 0100", "713 555-0100": numbers of a table look so too.
_SPACED = re.compile(rf"{_OPEN}(?P<value>(?:1 )?[2-9]\d{{2}} [2-9]\d{{2}}[ .-]\d{{4}}){_CLOSE}")
_INTERNATIONAL = re.compile(
    r"(?<![\w./@-])(?P<value>(?:\(?\+ ?|\b00|\b011[ -]?)\d{1,3}\)?"
    r"(?:(?:[\s./-]{0,2}|\s?\n[> ]{1,6})\(?\d{1,8}\)?){1,6})(?![\w/@-])"
)
#: What an American dials for abroad.
_DIALLED = re.compile(r"(?<![\w./@-])(?P<value>011[ -]?\d{9,13})(?![\w/@-])")
#: "020-7555 0100", "0211/ 5550-100": the nought in front is dialled within a country.
_NATIONAL = re.compile(
    rf"{_OPEN}(?P<value>\(?0\d{{1,4}}\)?[ /-]{{1,2}}\d{{3,4}}[ -]\d{{2,4}}(?:[ -]\d{{2,4}})?){_CLOSE}"
)
#: "81 3 5555 0100": a country's number without its plus.
_COUNTRY = re.compile(rf"{_OPEN}(?P<value>[2-9]\d{{1,2}} \d{{1,3}} \d{{3,4}} \d{{4}}){_CLOSE}")
#: "617-555-0100; 555-0142": a second one of the same place.
_SECOND = re.compile(r"[;,/]\s(?<=\d{4}..)(?:or )?(?P<value>[2-9]\d\d-\d{4})(?![\w@%-]|[.,:]\d)")
#: "07555 501423": the mobile telephones of Britain, written in one.
_MOBILE = re.compile(rf"{_OPEN}(?P<value>07\d{{3}} ?\d{{6}}){_CLOSE}")
#: "(34 91) 555-0100": country and city in brackets.
_BRACKETED = re.compile(rf"{_OPEN}(?P<value>\(\d{{1,3}}[ -]\d{{1,4}}\)[ ]?\d{{3,4}}[ -]\d{{3,4}}){_CLOSE}")
_WORDED = re.compile(
    r"(?:phone|tel|fon|telefon|telephone|fax|facsimile|mobile|cell(?:ular)?|handy|pager|beeper|dial-?in|bridge|call|voice)\b"
    r"(?:\s(?:number|no|me|us|him|her|is|at|on|nummer))*[^\w\n(+]{0,12}"
    r"(?P<value>\(?\d{1,8}\)?(?:[ ./-]{1,2}\(?\d{1,8}\)?){0,6})(?![\w/@%-]|[.,]\d)",
    re.IGNORECASE,
)
_WORDS = "phone tel fon fax facsimile mobile cell handy pager beeper dial bridge call voice".split()
#: "ext. 265", "extension 5-0142", "x50142": a number within a house.
_EXTENSION = re.compile(
    r"(?:[Ee][Xx][Tt](?<!\w...)(?:[Ee][Nn][Ss][Ii][Oo][Nn])?s?\b(?: is)?\.?[ ]?[:#]?\s{0,2}|"
    r"[xX](?<![\w.].)(?:[ .]?(?=\d-?\d{3,4}\b)|(?<=\d{4} .)(?=\d{2,5}\b)))"
    r"(?P<value>\d-\d{4}|\d{2,6})(?![\w%-]|[.,]\d)"
)
#: "reach me at 5-0142": five digits are dialled within a house; below a name or behind it they need no word.
_HOUSE = re.compile(
    r"(?:call|reach|contact|phone|tel|fax)\b[^\d\n]{0,25}(?<=[\s:#(])(?P<value>\d-\d{4}|(?<=\bat\s)\d{5})(?![\w%-]|[.,]\d)",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"(?:^|(?<=\n)|[A-Z][a-z]{1,20}(?= \d))[ \t>]{0,9}(?P<value>(?:[2-9]\d\d|\d)-\d{4})(?=[ \t]{0,9}(?:\r?\n|$))"
)
#: "Telephone number: 55142" of a form.
_FORM = re.compile(
    r"(?:telephone|phone|fax|extension|tel)(?: (?:number|no\.?))?\.?[ \t]?:[ \t]{0,20}"
    r"(?P<value>\d{4,6})(?![\w/@%-]|[.,]\d)",
    re.IGNORECASE,
)
#: Ten bare digits beside a mail address are how people are listed.
_LISTED = re.compile(r"@[\w.-]{3,60}[ \t,;:|-]{1,6}(?P<value>[2-9]\d{9})(?!\d)")
#: How a number that stands alone ends.
_LAST = re.compile(r"-\d{4}[ \t]{0,9}(?:\r?\n|$)")
_ALONE_CHARS = 40
#: What must stand in the others, and how far a match reaches beyond.
_NEAR = (
    (_EXTENSION, ("x",), 30),
    (_HOUSE, ("call", "reach", "contact", "phone", "tel", "fax"), 60),
    (_FORM, ("phone", "tel", "fax", "extension"), 70),
    (_LISTED, ("@",), 100),
)
_WORDED_DIGITS, _INTERNATIONAL_DIGITS = range(7, 16), range(9, 16)
_NEAR_CHARS, _NUMBER_CHARS = 60, 80


def read(text: str) -> Iterator[FoundReference]:
    """Yield the telephone numbers of *text*, their digits as values."""
    for pattern, words, after in _NEAR:
        for start, end in windows(text, words, before=1, after=after):
            yield from (_phone(match) for match in pattern.finditer(text, start, end))
    for start, end in around(text, (last.span() for last in _LAST.finditer(text)), before=_ALONE_CHARS, after=0):
        yield from (_phone(match) for match in _ALONE.finditer(text, start, end))
    yield from (_phone(match) for match in _SECOND.finditer(text))
    for run in _RUN.finditer(text):
        is_begun = _BEGUN.match(run.group()) is not None
        if is_begun or len(_digits(run.group())) >= _WORDED_DIGITS.start:
            beyond = _WRAPPED_CHARS if is_begun else _LOOK_CHARS
            yield from _formed(text, run.start(), min(len(text), run.end() + beyond))
            yield from _named(text, run.start())


def _formed(text: str, start: int, end: int) -> Iterator[FoundReference]:
    """Yield what has the form of a telephone number between *start* and *end*."""
    for pattern in (_AMERICAN, _DIALLED, _NATIONAL, _MOBILE):
        yield from (_phone(match) for match in pattern.finditer(text, start, end))
    yield from (_phone(match) for match in _SPACED.finditer(text, start, end) if _is_valid(match["value"]))
    for pattern in (_BRACKETED, _COUNTRY):
        for match in pattern.finditer(text, start, end):
            if _is_valid("+" + _digits(match["value"])):
                yield _phone(match)
    for match in _INTERNATIONAL.finditer(text, start, end):
        if len(_digits(match["value"])) in _INTERNATIONAL_DIGITS and (
            match["value"].startswith(("+", "(+", "011-")) or _is_valid(match["value"])
        ):
            yield _phone(match)


def _named(text: str, start: int) -> Iterator[FoundReference]:
    """Yield the number at *start* where a word for telephone stands before it."""
    first = max(0, start - _NEAR_CHARS)
    near = text[first:start].lower()
    if any(word in near for word in _WORDS):
        for match in _WORDED.finditer(text, first, start + _NUMBER_CHARS):
            if match.start() >= start:
                break
            if match.start("value") == start and _is_telephone(match["value"]):
                yield _phone(match)


def _is_telephone(value: str) -> bool:
    """Return whether *value* behind a word for telephone is a number, not a day or an hour."""
    is_day = re.fullmatch(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d\d-\d\d", value)
    return len(_digits(value)) in _WORDED_DIGITS and is_day is None


def _is_valid(value: str) -> bool:
    """Return whether *value*, dialled from the region, is a number that exists in some country's plan."""
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(value, _REGION))
    except phonenumbers.NumberParseException:
        return False


def _phone(match: re.Match[str]) -> FoundReference:
    return found(match, "phone", _digits(match["value"]))


def _digits(value: str) -> str:
    return re.sub(r"\D", "", value)
