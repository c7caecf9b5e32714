"""What `/live` and `/ready` are judged by, as a pure function of a state."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chainmail.records import Partition
from monitor.health import State, Supervised, is_live, look, reasons, write_error
from storage import workers
from storage.engine import Database
from storage.workers import Beat
from tests.ledgers import START_AT, new_ledger

BEAT = Beat(
    worker_id="here-0",
    pid=7,
    state="idle",
    partitions=["mail/0", "mail.backlog/0"],
    chain_id=None,
    in_flight=0,
    slots=1,
    since_at=START_AT,
    completed=0,
    failed=0,
    model_busy_s=0,
    counters={},
    breakers={"database": "closed", "models": "closed", "http://model:1": "open", "http://model:2": "closed"},
    model_name="tiny",
    model_server="openai",
    rss_bytes=1,
    started_at=START_AT,
    beat_at=START_AT,
)
SUPERVISED = Supervised(pids={"here-0": 7}, restarts={"here-0": 0}, ticked_ago_s=0.2)
WELL = State(
    at=START_AT,
    supervised=SUPERVISED,
    beats=[BEAT],
    partitions=[Partition("mail", 0), Partition("mail.backlog", 0)],
)
IDLE = replace(BEAT, partitions=[])
ELSEWHERE = replace(BEAT, worker_id="there-0", pid=9)


def supervised(**other: Any) -> State:
    """Return the state in which all is well, but for what the supervisor says."""
    return replace(WELL, supervised=replace(SUPERVISED, **other))


def beating(**other: Any) -> State:
    """Return the state in which all is well, but for what the member's beat says."""
    return replace(WELL, beats=[replace(BEAT, **other)])


@pytest.mark.parametrize(
    "state",
    [
        WELL,
        replace(WELL, partitions=None),
        replace(WELL, beats=[IDLE, ELSEWHERE]),
        replace(WELL, beats=[BEAT, replace(ELSEWHERE, breakers={"database": "open"})]),
        replace(WELL, beats=[BEAT, replace(ELSEWHERE, beat_at=START_AT - timedelta(days=1))]),
    ],
    ids=["well", "broker away", "idle beside one that has all", "a breaker elsewhere", "a silent member elsewhere"],
)
def test_ready_says_yes_where_the_members_here_can_work(state: State) -> None:
    """Members that are well would be taken out of service for what is wrong elsewhere."""
    assert reasons(state) == []


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (supervised(pids={}), "no member runs"),
        (supervised(ticked_ago_s=31.0), "the supervisor's loop has not turned for 31 s"),
        (supervised(stopping=True), "the supervisor is stopping"),
        (
            supervised(given_up="member 0 ended with exit code 2"),
            "member 0 ended with exit code 2 and is not started again",
        ),
        (replace(WELL, database_error="database is locked"), "the database cannot be written: database is locked"),
        (beating(beat_at=START_AT - timedelta(seconds=12)), "member here-0 has left no beat for 12 s"),
        (beating(state="stopped"), "member here-0 has stopped"),
        (
            beating(breakers={"models": "open", "http://model:1": "open", "http://model:2": "closed"}),
            "the breaker of http://model:1 is open, the breaker of models is open",
        ),
        (beating(breakers={"database": "half-open"}), "the breaker of database is half-open"),
        (replace(WELL, beats=[IDLE], partitions=None), "no partition is assigned to a member here"),
        (
            replace(WELL, beats=[IDLE, replace(ELSEWHERE, partitions=["mail/0"])]),
            "no partition is assigned to a member here, and nobody holds mail.backlog/0",
        ),
        (
            replace(WELL, beats=[IDLE, replace(ELSEWHERE, beat_at=START_AT - timedelta(minutes=1))]),
            "no partition is assigned to a member here, and nobody holds mail.backlog/0, mail/0",
        ),
    ],
)
def test_ready_says_no_in_words(state: State, reason: str) -> None:
    """Somebody would look for the fault that the program knows."""
    assert reasons(state) == [reason]


def test_ready_takes_no_beat_of_an_earlier_process_for_one_of_this() -> None:
    """A member that hangs while it starts would count as well, because of the one that died before it."""
    assert reasons(supervised(pids={"here-0": 8}))[0] == "member here-0 has left no beat yet"


def test_live_says_no_only_where_the_loop_stands_still() -> None:
    """An outage of the model server would get the supervisor killed, or a hanging one would stay for ever."""
    assert is_live(supervised(ticked_ago_s=29.9, stopping=True, given_up="x").supervised)
    assert not is_live(supervised(ticked_ago_s=30.0).supervised)


def test_write_check_changes_nothing_and_says_what_is_wrong(tmp_path: Any) -> None:
    """A database that takes no result would count as ready, or the check itself would be one more writer."""
    new_ledger(tmp_path).close()
    database = Database(f"sqlite:///{tmp_path / 'mail.db'}", lock_timeout_s=0)
    other = sqlite3.connect(tmp_path / "mail.db", isolation_level=None)
    before = other.execute("SELECT * FROM ledger").fetchall()
    assert write_error(database) == ""
    other.execute("BEGIN IMMEDIATE")
    assert write_error(database) == "database is locked"
    other.execute("ROLLBACK")
    assert write_error(database) == ""
    assert other.execute("SELECT * FROM ledger").fetchall() == before
    other.close()
    database.close()


def test_write_check_says_that_a_file_is_read_only(database: Database) -> None:
    """A disk that was mounted read-only after a fault would count as ready."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.commit()
    assert write_error(database) == "attempt to write a readonly database"


def test_look_finds_the_beats_and_asks_for_the_partitions(database: Database) -> None:
    """The rules would judge something else than what is."""
    with database.write() as connection:
        workers.leave_beat(connection, BEAT)
    state = look(database, SUPERVISED, lambda: [Partition("mail", 0)])
    assert (state.beats, state.partitions, state.database_error) == ([BEAT], [Partition("mail", 0)], "")
