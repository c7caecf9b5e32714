"""Numbers and addresses by which things are found again: orders, invoices, tickets, URLs, phones.

A number counts only with the word that says what it is ("invoice 4711"), and only where it holds a
digit: "order the part" is no order number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_NUMBERED = {
    "invoice": r"invoice|rechnung(?:snummer|s-?nr)?|facture",
    "order": r"purchase order|order|p\.?o\b\.?|bestell(?:ung|nummer)|auftrag(?:snummer|s-?nr)?",
    "quote": r"quote|quotation|offer|angebot(?:snummer|s-?nr)?",
    "contract": r"contract|agreement|\w{0,20}vertrag(?:snummer|s-?nr)?",
    "ticket": r"ticket|case|incident|bug|issue|support request",
    "part": r"part|sku|article|item|artikel(?:nummer|-?nr)?",
    "docket": r"docket",
}
_MARK = (
    r"(?P<mark>(?:\s{1,2}(?:numbers?|nummer|num(?!\w)|no(?!\w)\.?|nr(?!\w)\.?|id|ref(?!\w)\.?)(?!\w))?"
    r"(?:\s{0,2}[:#]){0,2})\s{0,2}"
)
_VALUE = r"(?P<value>(?=[A-Z0-9./_-]{0,40}\d{2})[A-Z0-9](?:[A-Z0-9./_-]{0,40}[A-Z0-9])?)"
_RULES = tuple(
    (kind, re.compile(rf"\b(?i:{words})(?!\w)(?i:{_MARK})(?<=[\s#:.]){_VALUE}(?![\w%])"))
    for kind, words in _NUMBERED.items()
)
#: "We would order 3000 m": a bare count after a verb is a quantity, and a short one always.
_VERBAL = re.compile(
    r"\b(?:to|we|i|you|they|who|would|will|can|could|may|might|shall|should|must|please|also|only|just)\s+$",
    re.IGNORECASE,
)
_LEAST_BARE_DIGITS = 4
_BEFORE_CHARS = 12
_BARE = re.compile(r"(?<![\w-])(?P<value>(?P<prefix>INV|PO|SO|QU|RFQ|TKT|INC|SKU)-?\d[\w-]*\d)(?![\w-])")
_BARE_KINDS = {"INV": "invoice", "PO": "order", "SO": "order", "QU": "quote", "RFQ": "quote", "SKU": "part"}
_URL = re.compile(r"\b(?P<value>https?://[^\s<>\"')\]]+|www\.[^\s<>\"')\]]+\.[^\s<>\"')\]]+)", re.IGNORECASE)
_EMAIL = re.compile(r"(?<![\w.+-])(?P<value>[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,24})(?![\w-])", re.IGNORECASE)
_PHONE = re.compile(
    r"(?<![\w./@-])(?P<value>(?:\+\d{1,3}[\s./-]?)?(?:\(\d{1,5}\)[\s./-]?)?\d{2,8}(?:[\s./-]\d{2,8}){1,4})(?![\w/@-])"
)
_PHONE_WORD = re.compile(
    r"\b(phone|tel|fon|telefon|telephone|fax|mobile|cell|handy|call)\b[^\d\n]{0,25}$", re.IGNORECASE
)
_PHONE_DIGITS = range(7, 16)
#: A mail with more of them is a list or a log.
_MOST = 1_000
_YEAR = re.compile(r"(?:19|20)\d\d$")


@dataclass(frozen=True, kw_only=True)
class FoundReference:
    """A reference at characters [start, end); `value` normalised: digits of phones, URLs without scheme."""

    start: int
    end: int
    kind: str
    value: str


def read(text: str, written_on: date | None = None) -> list[FoundReference]:  # noqa: ARG001 - one signature for all readers
    """Return the first thousand references of *text*, in their order; overlapping ones once."""
    found: list[FoundReference] = []
    for item in sorted(_all(text), key=lambda item: (item.start, -item.end)):
        if not found or item.start >= found[-1].end:
            found.append(item)
        if len(found) == _MOST:
            break
    return found


def _all(text: str) -> Iterator[FoundReference]:
    for match in _URL.finditer(text):
        url = match["value"].rstrip(".,;:!?/")
        value = re.sub(r"^https?://", "", url, flags=re.IGNORECASE).lower()
        yield FoundReference(start=match.start(), end=match.start() + len(url), kind="url", value=value)
    for match in _EMAIL.finditer(text):
        yield _found(match, "email", match["value"].lower())
    yield from _phones(text)
    yield from _numbered(text)


def _phones(text: str) -> Iterator[FoundReference]:
    """Numbers with a country code, or with a word that says what they are."""
    for match in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", match["value"])
        named = match["value"].startswith("+") or _PHONE_WORD.search(text[max(0, match.start() - 30) : match.start()])
        if named and len(digits) in _PHONE_DIGITS:
            yield _found(match, "phone", digits)


def _numbered(text: str) -> Iterator[FoundReference]:
    for kind, pattern in _RULES:
        for match in pattern.finditer(text):
            if not _YEAR.match(match["value"]) and not _is_quantity(text, match):
                yield _found(match, kind, re.sub(r"[\s.]", "", match["value"]).upper())
    for match in _BARE.finditer(text):
        yield _found(match, _BARE_KINDS.get(match["prefix"], "ticket"), match["value"].upper())


def _is_quantity(text: str, match: re.Match[str]) -> bool:
    """Return whether the number is rather how many than which one."""
    if match["mark"].strip() or not match["value"].isdigit():
        return False
    before = text[max(0, match.start() - _BEFORE_CHARS) : match.start()]
    return len(match["value"]) < _LEAST_BARE_DIGITS or _VERBAL.search(before) is not None


def _found(match: re.Match[str], kind: str, value: str) -> FoundReference:
    return FoundReference(start=match.start("value"), end=match.end("value"), kind=kind, value=value)
