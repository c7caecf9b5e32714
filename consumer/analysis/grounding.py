"""What of a model's answer stands: each claim is held against the mail, and what has no evidence is dropped.

The model's word never lowers a priority below what the rules say, and raises it only with words of the
mail that are no instruction to the reader, and only as far as these words go. Amounts are parsed from the
mail by code.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import chain as concat
from typing import TypeVar

from consumer.analysis.evidence import Quotes, bears_claim, instructs
from consumer.analysis.readers import amounts, dates
from consumer.analysis.readings import Readings, amount_of, latest
from consumer.analysis.rules import Verdict, ceiling
from schemas.analysis import (
    ActionItem,
    Amount,
    Claim,
    Evidence,
    Priority,
)
from schemas.chain import Chain, Email
from schemas.completion import Completion, CompletionAction, CompletionClaim

_T = TypeVar("_T")
_RANK = {priority: rank for rank, priority in enumerate(Priority)}


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
        priority = self._priority(completion, ruled, readings)
        quoted = filter(None, map(self._amount, completion.amount_quotes))
        return Grounded(
            priority=priority,
            amounts=_added(readings.amounts, quoted),
            action_items=tuple(filter(None, map(self._action, completion.action_items))),
            decisions=self._claims("decisions", completion.decisions),
            risks=self._claims("risks", completion.risks),
            organisations=self._organisations(completion.organisations),
            kept=self._kept.total(),
            dropped=dict(self._dropped),
        )

    def _priority(self, completion: Completion, ruled: Verdict, readings: Readings) -> Verdict:
        """Return the rules' verdict, or the model's where it is graver and the mail bears that."""
        claimed = completion.priority
        by_rules = replace(ruled, reason=f"rules: {ruled.reason}")
        if claimed is ruled.priority and ruled.evidence is None:
            return replace(ruled, reason=completion.priority_reason, evidence=self._borne(completion.priority_quote))
        if _RANK[claimed] <= _RANK[ruled.priority]:
            return by_rules
        evidence = self._borne(completion.priority_quote)
        if evidence is None:
            self._counted("priority", None)
            return replace(by_rules, reason=f"{by_rules.reason} (the model said {claimed}, without evidence)")
        highest = ceiling(self.chain, ruled, evidence, readings.dates)
        if _RANK[claimed] > _RANK[highest]:
            self._counted("priority", None)
            doubt = f"the model said {claimed}; the words it quotes do not bear that"
            if highest is ruled.priority:
                return replace(by_rules, reason=f"{by_rules.reason} ({doubt})")
            return replace(ruled, priority=highest, reason=f"{completion.priority_reason} ({doubt})", evidence=evidence)
        self._counted("priority", evidence)
        return replace(ruled, priority=claimed, reason=completion.priority_reason, evidence=evidence)

    def _amount(self, quote: str) -> Amount | None:
        """Return the amount that the mail itself says where *quote* stands: "$45" out of "$450" is none."""
        place = self.quotes.find(quote)
        said = amounts.read(place.quote) if place else []
        if place is None or not said:
            return self._counted("amounts", None)
        email = self._email(place)
        text: str = getattr(email, place.field)
        start = place.start + said[0].start
        whole = (item for item in amounts.read(text) if item.start == start and item.value == said[0].value)
        found = next(whole, None)
        if found is None or instructs(text, found.start, found.end):
            return self._counted("amounts", None)
        words = {"quote": text[found.start : found.end], "start": found.start, "end": found.end}
        exact = place.model_copy(update=words)
        return self._counted("amounts", amount_of(email, found, exact))

    def _email(self, evidence: Evidence) -> Email:
        return next(email for email in self.chain.emails if email.email_id == evidence.email_id)

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
        word = re.compile(rf"(?<![^\W_]){re.escape(owner)}(?![^\W_])", re.IGNORECASE)
        known = any(word.search(str(box)) for box in mailboxes) or self.quotes.find(owner, whole_words=True)
        return self._counted("owners", owner if len(owner) > 1 and known else None)

    def _due(self, due: str, evidence: Evidence) -> str | None:
        """Return the day in *due* where code reads the same day in the quote."""
        if not due:
            return None
        written_on = evidence.quoted.sent_on if evidence.quoted else self._email(evidence).written_on
        said = {day.resolved for day in dates.read(evidence.quote, written_on) if day.resolved}
        meant = {day.resolved for day in dates.read(due, written_on)}
        return self._counted("due", min(said & meant, default=None))

    def _claims(self, name: str, claims: Iterable[CompletionClaim]) -> tuple[Claim, ...]:
        found = ((claim, self._counted(name, self._borne(claim.quote) if claim.text else None)) for claim in claims)
        return tuple(Claim(text=claim.text, evidence=evidence) for claim, evidence in found if evidence)

    def _organisations(self, names: Iterable[str]) -> tuple[str, ...]:
        wanted = [name for name in names if name]
        return tuple(
            dict.fromkeys(
                name
                for name in wanted
                if self._counted("organisations", self.quotes.find(name, whole_words=True)) is not None
            )
        )

    def _borne(self, quote: str) -> Evidence | None:
        """Return the evidence behind a quote that is long enough and no instruction to the reader."""
        found = self.quotes.find(quote) if bears_claim(quote) else None
        if found is None or instructs(getattr(self._email(found), found.field), found.start, found.end):
            return None
        return found

    def _counted(self, name: str, found: _T | None) -> _T | None:
        (self._dropped if found is None else self._kept)[name] += 1
        return found


def _added(found: tuple[Amount, ...], quoted: Iterable[Amount]) -> tuple[Amount, ...]:
    """Return *found* and what of *quoted* is not among it: of a known sum code's own mention counts."""
    known = {(amount.value, amount.currency) for amount in found}
    return latest(concat(found, (amount for amount in quoted if (amount.value, amount.currency) not in known)))
