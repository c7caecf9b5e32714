"""From a computed confidence to how often a priority with it turned out right, by a curve fitted on labelled chains.

The curve is fitted by `chainmail eval --fit` and kept in the database; where there is none, a score stays what it is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from consumer.analysis.analyser import ChainAnalyser
from consumer.analysis.models.server import ModelIdentity
from schemas.analysis import Analysis, Confidence
from schemas.chain import Chain

#: (raw score, share that was right), rising in the raw score.
Points = tuple[tuple[float, float], ...]
#: From a model's digest and a prompt's version to their curve.
Curves = Callable[[str, str], Points | None]


def right_share(points: Points, raw: float) -> float:
    """Return the value of the curve through *points* at *raw*: straight between two, level beyond the ends."""
    at = bisect_right(points, raw, key=lambda point: point[0])
    if at in {0, len(points)}:
        return points[min(at, len(points) - 1)][1]
    (left, low), (right, high) = points[at - 1], points[at]
    return low + (high - low) * (raw - left) / (right - left)


def calibrated(confidence: Confidence, points: Points) -> Confidence:
    """Return *confidence* with the share of right priorities as its score, and the score before as `raw`."""
    score = round(right_share(points, confidence.score), 3)
    return confidence.model_copy(update={"score": score, "raw": confidence.score, "calibrated": True})


class CalibratedAnalyser:
    """Another analyser, with its confidence by the curve of its model and prompt, where there is one.

    Args:
        analyser: Makes the analyses.
        curves: Is asked once a model and prompt: a new fit counts from the next start on.
    """

    def __init__(self, analyser: ChainAnalyser, curves: Curves) -> None:
        self._analyser, self._curves = analyser, curves
        self._known: dict[tuple[str, str], Points | None] = {}

    @property
    def identity(self) -> ModelIdentity:
        """As the other's."""
        return self._analyser.identity

    @property
    def analyser_id(self) -> str:
        """As the other's: a curve changes nothing in what was read."""
        return self._analyser.analyser_id

    def analyse(self, chain: Chain) -> Analysis:
        """Return the other's analysis with its confidence calibrated; raises what it raises."""
        analysis = self._analyser.analyse(chain)
        maker = (analysis.model_use.model_digest, analysis.model_use.prompt_version)
        if maker not in self._known:
            self._known[maker] = self._curves(*maker)
        points = self._known[maker]
        if not points:
            return analysis
        return analysis.model_copy(update={"confidence": calibrated(analysis.confidence, points)})

    def probe(self) -> None:
        """As the other's."""
        self._analyser.probe()

    def close(self) -> None:
        """Close the other."""
        self._analyser.close()
