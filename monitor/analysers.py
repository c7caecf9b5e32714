"""The analysers side by side: what each is made of, how much it did, and the figures that the old rules aimed at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, case, func, select

from schemas.analysis import Analysis, Priority
from storage import analyses
from storage.tables import AnalyserRow, AnalysisRow, ChainRow, DeadLetterRow

#: The length of narratives is taken from so many analyses, the newest.
_READ = 200
_URGENT = (Priority.HIGH.value, Priority.CRITICAL.value)


@dataclass(frozen=True, kw_only=True)
class AnalyserLine:
    """One analyser; `error_rate` is the share of chains that it gave up on, `narrative_chars` a mean (None: none)."""

    analyser_id: str
    made_by: str
    server: str
    model: str
    model_digest: str
    prompt_version: str
    schema_version: str
    options: dict[str, Any]
    first_at: datetime
    promoted_at: datetime | None
    chains: int
    current: int
    mean_confidence: float | None
    high_share: float | None
    error_rate: float | None
    narrative_chars: int | None
    mean_s: float | None

    def as_json(self) -> dict[str, Any]:
        """One entry of `analysers --json`."""
        times = {"first_at": self.first_at, "promoted_at": self.promoted_at}
        return asdict(self) | {name: at.isoformat() if at else None for name, at in times.items()}


def analysers(connection: Connection) -> list[AnalyserLine]:
    """Return all analysers, the first one first."""
    is_current = _current_ids()
    counted = (
        select(
            AnalysisRow.analyser_id,
            func.count(AnalysisRow.chain_id.distinct()).label("chains"),
            func.sum(case((is_current, 1), else_=0)).label("current"),
            func.avg(AnalysisRow.confidence).label("mean_confidence"),
            func.avg(case((AnalysisRow.model_priority.in_(_URGENT), 1.0), else_=0.0)).label("high_share"),
            func.avg(AnalysisRow.model_s).label("mean_s"),
        )
        .group_by(AnalysisRow.analyser_id)
        .subquery()
    )
    letters = select(DeadLetterRow.analyser_id, func.count().label("given_up")).group_by(DeadLetterRow.analyser_id)
    dead = letters.subquery()
    query = (
        select(*AnalyserRow.__table__.columns, *counted.c[1:], dead.c.given_up)
        .outerjoin(counted, counted.c.analyser_id == AnalyserRow.analyser_id)
        .outerjoin(dead, dead.c.analyser_id == AnalyserRow.analyser_id)
        .order_by(AnalyserRow.first_at, AnalyserRow.analyser_id)
    )
    return [_line(connection, row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's public name


def outdated_rules(connection: Connection, version: str) -> int:
    """Return how many current analyses have other rules of the house than those of *version*.

    One of an older state of its chain is not counted: it gets the rules with its next analysis.
    """
    as_now = and_(ChainRow.chain_id == AnalysisRow.chain_id, ChainRow.chain_hash == AnalysisRow.chain_hash)
    is_other = and_(_current_ids(), AnalysisRow.house_version != version)
    query = select(func.count()).select_from(AnalysisRow).join(ChainRow, as_now).where(is_other)
    return connection.scalar(query) or 0


def _current_ids() -> ColumnElement[bool]:
    return AnalysisRow.analysis_id.in_(select(analyses.current()).select_from(ChainRow).correlate(None))


def _line(connection: Connection, row: RowMapping) -> AnalyserLine:
    chains, given_up = row["chains"] or 0, row["given_up"] or 0
    made = {name: row[name] for name in AnalyserRow.__table__.columns.keys()}  # noqa: SIM118 - columns, not a dict
    return AnalyserLine(
        **made,
        chains=chains,
        current=row["current"] or 0,
        mean_confidence=_rounded(row["mean_confidence"]),
        high_share=_rounded(row["high_share"]),
        mean_s=_rounded(row["mean_s"]),
        error_rate=_rounded(given_up / (chains + given_up)) if chains + given_up else None,
        narrative_chars=_narrative_chars(connection, row["analyser_id"]),
    )


def _narrative_chars(connection: Connection, analyser_id: str) -> int | None:
    """Return the mean length of whole narratives among the newest analyses, or None where there is none."""
    query = (
        select(AnalysisRow.record)
        .where(AnalysisRow.analyser_id == analyser_id)
        .order_by(AnalysisRow.analysis_id.desc())
        .limit(_READ)
    )
    made = [Analysis.model_validate_json(record) for record in connection.scalars(query)]
    lengths = [len(each.narrative) for each in made if each.narrative and each.narrative_form != "short"]
    return round(sum(lengths) / len(lengths)) if lengths else None


def _rounded(value: float | None) -> float | None:
    return round(float(value), 3) if value is not None else None


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What an analysis by a model took so far, in the mean."""

    calls: float
    seconds: float


def measured(connection: Connection, model: str) -> Cost | None:
    """Return what the newest analyses by *model* took, or None where there is none."""
    query = (
        select(AnalysisRow.record)
        .where(AnalysisRow.model == model, AnalysisRow.made_by == "model")
        .order_by(AnalysisRow.analysis_id.desc())
        .limit(_READ)
    )
    uses = [Analysis.model_validate_json(record).model_use for record in connection.scalars(query)]
    if not uses:
        return None
    return Cost(
        calls=sum(use.calls for use in uses) / len(uses), seconds=sum(use.duration_s for use in uses) / len(uses)
    )
