"""What the rules of the house make of an analysis: pure, in milliseconds, without a model.

Keywords lower first; what raises comes after it, so that nobody's words hide what a VIP writes. What the mail itself
calls critical is lowered only where a rule says so explicitly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Literal

from consumer.analysis.evidence import evidence_at
from consumer.analysis.new_text import Passage, passages_of
from consumer.analysis.value import business_value
from schemas.analysis import Analysis, Evidence, Money, Priority, Reference
from schemas.chain import Address, Chain, Email
from schemas.house import Housed, HouseRules, Keywords, Pattern, Senders

#: Of each email, patterns look at so many characters; together they add so many references.
_SCANNED_CHARS = 100_000
_MOST_REFERENCES = 100
_RANK = {priority: rank for rank, priority in enumerate(Priority)}
_UNRAISED_BULK = ("newsletter", "automatic")


def apply(analysis: Analysis, chain: Chain, rules: HouseRules) -> Housed:
    """Return what *rules* make of *analysis*, which is one of *chain*."""
    if not rules.version:
        return Housed(priority=analysis.priority)
    hits = _Hits(chain)
    priority, reasons = _judged(analysis, hits, rules)
    value = _valued(analysis, chain, rules)
    return Housed(
        version=rules.version,
        priority=priority,
        reasons=reasons,
        references=_references(analysis, hits, rules.patterns),
        own=tuple(sorted({who.address.lower() for who in analysis.people if _is_of(who.address, rules.own)})),
        currency=rules.own_currency if any(each.currency is None for each in analysis.amounts) else None,
        business_value=value if value != analysis.business_value else None,
    )


class _Hits:
    """Where words stand in what the emails of a chain say; passages are looked at only where there are any."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain

    @cached_property
    def _passages(self) -> Mapping[str, tuple[Passage, ...]]:
        return passages_of(self.chain)

    @cached_property
    def _folded(self) -> str:
        return "\n".join(f"{email.subject}\n{email.text}" for email in self.chain.emails).casefold()

    def may_have(self, words: tuple[str, ...]) -> bool:
        """Tell, at a tenth of the price of a look, whether the first part of any of *words* stands anywhere."""
        return any(first in self._folded for first in _firsts_of(words))

    def of(self, pattern: re.Pattern[str]) -> Iterator[tuple[re.Match[str], Evidence]]:
        """Yield the matches of *pattern*, oldest email first; what a mail quotes of another at hand is not its own."""
        for email in self.chain.emails:
            for field, match in _matches(email, pattern):
                passages = self._passages[email.email_id] if field == "text" else ()
                within = any(one.start <= match.start() and match.end() <= one.end for one in passages)
                if field == "subject" or within:
                    yield match, evidence_at(email, field, match.start(), match.end(), passages)


def _matches(email: Email, pattern: re.Pattern[str]) -> Iterator[tuple[Literal["text", "subject"], re.Match[str]]]:
    yield from (("subject", match) for match in pattern.finditer(email.subject, 0, _SCANNED_CHARS))
    yield from (("text", match) for match in pattern.finditer(email.text, 0, _SCANNED_CHARS))


def _judged(analysis: Analysis, hits: _Hits, rules: HouseRules) -> tuple[Priority, tuple[str, ...]]:
    """Return the priority after all rules, and what moved it or was kept from doing so."""
    priority, reasons = _lowered(analysis, hits, rules)
    for level, cause in sorted(_raises(hits, rules), key=lambda each: -_RANK[each[0]]):
        if _RANK[level] > _RANK[priority]:
            priority = level
            reasons = (*reasons, f"raised to {level}: {cause}")
    return priority, reasons


def _lowered(analysis: Analysis, hits: _Hits, rules: HouseRules) -> tuple[Priority, tuple[str, ...]]:
    priority: Priority = analysis.priority
    reasons: tuple[str, ...] = ()
    for keywords in rules.keywords:
        level = keywords.lower_to
        if level is None or _RANK[level] >= _RANK[priority] or (word := _keyword(hits, keywords)) is None:
            continue
        if priority is Priority.CRITICAL and analysis.priority_evidence and not keywords.even_critical:
            reasons = (*reasons, f'not lowered by keyword "{word}": the mail itself is critical')
            continue
        priority = level
        reasons = (*reasons, f'lowered to {level}: keyword "{word}"')
    return priority, reasons


def _raises(hits: _Hits, rules: HouseRules) -> Iterator[tuple[Priority, str]]:
    for keywords in rules.keywords:
        if keywords.raise_to is not None and (word := _keyword(hits, keywords)) is not None:
            yield keywords.raise_to, f'keyword "{word}"'
    for name, senders in (("VIP sender", rules.vip), ("customer", rules.customers)):
        if (sender := _sender(hits.chain, senders)) is not None:
            yield senders.raise_to, f"{name} {sender.address}"


def _keyword(hits: _Hits, keywords: Keywords) -> str | None:
    """Return the first of the words that stands in the chain, as it stands there."""
    if not hits.may_have(keywords.words):
        return None
    return next((" ".join(match.group().split()) for match, _ in hits.of(_pattern_of(keywords.words))), None)


@lru_cache(maxsize=256)
def _firsts_of(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple({word.split()[0].casefold() for word in words})


@lru_cache(maxsize=256)
def _pattern_of(words: tuple[str, ...]) -> re.Pattern[str]:
    r"""Return what finds whole *words*, whatever the case and the blanks; each has bounded ways to match."""
    forms = (r"\s{1,4}".join(map(re.escape, word.split())) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{'|'.join(forms)})(?!\w)", re.IGNORECASE)


def _sender(chain: Chain, senders: Senders) -> Address | None:
    """Return the newest sender who is one of *senders* and wrote it himself."""
    for email in reversed(chain.emails):
        is_bulk = email.bulk.partition(":")[0] in _UNRAISED_BULK
        if email.sender and not is_bulk and _is_of(email.sender.address, senders.senders):
            return email.sender
    return None


def _is_of(address: str, known: tuple[str, ...]) -> bool:
    """Tell whether *address* is one of *known*, or of a domain among them or below one."""
    whole = address.strip().lower()
    domain = whole.rpartition("@")[2]
    return any(
        domain == each[1:] or domain.endswith(f".{each[1:]}") if each.startswith("@") else whole == each
        for each in known
    )


def _references(analysis: Analysis, hits: _Hits, patterns: tuple[Pattern, ...]) -> tuple[Reference, ...]:
    """Return what the house's patterns find and the analysis has not."""
    known = {(reference.kind, reference.value) for reference in analysis.references}
    found: dict[tuple[str, str], Reference] = {}
    for pattern in patterns:
        for match, evidence in hits.of(re.compile(pattern.regex)):
            value = (match.group(1) if match.re.groups else None) or match.group()
            if len(found) >= _MOST_REFERENCES:
                return tuple(found.values())
            if (pattern.kind, value) not in known:
                reference = Reference(kind=pattern.kind, value=value, evidence=evidence)
                found.setdefault((pattern.kind, value), reference)
    return tuple(found.values())


def _valued(analysis: Analysis, chain: Chain, rules: HouseRules) -> tuple[Money, ...]:
    """Return the business value with the own currency where the mail names none, and that currency first."""
    own = rules.own_currency
    if own is None:
        return analysis.business_value
    value = analysis.business_value
    if any(amount.currency is None for amount in analysis.amounts):
        amounts = (each if each.currency else each.model_copy(update={"currency": own}) for each in analysis.amounts)
        value = business_value(chain, tuple(amounts))
    return tuple(sorted(value, key=lambda money: money.currency != own))
