"""The figures of a report, from the scores of its cases. None where there is nothing to measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby

from consumer.evaluation.scoring import CaseScore, Counts, Share
from schemas.analysis import Priority

Scores = Sequence[CaseScore]
Metric = Callable[[Scores], float | None]
#: (confidence, whether the priority is right)
Judgement = tuple[float, bool]
#: [labelled][answered]
Confusion = tuple[tuple[int, ...], ...]

_LEVELS = tuple(Priority)
_RANK = {priority: rank for rank, priority in enumerate(_LEVELS)}
#: What a wrong priority costs, by [labelled][answered] from low to critical: a missed critical matter costs most.
COSTS: Confusion = ((0, 1, 2, 3), (1, 0, 1, 2), (4, 2, 0, 1), (10, 8, 4, 0))
_BINS = 10


def metrics_of(scores: Scores) -> Mapping[str, Metric]:
    """Return the metrics that *scores* allow, by name, in the order of a report."""
    found: dict[str, Metric] = {}
    for name in dict.fromkeys(name for score in scores for name in score.counts):
        found |= {f"{name} {figure}": partial(of_counts, name, of) for figure, of in _FIGURES.items()}
    for name in dict.fromkeys(name for score in scores for name in score.shares):
        found[f"{name} right"] = partial(of_share, name)
    if any(score.priority for score in scores):
        found |= {
            "priority right": priority_right,
            "priority macro F1": macro_f1,
            "priority kappa": kappa,
            "priority cost": cost,
        }
    if any(score.priority and score.confidence is not None for score in scores):
        found |= {"confidence ECE": ece, "confidence Brier": brier, "confidence AUROC": auroc}
    return found


#: Metrics of which less is better.
LESS_IS_BETTER = frozenset({"priority cost", "confidence ECE", "confidence Brier"})


def precision(counts: Counts) -> float | None:
    """Return the share of what was found that is labelled."""
    return counts.right / (counts.right + counts.wrong) if counts.right + counts.wrong else None


def recall(counts: Counts) -> float | None:
    """Return the share of what is labelled that was found."""
    return counts.right / (counts.right + counts.missed) if counts.right + counts.missed else None


def f1(counts: Counts) -> float | None:
    """Return the harmonic mean of precision and recall."""
    all_of = 2 * counts.right + counts.wrong + counts.missed
    return 2 * counts.right / all_of if all_of else None


_FIGURES: Mapping[str, Callable[[Counts], float | None]] = {"precision": precision, "recall": recall, "F1": f1}


def of_counts(name: str, figure: Callable[[Counts], float | None], scores: Scores) -> float | None:
    """Return *figure* of the added counts of *name*."""
    return figure(total(name, scores))


def total(name: str, scores: Scores) -> Counts:
    """Return the added counts of *name*."""
    found = [score.counts[name] for score in scores if name in score.counts]
    return Counts(sum(c[0] for c in found), sum(c[1] for c in found), sum(c[2] for c in found))


def share_of(name: str, scores: Scores) -> Share:
    """Return the added shares of *name*."""
    found = [score.shares[name] for score in scores if name in score.shares]
    return Share(sum(share[0] for share in found), sum(share[1] for share in found))


def of_share(name: str, scores: Scores) -> float | None:
    """Return how much of *name* is right."""
    right, of = share_of(name, scores)
    return right / of if of else None


def confusion(scores: Scores) -> Confusion:
    """Return how often each priority was labelled and answered, from low to critical."""
    table = [[0] * len(_LEVELS) for _ in _LEVELS]
    for score in scores:
        if score.priority:
            table[_RANK[score.priority[0]]][_RANK[score.priority[1]]] += 1
    return tuple(map(tuple, table))


def priority_right(scores: Scores) -> float | None:
    """Return the share of right priorities."""
    judged = [score for score in scores if score.priority]
    return sum(score.is_priority_right for score in judged) / len(judged) if judged else None


def macro_f1(scores: Scores) -> float | None:
    """Return the mean F1 of the priorities that occur, each of the same weight."""
    table = confusion(scores)
    found = []
    for level in range(len(_LEVELS)):
        labelled, answered = sum(table[level]), sum(row[level] for row in table)
        right = table[level][level]
        if labelled:
            found.append(f1(Counts(right, answered - right, labelled - right)) or 0.0)
    return sum(found) / len(found) if found else None


def kappa(scores: Scores) -> float | None:
    """Return Cohen's kappa of the priorities with quadratic weights: 1 agreement, 0 no more than by chance."""
    return weighted_kappa(confusion(scores), lambda label, answer: float((label - answer) ** 2))


def weighted_kappa(table: Confusion, weight: Callable[[int, int], float]) -> float | None:
    """Return one minus the weighed disagreement over that by chance."""
    of = sum(map(sum, table))
    rows, columns = [sum(row) for row in table], [sum(column) for column in zip(*table, strict=True)]
    cells = [(row, column) for row in range(len(table)) for column in range(len(table))]
    seen = sum(weight(row, column) * table[row][column] for row, column in cells)
    chance = sum(weight(row, column) * rows[row] * columns[column] for row, column in cells)
    return 1 - seen * of / chance if chance else None


def cost(scores: Scores) -> float | None:
    """Return the mean cost of the priorities (`COSTS`)."""
    paid = [COSTS[_RANK[score.priority[0]]][_RANK[score.priority[1]]] for score in scores if score.priority]
    return sum(paid) / len(paid) if paid else None


def ece(scores: Scores) -> float | None:
    """Return `ece_of` the confidences."""
    judged = judgements(scores)
    return ece_of(judged) if judged else None


def brier(scores: Scores) -> float | None:
    """Return `brier_of` the confidences."""
    judged = judgements(scores)
    return brier_of(judged) if judged else None


def ece_of(judged: Sequence[Judgement]) -> float:
    """Return the expected calibration error over ten bins of as equal mass as possible; equal ones share a bin."""
    gaps, before = [0.0] * _BINS, 0
    for _, group in groupby(sorted(judged), lambda pair: pair[0]):
        tied = list(group)
        gaps[before * _BINS // len(judged)] += sum(confidence - right for confidence, right in tied)
        before += len(tied)
    return sum(map(abs, gaps)) / len(judged)


def brier_of(judged: Sequence[Judgement]) -> float:
    """Return the mean squared distance of confidence from what came true."""
    return sum((confidence - right) ** 2 for confidence, right in judged) / len(judged)


def auroc(scores: Scores) -> float | None:
    """Return how often a right priority has the higher confidence than a wrong one; ties count half."""
    judged = sorted(judgements(scores))
    positives = sum(right for _, right in judged)
    negatives = len(judged) - positives
    if not positives or not negatives:
        return None
    ranks, below = 0.0, 0
    for _, group in groupby(judged, lambda pair: pair[0]):
        tied = list(group)
        ranks += sum(right for _, right in tied) * (below + (len(tied) + 1) / 2)
        below += len(tied)
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def judgements(scores: Scores) -> list[Judgement]:
    """Return (confidence, whether the priority is right) of the cases that have both."""
    return [
        (score.confidence, score.is_priority_right)
        for score in scores
        if score.priority and score.confidence is not None
    ]
