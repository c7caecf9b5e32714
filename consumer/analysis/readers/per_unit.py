"""Whether money is a price for one of something, and of what: "per MWh", "/MMBtu", "a share", "an hour"."""

from __future__ import annotations

import re

from consumer.analysis.readers.numbers import GAP

_MEASURES = (
    r"unit|piece|pc|item|person|people|head|seat|user|licen[cs]e|share|ticket|room|word|page|copy|box|pair|"
    r"kg|g|lb|pound|ton|tonne|t|m|m2|m²|m3|m³|sqm|sq ?ft|square (?:foot|feet|met(?:er|re))|litre|liter|l|"
    r"gallon|barrel|bbl|(?:mega|kilo|giga)?watts?(?:[ -]?\s?[> ]{0,3}hours?|[ -]month)?|"
    r"[kmg]w(?:[ -]?h(?:ou)?rs?)?|[kmg]wh|"
    r"mm ?btu|btu|mcf|dth|therm|decatherm|"
    r"st(?:ü|ue)ck|stk|paar"
)
_TIMES = "hour|hr|h|day|week|month|year|yr|annum|night|minute|second|stunde|tag|woche|monat|jahr"
_UNITS = rf"{_MEASURES}|{_TIMES}"
#: "EUR 500 per our agreement" and "per bank transfer" say how, not for how much of what.
_NO_UNIT = (
    "our|your|the|this|these|attached|invoice|agreement|contract|e?-?mail|bank|wire|transfer|che(?:que|ck)|post|se|cent"
)
_SPACE = r"(?:[ \t\u00a0-]+|[ \t]*\r?\n[ \t>]{0,9})"
_PER_UNIT = re.compile(
    rf"{GAP}/[ \t]?(?P<slash>(?:{_UNITS})(?![^\W_]))"
    rf"|(?:{_SPACE}(?:more|less|extra|mehr))?{_SPACE}"
    rf"(?:per{_SPACE}(?P<per>(?:{_UNITS})(?!\w)|(?!(?:{_NO_UNIT})\b)[^\W\d]\w*[²³]?)"
    rf"|(?:an?|pro|je|im|for{_SPACE}each|for{_SPACE}every){_SPACE}(?P<an>(?:{_UNITS})(?!\w))|(?P<each>each|apiece)\b)",
    re.IGNORECASE,
)
_IS_TIME = re.compile(rf"(?:{_TIMES})s?", re.IGNORECASE)
#: "120 pairs at EUR 84.50": a count before the "at" makes it a price.
_COUNT_AT = re.compile(r"\d\s?[^\W\d][\w²³-]*(?:\s[^\W\d][\w-]*)?\s(?:at|@|à|zu(?: je)?)\s(?:only\s)?$", re.IGNORECASE)
#: "at today's price of $4.22", "each at $190": the words before say that one of something costs it.
_PRICE_WORD = re.compile(
    r"\b(?:pric(?:e|ing)|fare|tariff|margin|strike|rate|cap|each)s?\s(?:of|at|is|was|to|would be|will be)\s"
    r"(?:only\s|about\s|around\s|nearly\s|approximately\s)?$",
    re.IGNORECASE,
)
_BEFORE_CHARS = 60


def unit_after(text: str, end: int, *, is_large: bool) -> tuple[int, str] | None:
    """Return where the unit behind the money that ends at *end* ends, and the unit; None where there is none.

    A large sum for a span of time ("$12 million a year") is what is spent in it, not a price.
    """
    per = _PER_UNIT.match(text, end)
    if per is None:
        return None
    unit = " ".join((per["slash"] or per["per"] or per["an"] or "each").split())
    return None if is_large and _IS_TIME.fullmatch(unit) else (per.end(), unit)


def is_priced(text: str, start: int, *, is_large: bool) -> bool:
    """Return whether the words before *start* make the money there a price."""
    before = re.sub(r"[\s>]+", " ", text[max(0, start - _BEFORE_CHARS) : start])
    return _COUNT_AT.search(before) is not None or (not is_large and _PRICE_WORD.search(before) is not None)
