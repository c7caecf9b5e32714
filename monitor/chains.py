"""The results: one line a chain, analysed or not, and everything of one chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from schemas.analysis import Analysis
from schemas.chain import Email
from storage import mail
from storage.tables import AnalysisRow, ChainRow, EmailRow


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which chains to list."""

    priority: str | None = None
    category: str | None = None
    since_at: datetime | None = None
    search: str | None = None
    limit: int | None = None


@dataclass(frozen=True, kw_only=True)
class ChainDetail:
    """One chain with its mail (oldest first) and its current analysis."""

    line: dict[str, Any]
    missing: list[str]
    emails: list[Email]
    analysis: Analysis | None

    def as_json(self) -> dict[str, Any]:
        """`show --json`."""
        return {
            **self.line,
            "missing": self.missing,
            "emails": [email.model_dump(mode="json") for email in self.emails],
            "analysis": self.analysis.model_dump(mode="json") if self.analysis else None,
        }


def chains(connection: Connection, wanted: Filter) -> list[dict[str, Any]]:
    """Return the lines of `chains --json`: the most urgent first, then the newest."""
    rows = connection.execute(_query(wanted)).all()
    message_ids = _message_ids(connection, [row.chain_id for row in rows])
    lines = [_line(row, message_ids.get(row.chain_id, [])) for row in rows]
    order = {"critical": 0, "high": 1, "normal": 2, "low": 3}
    return sorted(lines, key=lambda line: order.get(line["priority"], 4))[: wanted.limit]


def detail(connection: Connection, word: str) -> ChainDetail | None:
    """Return everything of the chain that *word* names (id, start of one, former id, Message-ID)."""
    chain_id = mail.resolve(connection, word)
    if chain_id is None:
        return None
    row = connection.execute(_query(Filter()).where(ChainRow.chain_id == chain_id)).one()
    emails = [email for email, _ in mail.texts_of_chain(connection, chain_id)]
    last = datetime.max.replace(tzinfo=UTC)
    return ChainDetail(
        line=_line(row, _message_ids(connection, [chain_id])[chain_id]),
        missing=row.missing,
        emails=sorted(emails, key=lambda email: (email.sent_at or last, email.email_id)),
        analysis=Analysis.model_validate_json(row.record) if row.record else None,
    )


def _query(wanted: Filter) -> Select[*tuple[Any, ...]]:
    """Chains with their current analysis: of the newest analysed revision, the last one."""
    other = aliased(AnalysisRow)
    current = (
        select(other.analysis_id)
        .where(other.chain_id == ChainRow.chain_id)
        .order_by(other.revision.desc(), other.analysis_id.desc())
        .limit(1)
        .correlate(ChainRow)
        .scalar_subquery()
    )
    query = (
        select(
            ChainRow.chain_id,
            ChainRow.revision,
            ChainRow.subject,
            ChainRow.completeness,
            ChainRow.missing,
            ChainRow.newest_email_at,
            AnalysisRow.priority,
            AnalysisRow.category,
            AnalysisRow.confidence,
            AnalysisRow.summary,
            AnalysisRow.model,
            AnalysisRow.analysed_at,
            AnalysisRow.trace_id,
            AnalysisRow.record,
        )
        .outerjoin(AnalysisRow, AnalysisRow.analysis_id == current)
        .order_by(ChainRow.newest_email_at.desc(), ChainRow.chain_id)
    )
    conditions = []
    if wanted.priority is not None:
        conditions.append(AnalysisRow.priority == wanted.priority)
    if wanted.category is not None:
        conditions.append(AnalysisRow.category == wanted.category)
    if wanted.since_at is not None:
        conditions.append(ChainRow.newest_email_at >= wanted.since_at)
    if wanted.search:
        word = wanted.search.lower()
        fields = (ChainRow.subject, AnalysisRow.summary)
        conditions.append(or_(*(func.lower(field).contains(word, autoescape=True) for field in fields)))
    return query.where(and_(*conditions)) if conditions else query


def _message_ids(connection: Connection, chain_ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for start in range(0, len(chain_ids), 500):
        part = chain_ids[start : start + 500]
        query = (
            select(EmailRow.chain_id, EmailRow.node)
            .where(EmailRow.chain_id.in_(part))
            .order_by(EmailRow.sent_at, EmailRow.email_id)
        )
        for chain_id, node in connection.execute(query):
            found.setdefault(chain_id, []).append(node)
    return found


def _line(row: Row[Any], message_ids: list[str]) -> dict[str, Any]:
    return {
        "chain_id": row.chain_id,
        "revision": row.revision,
        "subject": row.subject,
        "message_ids": message_ids,
        "completeness": row.completeness,
        "newest_email_at": row.newest_email_at.isoformat() if row.newest_email_at else None,
        "priority": row.priority,
        "category": row.category,
        "confidence": row.confidence,
        "summary": row.summary,
        "model": row.model,
        "analysed_at": row.analysed_at.isoformat() if row.analysed_at else None,
        "trace_id": row.trace_id,
    }
