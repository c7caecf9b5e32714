"""What Prometheus reads, rendered from a ledger and read back."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from chainmail.records import Partition, Position
from chainmail.settings import Settings
from monitor.health import Supervised
from monitor.metrics import Offsets, PipelineCollector, Positions
from storage import dead_letters, outcomes, workers
from storage.engine import Database
from storage.outcomes import Coordinates, Outcome, OutcomeKind
from storage.workers import Beat
from tests.ledgers import TOPIC, chain, published
from tests.ledgers import dead_letter as letter
from tests.unit.monitor.test_health import BEAT

SETTINGS = Settings(topic=TOPIC, group="g", model_server="openai")
SUPERVISED = Supervised(pids={"here-0": 7, "here-1": 8}, restarts={"here-0": 3, "here-1": 0}, ticked_ago_s=0.5)
POSITIONS = {
    Partition(TOPIC, 0): Position(beginning=2, end=9, committed=4),
    Partition(f"{TOPIC}.backlog", 0): Position(beginning=0, end=3, committed=None),
}

Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


class Scraped:
    """One scrape, by name and labels."""

    def __init__(self, text: str) -> None:
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self.names = {sample.name for family in self.families.values() for sample in family.samples}
        self._values = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float:
        """Return the value of one series."""
        return self._values[f"chainmail_{name}", frozenset(labels.items())]


def scrape(database: Database, positions: Positions | None = POSITIONS, supervised: Supervised = SUPERVISED) -> Scraped:
    """Return what a supervisor would answer."""
    registry, offsets = CollectorRegistry(), Offsets(lambda: positions)
    registry.register(PipelineCollector(database, SETTINGS, lambda: supervised, offsets))
    try:
        return Scraped(generate_latest(registry).decode())
    finally:
        offsets.close()


def beat(worker: int, **other: object) -> Beat:
    """Return a fresh beat of one of the supervisor's members."""
    now = datetime.now(UTC)
    usual = replace(BEAT, worker_id=f"here-{worker}", pid=7 + worker, started_at=now, since_at=now, beat_at=now)
    return replace(usual, **other)  # type: ignore[arg-type] # by name


def fill(database: Database) -> None:
    """Let three live records and two of the backlog be published, two of which have ended."""
    now = datetime.now(UTC)
    with database.write() as connection:
        for offset in range(3):
            published(connection, chain(f"live-{offset}"), offset, at=now - timedelta(minutes=10 - offset))
        for offset in range(2):
            topic = f"{TOPIC}.backlog"
            published(connection, chain(f"back-{offset}"), offset, topic=topic, at=now - timedelta(hours=1))
        for offset, kind in ((0, OutcomeKind.STORED), (1, OutcomeKind.DEAD_LETTERED)):
            at = Coordinates(group_id="g", topic=TOPIC, partition=0, offset=offset)
            outcomes.add(connection, at, Outcome(kind=kind), ended_at=now)
        dead_letters.put(connection, letter(1))
        dead_letters.put(connection, letter(1, group="somebody-else"))
        counted = {"retries": 2.0, "model_s": 7.5, "model_wait_s": 1.5, "input_tokens": 900.0}
        counted |= {"model_failures_busy": 3.0, "model_failures_long_answer": 0.0}
        breakers = {"database": "closed", "http://model:1": "half-open"}
        workers.leave_beat(connection, beat(0, in_flight=1, rss_bytes=5_000_000, counters=counted, breakers=breakers))
        workers.leave_beat(connection, beat(1, counters={"retries": 1.0}, breakers={"http://model:1": "open"}))
        workers.leave_beat(connection, beat(2, counters={"retries": 50.0}, breakers={"database": "open"}))


@pytest.fixture
def scraped(database: Database) -> Scraped:
    """Return a scrape of a ledger in the middle of its work."""
    fill(database)
    return scrape(database)


def test_metrics_count_records_as_status_does(scraped: Scraped) -> None:
    """The dashboard would contradict `status`, and nobody would know which to believe."""
    assert scraped.value("published_records_total") == 5
    assert scraped.value("outcomes_total", outcome="stored") == 1
    assert scraped.value("outcomes_total", outcome="dead_lettered") == 1
    assert scraped.value("outcomes_total", outcome="deleted") == 0
    assert scraped.value("in_flight_records") == 1
    assert scraped.value("waiting_records") == 1
    assert scraped.value("unaccounted_records") == 1
    assert scraped.value("dead_letters", state="open") == 1
    assert scraped.value("dead_letters", state="parked") == 0


def test_metrics_tell_lag_and_the_age_of_the_oldest_unfinished_record(scraped: Scraped) -> None:
    """New mail could wait for hours while the lag of the backlog hides it."""
    assert scraped.value("lag_records", topic=TOPIC, partition="0") == 5
    assert scraped.value("lag_records", topic=f"{TOPIC}.backlog", partition="0") == 3
    assert scraped.value("broker_up") == 1
    assert scraped.value("oldest_unfinished_age_seconds", lane="live") == pytest.approx(8 * 60, abs=30)
    assert scraped.value("oldest_unfinished_age_seconds", lane="backlog") == pytest.approx(60 * 60, abs=30)


