"""Two analysers on the same chains: what the second says otherwise than the first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from schemas.analysis import ActionItem, Amount, Analysis, Evidence, Priority
from storage.tables import AnalysisRow, ChainRow

_RANK = {priority: rank for rank, priority in enumerate(Priority)}
#: A step of priority weighs as much as so many claims that came, went or changed.
_PRIORITY_WEIGHT = 3


@dataclass(frozen=True, kw_only=True)
class Changes:
    """How many claims of one kind stand at a place of the mail in both, and of these how many differ."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    same: int = 0

    @property
    def count(self) -> int:
        """All that is not the same."""
        return self.added + self.removed + self.changed

    def __add__(self, other: Changes) -> Changes:
        return Changes(**{name: value + getattr(other, name) for name, value in vars(self).items()})


@dataclass(frozen=True, kw_only=True)
class ChainChange:
    """What changed in one chain, from the first analyser to the second."""

    chain_id: str
    subject: str
    priority: tuple[str, str]
    category: tuple[str, str]
    confidence: tuple[float, float]
    amounts: Changes
    action_items: Changes
    value_changed: bool

    @property
    def weight(self) -> int:
        """How much changed, for putting the chains in order."""
        steps = abs(_RANK[Priority(self.priority[0])] - _RANK[Priority(self.priority[1])])
        other = (self.category[0] != self.category[1]) + self.value_changed
        return _PRIORITY_WEIGHT * steps + other + self.amounts.count + self.action_items.count


@dataclass(kw_only=True)
class Comparison:
    """The changes over all chains that both have analysed, in the same state of their mail."""

    first: str
    second: str
    chains: int = 0
    priorities: Counter[tuple[str, str]] = field(default_factory=Counter)
    categories: Counter[tuple[str, str]] = field(default_factory=Counter)
    amounts: Changes = field(default_factory=Changes)
    action_items: Changes = field(default_factory=Changes)
    values_changed: int = 0
    confidence_sums: tuple[float, float] = (0.0, 0.0)
    most: list[ChainChange] = field(default_factory=list)

    def add(self, change: ChainChange, *, keep: int) -> None:
        """Count one chain; of those that changed, the *keep* that did most are remembered."""
        self.chains += 1
        self.priorities[change.priority] += 1
        self.categories[change.category] += 1
        self.amounts += change.amounts
        self.action_items += change.action_items
        self.values_changed += change.value_changed
        before, after = self.confidence_sums
        self.confidence_sums = (before + change.confidence[0], after + change.confidence[1])
        if change.weight:
            self.most = sorted([*self.most, change], key=lambda each: -each.weight)[:keep]

    @property
    def mean_confidence(self) -> tuple[float, float] | None:
        """That of the first and of the second; None where there is no chain."""
        if not self.chains:
            return None
        first, second = (round(total / self.chains, 3) for total in self.confidence_sums)
        return first, second

    def as_json(self) -> dict[str, Any]:
        """`compare --json`."""
        return {
            "first": self.first,
            "second": self.second,
            "chains": self.chains,
            "priority": _table(self.priorities),
            "category": _table(self.categories),
            "amounts": asdict(self.amounts),
            "action_items": asdict(self.action_items),
            "business_value_changed": self.values_changed,
            "mean_confidence": list(self.mean_confidence or ()),
            "most_changed": [asdict(change) | {"weight": change.weight} for change in self.most],
        }


def compare(connection: Connection, first: str, second: str, *, keep: int = 20) -> Comparison:
    """Return what analyser *second* says otherwise than *first*, on the newest state that both have of each chain.

    The analyses are taken as they were made, without the rules of the house: those are the same for both.
    """
    found = Comparison(first=first, second=second)
    for subject, before, after in _pairs(connection, first, second):
        found.add(change_of(subject, before, after), keep=keep)
    return found


def change_of(subject: str, before: Analysis, after: Analysis) -> ChainChange:
    """Return what changed between two analyses of the same mail."""
    return ChainChange(
        chain_id=after.chain_id,
        subject=subject,
        priority=(before.priority.value, after.priority.value),
        category=(before.category.value, after.category.value),
        confidence=(before.confidence.score, after.confidence.score),
        amounts=_changes(before.amounts, after.amounts, _says_amount),
        action_items=_changes(before.action_items, after.action_items, _says_action),
        value_changed=set(before.business_value) != set(after.business_value),
    )


def _pairs(connection: Connection, first: str, second: str) -> Iterator[tuple[str, Analysis, Analysis]]:
    one, two = aliased(AnalysisRow), aliased(AnalysisRow)
    same = and_(two.chain_id == one.chain_id, two.chain_hash == one.chain_hash, two.analyser_id == second)
    query = (
        select(one.chain_id, ChainRow.subject, one.record, two.record)
        .join(two, same)
        .join(ChainRow, ChainRow.chain_id == one.chain_id)
        .where(one.analyser_id == first)
        .order_by(one.chain_id, one.revision.desc())
    )
    seen = ""
    for chain_id, subject, before, after in connection.execute(query):
        if chain_id != seen:
            as_now = {"chain_id": chain_id}
            both = (Analysis.model_validate_json(record).model_copy(update=as_now) for record in (before, after))
            yield subject, next(both), next(both)
        seen = chain_id


def _says_amount(amount: Amount) -> object:
    return amount.value, amount.currency, amount.kind


def _says_action(item: ActionItem) -> object:
    """Two models never word a task alike: who and when count."""
    return (item.owner or "").lower(), item.due


def _changes(before: Sequence[Any], after: Sequence[Any], says: Any) -> Changes:
    """Return how *after* differs from *before*; claims at overlapping places of the mail are the same claim."""
    left, same, changed = list(before), 0, 0
    for claim in after:
        mates = [other for other in left if _overlap(claim.evidence, other.evidence)]
        if not mates:
            continue
        mate = next((other for other in mates if says(other) == says(claim)), mates[0])
        left.remove(mate)
        same += says(mate) == says(claim)
        changed += says(mate) != says(claim)
    return Changes(added=len(after) - same - changed, removed=len(left), changed=changed, same=same)


def _overlap(one: Evidence, other: Evidence) -> bool:
    place = (one.email_id, one.field) == (other.email_id, other.field)
    return place and one.start < other.end and other.start < one.end


def _table(counts: Counter[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"first": first, "second": second, "chains": count} for (first, second), count in counts.most_common()]
