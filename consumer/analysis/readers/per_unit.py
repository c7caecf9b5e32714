"""Whether money is a price for one of something, and of what: "per MWh", "/MMBtu", "a share", "an hour"."""

from __future__ import annotations

import re
from decimal import Decimal

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
_FIGURE = r"(?:[$€£¥]\s?)?\d[\d.,]{0,9}(?: cents?)?"
#: "at today's price of $4.22", "the cap was raised from $500 to $250", "gas was trading at $26": the words before say
#: that one of something costs it.
_PRICE_WORD = re.compile(
    r"\b(?:(?:pric|far|tariff|margin|strike|rate|cap)(?:e|es|ed|ing|s)?|clos(?:e|es|ed|ing)"
    r"|(?:bid|offer)s?(?= (?:above|below|over|under)\b)|trad(?:es|ed|ing)|each)\b[\"')]{0,2}\s?\(?"
    r"(?:(?:of|at|is|are|was|were|(?:will |would )?be|to|from|between|above|below|over|under|around|near|hit) ){0,3}"
    r"(?:only |about |around |nearly |roughly |approximately |just |at least )?"
    rf"\(?(?:{_FIGURE}(?:\sto\s|\sand\s|\sor\s|\s?-\s?))?$",
    re.IGNORECASE,
)
#: "cost/MWh ($180)".
_UNIT_BEFORE = re.compile(rf"(?:/ ?|\bper )(?:{_UNITS})\s?\(?$", re.IGNORECASE)
#: "power for five years at $50": what is sold by measure.
_COMMODITY = re.compile(
    r"\b(?:power|gas|electricity|energy|oil|crude|coal|propane)\b[^.;:$€£]{0,30}\bat\s$", re.IGNORECASE
)
_PRICE_AFTER = re.compile(
    r"[ \t]?(?:\r?\n[ \t>]{0,9})?(?:\w+\s){0,2}(?:(?:price|bid)(?:\scap)?|caps?|ceiling|(?:off-?)?peak)s?\b",
    re.IGNORECASE,
)
_BEFORE_CHARS = 70
#: A price of more is one of a house or a company: what is at stake.
_MOST = 5_000
#: What is spent in a month or a year is, from here on, rather a budget than a price.
_BUDGET = 10_000


def unit_after(text: str, end: int, value: Decimal) -> tuple[int, str] | None:
    """Return where the unit behind the money *value* that ends at *end* ends, and the unit; None where there is none.

    A large sum for a span of time ("$12 million a year") is what is spent in it, not a price.
    """
    per = _PER_UNIT.match(text, end)
    if per is None:
        return None
    unit = " ".join((per["slash"] or per["per"] or per["an"] or "each").split())
    return None if value >= _BUDGET and _IS_TIME.fullmatch(unit) else (per.end(), unit)


def is_priced(text: str, start: int, end: int, value: Decimal) -> bool:
    """Return whether the words around [start, end) make the money *value* there a price."""
    before = re.sub(r"[\s>]+", " ", text[max(0, start - _BEFORE_CHARS) : start])
    if _COUNT_AT.search(before) is not None:
        return True
    is_said = any(pattern.search(before) for pattern in (_PRICE_WORD, _COMMODITY, _UNIT_BEFORE))
    return value <= _MOST and (is_said or _PRICE_AFTER.match(text, end) is not None)
