"""What of a model's answer stands: each claim is held against the mail, and what has no evidence is dropped.

The model's word never lowers a priority below what the rules say, and raises it only with words of the
mail that are no instruction to the reader, and only as far as these words go. Amounts are parsed from the
mail by code.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain as concat
from typing import TypeVar

from consumer.analysis.actions import merged
from consumer.analysis.evidence import Quotes, bears_claim
from consumer.analysis.instructions import instructions, instructs
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
    """The claims of an answer that have evidence; `dropped` counts the others by field, `kept` these.

    Of the amounts and due days that the model claims, code reads `alike` the same, and `apart` others or none.
    """

    priority: Verdict
    amounts: tuple[Amount, ...]
    action_items: tuple[ActionItem, ...]
    decisions: tuple[Claim, ...]
    risks: tuple[Claim, ...]
    open_questions: tuple[Claim, ...]
    organisations: tuple[str, ...]
    kept: int
    dropped: dict[str, int]
    alike: int
    apart: int
    disagreements: tuple[str, ...]


@dataclass(kw_only=True)
class Grounding:
    """Checks one answer against one chain."""

    chain: Chain
    quotes: Quotes
    _kept: Counter[str] = field(default_factory=Counter)
    _dropped: Counter[str] = field(default_factory=Counter)
    _seen: set[tuple[object, ...]] = field(default_factory=set)
    _due_days: list[str] = field(default_factory=list)

    def ground(
        self, completion: Completion, readings: Readings, ruled: Verdict, code_actions: Sequence[ActionItem] = ()
    ) -> Grounded:
        """Return what of *completion* stands, with what code found itself."""
        priority = self._priority(completion, ruled, readings)
        quoted = list(filter(None, map(self._amount, dict.fromkeys(completion.amount_quotes))))
        actions = list(filter(None, map(self._action, completion.action_items)))
        known = {(amount.value, amount.currency) for amount in readings.amounts}
        new = [amount for amount in quoted if (amount.value, amount.currency) not in known]
        return Grounded(
            priority=priority,
            amounts=latest(concat(readings.amounts, new)),
            action_items=merged(actions, code_actions),
            decisions=self._claims("decisions", completion.decisions),
            risks=self._claims("risks", completion.risks),
            open_questions=self._claims("open_questions", completion.open_questions),
            organisations=self._organisations(completion.organisations),
            kept=self._kept.total(),
            dropped=dict(self._dropped),
            alike=len(quoted) - len(new) + self._kept["due"],
            apart=len(new) + self._dropped["amounts"] + self._dropped["due"],
            disagreements=(*_on_priority(completion.priority, ruled), *self._on_money(), *self._due_days),
        )

    def _on_money(self) -> Iterator[str]:
        claimed = self._kept["amounts"] + self._dropped["amounts"]
        if self._dropped["amounts"]:
            yield f"money: code reads none in {self._dropped['amounts']} of the {claimed} quotes of the model"

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
        is_urged = any(instructions(text) for email in self.chain.emails for text in (email.subject, email.text))
        highest = ceiling(self.chain, ruled, evidence, readings.dates, is_urged=is_urged)
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
        place = self.quotes.find_said(quote)
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
        return self._once("amounts", exact, amount_of(email, found, exact))

    def _email(self, evidence: Evidence) -> Email:
        return next(email for email in self.chain.emails if email.email_id == evidence.email_id)

    def _action(self, action: CompletionAction) -> ActionItem | None:
        evidence = self._claimed("action_items", action.quote if action.what else "")
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
        named = self.quotes.find_said(owner, whole_words=True)
        known = any(word.search(str(box)) for box in mailboxes) or (named and _is_name(named.quote))
        return self._counted("owners", owner if len(owner) > 1 and known else None)

    def _due(self, due: str, evidence: Evidence) -> str | None:
        """Return the day in *due* where code reads the same day in the quote."""
        if not due:
            return None
        written_on = evidence.quoted.sent_on if evidence.quoted else self._email(evidence).written_on
        said = {day.resolved for day in dates.read(evidence.quote, written_on) if day.resolved}
        meant = {day.resolved for day in dates.read(due, written_on) if day.resolved}
        if not said & meant:
            self._due_days.append(
                f"due day: the model says {min(meant, default='no day that code can read')}, "
                f"code reads {min(said, default='none')} in its quote"
            )
        return self._counted("due", min(said & meant, default=None))

    def _claims(self, name: str, claims: Iterable[CompletionClaim]) -> tuple[Claim, ...]:
        found = ((claim, self._claimed(name, claim.quote if claim.text else "")) for claim in claims)
        return tuple(Claim(text=claim.text, evidence=evidence) for claim, evidence in found if evidence)

    def _organisations(self, names: Iterable[str]) -> tuple[str, ...]:
        wanted = dict.fromkeys(filter(None, names))
        return tuple(
            dict.fromkeys(
                name
                for name in wanted
                if self._counted("organisations", self.quotes.find_said(name, whole_words=True)) is not None
            )
        )

    def _claimed(self, name: str, quote: str) -> Evidence | None:
        """Return the evidence behind a claim of the kind *name*, counted; None where it was claimed before."""
        found = self._borne(quote)
        return self._once(name, found, found) if found else self._counted(name, None)

    def _once(self, name: str, evidence: Evidence, found: _T) -> _T | None:
        """Return *found* counted as kept, the first time that this kind of claim rests on these words."""
        key = (name, evidence.email_id, evidence.field, evidence.start, evidence.end)
        if key in self._seen:
            return None
        self._seen.add(key)
        return self._counted(name, found)

    def _borne(self, quote: str) -> Evidence | None:
        """Return the evidence behind a quote that is long enough and no instruction to the reader."""
        return self.quotes.find_said(quote) if bears_claim(quote) else None

    def _counted(self, name: str, found: _T | None) -> _T | None:
        (self._dropped if found is None else self._kept)[name] += 1
        return found


def _is_name(words: str) -> bool:
    """Return whether *words* of a text may name somebody: "the" and "you" stand in every mail."""
    return any(not word[0].islower() and word[0].isalpha() for word in words.split()) and words != "I"


def _on_priority(claimed: Priority, ruled: Verdict) -> Iterator[str]:
    if claimed is not ruled.priority:
        yield f"priority: the model says {claimed}, the rules say {ruled.priority}"
