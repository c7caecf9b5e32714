"""One answer against one labelled case: what was found, missed and made up, as counts that can be added up.

Items match within the same part of a mail (own words or quoted): amounts by value and currency, days by what they
resolve to (or the label's second reading), unresolved ones by overlapping words, references by value, actions by
overlapping words. An amount, a day or a reference is labelled once, however often a mail names it; of days it is
counted apart how many were found at the labelled place. Kinds, owners and due days are scored over what matched.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from pydantic import Field

from consumer.evaluation.items import AmountItem, DateItem, Item, Marks, ReferenceItem
from schemas.analysis import Priority
from schemas.chain import Frozen


class Counts(NamedTuple):
    """Items found that are labelled, found that are not, and labelled that were not found."""

    right: int
    wrong: int
    missed: int


class Share(NamedTuple):
    """So many right of so many."""

    right: int
    of: int


class CaseScore(Frozen):
    """How one answer did on one case; `priority` is (labelled, answered)."""

    case_id: str
    counts: dict[str, Counts] = Field(default_factory=dict)
    shares: dict[str, Share] = Field(default_factory=dict)
    priority: tuple[Priority, Priority] | None = None
    confidence: float | None = None

    @property
    def is_priority_right(self) -> bool:
        """Whether the answered priority is the labelled one."""
        return self.priority is not None and self.priority[0] is self.priority[1]


_L = TypeVar("_L")
_P = TypeVar("_P")


def score(case_id: str, labels: Marks, answer: Marks, confidence: float | None = None) -> CaseScore:
    """Return how *answer* did against the *labels* of one mail."""
    amounts = matched(labels.amounts, answer.amounts, _same_amount)
    dates = matched(labels.dates, answer.dates, _same_date)
    placed = matched(labels.dates, answer.dates, _same_place)
    references = matched(labels.references, answer.references, _same_reference)
    actions = matched(labels.actions, answer.actions, overlap)
    due = [(label, found) for label, found in actions if label.due or found.due]
    return CaseScore(
        case_id=case_id,
        counts={
            "amounts": _counts(labels.amounts, answer.amounts, amounts),
            "dates": _counts(labels.dates, answer.dates, dates),
            "dates at that place": _counts(labels.dates, answer.dates, placed),
            "references": _counts(labels.references, answer.references, references),
            "actions": _counts(labels.actions, answer.actions, actions),
        },
        shares={
            "kind of amount": _share(amounts, lambda label, found: label.kind == found.kind),
            "kind of date": _share(dates, lambda label, found: label.kind == found.kind),
            "kind of reference": _share(references, lambda label, found: label.kind == found.kind),
            "owner of action": _share(actions, lambda label, found: label.owner == found.owner),
            "due day of action": _share(due, lambda label, found: label.due == found.due),
            "category": Share(int(labels.category == answer.category), 1),
        },
        priority=(labels.priority, answer.priority),
        confidence=confidence,
    )


def matched(labels: Sequence[_L], found: Sequence[_P], fits: Callable[[_L, _P], bool]) -> list[tuple[_L, _P]]:
    """Return as many pairs as possible that fit, each item in one at most (Kuhn's augmenting paths)."""
    partner: dict[int, int] = {}

    def place(label: int, tried: set[int]) -> bool:
        for at, item in enumerate(found):
            if at in tried or not fits(labels[label], item):
                continue
            tried.add(at)
            if at not in partner or place(partner[at], tried):
                partner[at] = label
                return True
        return False

    for label in range(len(labels)):
        place(label, set())
    return [(labels[label], found[at]) for at, label in sorted(partner.items(), key=lambda pair: pair[1])]


def overlap(label: Item, found: Item) -> bool:
    """Tell whether two items share a character, and say the same of whose words it is."""
    same = label.field == found.field and label.where == found.where
    return same and label.start < found.end and found.start < label.end


def _same_amount(label: AmountItem, found: AmountItem) -> bool:
    is_currency = label.currency == found.currency or label.currency is None or found.currency is None
    return label.where == found.where and is_currency and math.isclose(label.value, found.value, rel_tol=1e-9)


def _same_date(label: DateItem, found: DateItem) -> bool:
    readings = {label.resolved} | ({label.alt} if label.alt else set())
    is_same = label.where == found.where and found.resolved in readings
    return is_same and (found.resolved is not None or overlap(label, found))


def _same_place(label: DateItem, found: DateItem) -> bool:
    return _same_date(label, found) and overlap(label, found)


def _same_reference(label: ReferenceItem, found: ReferenceItem) -> bool:
    return label.where == found.where and label.key == found.key


def _counts(labels: Sequence[_L], found: Sequence[_P], pairs: Sequence[tuple[_L, _P]]) -> Counts:
    return Counts(right=len(pairs), wrong=len(found) - len(pairs), missed=len(labels) - len(pairs))


def _share(pairs: Sequence[tuple[_L, _P]], is_right: Callable[[_L, _P], bool]) -> Share:
    return Share(right=sum(is_right(label, found) for label, found in pairs), of=len(pairs))


def set_counts(labels: set[_L], found: set[_L]) -> Counts:
    """Return the counts of two sets of values."""
    return Counts(right=len(labels & found), wrong=len(found - labels), missed=len(labels - found))
