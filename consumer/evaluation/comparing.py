"""Two reports on the same cases: which figures differ by more than chance, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from consumer.evaluation.cases import SetError
from consumer.evaluation.metrics import LESS_IS_BETTER, metrics_of
from consumer.evaluation.report import Report, System
from consumer.evaluation.sampling import Difference, difference
from consumer.evaluation.scoring import CaseScore

_SURE = 0.05


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One figure of two systems on the same cases."""

    name: str
    first: float
    second: float
    change: Difference

    @property
    def is_sure(self) -> bool:
        """Whether chance alone would seldom do as much."""
        return self.change.p < _SURE

    @property
    def words(self) -> str:
        """What it comes to, for a person."""
        figures = f"{self.name}: {self.first:.3f} → {self.second:.3f}"
        test = f"p = {self.change.p:.3f}"
        if not self.is_sure:
            return f"{figures}, no difference that these cases show ({test})"
        is_better = (self.change.difference < 0) == (self.name in LESS_IS_BETTER)
        bounds = f"{self.change.low:+.3f} to {self.change.high:+.3f}"
        return f"{figures}, {'better' if is_better else 'worse'} ({bounds}, {test})"


def compare(first: Report, second: Report) -> Iterator[Compared]:
    """Yield how the first system of *second* differs from that of *first* on the cases that both have.

    Raises:
        SetError: They are reports of other sets, or share no case.
    """
    if first.set_name != second.set_name:
        raise SetError(f"these are reports of two sets, {first.set_name!r} and {second.set_name!r}")
    ours, theirs = _shared(first.systems[0], second.systems[0])
    if not ours:
        raise SetError("the two reports share no case")
    others = metrics_of(theirs)
    for name, metric in metrics_of(ours).items():
        change = difference(metric, ours, theirs) if name in others else None
        before, after = metric(ours), metric(theirs)
        if change is not None and before is not None and after is not None:
            yield Compared(name=name, first=before, second=after, change=change)


def _shared(first: System, second: System) -> tuple[list[CaseScore], list[CaseScore]]:
    theirs = {score.case_id: score for score in second.scores}
    ours = [score for score in first.scores if score.case_id in theirs]
    return ours, [theirs[score.case_id] for score in ours]
