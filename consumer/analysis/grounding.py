"""What of a model's answer stands: each claim is held against the mail, and what has no evidence is dropped.

The model's word never lowers a priority below what the rules say, and raises it only with words of the
mail that are no instruction to the reader. Amounts are parsed from the mail by code.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain as concat
from typing import TypeVar

from consumer.analysis.evidence import Quotes, bears_claim
from consumer.analysis.readers import amounts, dates
from consumer.analysis.readings import Readings, amount_of, once
from consumer.analysis.rules import Verdict
from schemas.analysis import (
    ActionItem,
    Amount,
    Claim,
    Completion,
    CompletionAction,
    CompletionClaim,
    Evidence,
    Priority,
)
from schemas.chain import Chain

_T = TypeVar("_T")
_RANK = {priority: rank for rank, priority in enumerate(Priority)}
#: Words to whoever sorts the mail, not about the matter: they bear no claim.
_INSTRUCTION = re.compile(
    r"\b(ignore|disregard|forget) (?:all |any |the )?(?:previous|prior|above|earlier|your)\b|"
    r"\b(?:mark|set|rate|classify|treat|flag)\b.{0,40}\b(?:low|normal|high|critical|priority)\b|"
    r"\bpriority\s*[:=\"]|\bsystem prompt\b|\bas an ai\b|\byou are (?:an? )?(?:assistant|model|ai)\b",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, kw_only=True)
class Grounded:
    """The claims of an answer that have evidence; `dropped` counts the others by field, `kept` these."""

    priority: Verdict
    amounts: tuple[Amount, ...]
    action_items: tuple[ActionItem, ...]
    decisions: tuple[Claim, ...]
    risks: tuple[Claim, ...]
    organisations: tuple[str, ...]
    kept: int
    dropped: dict[str, int]


@dataclass(kw_only=True)
class Grounding:
    """Checks one answer against one chain."""

    chain: Chain
    quotes: Quotes
    _kept: Counter[str] = field(default_factory=Counter)
    _dropped: Counter[str] = field(default_factory=Counter)

    def ground(self, completion: Completion, readings: Readings, ruled: Verdict) -> Grounded:
        """Return what of *completion* stands, with what code found itself."""
        priority = self._priority(completion, ruled)
        quoted = filter(None, map(self._amount, completion.amount_quotes))
        return Grounded(
            priority=priority,
            amounts=once(concat(readings.amounts, quoted), lambda amount: (amount.value, amount.currency, amount.kind)),
            action_items=tuple(filter(None, map(self._action, completion.action_items))),
            decisions=self._claims("decisions", completion.decisions),
            risks=self._claims("risks", completion.risks),
            organisations=self._organisations(completion.organisations),
            kept=self._kept.total(),
            dropped=dict(self._dropped),
        )

    def _priority(self, completion: Completion, ruled: Verdict) -> Verdict:
        claimed = completion.priority
        by_rules = Verdict(priority=ruled.priority, reason=f"rules: {ruled.reason}", evidence=ruled.evidence)
        if _RANK[claimed] <= _RANK[ruled.priority] or claimed in {Priority.LOW, Priority.NORMAL}:
            if claimed is ruled.priority and ruled.evidence is None:
                reason = completion.priority_reason
                return Verdict(priority=claimed, reason=reason, evidence=self._borne(completion.priority_quote))
            return by_rules
        evidence = self._counted("priority", self._borne(completion.priority_quote))
        if evidence is None:
            return Verdict(
                priority=by_rules.priority,
                reason=f"{by_rules.reason} (the model said {claimed.value}, without evidence)",
                evidence=by_rules.evidence,
            )
        return Verdict(priority=claimed, reason=completion.priority_reason, evidence=evidence)

    def _amount(self, quote: str) -> Amount | None:
        evidence = self.quotes.find(quote)
        found = amounts.read(evidence.quote) if evidence else []
        if evidence is None or not found or not self._same_in_mail(evidence, found[0]):
            return self._counted("amounts", None)
        first = found[0]
        start, end = evidence.start + first.start, evidence.start + first.end
        exact = evidence.model_copy(
            update={"quote": evidence.quote[first.start : first.end], "start": start, "end": end}
        )
        email = next(email for email in self.chain.emails if email.email_id == evidence.email_id)
        return self._counted("amounts", amount_of(email, first, exact))

    def _same_in_mail(self, evidence: Evidence, found: amounts.FoundAmount) -> bool:
        """Return whether the mail itself says this sum there: "$45" out of "$450" is another."""
        email = next(email for email in self.chain.emails if email.email_id == evidence.email_id)
        start = evidence.start + found.start
        whole = amounts.read(getattr(email, evidence.field))
        return any(item.start == start and item.value == found.value for item in whole)

    def _action(self, action: CompletionAction) -> ActionItem | None:
        evidence = self._counted("action_items", self._borne(action.quote) if action.what else None)
        if evidence is None:
            return None
        return ActionItem(
            what=action.what, owner=self._owner(action.owner), due=self._due(action.due, evidence), evidence=evidence
        )

    def _owner(self, owner: str) -> str | None:
        """Return *owner* where somebody of that name takes part or is named in the mail."""
        if not owner:
            return None
        mailboxes = [box for email in self.chain.emails for box in (email.sender, *email.to, *email.cc) if box]
        known = any(owner.lower() in str(box).lower() for box in mailboxes)
        return self._counted("owners", owner if len(owner) > 1 and (known or self.quotes.find(owner)) else None)

    def _due(self, due: str, evidence: Evidence) -> str | None:
        """Return the day in *due* where code reads the same day in the quote."""
        if not due:
            return None
        email = next(email for email in self.chain.emails if email.email_id == evidence.email_id)
        said = {day.resolved for day in dates.read(evidence.quote, email.sent_at) if day.resolved}
        meant = {day.resolved for day in dates.read(due, email.sent_at)}
        return self._counted("due", next(iter(sorted(said & {day for day in meant if day})), None))

    def _claims(self, name: str, claims: Iterable[CompletionClaim]) -> tuple[Claim, ...]:
        found = ((claim, self._counted(name, self._borne(claim.quote) if claim.text else None)) for claim in claims)
        return tuple(Claim(text=claim.text, evidence=evidence) for claim, evidence in found if evidence)

    def _organisations(self, names: Iterable[str]) -> tuple[str, ...]:
        wanted = [name for name in names if name]
        return tuple(
            dict.fromkeys(name for name in wanted if self._counted("organisations", self.quotes.find(name)) is not None)
        )

    def _borne(self, quote: str) -> Evidence | None:
        """Return the evidence behind a quote that is long enough and no instruction to the reader."""
        if not bears_claim(quote) or _INSTRUCTION.search(quote):
            return None
        return self.quotes.find(quote)

    def _counted(self, name: str, found: _T | None) -> _T | None:
        (self._dropped if found is None else self._kept)[name] += 1
        return found
