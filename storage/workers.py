"""Who is at work: every member leaves its beat and its counters in one row."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from storage.tables import WorkerRow


@dataclass(frozen=True, kw_only=True)
class Beat:
    """What a member says of itself.

    `counters` are those of `consumer.meter`, since the process began; `breakers` the states (closed, open, half-open)
    by dependency: `database`, `models` (all model servers together), and the address of each model server.
    """

    worker_id: str
    pid: int
    state: str
    partitions: list[str]
    chain_id: str | None
    in_flight: int
    slots: int
    since_at: datetime
    completed: int
    failed: int
    model_busy_s: float
    counters: dict[str, float]
    breakers: dict[str, str]
    model_name: str
    model_server: str
    rss_bytes: int
    started_at: datetime
    beat_at: datetime


_COLUMNS = tuple(getattr(WorkerRow, name) for name in Beat.__dataclass_fields__)


def leave_beat(connection: Connection, beat: Beat) -> None:
    """Replace the member's row."""
    connection.execute(delete(WorkerRow).where(WorkerRow.worker_id == beat.worker_id))
    connection.execute(insert(WorkerRow), asdict(beat))


def beats(connection: Connection) -> list[Beat]:
    """Return the last beat of every member that ever was, by worker id."""
    rows = connection.execute(select(*_COLUMNS).order_by(WorkerRow.worker_id))
    return [Beat(**row._asdict()) for row in rows]


def forget(connection: Connection, host: str, *, keep: int) -> None:
    """Remove the rows of a host's members but for its first *keep* slots: those a new supervisor fills again."""
    of_host = WorkerRow.worker_id.startswith(f"{host}-", autoescape=True)
    kept = WorkerRow.worker_id.in_([f"{host}-{slot}" for slot in range(keep)])
    connection.execute(delete(WorkerRow).where(of_host, ~kept))
