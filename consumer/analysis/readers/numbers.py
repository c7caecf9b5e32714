"""Numbers as people write them: digits in either style of separators, scales, and English words."""

from __future__ import annotations

import re
from decimal import Decimal

_SCALES = {
    "k": 3,
    "thousand": 3,
    "tausend": 3,
    "lakh": 5,
    "lac": 5,
    "m": 6,
    "mm": 6,
    "mn": 6,
    "mln": 6,
    "mio": 6,
    "mil": 6,
    "mill": 6,
    "million": 6,
    "millionen": 6,
    "crore": 7,
    "b": 9,
    "bn": 9,
    "bln": 9,
    "billion": 9,
    "mrd": 9,
    "milliarde": 9,
    "milliarden": 9,
    "tn": 12,
    "trillion": 12,
}
_END = r"(?!\d|[.,]\d)"
#: Bounded everywhere: a page of digits is no number, and must not cost more than its length.
NUMBER = (
    rf"\d{{1,3}}(?:[.,'\u2019\u00a0\u202f ]\d{{3}}){{1,5}}(?:[.,]\d{{1,4}})?{_END}"
    rf"|\d{{1,3}}(?:, \d{{3}}){{1,4}}(?:\.\d{{1,2}})?{_END}"
    rf"|\d{{1,15}}(?:[.,]\d{{1,6}})?{_END}|\.\d{{1,6}}(?!\d)"
)
#: A line may end between a number and its scale, with the marks of a quote before the next one.
GAP = r"[ \t\u00a0\u202f-]{0,2}(?:\r?\n[ \t>]{0,9})?"
SCALE_WORDS = (
    r"k|thousand|tausend|lakhs?|lacs?|mm|mn|mln|mio|mill?|m|millions?|millionen|crores?|bn|bln|b|billions?|mrd|milliarden?|"
    r"tn|trillions?"
)
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SMALL = {word: number for number, word in enumerate(_ONES)} | {
    word: 10 * number for number, word in enumerate(_TENS, 2)
}
_LARGE = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000, "trillion": 1_000_000_000_000}
_NUMERAL = "|".join([*_SMALL, "hundred", *_LARGE])
_JOINT = r"(?:[ -]|[ \t]?\r?\n[ \t>]{0,9})"
#: "two hundred thousand", "a million", "one and a half million", "half a billion".
WORDS = (
    rf"(?=[ah{''.join(sorted({word[0] for word in _SMALL}))}])"
    rf"(?:(?<!of )(?:half(?:{_JOINT}a)?|an?){_JOINT}(?:hundred|{'|'.join(_LARGE)})|(?:{'|'.join(_SMALL)}))"
    rf"(?:{_JOINT}(?:and{_JOINT})?(?:a{_JOINT}half|{_NUMERAL})){{0,6}}"
)
_GROUP = 3


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


def scaled(value: Decimal, scale: str | None) -> Decimal:
    """Return *value* with *scale* written out ("million", "k"); nothing is no scale."""
    word = (scale or "").lower()
    return value.scaleb(_SCALES.get(word) or _SCALES.get(word.removesuffix("s"), 0))


def spelled(words: str) -> Decimal:
    """Return the value of a number in English *words*, as `WORDS` finds them."""
    whole, part = Decimal(0), Decimal(0)
    for word in re.findall(r"[a-z]+", words.lower()):
        if word == "half":
            part += Decimal("0.5")
        elif word in _SMALL:
            part += _SMALL[word]
        elif word == "hundred":
            part = (part or Decimal(1)) * 100
        elif word in _LARGE:
            whole, part = whole + (part or Decimal(1)) * _LARGE[word], Decimal(0)
    return whole + part


def plain(value: Decimal) -> Decimal:
    """Return *value* without an exponent and without zeros that say nothing."""
    value = value.normalize()
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value
