"""The results: one line a chain, analysed or not, and everything of one chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from schemas.analysis import Analysis, Money, Priority
from schemas.chain import Email
from schemas.house import Housed
from storage import analyses, mail
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
    """One chain with its mail (oldest first), its current analysis as the house sees it, and all that it has.

    `housed` is what the rules of the house made of it, `analyses` a line for each, the current one first.
    """

    line: dict[str, Any]
    missing: list[str]
    emails: list[Email]
    analysis: Analysis | None
    housed: Housed | None = None
    model_priority: str | None = None
    analyses: tuple[dict[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """`show --json`."""
        return {
            **self.line,
            "emails": [email.model_dump(mode="json") for email in self.emails],
            "analysis": self.analysis.model_dump(mode="json") if self.analysis else None,
            "model_priority": self.model_priority,
            "house": self.housed.model_dump(mode="json") if self.housed else None,
            "analyses": list(self.analyses),
        }


def chains(connection: Connection, wanted: Filter) -> list[dict[str, Any]]:
    """Return the lines of `chains --json`: the most urgent first, then the newest."""
    rows = connection.execute(with_current(*_COLUMNS).where(*_conditions(wanted)).limit(wanted.limit)).all()
    message_ids = _message_ids(connection, [row.chain_id for row in rows])
    return [_line(row, message_ids.get(row.chain_id, [])) for row in rows]


def detail(connection: Connection, word: str) -> ChainDetail | None:
    """Return everything of the chain that *word* names (id, start of one, former id, Message-ID)."""
    chain_id = mail.resolve(connection, word)
    if chain_id is None:
        return None
    columns = (ChainRow.missing, AnalysisRow.record, AnalysisRow.house, AnalysisRow.model_priority)
    query = with_current(*_COLUMNS, AnalysisRow.analysis_id, *columns).where(ChainRow.chain_id == chain_id)
    row = connection.execute(query).one()
    return ChainDetail(
        line=_line(row, _message_ids(connection, [chain_id]).get(chain_id, [])),
        missing=row.missing,
        emails=mail.emails_of_chain(connection, chain_id),
        analysis=as_the_house_sees(row.record, row.house) if row.record else None,
        housed=Housed.model_validate(row.house) if row.house else None,
        model_priority=row.model_priority,
        analyses=tuple(_analyses(connection, chain_id, row.analysis_id)),
    )


def as_the_house_sees(record: str, house: Mapping[str, Any]) -> Analysis:
    """Return a stored analysis with what the rules of the house made of it."""
    analysis = Analysis.model_validate_json(record)
    return Housed.model_validate(house).applied_to(analysis) if house else analysis


def _analyses(connection: Connection, chain_id: str, current: int | None) -> Iterator[dict[str, Any]]:
    """Yield a line for each analysis of a chain: the current one, then the newest."""
    names = "analyser_id made_by model revision priority category confidence analysed_at".split()
    columns = [getattr(AnalysisRow, name) for name in names]
    query = (
        select(AnalysisRow.analysis_id, *columns)
        .where(AnalysisRow.chain_id == chain_id)
        .order_by((AnalysisRow.analysis_id == current).desc(), AnalysisRow.analysis_id.desc())
    )
    for analysis_id, *values in connection.execute(query):
        line = dict(zip(names, values, strict=True))
        yield line | {"analysed_at": line["analysed_at"].isoformat(), "is_current": analysis_id == current}


def sizes(connection: Connection, chain_ids: Sequence[str]) -> dict[str, Size]:
    """Return how many emails each of *chain_ids* has, and how much money is at stake in it."""
    found: dict[str, Size] = {}
    for start in range(0, len(chain_ids), _CHUNK):
        part = ChainRow.chain_id.in_(chain_ids[start : start + _CHUNK])
        columns = (ChainRow.chain_id, ChainRow.email_count, AnalysisRow.record, AnalysisRow.house)
        for row in connection.execute(with_current(*columns).where(part)):
            stake = as_the_house_sees(row.record, row.house).business_value if row.record else ()
            found[row.chain_id] = Size(email_count=row.email_count, at_stake=stake)
    return found


def given_up(connection: Connection) -> set[str]:
    """Return the chains of which a record is a dead letter and nothing is analysed."""
    analysed = select(AnalysisRow.chain_id)
    dead = OutcomeRow.kind == OutcomeKind.DEAD_LETTERED.value
    query = select(OutcomeRow.chain_id).where(dead, OutcomeRow.chain_id.not_in(analysed))
    return set(connection.scalars(query))


def with_current(*columns: InstrumentedAttribute[Any]) -> Select[*tuple[Any, ...]]:
    """Return chains with their current analysis (`analyses.current`), the most urgent first, then the newest."""
    urgency = case(
        {priority.value: rank for rank, priority in enumerate(Priority)}, value=AnalysisRow.priority, else_=-1
    )
    return (
        select(*columns)
        .select_from(ChainRow)
        .outerjoin(AnalysisRow, AnalysisRow.analysis_id == analyses.current())
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
        yield says(wanted.search)


def says(words: str) -> ColumnElement[bool]:
    """Return the condition that subject or summary hold *words*."""
    fields = (ChainRow.subject, AnalysisRow.summary)
    return or_(*(func.lower(field).contains(words.lower(), autoescape=True) for field in fields))


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