def test_failures_of_the_model_are_one_metric_by_cause(scraped: Scraped) -> None:
    """An alert would have to know each cause by name, and miss the next one."""
    assert scraped.value("model_failures_total", worker="here-0", cause="busy") == 3
    assert scraped.value("model_failures_total", worker="here-0", cause="long_answer") == 0
    assert not [name for name in scraped.names if name.startswith("chainmail_model_failures_busy")]


def test_metrics_of_members_are_those_of_this_supervisor_alone(scraped: Scraped) -> None:
    """A sum over all supervisors would count members twice."""
    assert scraped.value("retries_total", worker="here-0") == 2
    assert scraped.value("retries_total", worker="here-1") == 1
    assert scraped.value("model_seconds_total", worker="here-0") == 7.5
    assert scraped.value("model_wait_seconds_total", worker="here-0") == 1.5
    assert scraped.value("input_tokens_total", worker="here-0") == 900
    assert scraped.value("member_restarts_total", worker="here-0") == 3
    assert scraped.value("member_resident_memory_bytes", worker="here-0") == 5_000_000
    assert scraped.value("member_beat_age_seconds", worker="here-1") < 30
    workers_named = {
        sample.labels["worker"]
        for family in scraped.families.values()
        for sample in family.samples
        if "worker" in sample.labels
    }
    assert workers_named == {"here-0", "here-1"}


def test_metrics_show_the_worst_breaker_of_each_dependency(scraped: Scraped) -> None:
    """A model server that one member cannot reach would look well."""
    assert scraped.value("breaker_state", dependency="http://model:1") == 2
    assert scraped.value("breaker_state", dependency="database") == 0
    assert scraped.value("ready") == 1, "a host that is away is no reason to be taken for down"


def test_metrics_keep_prometheus_conventions(scraped: Scraped) -> None:
    """Rules and dashboards of others could not read them."""
    assert all(name.startswith("chainmail_") for name in scraped.names)
    assert all(family.documentation.endswith(".") for family in scraped.families.values())
    totals = {name for name in scraped.names if name.endswith("_total")}
    counted = {f"{family.name}_total" for family in scraped.families.values() if family.type == "counter"}
    assert totals == counted
    assert not [name for name in scraped.names if name.endswith("_s")]


def test_metrics_without_a_broker_leave_the_lag_out_and_say_so(database: Database) -> None:
    """A broker that is away would look like a lag of 0."""
    fill(database)
    found = scrape(database, positions=None)
    assert found.value("broker_up") == 0
    assert "chainmail_lag_records" not in found.names
    assert found.value("outcomes_total", outcome="stored") == 1


def test_metrics_without_a_database_tell_what_needs_none(database: Database) -> None:
    """The scrape that would show the fault would fail itself."""
    with database.write() as connection:
        for table in ("outcome", "worker"):
            connection.exec_driver_sql(f"DROP TABLE {table}")
    found = scrape(database)
    assert found.value("broker_up") == 1
    assert found.value("ready") == 0
    assert "chainmail_outcomes_total" not in found.names


def test_metrics_count_a_fresh_ledger_as_nothing(database: Database) -> None:
    """A scrape before the first member would fail."""
    found = scrape(database, positions={}, supervised=Supervised(pids={}, restarts={}, ticked_ago_s=0))
    assert found.value("published_records_total") == 0
    assert found.value("oldest_unfinished_age_seconds", lane="live") == 0
    assert found.value("members_running") == 0
    assert found.value("database_size_bytes") > 0


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """Return an event that a hanging broker waits for."""
    event = threading.Event()
    yield event
    event.set()


def test_offsets_are_asked_for_once_in_a_few_seconds() -> None:
    """Every scrape and every probe would open a connection to the broker."""
    now_s, asked = [100.0], []
    offsets = Offsets(lambda: asked.append(now_s[0]) or POSITIONS, clock=lambda: now_s[0])
    for now_s[0] in (100.0, 104.9, 105.0, 107.0):
        assert offsets.get() == POSITIONS
    assert asked == [100.0, 105.0]
    offsets.close()


def test_offsets_of_a_broker_that_hangs_are_unknown_and_keep_nobody_waiting(hanging: threading.Event) -> None:
    """A scrape would hang with the broker, and all other metrics with it."""
    offsets = Offsets(lambda: POSITIONS if hanging.wait(30) else None, patience_s=0.05)
    assert offsets.get() is None
    assert offsets.partitions() is None
    hanging.set()
    assert offsets.get() == POSITIONS
    assert offsets.partitions() == frozenset(POSITIONS)
    offsets.close()
