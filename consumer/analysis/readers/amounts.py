"""Sums of money and prices in a text, by code: symbols, ISO 4217 codes and currency words.

Precision before recall: a number is money only where a currency stands beside it. What counts, and
what is a price rather than a sum: per unit is a price, all else a sum.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

_SYMBOLS = {
    "US$": "USD",
    "C$": "CAD",
    "A$": "AUD",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₽": "RUB",
    "₩": "KRW",
    "zł": "PLN",
}
_CODES = "USD|EUR|GBP|CHF|JPY|CAD|AUD|NZD|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|RUB|BRL|MXN|ZAR|SGD|HKD|KRW|TRY"
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
_NUMBER = r"\d{1,3}(?:[.,'\u00a0\u202f ]\d{3})+(?:[.,]\d{1,4})?(?!\d)|\d+(?:[.,]\d+)?"
_SCALE = r"(?:\s?(?P<scale%s>k|thousand|tausend|mm|mn|mio|m|million(?:en)?|bn|billion|mrd|milliarden?)\b\.?)?"
_SIGN = r"[$€£¥₹₽₩]"
_WORD = r"(?:US )?dollars?\b|bucks?\b|euros?\b|pounds? sterling\b|yen\b|rupees?\b|cents?\b"
_BEFORE = rf"(?P<symbol>US\$|C\$|A\$|{_SIGN}|\b(?:{_CODES})\b)\s?(?P<minus>-?)"
_AFTER = rf"(?P<unit>{_SIGN}|zł\b|(?:{_CODES})\b|{_WORD})"
_MONEY = re.compile(
    rf"(?<![\w.,])(?P<sign>-?)(?:{_BEFORE}(?P<number>{_NUMBER}|\.\d+)(?:,-|\.-)?{_SCALE % 1}"
    rf"|(?P<number2>{_NUMBER}|\.\d+)(?:,-|\.-)?{_SCALE % 2}\s?{_AFTER})",
    re.IGNORECASE,
)
_UNITS = (
    "unit|piece|pc|item|person|head|seat|user|licen[cs]e|share|hour|hr|h|day|week|month|year|annum|night|kg|g|lb|"
    "ton|tonne|t|m|m2|sqm|sq ?ft|litre|liter|l|gallon|barrel|bbl|mwh|kwh|mmbtu|copy|box|each|"
    "st(?:ü|ue)ck|stk|stunde|tag|monat|jahr"
)
_PER_UNIT = re.compile(
    rf"\s?(?:/\s?|per\s+|a\s+|an\s+|pro\s+|je\s+)(?:{_UNITS})\b|\s+each\b|\s+apiece\b", re.IGNORECASE
)
_CENT = Decimal("0.01")
_DECIMALS = 2
_GROUP = 3


@dataclass(frozen=True, kw_only=True)
class FoundAmount:
    """Money at characters [start, end) of the text; `value` in whole units of `currency` (ISO 4217)."""

    start: int
    end: int
    value: Decimal
    currency: str
    kind: Literal["sum", "price"]


def read(text: str, sent_at: datetime | None = None) -> list[FoundAmount]:  # noqa: ARG001 - as all readers
    """Return the amounts of *text*, in their order."""
    found = (_amount(text, match) for match in _MONEY.finditer(text))
    return [amount for amount in found if amount is not None]


def _amount(text: str, match: re.Match[str]) -> FoundAmount | None:
    value = number(match["number"] or match["number2"])
    if value is None:
        return None
    scale = (match["scale1"] or match["scale2"] or "").lower()
    value = value.scaleb(_SCALES.get(scale, 0))
    currency, factor = _currency(match["symbol"] or match["unit"])
    value *= factor * (-1 if match["sign"] or match["minus"] else 1)
    per = _PER_UNIT.match(text, match.end())
    return FoundAmount(
        start=match.start(),
        end=per.end() if per else match.end(),
        value=_plain(value),
        currency=currency,
        kind="price" if per else "sum",
    )


def number(digits: str) -> Decimal | None:
    """Return the value of *digits* in either style of separators, or None where they make no number.

    The last separator is the decimal one, unless it stands before exactly three digits ("1.500").
    """
    digits = re.sub(r"[\s'\u00a0\u202f]", "", digits)
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
