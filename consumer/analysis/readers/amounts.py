"""Sums of money and prices in a text, by code: symbols, ISO 4217 codes and currency words.

Precision before recall: a number is money only where a currency stands beside it. What counts, and
what is a price rather than a sum: per unit is a price, all else a sum.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Literal

_SYMBOLS = {
    "US$": "USD",
    "C$": "CAD",
    "CA$": "CAD",
    "A$": "AUD",
    "AU$": "AUD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "S$": "SGD",
    "R$": "BRL",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "円": "JPY",
    "元": "CNY",
    "₹": "INR",
    "₽": "RUB",
    "₩": "KRW",
    "₺": "TRY",
    "zł": "PLN",
}
#: Codes are written in capitals ("try 5" is no lira); those that people also write small are not words.
_CODES = (
    "(?-i:USD|EUR|GBP|CHF|JPY|CAD|AUD|NZD|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|RUB|BRL|MXN|ZAR|SGD|HKD|KRW)|usd|eur|gbp|chf"
)
_WORDS = {"dollar": "USD", "buck": "USD", "euro": "EUR", "pound sterling": "GBP", "yen": "JPY", "rupee": "INR"}
_SCALES = {
    "k": 3,
    "thousand": 3,
    "tausend": 3,
    "m": 6,
    "mm": 6,
    "mn": 6,
    "mio": 6,
    "million": 6,
    "millionen": 6,
    "bn": 9,
    "billion": 9,
    "mrd": 9,
    "milliarde": 9,
    "milliarden": 9,
}
_END = r"(?!\d|[.,]\d)"
#: Bounded everywhere: a page of digits is no money, and must not cost more than its length.
_NUMBER = (
    rf"\d{{1,3}}(?:[.,'\u2019\u00a0\u202f ]\d{{3}}){{1,5}}(?:[.,]\d{{1,4}})?{_END}"
    rf"|\d{{1,15}}(?:[.,]\d{{1,6}})?{_END}|\.\d{{1,6}}(?!\d)"
)
_SCALE_WORDS = r"k|thousand|tausend|mm|mn|mio|m|million(?:en)?|bn|billion|mrd|milliarden?"
_SCALE = rf"(?:\s?(?P<scale%s>{_SCALE_WORDS})\b\.?)?"
_SIGN = r"[$€£¥₹₽₩₺]"
_WORD = r"(?:US )?dollars?\b|bucks?\b|euros?\b|pounds? sterling\b|yen\b|rupees?\b|cents?\b"
_BEFORE = rf"(?P<symbol>(?:US|CA?|AU?|NZ|HK|S|R)\$|{_SIGN}|\b(?:{_CODES})(?![^\W\d_]))\s?(?P<minus>[-\u2212]?)"
_AFTER = rf"(?P<unit>{_SIGN}|zł\b|[円元]|(?:{_CODES})\b|{_WORD})"
_MONEY = re.compile(
    rf"(?<![\w.,])(?P<sign>[-\u2212]?)(?:{_BEFORE}(?P<number>{_NUMBER})(?:,-|\.-)?{_SCALE % 1}"
    rf"|(?P<number2>{_NUMBER})(?:,-|\.-)?{_SCALE % 2}\s?{_AFTER}(?!\s?\d))",
    re.IGNORECASE,
)
#: "$5-10 million" are two sums; where only the second has a scale, it is the first one's too.
_RANGE = re.compile(
    rf"(?:[-\u2013](?P<tight>{_NUMBER})|\s(?:to|bis)\s(?P<loose>{_NUMBER})(?=\s?(?:{_SCALE_WORDS})\b)){_SCALE % 3}"
    rf"(?!\s?{_AFTER.replace('?P<unit>', '?:')})",
    re.IGNORECASE,
)
_UNITS = (
    "unit|piece|pc|item|person|head|seat|user|licen[cs]e|share|hour|hr|h|day|week|month|year|annum|night|kg|g|lb|"
    "ton|tonne|t|m|m2|m²|m3|m³|sqm|sq ?ft|litre|liter|l|gallon|barrel|bbl|mwh|kwh|mmbtu|copy|box|pair|minute|second|"
    "st(?:ü|ue)ck|stk|stunde|tag|woche|monat|jahr|paar"
)
#: "EUR 500 per our agreement" and "per bank transfer" say how, not for how much of what.
_NO_UNIT = (
    "our|your|the|this|these|attached|invoice|agreement|contract|e?-?mail|bank|wire|transfer|che(?:que|ck)|post|se|cent"
)
_PER_UNIT = re.compile(
    rf"\s?/\s?(?:{_UNITS})(?!\w)|(?:\s+(?:more|less|extra|mehr))?\s+"
    rf"(?:per\s+(?!(?:{_NO_UNIT})\b)[^\W\d]\w*[²³]?|(?:an?|pro|je|im)\s+(?:{_UNITS})(?!\w)|each\b|apiece\b)",
    re.IGNORECASE,
)
#: "120 pairs at EUR 84.50": a count before the "at" makes it a price.
_COUNT_AT = re.compile(r"\d\s?[^\W\d][\w²³-]*(?:\s[^\W\d][\w-]*)?\s(?:at|@|à|zu(?: je)?)\s(?:only\s)?$", re.IGNORECASE)
_BEFORE_CHARS = 60
_CENT = Decimal("0.01")
_GROUP = 3
#: A mail with more of them is a list or a log.
_MOST = 1_000


@dataclass(frozen=True, kw_only=True)
class FoundAmount:
    """Money at characters [start, end) of the text; `value` in whole units of `currency` (ISO 4217)."""

    start: int
    end: int
    value: Decimal
    currency: str
    kind: Literal["sum", "price"]


def read(text: str, written_on: date | None = None) -> list[FoundAmount]:  # noqa: ARG001 - as all readers
    """Return the first thousand amounts of *text*, in their order."""
    found = (amount for match in _MONEY.finditer(text) for amount in _amounts(text, match))
    return list(islice(found, _MOST))


def _amounts(text: str, match: re.Match[str]) -> Iterator[FoundAmount]:
    """Return what *match* says: one amount, two where it begins a range."""
    scale = match["scale1"] or match["scale2"] or ""
    until = _RANGE.match(text, match.end()) if match["number"] and not scale else None
    end = until.end() if until else match.end()
    per = _PER_UNIT.match(text, end)
    counted = _COUNT_AT.search(text[max(0, match.start() - _BEFORE_CHARS) : match.start()])
    currency, factor = _currency(match["symbol"] or match["unit"])
    sign = -1 if match["sign"] or match["minus"] else 1
    scale = until["scale3"] or "" if until else scale
    for digits in filter(None, (match["number"] or match["number2"], until and (until["tight"] or until["loose"]))):
        yield FoundAmount(
            start=match.start(),
            end=per.end() if per else end,
            value=_plain(number(digits).scaleb(_SCALES.get(scale.lower(), 0)) * factor * sign),
            currency=currency,
            kind="price" if per or counted else "sum",
        )


def number(digits: str) -> Decimal:
    """Return the value of *digits* in either style of separators.

    The last separator is the decimal one, unless it stands before exactly three digits ("1.500").
    """
    digits = re.sub(r"[\s'\u2019\u00a0\u202f]", "", digits)
    separators = [char for char in digits if char in ".,"]
    if not separators:
        return Decimal(digits)
    last = separators[-1]
    head, _, tail = digits.rpartition(last)
    is_group = len(tail) == _GROUP and head not in {"", "0"} and len(set(separators)) == 1
    whole = re.sub(r"[.,]", "", head) or "0"
    return Decimal(whole + tail) if is_group else Decimal(f"{whole}.{tail}")


def _currency(symbol: str) -> tuple[str, Decimal]:
    """Return the ISO code behind *symbol*, and what one of it is worth in whole units."""
    word = symbol.lower().removeprefix("us ").removesuffix("s")
    if word == "cent":
        return "USD", _CENT
    known = _SYMBOLS.get(symbol.upper()) or _SYMBOLS.get(symbol.lower()) or _WORDS.get(word)
    return known or _WORDS.get(word.replace("pounds", "pound")) or symbol.upper(), Decimal(1)


def _plain(value: Decimal) -> Decimal:
    """Return *value* without an exponent and without zeros that say nothing."""
    value = value.normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value
