"""Does the mail bear what stands in a record: looked up with code of its own, none of the program's.

It knows neither the readers nor the look-up of quotes. Its findings quote no mail.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from schemas.analysis import ActionItem, Amount, Analysis, Priority
from schemas.chain import Chain, Email

RANK = {priority: rank for rank, priority in enumerate(Priority)}
_MONEY_MARK = re.compile(
    r"[$€£¥₹₽₩₺円元]|\b[A-Z]{3}|dollar|euro|cent|buck|yen|rupee|pound|zł|usd|eur|gbp|chf|franc|mark|peso|krona|mmbtu|mwh|\brs\b",
    re.IGNORECASE,
)
_DAY_WORD = re.compile(
    r"\d|day\b|tag\b|mittwoch|tomorrow|tonight|morning|this am\b|afternoon|evening|week|month|year|heute|morgen|ende|"
    r"eod|cob",
    re.IGNORECASE,
)
_FIGURES = re.compile(r"[.,]?\d[\d.,' \u2019\u00a0\u202f]*\d|\d")
_SCALE_WORD = re.compile(r"\d[\s>-]{0,6}(?:k|t|m|b|hundred)", re.IGNORECASE)
#: "$400" of "between $400 and $500 million".
_RANGE_TO = re.compile(r"\s{0,3}(?:and|to|or|-|\u2013)\s{0,3}(\S{1,12}\s{1,3}[mb]illion)", re.IGNORECASE)
_NUMBER_WORDS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
} | {word: 10 * value for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_SCALES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_DAYS = (
    "monday montag lundi lunes mon",
    "tuesday dienstag mardi martes tue",
    "wednesday mittwoch mercredi miércoles wed",
    "thursday donnerstag jeudi jueves thu",
    "friday freitag vendredi viernes fri",
    "saturday samstag sonnabend samedi sábado sat",
    "sunday sonntag dimanche domingo sun",
)
#: Of a long list of addressees the first are named, the others counted.
_MORE = re.compile(r" and \d+ more$")


def faults(chain: Chain, analysis: Analysis) -> list[str]:
    """Return what of *analysis* the mail of *chain* does not bear, in words."""
    emails = {email.email_id: email for email in chain.emails}
    found = [
        f"evidence off its place in {evidence['email_id'][:8]}"
        for evidence in evidence_in(analysis.model_dump())
        if _place(emails, evidence)[evidence["start"] : evidence["end"]] != evidence["quote"]
    ]
    found += [
        f"amount {amount.value} is not what stands there" for amount in analysis.amounts if not _is_said(emails, amount)
    ]
    everything = " ".join(f"{mail.subject} {mail.text} {mail.sender} {mail.to} {mail.cc}" for mail in chain.emails)
    named = _words(everything)
    for item in analysis.action_items:
        if item.owner and not _words(_MORE.sub("", item.owner)) <= named:
            found.append("an owner who is not in the mail")
        if item.due and not _names_day(item, emails[item.evidence.email_id]):
            found.append("a due day that its quote does not name")
    for name in analysis.organisations:
        if _letters(name) not in _letters(everything):
            found.append("an organisation that is not in the mail")
    found += _unpaid(analysis)
    if analysis.priority is Priority.CRITICAL and analysis.priority_evidence is None:
        found.append("critical without evidence")
    return found


def evidence_in(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every piece of evidence in a dumped record."""
    if isinstance(value, dict) and {"quote", "email_id", "start", "end"} <= set(value):
        yield value
    elif isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from evidence_in(inner)


def prose_of(analysis: Analysis) -> str:
    """Return what of a record is in somebody's own words: all text but quotes of the mail."""
    claims = [*analysis.decisions, *analysis.risks, *analysis.open_questions]
    said = [(claim.text, claim.evidence.quote) for claim in claims]
    said += [(item.what, item.evidence.quote) for item in analysis.action_items]
    own = [words for words, quote in said if " ".join(words.split()) not in " ".join(quote.split())]
    return "\n".join(
        [
            analysis.summary,
            analysis.priority_reason,
            analysis.next_step,
            analysis.narrative,
            *own,
            *(item.owner or "" for item in analysis.action_items),
            *analysis.organisations,
            *analysis.disagreements,
            *analysis.injection_signs,
            *analysis.lacking,
            *analysis.cut,
            *analysis.confidence.reasons,
        ]
    )


