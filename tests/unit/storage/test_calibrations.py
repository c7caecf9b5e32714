"""Calibrations: kept and found by model and prompt."""

from __future__ import annotations

from dataclasses import replace

from storage import calibrations
from storage.calibrations import Calibration
from storage.engine import Database
from tests.ledgers import START_AT

FITTED = Calibration(
    model_digest="d1",
    prompt_version="p1",
    fitted_at=START_AT,
    chains=150,
    ece_raw=0.2,
    ece_fitted=0.04,
    brier_raw=0.25,
    brier_fitted=0.2,
    points=((0.1, 0.05), (0.8, 0.9)),
)


def test_a_fit_is_found_by_model_and_prompt_alone(database: Database) -> None:
    """A confidence would be corrected by the curve of another model."""
    with database.write() as connection:
        calibrations.put(connection, FITTED)
        assert calibrations.find(connection, "d1", "p1") == FITTED.points
        assert calibrations.find(connection, "d1", "p2") is None
        assert calibrations.find(connection, "d2", "p1") is None


def test_a_new_fit_takes_the_place_of_the_old(database: Database) -> None:
    """The second `eval --fit` would fail, or change nothing."""
    with database.write() as connection:
        calibrations.put(connection, FITTED)
        calibrations.put(connection, replace(FITTED, points=((0.5, 0.5),)))
        assert calibrations.find(connection, "d1", "p1") == ((0.5, 0.5),)
