"""Sums of money and prices in a text, by code: symbols, ISO 4217 codes and currency words.

Precision before recall: a number is money only where a currency stands beside it. What counts, and
what is a price rather than a sum: per unit is a price, all else a sum.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Literal

from consumer.analysis.readers.columns import with_columns
from consumer.analysis.readers.currencies import BEFORE, CODES, SIGN, TRACES, WORD, currency_of, is_cents
from consumer.analysis.readers.numbers import GAP, NUMBER, SCALE_WORDS, WORDS, number, plain, scaled, spelled
from consumer.analysis.readers.per_unit import is_priced, unit_after
from consumer.analysis.readers.windows import windows

_SCALE = rf"(?:{GAP}(?P<scale%s>{SCALE_WORDS})\b\.?)?"
_SIGN_GAP = r"(?:[ \t\u00a0\u202f]|(?<!\d.)[ \t]{2,12})?(?:\r?\n[ \t>]{0,9})?"
_BEFORE = rf"(?P<symbol>{BEFORE}){_SIGN_GAP}(?P<minus>[-\u2212]?)"
_AFTER = rf"(?P<unit%s>{SIGN}|zł\b|[円元¢]|(?:{CODES})\b|{WORD})"
#: "5 to 10 million dollars", "10-15 cents": the first of two sums has its currency behind the second.
_LOW = rf"(?:(?P<low>{NUMBER})\s?(?P<low_scale>{SCALE_WORDS})?(?:[-\u2013]|\s(?:to|bis)\s))?"
_MONEY = re.compile(
    rf"(?<![\w.,])(?:(?<!-\s)(?P<sign>[-\u2212]))?(?:{_BEFORE}(?P<number>{NUMBER})(?:,-|\.-)?{_SCALE % 1}"
    rf"|(?=[\d.]){_LOW}(?P<number2>{NUMBER})(?:,-|\.-)?{_SCALE % 2}{GAP}{_AFTER % ''}(?!\s?\d))"
    rf"|\b(?P<words>{WORDS}){GAP}{_AFTER % 3}(?!\s?\d)",
    re.IGNORECASE,
)
#: "$5-10 million" are two sums; where only the second has a scale, it is the first one's too.
_RANGE = re.compile(
    rf"(?:[-\u2013](?P<tight>{NUMBER})|\s(?:to|bis)\s(?P<loose>{NUMBER})(?={GAP}(?:{SCALE_WORDS})\b)){_SCALE % 3}"
    rf"(?!\s?{_AFTER.replace('?P<unit%s>', '?:')})",
    re.IGNORECASE,
)
#: What stands between the two ends of a range that both have their currency.
_LINK = re.compile(
    r"[ \t]?[-\u2013/][ \t]?|,\s|(?:,?\s{1,2}|-)(?:to|or|and|vs\.?|versus|bis|oder|und)(?:\s{1,2}|-)", re.IGNORECASE
)
#: "Pay 15 cents on the dollar" is a share.
_SHARE = re.compile(r"\s+(?:on|to)\s+the\s+(?:us\s+)?(?:dollar|euro)\b", re.IGNORECASE)
#: A column of figures: brackets there mean a credit.
_IN_COLUMN = re.compile(r"(?:^|\t|  |\||:)[ \t>]*\($")
#: So far before a currency its number may begin, and so far behind it end.
_NEAR_CHARS = 90
#: A mail with more of them is a list or a log.
_MOST = 1_000


@dataclass(frozen=True, kw_only=True)
class FoundAmount:
    """Money at characters [start, end) of the text; `value` in whole units of `currency` (ISO 4217).

    `unit` is what a price is for one of, where it is said; `scale` the word that made the number large.
    """

    start: int
    end: int
    value: Decimal
    currency: str
    kind: Literal["sum", "price"]
    unit: str = ""
    scale: str = ""


def read(text: str, written_on: date | None = None) -> list[FoundAmount]:  # noqa: ARG001 - as all readers
    """Return the first thousand amounts of *text*, in their order."""
    found = (
        amount
        for start, end in windows(text, TRACES, before=_NEAR_CHARS, after=_NEAR_CHARS)
        for match in _MONEY.finditer(text, start, end)
        for amount in _amounts(text, match)
    )
    return with_columns(text, _linked(text, list(islice(found, _MOST))))[:_MOST]


def _amounts(text: str, match: re.Match[str]) -> Iterator[FoundAmount]:
    """Yield what *match* says: one amount, two where it is or begins a range."""
    if match["words"]:
        yield from _made(text, match, match.end(), [(spelled(match["words"]), "")])
        return
    scale = match["scale1"] or match["scale2"] or ""
    until = _RANGE.match(text, match.end()) if match["number"] and not scale else None
    if until:
        ends = (match["number"], until["tight"] or until["loose"])
        yield from _made(text, match, until.end(), [(number(digits), until["scale3"] or "") for digits in ends])
        return
    low = [(number(match["low"]), match["low_scale"] or scale)] if match["low"] else []
    yield from _made(text, match, match.end(), [*low, (number(match["number"] or match["number2"]), scale)])


def _made(text: str, match: re.Match[str], end: int, said: list[tuple[Decimal, str]]) -> Iterator[FoundAmount]:
    """Yield the amounts of the values *said* with their scales, all of them in the currency of *match*."""
    if _SHARE.match(text, end):
        return
    currency, factor = currency_of(match["symbol"] or match["unit"] or match["unit3"])
    values = [scaled(value, scale) * factor for value, scale in said]
    per = unit_after(text, end, values[-1])
    is_price = per is not None or is_cents(factor) or is_priced(text, match.start(), end, values[-1])
    sign = -1 if match["sign"] or match["minus"] or _is_bracketed(text, match.start(), end) else 1
    for value, (_, scale) in zip(values, said, strict=True):
        if not value:  # "a zero dollar deal"
            continue
        yield FoundAmount(
            start=match.start(),
            end=per[0] if per else end,
            value=plain(value * sign),
            currency=currency,
            kind="price" if is_price else "sum",
            unit=per[1] if per else "",
            scale=scale,
        )


def _is_bracketed(text: str, start: int, end: int) -> bool:
    """Return whether the figure stands in brackets by itself, in a column of them."""
    line_start = text.rfind("\n", 0, start) + 1
    return text[end : end + 1] == ")" and _IN_COLUMN.search(text, max(line_start, start - 40), start) is not None


def _linked(text: str, found: list[FoundAmount]) -> list[FoundAmount]:
    """Return *found*, the first of two linked ones with the scale and the unit that are only said of the second."""
    for at in range(len(found) - 1, 0, -1):
        first, second = found[at - 1], found[at]
        if first.currency == second.currency and _LINK.fullmatch(text, first.end, second.start):
            found[at - 1] = _like(first, second)
    return found


def _like(first: FoundAmount, second: FoundAmount) -> FoundAmount:
    if second.scale and not first.scale and first.value < second.value:
        value = plain(scaled(first.value, second.scale))
        if value <= second.value:
            first = replace(first, value=value, scale=second.scale)
    is_one_price = second.kind == "price" and first.kind == "sum"
    return replace(first, kind="price", unit=second.unit) if is_one_price else first
