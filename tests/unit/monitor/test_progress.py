"""How far the work is, from rows and offsets."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete

from chainmail.cli.tables import reconcile_line
from chainmail.records import Partition, Position
from chainmail.settings import Settings
from monitor.progress import Progress, is_alive, progress
from storage import dead_letters, outcomes, workers
from storage.dead_letters import LetterState
from storage.engine import Database
from storage.outcomes import Coordinates, Outcome, OutcomeKind
from storage.tables import OutcomeRow
from storage.workers import Beat
from tests.ledgers import TOPIC, chain, keep, published
from tests.ledgers import dead_letter as letter

SETTINGS = Settings(topic=TOPIC, group="g", model_server="openai")
LIVE, BACKLOG = Partition(TOPIC, 0), Partition(f"{TOPIC}.backlog", 0)
SECOND = Partition(TOPIC, 1)
KINDS = list(OutcomeKind)


def end(
    connection: Connection,
    offset: int,
    kind: OutcomeKind = OutcomeKind.STORED,
    *,
    partition: Partition = LIVE,
    at: datetime | None = None,
) -> None:
    """Let a record have ended."""
    where = Coordinates(group_id="g", topic=partition.topic, partition=partition.number, offset=offset)
    outcomes.add(connection, where, Outcome(kind=kind), ended_at=at or datetime.now(UTC))


def publish(connection: Connection, count: int, partition: Partition = LIVE) -> None:
    """Let *count* chains have been published to *partition*."""
    for offset in range(count):
        of = chain(f"{partition}/{offset}")
        published(connection, of, offset, topic=partition.topic, partition=partition.number)


def beat(worker: int = 0, **other: object) -> Beat:
    """Return the beat of a member of this host that is alive."""
    now = datetime.now(UTC)
    usual = Beat(
        worker_id=f"{socket.gethostname()}-{worker}",
        pid=os.getpid(),
        state="analysing",
        partitions=["mail/0"],
        chain_id="c",
        in_flight=1,
        since_at=now,
        completed=4,
        failed=1,
        slots=1,
        model_busy_s=0,
        counters={},
        breakers={},
        model_name="tiny",
        model_server="openai",
        rss_bytes=1_000,
        started_at=now - timedelta(minutes=5),
        beat_at=now,
    )
    return replace(usual, **other)  # type: ignore[arg-type] # by name


def now_of(database: Database, positions: Mapping[Partition, Position] | None = None) -> Progress:
    """Return the state of the work."""
    with database.read() as connection:
        return progress(connection, SETTINGS, positions)


def test_sum_adds_up_whatever_has_happened(database: Database) -> None:
    """A lost record would not be noticed, or one that is not lost raise an alarm."""
    with database.write() as connection:
        publish(connection, 8)
        for offset, kind in enumerate(KINDS):
            end(connection, offset, kind)
        workers.leave_beat(connection, beat())
    found = now_of(database, {LIVE: Position(beginning=0, end=8, committed=5)})
    assert {kind: found.outcomes[kind] for kind in KINDS} == dict.fromkeys(KINDS, 1)
    assert (found.published, found.in_flight, found.waiting, found.unaccounted) == (8, 1, 2, 0)


def test_outcome_of_a_record_that_the_outbox_does_not_know_counts_as_published(database: Database) -> None:
    """A record sent twice, because a crash came before its mark, would make the sum negative."""
    with database.write() as connection:
        end(connection, 77)
    found = now_of(database)
    assert (found.published, found.waiting) == (1, 0)


def test_dead_letters_are_counted_by_what_became_of_them(database: Database) -> None:
    """`status` would say that nothing is left to do while an interrupted redrive waits, or count other groups'."""
    states = [LetterState.OPEN, LetterState.REDRIVING, LetterState.REDRIVEN, LetterState.PARKED, LetterState.REDRIVEN]
    with database.write() as connection:
        for offset, state in enumerate(states):
            dead_letters.put(connection, letter(offset, state, topic=TOPIC))
        dead_letters.put(connection, letter(90, topic=TOPIC, group="replay"))
        dead_letters.put(connection, letter(91, topic="elsewhere"))
    found = now_of(database)
    assert found.as_json()["dead_letters"] == {"open": 2, "redriven": 2, "parked": 1, "superseded": 0}
    assert reconcile_line(found).splitlines() == [
        "reconciled: 0 published = 0 (unaccounted: 0)",
        "dead letters: 2 open, 2 redriven, 1 parked: `chainmail dead-letters list` says why",
    ]
    assert reconcile_line(replace(found, dead_letters={})) == "reconciled: 0 published = 0 (unaccounted: 0)"


