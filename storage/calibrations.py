"""Calibrations: how a model's confidence, with a prompt, turned out on labelled chains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, delete, insert, select

from storage.tables import CalibrationRow

#: (raw score, share that was right), in the order of the raw score.
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """One fit: the curve, on how many chains, and the errors before and after."""

    model_digest: str
    prompt_version: str
    fitted_at: datetime
    chains: int
    ece_raw: float
    ece_fitted: float
    brier_raw: float
    brier_fitted: float
    points: Points


def put(connection: Connection, fitted: Calibration) -> None:
    """Keep *fitted* in place of an earlier fit for the same model and prompt."""
    of_both = and_(
        CalibrationRow.model_digest == fitted.model_digest, CalibrationRow.prompt_version == fitted.prompt_version
    )
    connection.execute(delete(CalibrationRow).where(of_both))
    connection.execute(insert(CalibrationRow), {**vars(fitted), "points": [list(pair) for pair in fitted.points]})


def find(connection: Connection, model_digest: str, prompt_version: str) -> Points | None:
    """Return the curve for a model with a prompt, or None where nobody has fitted one."""
    query = select(CalibrationRow.points).where(
        CalibrationRow.model_digest == model_digest, CalibrationRow.prompt_version == prompt_version
    )
    found: Sequence[Sequence[float]] | None = connection.scalar(query)
    return tuple((raw, right) for raw, right in found) if found is not None else None
