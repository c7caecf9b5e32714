"""Numbers by which a matter is found again: orders, invoices, dockets, bills, accounts, codes.

A number counts only with the word that says what it is ("invoice 4711"), or in a form that only such numbers have
("ER01-889-000"), and only where it holds a digit: "order the part" is no order number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from consumer.analysis.readers.reference import FoundReference, found

_NUMBERED = {
    "invoice": r"invoice|rechnung(?:snummer|s-?nr)?|facture",
    "order": r"purchase order|order|p\.?o\b\.?|bestell(?:ung|nummer)|auftrag(?:snummer|s-?nr)?|"
    r"confirmation (?:number|no\.?|code|#)(?: (?:for|of) (?:this|your|the) "
    r"(?:transaction|order|booking|reservation))?(?: is)?",
    "quote": r"quote|quotation|offer|angebot(?:snummer|s-?nr)?",
    "contract": r"contract|agreement|\w{0,20}vertrag(?:snummer|s-?nr)?",
    "ticket": r"ticket|case|incident|bug|issue|support request",
    "part": r"part|sku|article|item|artikel(?:nummer|-?nr)?",
    "docket": r"docket|dkt\.?|proceeding|decision",
    "account": r"account|acct\.?|konto(?:nummer|-?nr)?|iban|card (?:number|no\.?)|credit card|policy",
    "bill_number": r"(?:senate|house|assembly) (?:bill|resolution)|bill",
    "other": r"(?:(?:pass|access|participant|host|conference|meeting|entry|pin|security|booking|chairperson|dial-?in) ?)?"
    r"(?:code|pin)|passcode|password|flight|patent|opinion|permit|resolution|requisition|"
    r"tracking|reservation|(?:ferc|commission)(?:'s)? order|order",
}
_MARK = (
    r"(?P<mark>(?:\s{1,2}(?:numbers?|nummer|num(?!\w)|nos?(?!\w)\.?|nr(?!\w)\.?|id|ref(?!\w)\.?)(?!\w))?"
    r"(?:\s{0,2}[:#]|\s(?:is|are)(?!\w)){0,2})[ \t]{0,8}(?:\r?\n[ \t>]{0,9})?"
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
#: How American authorities number what is before them: "EL00-95-012", "R.99-10-025", "A.00-11-038".
_DOCKET = re.compile(
    r"(?<![\w.-])(?P<value>(?:ER|EL|RP|CP|RM|RT|EC|ES|EG|PL|AD|OA|TX|QF|IN|DR|GP|IS|OR|PR|ID|NJ|TM|PA|TS|MG)\d{2}-\d{1,5}"
    r"(?:-\d{1,3}){0,2}|[ARDICK]\.? ?\d{2}-\d{2}-\d{3})(?![\w-])"
)
#: Bills of American parliaments: "SB 47X", "AB1X", "H.R. 1647", "S. 388", "ABX2 82".
_BILL = re.compile(
    r"(?<![\w.-])(?P<value>(?:"
    r"(?:[SA]\.?B\.?|[SAH]CA|[SAH]CR|[SA]JR|H\.?R\.?|H\.?B\.?)(?:X{1,2}\d?)?[ ]?(?:No\. ?)?(?=\d\d|\d ?X)"
    r"|H\.?R\.? ?|S\. ?)\d{1,4}"
    r"(?:[ ]?X{1,3}\d?)?)(?![\w%-]|\.\w)"
)
#: Card numbers in groups of four; their last digit proves the others (ISO/IEC 7812-1).
_CARD = re.compile(r"(?<![\w-])(?P<value>\d{4}(?:[ -]{1,2}\d{4}){3})(?![\w-])")
_DAY = re.compile(r"(?:19|20)\d\d$|\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)?\d\d$")
_FERC = re.compile(r"\b(?:FERC|Commission|RTOs?|tariff)\b")
_FERC_CHARS = 200
#: "Order No. 888" of an authority is no purchase.
_OFFICIAL = re.compile(r"(?<![\w.-])Order (?P<mark>Nos?\. ?)?(?P<value>\d{3,4}(?:-[A-Z])?)(?![\w%-])")


def read(text: str) -> Iterator[FoundReference]:
    """Yield the numbers of *text* that say what they number; official forms first, so that they win a place."""
    yield from (found(match, "docket", _plain(match["value"])) for match in _DOCKET.finditer(text))
    yield from (found(match, "bill_number", _plain(match["value"])) for match in _BILL.finditer(text))
    yield from (
        found(match, "other", match["value"]) for match in _OFFICIAL.finditer(text) if _is_official(text, match)
    )
    for kind, pattern in _RULES:
        for match in pattern.finditer(text):
            if not _DAY.match(match["value"]) and not _is_quantity(text, match):
                yield found(match, kind, _plain(match["value"]))
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match["value"])
        if _is_proven(digits):
            yield found(match, "account", digits)
    for match in _BARE.finditer(text):
        yield found(match, _BARE_KINDS.get(match["prefix"], "ticket"), match["value"].upper())


def _is_official(text: str, match: re.Match[str]) -> bool:
    return _FERC.search(text, max(0, match.start() - _FERC_CHARS), match.end() + _FERC_CHARS) is not None


def _is_quantity(text: str, match: re.Match[str]) -> bool:
    """Return whether the number is rather how many than which one."""
    if match["mark"].strip() or not match["value"].isdigit():
        return False
    before = text[max(0, match.start() - _BEFORE_CHARS) : match.start()]
    return len(match["value"]) < _LEAST_BARE_DIGITS or _VERBAL.search(before) is not None


def _is_proven(digits: str) -> bool:
    """Return whether the check digit of *digits* is right (Luhn)."""
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0  # noqa: PLR2004 - a digit sum


def _plain(value: str) -> str:
    return re.sub(r"\bNo\.(?= ?\d)|[\s.]", "", value).upper()
