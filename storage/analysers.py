"""The analysers: what made the stored analyses, and which of them is promoted."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from schemas.analysis import Analysis
from schemas.wire import SCHEMA_VERSION
from storage.tables import AnalyserRow


def note(connection: Connection, analysis: Analysis) -> None:
    """Write down who made *analysis*, where it is the first by it."""
    known = select(AnalyserRow.analyser_id).where(AnalyserRow.analyser_id == analysis.analyser_id)
    if connection.scalar(known) is not None:
        return
    use = analysis.model_use
    row = {name: getattr(use, name) for name in ("server", "model", "model_digest", "prompt_version", "options")}
    row |= {"analyser_id": analysis.analyser_id, "made_by": analysis.made_by, "schema_version": SCHEMA_VERSION}
    with suppress(IntegrityError), connection.begin_nested():  # another member's first analysis, in Postgres
        connection.execute(insert(AnalyserRow), row | {"first_at": analysis.analysed_at})


def promote(connection: Connection, analyser_id: str | None, at: datetime) -> None:
    """Let the analyses of one analyser be the current ones, or (None) nobody's before others."""
    connection.execute(update(AnalyserRow).values(promoted_at=None))
    connection.execute(update(AnalyserRow).where(AnalyserRow.analyser_id == analyser_id).values(promoted_at=at))


def named(connection: Connection, word: str) -> list[str]:
    """Return the analysers that *word* names: an id, else those with this model or with ids that begin so."""
    ids = connection.execute(select(AnalyserRow.analyser_id, AnalyserRow.model).order_by(AnalyserRow.first_at)).all()
    if any(word == analyser_id for analyser_id, _ in ids):
        return [word]
    return [analyser_id for analyser_id, model in ids if word and (model == word or analyser_id.startswith(word))]
