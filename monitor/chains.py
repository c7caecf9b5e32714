"""The results: one line a chain, analysed or not, and everything of one chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from schemas.analysis import Analysis, Money, Priority
from schemas.chain import Email
from storage import mail
from storage.outcomes import OutcomeKind
from storage.tables import AnalysisRow, ChainRow, EmailRow, OutcomeRow

#: Ids in one IN list.
_CHUNK = 500

_COLUMNS = (
    ChainRow.chain_id,
    ChainRow.revision,
    ChainRow.subject,
    ChainRow.completeness,
    AnalysisRow.priority,
    AnalysisRow.category,
    AnalysisRow.confidence,
    AnalysisRow.summary,
    AnalysisRow.model,
    AnalysisRow.analysed_at,
    AnalysisRow.trace_id,
)


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which chains to list."""

    priority: str | None = None
    category: str | None = None
    since_at: datetime | None = None
    search: str | None = None
    limit: int | None = None
    analysed: bool = False


@dataclass(frozen=True, kw_only=True)
class Size:
    """What a person wants to see of a chain beside its line."""

    email_count: int
    at_stake: tuple[Money, ...]


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
            "emails": [email.model_dump(mode="json") for email in self.emails],
            "analysis": self.analysis.model_dump(mode="json") if self.analysis else None,
        }


def chains(connection: Connection, wanted: Filter) -> list[dict[str, Any]]:
    """Return the lines of `chains --json`: the most urgent first, then the newest."""
    rows = connection.execute(_query(*_COLUMNS).where(*_conditions(wanted)).limit(wanted.limit)).all()
    message_ids = _message_ids(connection, [row.chain_id for row in rows])
    return [_line(row, message_ids.get(row.chain_id, [])) for row in rows]


def detail(connection: Connection, word: str) -> ChainDetail | None:
    """Return everything of the chain that *word* names (id, start of one, former id, Message-ID)."""
    chain_id = mail.resolve(connection, word)
    if chain_id is None:
        return None
    query = _query(*_COLUMNS, ChainRow.missing, AnalysisRow.record).where(ChainRow.chain_id == chain_id)
    row = connection.execute(query).one()
    return ChainDetail(
        line=_line(row, _message_ids(connection, [chain_id]).get(chain_id, [])),
        missing=row.missing,
        emails=mail.emails_of_chain(connection, chain_id),
        analysis=Analysis.model_validate_json(row.record) if row.record else None,
    )


def sizes(connection: Connection, chain_ids: Sequence[str]) -> dict[str, Size]:
    """Return how many emails each of *chain_ids* has, and how much money is at stake in it."""
    found: dict[str, Size] = {}
    for start in range(0, len(chain_ids), _CHUNK):
        part = ChainRow.chain_id.in_(chain_ids[start : start + _CHUNK])
        for row in connection.execute(_query(ChainRow.chain_id, ChainRow.email_count, AnalysisRow.record).where(part)):
            stake = Analysis.model_validate_json(row.record).business_value if row.record else ()
            found[row.chain_id] = Size(email_count=row.email_count, at_stake=stake)
    return found


def given_up(connection: Connection) -> set[str]:
    """Return the chains of which a record is a dead letter and nothing is analysed."""
    analysed = select(AnalysisRow.chain_id)
    dead = OutcomeRow.kind == OutcomeKind.DEAD_LETTERED.value
    query = select(OutcomeRow.chain_id).where(dead, OutcomeRow.chain_id.not_in(analysed))
    return set(connection.scalars(query))


def _query(*columns: InstrumentedAttribute[Any]) -> Select[*tuple[Any, ...]]:
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
    urgency = case(
        {priority.value: rank for rank, priority in enumerate(Priority)}, value=AnalysisRow.priority, else_=-1
    )
    return (
        select(*columns)
        .select_from(ChainRow)
        .outerjoin(AnalysisRow, AnalysisRow.analysis_id == current)
        .order_by(urgency.desc(), ChainRow.newest_email_at.desc().nulls_last(), ChainRow.chain_id)
    )


def _conditions(wanted: Filter) -> Iterator[ColumnElement[bool]]:
    if wanted.analysed:
        yield AnalysisRow.analysis_id.is_not(None)
    if wanted.priority is not None:
        yield AnalysisRow.priority == wanted.priority
    if wanted.category is not None:
        yield AnalysisRow.category == wanted.category
    if wanted.since_at is not None:
        yield ChainRow.newest_email_at >= wanted.since_at
    if wanted.search:
        word = wanted.search.lower()
        yield or_(
            *(func.lower(field).contains(word, autoescape=True) for field in (ChainRow.subject, AnalysisRow.summary))
        )


def _message_ids(connection: Connection, chain_ids: Sequence[str]) -> dict[str, list[str]]:
    """Return the Message-IDs of each chain, oldest email first; an email without one has none to return."""
    found: dict[str, list[str]] = {}
    for start in range(0, len(chain_ids), _CHUNK):
        query = (
            select(EmailRow.chain_id, EmailRow.node)
            .where(
                EmailRow.chain_id.in_(chain_ids[start : start + _CHUNK]),
                EmailRow.node != "sha256:" + EmailRow.email_id,
            )
            .order_by(EmailRow.sent_at.nulls_last(), EmailRow.email_id)
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
        "priority": row.priority,
        "category": row.category,
        "confidence": row.confidence,
        "summary": row.summary,
        "model": row.model,
        "analysed_at": row.analysed_at.isoformat() if row.analysed_at else None,
        "trace_id": row.trace_id,
    }
