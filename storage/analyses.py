"""The analyses: stored once a chain, content and analyser; and whether a revision is still wanted."""

from __future__ import annotations

from sqlalchemy import Connection, Integer, String, bindparam, exists, false, func, insert, select

from schemas.analysis import Analysis
from storage.tables import AnalysisRow, ChainAlias, OutboxRow

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


def find(connection: Connection, *, chain_id: str, chain_hash: str, analyser_id: str) -> int | None:
    """Return the id of the stored analysis of this content by this analyser, or None."""
    return connection.scalar(_FIND, {"chain_id": chain_id, "chain_hash": chain_hash, "analyser_id": analyser_id})


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
