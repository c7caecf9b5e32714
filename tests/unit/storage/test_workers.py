"""Who is at work."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from storage import workers
from storage.engine import Database
from storage.workers import Beat
from tests.ledgers import START_AT

BEAT = Beat(
    worker_id="here-0",
    pid=7,
    state="idle",
    partitions=["mail/0"],
    chain_id=None,
    in_flight=0,
    since_at=START_AT,
    completed=1,
    failed=0,
    slots=1,
    model_busy_s=2.5,
    counters={"retries": 2.0},
    breakers={"database": "closed"},
    model_name="tiny",
    model_server="openai",
    rss_bytes=3_000_000_000,
    started_at=START_AT,
    beat_at=START_AT,
)


def test_beat_replaces_the_one_before(database: Database) -> None:
    """The table would grow by a row a second, and `status` show the oldest."""
    later = replace(BEAT, beat_at=START_AT + timedelta(seconds=1), state="analysing", completed=2)
    other = replace(BEAT, worker_id="here-1")
    with database.write() as connection:
        for beat in (other, BEAT, later):
            workers.leave_beat(connection, beat)
        assert workers.beats(connection) == [later, other]


def test_forget_leaves_the_slots_in_use_and_the_members_of_other_hosts(database: Database) -> None:
    """`status` would show members of former calls for ever, or lose those of another host."""
    host = BEAT.worker_id.rpartition("-")[0]
    mine, former, other = (replace(BEAT, worker_id=name) for name in (f"{host}-0", f"{host}-1", "there-1"))
    with database.write() as connection:
        for beat in (mine, former, other):
            workers.leave_beat(connection, beat)
        workers.forget(connection, host, keep=1)
        assert workers.beats(connection) == [mine, other]
