"""Which chains a wish means: conditions as a person writes them (`priority=high`), and what they find."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select
from sqlalchemy.orm import aliased

from monitor.chains import says, with_current
from schemas.analysis import Category, Priority
from storage.tables import AnalysisRow, ChainRow

_WRITTEN = re.compile(r"\s*(?P<field>\w+)\s*(?P<operator><=|>=|=|<|>)\s*(?P<value>.*?)\s*", re.DOTALL)


class ConditionError(ValueError):
    """A condition that nobody can mean; the message says how it is written."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A chain as it stands now: its newest revision."""

    chain_id: str
    chain_hash: str
    revision: int


def condition(text: str) -> ColumnElement[bool]:
    """Return what *text* means for a chain and its current analysis.

    Raises:
        ConditionError: Its name, operator or value is none; the message says which there are.
    """
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise ConditionError(f"{text!r} is no condition: write NAME=VALUE, such as priority=high or confidence<0.5")
    field, operator, value = match["field"], match["operator"], match["value"]
    if field == "confidence":
        return _confidence(operator, value)
    if field not in _FIELDS:
        raise ConditionError(f"nothing is called {field!r}: there are {', '.join([*_FIELDS, 'confidence'])}")
    if operator != "=":
        raise ConditionError(f"{field}{operator} means nothing: only confidence is compared, write {field}=VALUE")
    if not value:
        raise ConditionError(f"{field}= has no value")
    return _FIELDS[field](value)


def selected(
    connection: Connection,
    conditions: Sequence[ColumnElement[bool]] = (),
    *,
    missing: bool = False,
    not_by: str | None = None,
    without_bulk: Collection[str] = (),
    limit: int | None = None,
) -> list[Target]:
    """Return the chains that fit all *conditions*, the most urgent first.

    Args:
        connection: Of a read.
        conditions: What `condition` returned.
        missing: Only chains whose newest revision nobody has analysed; else only those that somebody has, in any.
        not_by: Not those whose newest revision this analyser has analysed.
        without_bulk: Kinds of bulk mail whose chains are not wanted.
        limit: So many at most.
    """
    query = with_current(ChainRow.chain_id, ChainRow.chain_hash, ChainRow.revision).where(*conditions)
    query = query.where(~_is_analysed() if missing else AnalysisRow.analysis_id.is_not(None))
    if not_by is not None:
        query = query.where(~_is_analysed(not_by))
    if without_bulk:
        query = query.where(ChainRow.bulk.not_in(without_bulk))
    return [Target(**row._mapping) for row in connection.execute(query.limit(limit))]  # noqa: SLF001 - SQLAlchemy's public name


def _is_analysed(analyser_id: str | None = None) -> ColumnElement[bool]:
    """Return the condition that the newest revision is analysed, by anybody or by one."""
    other = aliased(AnalysisRow)
    same = [other.chain_id == ChainRow.chain_id, other.chain_hash == ChainRow.chain_hash]
    if analyser_id is not None:
        same.append(other.analyser_id == analyser_id)
    return select(other.analysis_id).where(*same).correlate(ChainRow).exists()


def _confidence(operator: str, value: str) -> ColumnElement[bool]:
    try:
        bound = float(value)
    except ValueError as error:
        raise ConditionError(f"confidence{operator}{value}: {value!r} is no number from 0 to 1") from error
    compared: Mapping[str, ColumnElement[bool]] = {
        "<": AnalysisRow.confidence < bound,
        "<=": AnalysisRow.confidence <= bound,
        ">": AnalysisRow.confidence > bound,
        ">=": AnalysisRow.confidence >= bound,
        "=": AnalysisRow.confidence == bound,
    }
    return compared[operator]


def _one_of(name: str, column: Any, allowed: Collection[str] | type[StrEnum]) -> Callable[[str], ColumnElement[bool]]:
    names = [str(each) for each in allowed]

    def means(value: str) -> ColumnElement[bool]:
        if value not in names:
            raise ConditionError(f"{name}={value}: there are {', '.join(names)}")
        found: ColumnElement[bool] = column == value
        return found

    return means


def _moment(value: str) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except ValueError as error:
        raise ConditionError(f"{value!r} is no ISO date (2026-11-24) or time (2026-11-24T08:00)") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


_FIELDS: Mapping[str, Callable[[str], ColumnElement[bool]]] = {
    "priority": _one_of("priority", AnalysisRow.priority, Priority),
    "category": _one_of("category", AnalysisRow.category, Category),
    "made_by": _one_of("made_by", AnalysisRow.made_by, ("model", "code")),
    "since": lambda value: ChainRow.newest_email_at >= _moment(value),
    "until": lambda value: ChainRow.newest_email_at < _moment(value),
    "model": lambda value: func.lower(AnalysisRow.model) == value.lower(),
    "analyser": lambda value: AnalysisRow.analyser_id.startswith(value, autoescape=True),
    "chain": lambda value: ChainRow.chain_id.startswith(value, autoescape=True),
    "search": says,
}