def test_rows_lost_below_the_committed_offset_are_unaccounted(database: Database) -> None:
    """A power cut that cost results would go unnoticed for ever."""
    with database.write() as connection:
        publish(connection, 6)
        for offset in range(5):
            end(connection, offset)
    positions = {LIVE: Position(beginning=0, end=6, committed=5)}
    assert now_of(database, positions).unaccounted == 0
    with database.write() as connection:
        connection.execute(delete(OutcomeRow).where(OutcomeRow.offset.in_([1, 3])))
    found = now_of(database, positions)
    assert (found.published, found.outcomes[OutcomeKind.STORED], found.unaccounted, found.waiting) == (6, 3, 2, 1)


def test_revision_that_compaction_may_have_taken_is_superseded(database: Database) -> None:
    """A record that is not in the topic any more would be waited for, and be unaccounted, for ever."""
    with database.write() as connection:
        published(connection, chain(revision=1), 0)
        published(connection, chain(revision=2), 1)
    positions = {LIVE: Position(beginning=0, end=2, committed=2)}
    found = now_of(database, positions)
    assert (found.published, found.outcomes[OutcomeKind.SUPERSEDED], found.unaccounted) == (2, 1, 1)
    with database.write() as connection:
        end(connection, 0, OutcomeKind.SUPERSEDED)
    assert now_of(database, positions).outcomes[OutcomeKind.SUPERSEDED] == 1, "read after all: counted once"


def test_without_positions_nothing_is_unaccounted(database: Database) -> None:
    """While the broker is down, `status` would report everything as lost, or say nothing at all."""
    with database.write() as connection:
        publish(connection, 3)
    found = now_of(database)
    assert (found.published, found.waiting, found.unaccounted) == (3, 3, 0)


def test_other_groups_and_topics_do_not_count(database: Database) -> None:
    """A replay, or another workspace's topic, would spoil the sum."""
    with database.write() as connection:
        publish(connection, 1)
        publish(connection, 1, Partition("elsewhere", 0))
        where = Coordinates(group_id="replay", topic=TOPIC, partition=0, offset=0)
        outcomes.add(connection, where, Outcome(kind=OutcomeKind.STORED), ended_at=datetime.now(UTC))
    found = now_of(database)
    assert (found.published, found.waiting) == (1, 1)


def test_in_flight_comes_from_live_members_only(database: Database) -> None:
    """What a killed member had in hand would count as being worked on for ever."""
    long_ago = datetime.now(UTC) - timedelta(seconds=11)
    with database.write() as connection:
        publish(connection, 9)
        workers.leave_beat(connection, beat(0))
        workers.leave_beat(connection, beat(1, beat_at=long_ago))
        workers.leave_beat(connection, beat(2, state="stopped"))
        workers.leave_beat(connection, beat(3, pid=2**22 + 1))
    found = now_of(database)
    assert (found.in_flight, found.waiting) == (1, 8)
    assert [worker["state"] for worker in found.as_json()["workers"]] == ["analysing", "gone", "stopped", "gone"]


def test_in_flight_is_never_more_than_what_is_unfinished(database: Database) -> None:
    """Between an outcome and the next beat, fewer than none would wait."""
    with database.write() as connection:
        publish(connection, 2)
        end(connection, 0)
        workers.leave_beat(connection, beat(in_flight=4))
    found = now_of(database)
    assert (found.in_flight, found.waiting) == (1, 0)


def test_member_on_another_host_is_alive_by_its_beat() -> None:
    """In a cluster all members would be shown as gone, because their process ids are not ours."""
    now = datetime.now(UTC)
    assert is_alive(beat(worker_id="elsewhere-0", pid=2**22 + 1), now)
    assert not is_alive(beat(worker_id="elsewhere-0", beat_at=now - timedelta(seconds=11)), now)


