"""Planned stops and fewer workers on a real broker: nobody's partition waits for a session time-out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from filelock import Timeout
from kafka import KafkaAdminClient
from kafka.errors import CoordinatorNotAvailableError

from chainmail.cli import pipeline
from chainmail.kafka import Admin
from chainmail.settings import Settings
from consumer.member import instance_id, slot_lock
from consumer.supervise import Supervisor
from tests.integration.kafka.conftest import Ledger

PARTITIONS = 3
#: How long starting may take on a busy machine, and what is far less than the session time-out of these groups.
_PATIENCE_S, _SOON_S = 60, 10


@dataclass
class Group:
    """A group whose members are expelled after 30 s, on topics of three partitions."""

    ledger: Ledger
    settings: Settings
    client: KafkaAdminClient

    def home(self, name: str, workers: int) -> Settings:
        """Return the settings of a supervisor with a home of its own."""
        folder = self.ledger.settings.home_path.with_name(name)
        return self.settings.model_copy(update={"home": folder, "workers": workers})

    @contextmanager
    def members(self, settings: Settings) -> Iterator[Supervisor]:
        """Run the members of a supervisor while the block does."""
        with pipeline.members(settings, self.ledger.database, threading.Event()) as supervisor:
            yield supervisor

    def held(self) -> dict[str, int]:
        """Return how many partitions each static member has, as the broker says; nothing while it rebalances."""
        try:
            found = self.client.describe_groups([self.settings.group])[self.settings.group]
        except CoordinatorNotAvailableError:  # of the first group ever, for a moment
            return {}
        if found["group_state"] != "Stable":
            return {}
        return {
            member["group_instance_id"]: sum(
                len(topic["partitions"]) for topic in member["member_assignment"]["assigned_partitions"]
            )
            for member in found["members"]
        }

    def wait_until(self, wanted: dict[str, int], timeout_s: float) -> None:
        """Wait until the members hold what is *wanted*."""
        _wait(lambda: self.held() == wanted, timeout_s, self.held)


@pytest.fixture
def group(ledger: Ledger) -> Iterator[Group]:
    """Return an empty group on topics of its own."""
    name = f"{ledger.settings.topic}-wide"
    wide = ledger.settings.model_copy(update={"topic": name, "group": name, "session_timeout_s": 30.0})
    admin = Admin(wide)
    admin.ensure_topics(PARTITIONS)
    admin.close()
    client = KafkaAdminClient(bootstrap_servers=wide.kafka_bootstrap)
    try:
        yield Group(ledger, wide, client)
    finally:
        client.close()


def _wait(what: Callable[[], bool], timeout_s: float, say: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not what():
        assert time.monotonic() < deadline_s, say()
        time.sleep(0.02)


def test_a_planned_stop_hands_its_partitions_to_others_at_once(group: Group) -> None:
    """The mail of a stopped host's partitions would wait for a session time-out, 45 s by default."""
    staying, leaving = group.home("staying", 1), group.home("leaving", 1)
    with group.members(staying):
        with group.members(leaving):
            _wait(lambda: sorted(group.held().values()) == [2, 4], _PATIENCE_S, group.held)
        group.wait_until({instance_id(staying, 0): 2 * PARTITIONS}, _SOON_S)
        assert instance_id(leaving, 0) not in group.held()


def test_a_planned_stop_of_the_only_supervisor_keeps_its_place(group: Group) -> None:
    """Every restart would cost a rebalance."""
    only = group.home("only", 1)
    with group.members(only):
        group.wait_until({instance_id(only, 0): 2 * PARTITIONS}, _PATIENCE_S)
    assert group.held() == {instance_id(only, 0): 2 * PARTITIONS}


def test_fewer_workers_take_over_at_once_what_the_others_held(group: Group) -> None:
    """Two thirds of the mail would wait for a session time-out after a start with one worker instead of three."""
    three, one = group.home("home", 3), group.home("home", 1)
    with group.members(three):
        group.wait_until({instance_id(three, slot): 2 for slot in range(3)}, _PATIENCE_S)
    assert len(group.held()) == 3
    with group.members(one) as supervisor:
        _wait(lambda: _has_joined(one), _PATIENCE_S, lambda: supervisor.pids)
        group.wait_until({instance_id(one, 0): 2 * PARTITIONS}, _SOON_S)


def _has_joined(settings: Settings) -> bool:
    """Tell whether the member of slot 0 has got as far as its slot, which is right before it joins."""
    lock = slot_lock(settings, 0)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False
