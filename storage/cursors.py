"""How far each source was read; moved in the transaction that stores what was read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from storage.tables import SourceCursor


def load(connection: Connection, source: str) -> Mapping[str, Any] | None:
    """Return the state of *source*, or None where it was never read."""
    found: Mapping[str, Any] | None = connection.scalar(select(SourceCursor.state).where(SourceCursor.source == source))
    return found


def save(connection: Connection, source: str, state: Mapping[str, Any], at: datetime) -> None:
    """Set the state of *source*."""
    connection.execute(delete(SourceCursor).where(SourceCursor.source == source))
    connection.execute(insert(SourceCursor).values(source=source, state=dict(state), updated_at=at))