def _words(text: str) -> set[str]:
    """Return the words of *text*, those within addresses too: "Ann Weber" may stand as ann.weber@acme.example."""
    return set(re.findall(r"[^\W_]+", text.lower()))


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).lower()
    return "".join(filter(str.isalnum, plain))


def _place(emails: dict[str, Email], evidence: dict[str, Any]) -> str:
    text: str = getattr(emails[evidence["email_id"]], evidence["field"])
    return text


def _is_said(emails: dict[str, Email], amount: Amount) -> bool:
    """Return whether the quote is money of that value and no part of a longer figure."""
    place = amount.evidence
    text = _place(emails, place.model_dump())
    around = text[max(0, place.start - 1) : place.start] + "|" + text[place.end : place.end + 1]
    is_money = bool(_MONEY_MARK.search(place.quote)) or amount.currency is None
    until = _RANGE_TO.match(text, place.end)
    quote = f"{place.quote} {until[1].split()[-1]}" if until else place.quote
    return is_money and not re.search(r"\d", around) and abs(amount.value) in _values(quote)


def _values(quote: str) -> set[Decimal]:
    """Return all that the figures and number words of *quote* could mean, whatever their separators and scale."""
    scales = [0, *([2, 3, 6, 9, 12] if _SCALE_WORD.search(quote) else []), *([-2] if "cent" in quote.lower() else [])]
    found: set[Decimal] = set()
    for figure in _FIGURES.findall(quote):
        for part in {figure, *figure.split(" ")}:
            digits = Decimal("".join(filter(str.isdigit, part)) or "0")
            decimals = len(re.split(r"[.,]", part)[-1])
            found |= {digits.scaleb(scale - less) for scale in scales for less in (0, decimals)}
    spelt = _spelt(quote) / (2 if re.search(r"\bhalf[\s-](?:an?\s)?", quote, re.IGNORECASE) else 1)
    return found or {spelt, spelt.scaleb(-2)}


def _spelt(quote: str) -> Decimal:
    whole, part = 0, 0
    for word in re.findall(r"[a-z]+", quote.lower()):
        if word in _NUMBER_WORDS:
            part += _NUMBER_WORDS[word]
        elif word in _SCALES:
            part = (part or 1) * 10 ** _SCALES[word]
            if word != "hundred":
                whole, part = whole + part, 0
    return Decimal(whole + part)


def _names_day(item: ActionItem, email: Email) -> bool:
    """Return whether the quote of *item* names the day on which it is due."""
    quote, due = item.evidence.quote.lower(), item.due or ""
    written = item.evidence.quoted.sent_on if item.evidence.quoted else email.written_on
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", due):
        return bool(_DAY_WORD.search(quote))
    day = date.fromisoformat(due)
    if any(int(figure) == day.day for figure in re.findall(r"\d+", quote) if len(figure) <= 4):
        return True
    is_near = written is not None and abs(day - written) <= timedelta(days=14)
    if any(re.search(rf"\b{name}", quote) for name in _DAYS[day.weekday()].split()):
        return is_near
    most = timedelta(days=366 if (day.month, day.day) == (12, 31) and "year" in quote else 62)
    return bool(_DAY_WORD.search(quote)) and written is not None and abs(day - written) <= most


def _unpaid(analysis: Analysis) -> Iterator[str]:
    """Yield which totals are more than the sums that stand in the record."""
    for money in analysis.business_value:
        said = [abs(amount.value) for amount in analysis.amounts if amount.currency == money.currency]
        if money.value > sum(said):
            yield "a total beyond all sums"
