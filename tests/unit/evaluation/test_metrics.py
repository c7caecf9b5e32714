"""The figures of a report, on cases whose answer is known by hand."""

from __future__ import annotations

from itertools import product

import pytest

from consumer.evaluation import metrics
from consumer.evaluation.metrics import COSTS
from consumer.evaluation.sampling import difference, estimate
from consumer.evaluation.scoring import CaseScore, Counts, Share
from schemas.analysis import Priority

LOW, NORMAL, HIGH, CRITICAL = Priority


def judged(*pairs: tuple[Priority, Priority], confidence: float | None = None) -> list[CaseScore]:
    """Return scores of (labelled, answered)."""
    return [CaseScore(case_id=str(at), priority=pair, confidence=confidence) for at, pair in enumerate(pairs)]


def sure(*pairs: tuple[float, bool]) -> list[CaseScore]:
    """Return scores of (confidence, whether right)."""
    wrong = {True: (LOW, LOW), False: (LOW, HIGH)}
    return [
        CaseScore(case_id=str(at), priority=wrong[right], confidence=sure) for at, (sure, right) in enumerate(pairs)
    ]


def counted(*counts: Counts) -> list[CaseScore]:
    """Return scores that count amounts."""
    return [CaseScore(case_id=str(at), counts={"amounts": one}) for at, one in enumerate(counts)]


def test_precision_and_recall_add_up_counts_before_they_divide() -> None:
    """A mail with one amount would weigh as much as one with fifty."""
    scores = counted(Counts(1, 0, 0), Counts(0, 0, 3), Counts(2, 3, 0))
    found = metrics.metrics_of(scores)
    assert found["amounts precision"](scores) == pytest.approx(3 / 6)
    assert found["amounts recall"](scores) == pytest.approx(3 / 6)
    assert found["amounts F1"](scores) == pytest.approx(6 / 12)


def test_nothing_found_has_a_recall_and_no_precision() -> None:
    """A baseline that finds nothing would look precise."""
    scores = counted(Counts(0, 0, 3))
    found = {name: metric(scores) for name, metric in metrics.metrics_of(scores).items()}
    assert found == {"amounts precision": None, "amounts recall": 0, "amounts F1": 0}


def test_macro_f1_weighs_each_priority_that_occurs_alike() -> None:
    """Whoever says "normal" to everything would do well."""
    scores = judged((LOW, LOW), (NORMAL, NORMAL), (NORMAL, NORMAL), (HIGH, NORMAL))
    assert metrics.macro_f1(scores) == pytest.approx((1 + 2 * 2 / (2 * 2 + 1) + 0) / 3)
    assert metrics.priority_right(scores) == 0.75


def test_kappa_is_one_for_agreement_zero_for_one_answer_and_worse_for_far_ones() -> None:
    """A constant answer would show skill."""
    levels = [LOW, NORMAL, HIGH, CRITICAL]
    assert metrics.kappa(judged(*zip(levels, levels, strict=True))) == 1
    assert metrics.kappa(judged(*((level, NORMAL) for level in levels))) == 0
    near = metrics.kappa(judged((LOW, NORMAL), (NORMAL, NORMAL), (HIGH, HIGH), (CRITICAL, CRITICAL)))
    far = metrics.kappa(judged((LOW, CRITICAL), (NORMAL, NORMAL), (HIGH, HIGH), (CRITICAL, CRITICAL)))
    assert near is not None
    assert far is not None
    assert near > far


def test_kappa_is_that_of_cohen() -> None:
    """20 and 15 right of 50, 5 and 10 wrong: 0.4, as in the textbook."""
    pairs = [(LOW, LOW)] * 20 + [(LOW, NORMAL)] * 5 + [(NORMAL, LOW)] * 10 + [(NORMAL, NORMAL)] * 15
    assert metrics.kappa(judged(*pairs)) == pytest.approx(0.4)


def test_a_missed_critical_matter_costs_most_and_a_right_one_nothing() -> None:
    """Costs that do not order mistakes say nothing."""
    costs = {(label, answer): COSTS[label][answer] for label, answer in product(range(4), range(4))}
    assert all(costs[level, level] == 0 for level in range(4))
    assert max(costs.values()) == costs[3, 0]
    assert all(costs[label, answer] > costs[answer, label] for label in (2, 3) for answer in range(label))
    assert metrics.cost(judged((CRITICAL, LOW), (LOW, LOW))) == 5


def test_calibration_errors_are_none_for_true_confidence_and_large_for_false() -> None:
    """A confidence of 0.9 that is right half of the time would pass."""
    true = sure(*[(0.75, True)] * 30, *[(0.75, False)] * 10)
    false = sure(*[(0.9, True)] * 20, *[(0.9, False)] * 20)
    assert metrics.brier(true) == pytest.approx(0.1875)
    assert metrics.brier(false) == pytest.approx(0.41)
    assert metrics.ece(sure((0.0, False), (1.0, True))) == 0
    assert metrics.ece(true) == 0
    assert metrics.ece(false) == pytest.approx(0.4)
    mixed = [*true, *false]
    assert metrics.ece(mixed) == pytest.approx(0.2)


def test_auroc_is_the_share_of_pairs_in_the_right_order() -> None:
    """Ties count half; a constant confidence orders nothing."""
    assert metrics.auroc(sure((0.9, True), (0.8, False), (0.7, True), (0.1, False))) == 0.75
    assert metrics.auroc(sure((0.5, True), (0.5, False), (0.5, False))) == 0.5
    assert metrics.auroc(sure((0.5, True))) is None


def test_intervals_hold_the_figure_narrow_with_cases_and_are_the_same_again() -> None:
    """A figure on ten cases would look as sure as one on a thousand."""
    few, many = counted(*[Counts(1, 0, 0), Counts(0, 0, 1)] * 5), counted(*[Counts(1, 0, 0), Counts(0, 0, 1)] * 200)
    recall = metrics.metrics_of(few)["amounts recall"]
    wide, narrow = estimate(recall, few), estimate(recall, many)
    assert wide == estimate(recall, few)
    for found in (wide, narrow):
        assert found.low is not None
        assert found.high is not None
        assert found.low <= 0.5 <= found.high
    assert (narrow.high or 0) - (narrow.low or 0) < ((wide.high or 0) - (wide.low or 0)) / 3


def test_a_difference_is_told_from_chance() -> None:
    """Two models that differ on one mail would differ "significantly"."""
    right, wrong = {"category": Share(1, 1)}, {"category": Share(0, 1)}

    def cases(is_right: list[bool]) -> list[CaseScore]:
        return [CaseScore(case_id=str(at), shares=right if yes else wrong) for at, yes in enumerate(is_right)]

    worse, better, nearly = cases([False, True] * 30), cases([True] * 60), cases([True] + [False, True] * 29 + [True])
    metric = metrics.metrics_of(worse)["category right"]
    large, small = difference(metric, worse, better), difference(metric, worse, nearly)
    assert large is not None
    assert small is not None
    assert large.difference == 0.5
    assert large.p < 0.01 < large.low
    assert small.p > 0.05
