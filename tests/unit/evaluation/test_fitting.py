"""Confidence that means something: fitted on labelled chains, applied to others."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.analysis.by_code import CodeAnalyser
from consumer.analysis.calibration import CalibratedAnalyser, Points, calibrated, right_share
from consumer.evaluation.fitting import FitError, curve, fit
from schemas.analysis import Confidence
from tests.conversations import conversation

CURVE: Points = ((0.2, 0.1), (0.4, 0.5), (0.8, 0.5))


class ScriptedAnalyser(CodeAnalyser):
    """The rules, which note what they are asked."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def probe(self) -> None:
        """Note it."""
        self.calls.append("probe")

    def close(self) -> None:
        """Note it."""
        self.calls.append("close")


@pytest.mark.parametrize(
    ("raw", "expected"), [(0.0, 0.1), (0.2, 0.1), (0.3, 0.3), (0.4, 0.5), (0.6, 0.5), (0.8, 0.5), (1.0, 0.5)]
)
def test_a_curve_is_straight_between_its_points_and_level_beyond_them(raw: float, expected: float) -> None:
    """A score between two that were seen would have no meaning."""
    assert right_share(CURVE, raw) == pytest.approx(expected)


def test_a_calibrated_confidence_keeps_what_it_was() -> None:
    """Nobody could tell what was measured from what was fitted."""
    found = calibrated(Confidence(score=0.3, parts={"grounded": 1.0}), CURVE)
    assert (found.score, found.raw, found.calibrated) == (0.3, 0.3, True)
    assert found.parts == {"grounded": 1.0}


def test_only_the_model_and_prompt_of_a_curve_are_calibrated() -> None:
    """Another model's confidence would be bent by a curve that was never fitted to it."""
    chain, asked = conversation("We pay EUR 5."), []

    def curves(digest: str, version: str) -> Points | None:
        asked.append((digest, version))
        return ((0.0, 0.77), (1.0, 0.77)) if digest == CodeAnalyser().identity.digest else None

    analyser = CalibratedAnalyser(CodeAnalyser(), curves)
    found = [analyser.analyse(chain).confidence for _ in range(2)]
    assert [(each.score, each.calibrated) for each in found] == [(0.77, True)] * 2
    assert len(asked) == 1
    plain = CalibratedAnalyser(CodeAnalyser(), lambda *_: None).analyse(chain).confidence
    assert plain.calibrated is False
    assert plain.raw is None or plain.raw == plain.score


def test_a_calibrated_analyser_is_its_analyser_in_all_else() -> None:
    """A member would ask another model than is named, find each analysis made by somebody else, or never close it."""
    inner = ScriptedAnalyser()
    outer = CalibratedAnalyser(inner, lambda *_: None)
    assert (outer.identity, outer.analyser_id) == (inner.identity, inner.analyser_id)
    outer.probe()
    outer.close()
    assert inner.calls == ["probe", "close"]


@settings(deadline=None)  # the first call loads scipy
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=10, max_size=60))
def test_a_fitted_curve_rises_and_is_never_sure(judgements: list[tuple[float, bool]]) -> None:
    """More confidence would mean less, or certainty out of a few chains."""
    points = curve(judgements)
    assert [raw for raw, _ in points] == sorted({raw for raw, _ in points})
    assert [right for _, right in points] == sorted(right for _, right in points)
    assert all(0 < right < 1 for _, right in points)


def test_a_fit_makes_boasting_honest() -> None:
    """A score of 0.9 that is right in 6 of 10 must become about 0.6, on chains that the curve has not seen."""
    boastful = [(0.9, at % 10 < 6) for at in range(100)] + [(0.5, at % 10 < 2) for at in range(100)]
    found = fit(boastful)
    assert found.chains == 200
    assert right_share(found.points, 0.9) == pytest.approx(0.6)
    assert right_share(found.points, 0.5) == pytest.approx(0.2)
    assert found.ece_fitted < 0.1 < found.ece_raw
    assert found.brier_fitted < found.brier_raw


def test_too_few_chains_are_not_fitted() -> None:
    """A curve through nine points would be taken for knowledge."""
    with pytest.raises(FitError, match="9 labelled chains are too few"):
        fit([(0.5, True)] * 9)
