"""Fits how often a priority is right to the confidence that it came with: isotonic regression, judged by folds.

Needs scipy (the extra `eval`).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from consumer.analysis.calibration import Points, right_share
from consumer.evaluation.metrics import Judgement, brier_of, ece_of

_FOLDS = 5
_SEED = 8


class FitError(ValueError):
    """No curve can be fitted."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A curve, and the errors of confidence before it and with it, on chains that it had not seen."""

    points: Points
    chains: int
    ece_raw: float
    ece_fitted: float
    brier_raw: float
    brier_fitted: float


def fit(judgements: Sequence[Judgement]) -> Fit:
    """Return the curve through all *judgements*; its errors are those of five folds, each judged by the others' curve.

    Raises:
        FitError: There are too few, or scipy is missing.
    """
    if len(judgements) < 2 * _FOLDS:
        raise FitError(f"{len(judgements)} labelled chains are too few to fit on")
    unseen = [pair for fold in _folds(judgements) for pair in _judged(fold, judgements)]
    return Fit(
        points=curve(judgements),
        chains=len(judgements),
        ece_raw=ece_of(judgements),
        ece_fitted=ece_of(unseen),
        brier_raw=brier_of(judgements),
        brier_fitted=brier_of(unseen),
    )


def curve(judgements: Sequence[Judgement]) -> Points:
    """Return the rising curve nearest to *judgements*, as its corners.

    Never surer than so many chains can show: of n that were all right, the next is right in (n + 1) of (n + 2).
    """
    try:
        from scipy.optimize import isotonic_regression
    except ImportError as error:
        raise FitError("fitting needs scipy: install chainmail with its extra `eval`") from error
    tied = [(raw, [right for _, right in group]) for raw, group in groupby(sorted(judgements), lambda pair: pair[0])]
    shares = [sum(rights) / len(rights) for _, rights in tied]
    fitted = isotonic_regression(shares, weights=[len(rights) for _, rights in tied]).x
    least = 1 / (len(judgements) + 2)
    values = [min(max(float(value), least), 1 - least) for value in fitted]
    return _corners([(raw, value) for (raw, _), value in zip(tied, values, strict=True)])


def _corners(points: list[tuple[float, float]]) -> Points:
    """Return the ends of each level stretch of *points*."""
    levels = [list(group) for _, group in groupby(points, lambda point: point[1])]
    return tuple(point for level in levels for point in dict.fromkeys((level[0], level[-1])))


def _folds(judgements: Sequence[Judgement]) -> list[list[int]]:
    order = list(range(len(judgements)))
    random.Random(_SEED).shuffle(order)  # noqa: S311 - parting cases, no secrets
    return [order[at::_FOLDS] for at in range(_FOLDS)]


def _judged(fold: list[int], judgements: Sequence[Judgement]) -> list[Judgement]:
    """Return the judgements of *fold* with confidence by the curve of all others."""
    held = set(fold)
    points = curve([pair for at, pair in enumerate(judgements) if at not in held])
    return [(right_share(points, judgements[at][0]), judgements[at][1]) for at in fold]
