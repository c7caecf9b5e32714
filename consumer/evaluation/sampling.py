"""How sure a figure is, and whether two differ: by drawing the same cases again (pure, seeded)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from consumer.evaluation.metrics import Metric, Scores
from consumer.evaluation.scoring import CaseScore
from schemas.chain import Frozen

_DRAWS = 1_000
_SEED = 8
_TAIL = 0.025


class Estimate(Frozen):
    """A figure with its 95 % interval, which is None where too few draws gave a figure."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Difference:
    """By how much B differs from A on the same cases; `p` is how often chance alone would do as much."""

    difference: float
    low: float
    high: float
    p: float


def estimate(metric: Metric, scores: Scores, draws: int = _DRAWS) -> Estimate:
    """Return *metric* of *scores* with a bootstrap interval over cases (percentiles)."""
    value = metric(scores)
    if value is None:
        return Estimate(value=None)
    source = random.Random(_SEED)  # noqa: S311 - drawing cases, no secrets
    drawn = (metric(source.choices(scores, k=len(scores))) for _ in range(draws))
    low, high = _interval([figure for figure in drawn if figure is not None])
    return Estimate(value=value, low=low, high=high)


def difference(metric: Metric, first: Scores, second: Scores, draws: int = _DRAWS) -> Difference | None:
    """Return how *metric* of *second* differs from that of *first*; the n-th scores of both are of the same case.

    The interval draws cases, the p-value exchanges the two answers of each case at random.
    """
    of_first, of_second = metric(first), metric(second)
    if of_first is None or of_second is None:
        return None
    source = random.Random(_SEED)  # noqa: S311 - drawing cases, no secrets
    gap = of_second - of_first
    drawn, as_far = [], 0
    pairs = list(zip(first, second, strict=True))
    for _ in range(draws):
        chosen = source.choices(pairs, k=len(pairs))
        drawn.append(_gap(metric, chosen))
        exchanged = _gap(metric, [pair[::-1] if source.random() < 1 / 2 else pair for pair in pairs])
        as_far += exchanged is not None and abs(exchanged) >= abs(gap) - 1e-12
    low, high = _interval([figure for figure in drawn if figure is not None])
    return Difference(difference=gap, low=low, high=high, p=(as_far + 1) / (draws + 1))


def _gap(metric: Metric, pairs: Sequence[tuple[CaseScore, CaseScore]]) -> float | None:
    of_first, of_second = metric([first for first, _ in pairs]), metric([second for _, second in pairs])
    return None if of_first is None or of_second is None else of_second - of_first


def _interval(drawn: list[float]) -> tuple[float, float]:
    drawn.sort()
    last = len(drawn) - 1
    return drawn[round(last * _TAIL)], drawn[round(last * (1 - _TAIL))]