def test_rate_is_what_was_stored_in_the_time_at_work(database: Database) -> None:
    """The rate would be that of an hour ago, or of records that needed no model."""
    with database.write() as connection:
        workers.leave_beat(connection, beat())
        for offset in range(20):
            end(connection, offset)
        end(connection, 90, OutcomeKind.DUPLICATE)
        end(connection, 91, at=datetime.now(UTC) - timedelta(hours=1))
    assert round(now_of(database).rate_per_minute, 1) == 4.0


def test_eta_is_that_of_the_slowest_partition(database: Database) -> None:
    """An ETA over the sum would promise an evening for a partition that takes until tomorrow."""
    with database.write() as connection:
        workers.leave_beat(connection, beat())
        publish(connection, 30, SECOND)
        publish(connection, 10)
        publish(connection, 10, BACKLOG)
        for offset in range(5):
            end(connection, 1_000 + offset)
            end(connection, 1_000 + offset, partition=SECOND)
        for offset in range(5, 10):
            end(connection, 1_000 + offset, partition=SECOND)
    found = now_of(database)
    assert found.eta_at is not None
    minutes = (found.eta_at - found.at).total_seconds() / 60
    assert round(minutes) == 20, "10 live and 10 backlog at 1 a minute; the other: 30 at 2 a minute"


def test_eta_is_not_guessed(database: Database) -> None:
    """A number without a ground would be believed."""
    with database.write() as connection:
        publish(connection, 3)
        workers.leave_beat(connection, beat())
    assert now_of(database).eta_at is None, "no rate yet"
    with database.write() as connection:
        end(connection, 0)
    assert now_of(database).eta_at is not None
    with database.write() as connection:
        workers.leave_beat(connection, beat(state="stopped"))
    assert now_of(database).eta_at is None, "nobody is at work"
    with database.write() as connection:
        workers.leave_beat(connection, beat())
        for offset in (1, 2):
            end(connection, offset)
    assert now_of(database).eta_at is None, "nothing is left"


def test_utilisation_counts_what_runs_now(database: Database) -> None:
    """A member in its first ten-minute answer would look idle."""
    now = datetime.now(UTC)
    with database.write() as connection:
        workers.leave_beat(connection, beat(0, model_busy_s=120, since_at=now - timedelta(minutes=2)))
        workers.leave_beat(connection, beat(1, in_flight=0, state="idle", since_at=now - timedelta(minutes=2)))
    found = now_of(database)
    assert found.utilisation is not None
    assert abs(found.utilisation - 0.4) < 0.01
    with database.write() as connection:
        workers.forget(connection, socket.gethostname(), keep=0)
    assert now_of(database).utilisation is None


def test_held_back_are_chains_that_no_topic_has(database: Database) -> None:
    """What `--hours` left out would look like lost."""
    with database.write() as connection:
        keep(connection, chain())
        published(connection, chain(), 0)
        connection.exec_driver_sql("UPDATE outbox SET published_at = NULL")
    assert now_of(database).held_back == 1


def test_status_json_has_the_keys_of_the_design(database: Database) -> None:
    """Programs that read `status --json` would break."""
    with database.write() as connection:
        publish(connection, 1)
        workers.leave_beat(connection, beat())
    found = now_of(database).as_json()
    assert list(found) == [
        "topic",
        "group",
        "published",
        "stored",
        "duplicate",
        "superseded",
        "dead_lettered",
        "deleted",
        "in_flight",
        "waiting",
        "unaccounted",
        "held_back",
        "dead_letters",
        "rate_per_minute",
        "eta_at",
        "model",
        "broker",
        "workers",
    ]
    assert list(found["model"]) == ["name", "server", "utilisation"]
    assert (found["model"]["name"], found["model"]["server"]) == ("tiny", "openai")
    wanted = "id pid state partitions chain_id since_at completed failed rss_bytes beat_at"
    assert list(found["workers"][0]) == wanted.split()
    assert datetime.fromisoformat(found["workers"][0]["beat_at"]).tzinfo is not None


def test_status_says_that_the_broker_is_away(database: Database) -> None:
    """Offsets that nobody could ask for would look like good ones."""
    with database.read() as connection:
        found = progress(connection, SETTINGS, None, "unreachable: no answer")
    assert found.as_json()["broker"] == "unreachable: no answer"
    assert now_of(database, {}).as_json()["broker"] == "reachable"
