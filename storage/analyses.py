"""The analyses: stored once a chain, content and analyser; which is the current one; whether a revision is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    ScalarSelect,
    String,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from schemas.analysis import Analysis
from schemas.house import Housed
from storage import analysers
from storage.tables import AnalyserRow, AnalysisRow, ChainAlias, ChainRow, OutboxRow

_CHAIN_ID, _REVISION = bindparam("of_chain", type_=String), bindparam("of_revision", type_=Integer)
_NEWER_ANALYSED = exists().where(AnalysisRow.chain_id == _CHAIN_ID, AnalysisRow.revision > _REVISION)
_NEWER_PUBLISHED = exists().where(
    OutboxRow.chain_id == _CHAIN_ID, OutboxRow.revision > _REVISION, OutboxRow.published_at.is_not(None)
)
_RENAMED = exists().where(ChainAlias.alias == _CHAIN_ID)
_IS_DELETED = (
    select(OutboxRow.chain_hash.is_(None))
    .where(OutboxRow.chain_id == _CHAIN_ID)
    .order_by(OutboxRow.outbox_id.desc())
    .limit(1)
    .scalar_subquery()
)
# Built once: to put a statement together takes longer than to run it.
_FIND = select(AnalysisRow.analysis_id).where(
    *(getattr(AnalysisRow, name) == bindparam(name) for name in ("chain_id", "chain_hash", "analyser_id"))
)
_IS_SUPERSEDED = select(_NEWER_PUBLISHED | _NEWER_ANALYSED | _RENAMED)
_IS_OUTDATED = select(func.coalesce(_IS_DELETED, false()) | _NEWER_ANALYSED)
_ADD = insert(AnalysisRow)
_REHOUSE = (
    update(AnalysisRow.__table__)  # type: ignore[arg-type] # SQLAlchemy types it as FromClause
    .where(AnalysisRow.analysis_id == bindparam("of_analysis"))
    .values({name: bindparam(name) for name in ("priority", "house", "house_version")})
)


def find(connection: Connection, *, chain_id: str, chain_hash: str, analyser_id: str) -> int | None:
    """Return the id of the stored analysis of this content by this analyser, or None."""
    return connection.scalar(_FIND, {"chain_id": chain_id, "chain_hash": chain_hash, "analyser_id": analyser_id})


def add(
    connection: Connection, analysis: Analysis, *, chain_id: str, trace_id: str | None, housed: Housed | None = None
) -> int:
    """Store a new analysis of what is chain *chain_id* now; return its id (the caller has made sure there is none).

    *housed* is what the rules of the house make of it.
    """
    analysers.note(connection, analysis)
    use = analysis.model_use
    row = {
        "chain_id": chain_id,
        "chain_hash": analysis.chain_hash,
        "revision": analysis.revision,
        "analyser_id": analysis.analyser_id,
        "category": analysis.category.value,
        "confidence": analysis.confidence.score,
        "summary": analysis.summary,
        "model": use.model,
        "repairs": use.repairs,
        "model_s": use.duration_s,
        "analysed_at": analysis.analysed_at,
        "trace_id": trace_id,
        "record": analysis.model_dump_json(),
        "made_by": analysis.made_by,
        "model_priority": analysis.priority.value,
        **_house_columns(housed or Housed(priority=analysis.priority)),
    }
    key = connection.execute(_ADD, row).inserted_primary_key
    return int(key[0]) if key else 0


def is_superseded(connection: Connection, *, chain_id: str, revision: int) -> bool:
    """Tell whether a newer revision is published or analysed, or the chain has another id by now."""
    return bool(connection.scalar(_IS_SUPERSEDED, {"of_chain": chain_id, "of_revision": revision}))


def is_outdated(connection: Connection, *, chain_id: str, revision: int) -> bool:
    """Tell whether a finished analysis of *revision* is of no use: a newer one is stored, or the chain is deleted.

    A newer revision that is published only does not outdate it: in a busy chain nothing would ever be stored.
    """
    return bool(connection.scalar(_IS_OUTDATED, {"of_chain": chain_id, "of_revision": revision}))


def under_other_rules(
    connection: Connection, chain_ids: Sequence[str], version: str
) -> list[tuple[int, str, Analysis, str]]:
    """Return the analyses of chains, in their newest state, to which other rules of the house were applied.

    Each with its id, its chain's, as it was made, and the priority that counts now.
    """
    newest = and_(ChainRow.chain_id == AnalysisRow.chain_id, ChainRow.chain_hash == AnalysisRow.chain_hash)
    query = (
        select(AnalysisRow.analysis_id, AnalysisRow.chain_id, AnalysisRow.record, AnalysisRow.priority)
        .join(ChainRow, newest)
        .where(AnalysisRow.chain_id.in_(chain_ids), AnalysisRow.house_version != version)
    )
    return [
        (row.analysis_id, row.chain_id, Analysis.model_validate_json(row.record), row.priority)
        for row in connection.execute(query)
    ]


def rehouse(connection: Connection, housed: Mapping[int, Housed]) -> None:
    """Put what the rules of the house make of stored analyses (by their ids) in place of what earlier rules made."""
    rows = [{"of_analysis": analysis_id, **_house_columns(each)} for analysis_id, each in housed.items()]
    if rows:
        connection.execute(_REHOUSE, rows)


def carry(connection: Connection, *, chain_id: str, chain_hash: str, revision: int) -> None:
    """Let what was found in this content hold for *revision* too: a chain may become again what it was before."""
    same = (AnalysisRow.chain_id == chain_id, AnalysisRow.chain_hash == chain_hash, AnalysisRow.revision < revision)
    connection.execute(update(AnalysisRow).where(*same).values(revision=revision))


def current(chain_id: ColumnElement[str] | InstrumentedAttribute[str] = ChainRow.chain_id) -> ScalarSelect[int]:
    """Return the id of the current analysis of a chain, for any query that has *chain_id*.

    Of the newest analysed revision: the promoted analyser's, else the last that a model made, else the last by code.
    """
    other = aliased(AnalysisRow)
    maker = aliased(AnalyserRow)
    promoted = case((maker.promoted_at.is_not(None), 1), else_=0)
    by_model = case((other.made_by == "model", 1), else_=0)
    return (
        select(other.analysis_id)
        .outerjoin(maker, maker.analyser_id == other.analyser_id)
        .where(other.chain_id == chain_id)
        .order_by(other.revision.desc(), promoted.desc(), by_model.desc(), other.analysis_id.desc())
        .limit(1)
        .correlate(ChainRow)
        .scalar_subquery()
    )


def _house_columns(housed: Housed) -> dict[str, Any]:
    """Return the columns that the rules of the house fill; `house` stays empty where they changed nothing."""
    changes = housed.model_dump(mode="json", exclude_defaults=True)
    is_changed = set(changes) - {"version", "priority"}
    return {
        "priority": housed.priority.value,
        "house": changes if is_changed else {},
        "house_version": housed.version,
    }
