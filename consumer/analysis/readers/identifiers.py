"""Numbers by which a matter is found again: orders, invoices, dockets, bills, accounts, codes.

A number counts only with the word that says what it is ("invoice 4711"), or in a form that only such numbers have
("ER01-889-000"), and only where it holds a digit: "order the part" is no order number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from consumer.analysis.readers.reference import FoundReference, found
from consumer.analysis.readers.windows import around, windows

_NUMBERED = {
    "invoice": r"invoice|rechnung(?:snummer|s-?nr)?|facture",
    "order": r"purchase order|order|p\.?o\b\.?|bestell(?:ung|nummer)|auftrag(?:snummer|s-?nr)?|"
    r"confirmation (?:number|no\.?|code|#)(?: (?:for|of) (?:this|your|the) "
    r"(?:transaction|order|booking|reservation))?(?: is)?",
    "quote": r"quote|quotation|offer|angebot(?:snummer|s-?nr)?",
    "contract": r"contract|agreement|\w{0,20}vertrag(?:snummer|s-?nr)?",
    "ticket": r"ticket|case|incident|bug|issue|support request|request(?= (?:id|no|number)\b)",
    "part": r"part|sku|article|item|artikel(?:nummer|-?nr)?",
    "docket": r"docket|dkt\.?|proceeding|decision",
    "account": r"account|acct\.?|konto(?:nummer|-?nr)?|iban|card (?:number|no\.?)|credit card|policy|"
    r"cost cent(?:er|re)|kundennummer|(?:customer|client|vendor|supplier) (?:code|id|number|no\.?)",
    "bill_number": r"(?:senate|house|assembly) (?:bill|resolution)|bill",
    "other": r"pass(?:code|word)(?: of)?|(?:(?:access|participant|host|conference|meeting|entry|pin|security|booking|"
    r"chairperson|dial-?in) ?)?(?:code|pin)|flight|patent|opinion|permit|resolution|requisition|"
    r"(?:company|employee|personnel|sap|serial|registration) (?:code|id|number|no\.?)|"
    r"tracking|reservation|(?:ferc|commission)(?:'s)? order|order",
}
_MARK = (
    r"(?P<mark>(?:\s{1,2}(?:numbers?|nummer|num(?!\w)|nos?(?!\w)\.?|nr(?!\w)\.?|id|ref(?!\w)\.?)(?!\w))?"
    r"(?:\s\([^()\n]{1,20}\))?(?:\s{0,12}[:#]|\s(?:is|are)(?!\w)){0,2})[ \t]{0,30}(?:\r?\n[ \t>]{0,9})?"
)
_VALUE = r"(?P<value>(?=[A-Z0-9./_-]{0,40}\d{2})[A-Z0-9](?:[A-Z0-9./_-]{0,40}[A-Z0-9])?)(?![\w%])"
#: What might be such a number: the words before it are looked at only here. (A class of characters in front, with
#: the look behind after it, lets the engine skip what cannot begin one.)
_TOKEN = re.compile(r"[A-Z0-9](?<=[\s#:.].)[A-Z0-9./_-]{0,40}(?<=\d)")
_NEAR_CHARS = 90
_MARK_WORDS = frozenset("number numbers nummer num no nos nr id ref is are of".split())
_STEMS = (
    "invoice rechnung facture order p.o po bestell auftrag confirmation quot offer angebot contract agreement vertrag "
    "ticket case incident bug issue support request part sku article item artikel docket dkt proceeding decision "
    "account acct konto iban card policy bill resolution code pin passcode password flight patent opinion permit "
    "requisition tracking reservation cent kundennummer"
).split()
_KINDS = "|".join(f"(?P<{kind}>{words})" for kind, words in _NUMBERED.items())
_WORD = re.compile(rf"\b(?:{_KINDS})(?!\w)", re.IGNORECASE)
_NUMBER = re.compile(rf"(?i:{_MARK})(?<=[\s#:.]){_VALUE}")
#: "We would order 3000 m": a bare count after a verb is a quantity, and a short one always.
_VERBAL = re.compile(
    r"\b(?:to|we|i|you|they|who|would|will|can|could|may|might|shall|should|must|please|also|only|just)\s+$",
    re.IGNORECASE,
)
_LEAST_BARE_DIGITS = 4
_BEFORE_CHARS = 12
_BARE = re.compile(
    r"(?P<value>(?P<prefix>INV|PO|SO|QU|RFQ|TKT|INC|SKU)(?<![\w-]PO)(?<![\w-]SO)(?<![\w-]QU)-?\d[\w-]*\d)(?![\w-])"
)
_BARE_KINDS = {"INV": "invoice", "PO": "order", "SO": "order", "QU": "quote", "RFQ": "quote", "SKU": "part"}
#: How American authorities number what is before them: "EL00-95-012", "R.99-10-025", "A.00-11-038".
_DOCKET = re.compile(
    r"(?P<value>[A-Z]{2}(?<![\w.-]..)(?<=ER|EL|RP|CP|RM|RT|EC|ES|EG|PL|AD|OA|TX|QF|IN|DR|GP|IS|OR|PR|ID|NJ|TM|PA|TS|MG)"
    r"\d{2}-\d{1,5}"
    r"(?:-\d{1,3}){0,2}|[ARDICK](?<![\w.-].)\.? ?\d{2}-\d{2}-\d{3})(?![\w-])"
)
_DASH = re.compile(r"-\d")
_DOCKET_CHARS = 20
#: Bills of American parliaments: "SB 47X", "AB1X", "H.R. 1647", "S. 388", "ABX2 82".
_BILL = re.compile(
    r"(?P<value>[SAH](?<![\w.-].)"
    r"(?:(?:\.?B\.?|CA|CR|JR|(?<=H)\.?R\.?)[ ]?(?:X{1,2}\d?)?[ ]?(?:No\. ?)?(?=\d\d|\d ?[Xx])"
    r"|(?<=H)\.?R\.? ?|(?<=S)\. ?)\d{1,4}(?:[ ]?X{1,3}\d?|x\d?)?)(?!\w|%|-(?![a-z]{3})|\.\w)"
)
#: "82XX": bills of a second extraordinary session are known by their number.
_SESSION = re.compile(r"(?P<value>\d(?<![\w.-].)\d{0,2}(?<!20)(?<!19)XX)(?!\w)")
#: Card numbers in groups of four; their last digit proves the others (ISO/IEC 7812-1).
_CARD = re.compile(r"(?P<value>\d(?<![\w-].)\d{3}(?:[ -]{1,2}\d{4}){3})(?![\w-])")
_DAY = re.compile(r"(?:19|20)\d\d$|\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)?\d\d$")
_FERC = re.compile(r"\b(?:FERC|Commission|RTOs?|tariff)\b|\b(?:E[RL]|R[PM]|CP)\d\d-\d")
_FERC_CHARS = 200
#: "Order No. 888" of an authority is no purchase.
_OFFICIAL = re.compile(r"(?P<value>Order(?<![\w.-].{5}) (?:Nos?\. ?)?\d{3,4}(?:-[A-Z])?)(?![\w%-])", re.IGNORECASE)
#: Of a tariff or a contract: its number says nothing without the word.
_AMENDMENT = re.compile(r"(?P<value>Amendment(?<![\w.-].{9}) (?:No\. ?)?\d{1,3})(?![\w%-]|[.,]\d)")
#: "<<Expense Document>> - AB041026", "Report Name: AB041026".
_DOCUMENT = re.compile(
    r"(?:document|report)(?:>>)?(?: name| no\.?| number)?\s{0,2}[:-]\s{0,2}"
    r"(?P<value>(?-i:[A-Z]{1,3}\d[\d/]{3,9}|\d{6}[A-Z]{1,3}))(?![\w/-])",
    re.IGNORECASE,
)
#: What must stand in these, and how far a match reaches beyond.
_NEAR = ((_OFFICIAL, ("order",)), (_AMENDMENT, ("amendment",)), (_DOCUMENT, ("document", "report")))
_REACH_CHARS = 60


def read(text: str) -> Iterator[FoundReference]:
    """Yield the numbers of *text* that say what they number; official forms first, so that they win a place."""
    dashes = (dash.span() for dash in _DASH.finditer(text))
    for start, end in around(text, dashes, before=_DOCKET_CHARS, after=_DOCKET_CHARS):
        yield from (found(match, "docket", _plain(match["value"])) for match in _DOCKET.finditer(text, start, end))
    yield from (found(match, "bill_number", _plain(match["value"])) for match in _BILL.finditer(text))
    if "XX" in text:
        yield from (found(match, "bill_number", match["value"]) for match in _SESSION.finditer(text))
    for pattern, words in _NEAR:
        for start, end in windows(text, words, before=1, after=_REACH_CHARS):
            for match in pattern.finditer(text, start, end):
                if pattern is not _OFFICIAL or _is_official(text, match):
                    yield found(match, "other", _plain(match["value"]))
    yield from _named(text)
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match["value"])
        if _is_proven(digits):
            yield found(match, "account", digits)
    for match in _BARE.finditer(text):
        yield found(match, _BARE_KINDS.get(match["prefix"], "ticket"), match["value"].upper())


def _named(text: str) -> Iterator[FoundReference]:
    """Yield the numbers before which stands what they are."""
    for token in _TOKEN.finditer(text):
        first = max(0, token.start() - _NEAR_CHARS)
        last = text[first : token.start()].lower().rstrip(" \t\r\n>#:.").rpartition(" ")[2]
        if not _may_say(last):
            continue
        for word in _WORD.finditer(text, first, token.start()):
            match = _NUMBER.match(text, word.end())
            if match and match.start("value") == token.start() and _is_name(text, word, match):
                yield _with_its_house(text, word, match)
                break


@lru_cache(maxsize=4_096)
def _may_say(word: str) -> bool:
    """Return whether *word*, the last before a number, may say what it numbers."""
    return word in _MARK_WORDS or word.endswith(")") or any(stem in word for stem in _STEMS)


def _with_its_house(text: str, word: re.Match[str], match: re.Match[str]) -> FoundReference:
    """Return the reference of *match*; "Assembly Bill No. 128" is another than that of the senate."""
    kind = word.lastgroup or "other"
    if kind != "bill_number" or " " not in word.group() or not match["value"].isdigit():
        return found(match, kind, _plain(match["value"]))
    start, end = word.start(), match.end("value")
    return FoundReference(start=start, end=end, kind=kind, value=_plain(text[start:end]))


def _is_name(text: str, word: re.Match[str], match: re.Match[str]) -> bool:
    is_vote = word.lastgroup == "bill_number" and "-" in match["value"]
    return not (is_vote or _DAY.match(match["value"]) or _is_quantity(text, word.start(), match))


def _is_official(text: str, match: re.Match[str]) -> bool:
    return _FERC.search(text, max(0, match.start() - _FERC_CHARS), match.end() + _FERC_CHARS) is not None


def _is_quantity(text: str, at: int, match: re.Match[str]) -> bool:
    """Return whether the number is rather how many than which one."""
    if match["mark"].strip() or not match["value"].isdigit():
        return False
    before = text[max(0, at - _BEFORE_CHARS) : at]
    return len(match["value"]) < _LEAST_BARE_DIGITS or _VERBAL.search(before) is not None


def _is_proven(digits: str) -> bool:
    """Return whether the check digit of *digits* is right (Luhn)."""
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0  # noqa: PLR2004 - a digit sum


def _plain(value: str) -> str:
    return re.sub(r"\bNo\.(?= ?\d)|[\s.]", "", value).upper()
