"""The analyses: stored once a chain, content and analyser; and whether a revision is still wanted."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, exists, func, insert, select

from schemas.analysis import Analysis
from storage.tables import AnalysisRow, ChainAlias, OutboxRow


def find(connection: Connection, *, chain_id: str, chain_hash: str, analyser_id: str) -> int | None:
    """Return the id of the stored analysis of this content by this analyser, or None."""
    return connection.scalar(
        select(AnalysisRow.analysis_id).where(
            AnalysisRow.chain_id == chain_id,
            AnalysisRow.chain_hash == chain_hash,
            AnalysisRow.analyser_id == analyser_id,
        )
    )


def add(connection: Connection, analysis: Analysis, *, chain_id: str, trace_id: str | None) -> int:
    """Store a new analysis of what is chain *chain_id* now; return its id (the caller has made sure there is none)."""
    use = analysis.model_use
    row = {
        "chain_id": chain_id,
        "chain_hash": analysis.chain_hash,
        "revision": analysis.revision,
        "analyser_id": analysis.analyser_id,
        "priority": analysis.priority.value,
        "category": analysis.category.value,
        "confidence": analysis.confidence.score,
        "summary": analysis.summary,
        "model": use.model,
        "repairs": use.repairs,
        "model_s": use.duration_s,
        "analysed_at": analysis.analysed_at,
        "trace_id": trace_id,
        "record": analysis.model_dump_json(),
    }
    key = connection.execute(insert(AnalysisRow), row).inserted_primary_key
    return int(key[0]) if key else 0


def is_superseded(connection: Connection, *, chain_id: str, revision: int) -> bool:
    """Tell whether a newer revision is published or analysed, or the chain has another id by now."""
    newer_published = exists().where(
        OutboxRow.chain_id == chain_id, OutboxRow.revision > revision, OutboxRow.published_at.is_not(None)
    )
    renamed = exists().where(ChainAlias.alias == chain_id)
    return bool(connection.scalar(select(newer_published | _newer_analysed(chain_id, revision) | renamed)))


def is_outdated(connection: Connection, *, chain_id: str, revision: int) -> bool:
    """Tell whether a finished analysis of *revision* is of no use: a newer one is stored, or the chain is deleted.

    A newer revision that is published only does not outdate it: in a busy chain nothing would ever be stored.
    """
    last = select(OutboxRow.chain_hash.is_(None)).where(OutboxRow.chain_id == chain_id)
    is_deleted = last.order_by(OutboxRow.outbox_id.desc()).limit(1).scalar_subquery()
    return bool(connection.scalar(select(func.coalesce(is_deleted, False) | _newer_analysed(chain_id, revision))))


def _newer_analysed(chain_id: str, revision: int) -> ColumnElement[bool]:
    return exists().where(AnalysisRow.chain_id == chain_id, AnalysisRow.revision > revision)
