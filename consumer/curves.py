"""The calibrations of a database, as an analyser asks for them."""

from __future__ import annotations

from consumer.analysis.calibration import Curves, Points
from storage import calibrations
from storage.engine import Database


def curves_of(database: Database) -> Curves:
    """Return what finds the curve of a model with a prompt in *database*."""

    def find(model_digest: str, prompt_version: str) -> Points | None:
        with database.read() as connection:
            return calibrations.find(connection, model_digest, prompt_version)

    return find
