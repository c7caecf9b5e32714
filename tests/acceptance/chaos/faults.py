"""What is done to the program: each fault is undone before it returns, or by the program itself.

A fault adds to `stage.repeats_allowed` what may have been in flight where it struck: that may be analysed again.
"""

from __future__ import annotations

import signal
import sqlite3
import time
from contextlib import suppress

import psutil
from kafka import KafkaConsumer
from kafka.coordinator.assignors.range import RangePartitionAssignor

from tests.acceptance.chaos.stage import Stage, signal_all
from tests.acceptance.conftest import descendants

#: A paused member is expelled a little after its session has run out.
_EXPELLED_S = 2.0
#: A member that is asked to stop leaves well within this.
_LEAVES_S = 60.0


def kill_members(stage: Stage, count: int = 1) -> None:
    """`kill -9` of members; their supervisor starts them again."""
    stage.repeats_allowed += stage.in_flight_of(count)
    signal_all(stage.members()[:count], signal.SIGKILL)


def kill_supervisor(stage: Stage) -> None:
    """`kill -9` of the supervisor alone: its members must notice, end and give their slots back to the next."""
    stage.repeats_allowed += stage.in_flight_of(stage.workers)
    (supervisor,) = stage.running
    members = stage.members()
    supervisor.kill()
    supervisor.wait()
    stage.running.remove(supervisor)
    stage.start()
    _gone, left = psutil.wait_procs(members, timeout=20)
    assert not left, "members outlive their supervisor"


def kill_broker(stage: Stage) -> None:
    """`kill -9` of the broker, which its guard starts again."""
    stage.repeats_allowed += stage.in_flight_of(stage.workers)
    stage.broker.kill()


def kill_model_server(stage: Stage, away_s: float = 2.0) -> None:
    """End the model server in mid-call and start it again."""
    stage.repeats_allowed += stage.in_flight_of(stage.workers)
    stage.model.down = True
    time.sleep(away_s)
    stage.model.down = False


def kill_everything(stage: Stage) -> None:
    """A power cut: supervisor, members, broker and model server at once, then all are started again."""
    stage.repeats_allowed += stage.in_flight_of(stage.workers)
    (supervisor,) = stage.running
    victims = [psutil.Process(supervisor.pid), *descendants(supervisor.pid), stage.broker.process()]
    signal_all(victims, signal.SIGKILL)
    stage.model.down = True
    supervisor.wait()
    stage.running.remove(supervisor)
    stage.broker.wait_until_up()
    stage.model.down = False
    stage.start()


def pause_broker(stage: Stage, for_s: float) -> None:
    """Let the broker stand still; longer than the session timeout, and it expels everybody."""
    if for_s >= stage.settings.session_timeout_s:
        stage.repeats_allowed += stage.in_flight_of(stage.workers)
    stage.broker.pause()
    time.sleep(for_s)
    stage.broker.go_on()


def pause_member(stage: Stage, for_s: float | None = None) -> None:
    """Let a member stand still (by default until it is expelled) and go on as if nothing had been."""
    expels = for_s is not None and for_s >= stage.settings.session_timeout_s  # then others' partitions may move as well
    stage.repeats_allowed += stage.in_flight_of(stage.workers if expels else 1)
    victims = stage.members()[:1]
    signal_all(victims, signal.SIGSTOP)
    time.sleep(stage.settings.session_timeout_s + _EXPELLED_S if for_s is None else for_s)
    signal_all(victims, signal.SIGCONT)


def stop_and_start(stage: Stage) -> None:
    """SIGTERM, and the same command again."""
    stage.stop()
    stage.start()


def have_a_guest(stage: Stage, for_s: float = 3.0) -> None:
    """Let another host's member join, take partitions over, and leave in order."""
    stage.repeats_allowed += 2 * stage.in_flight_of(stage.workers + 1)
    guest = stage.start(home="guest", workers=1)
    time.sleep(for_s)
    guest.send_signal(signal.SIGTERM)
    guest.wait(_LEAVES_S)
    stage.running.remove(guest)


#: How long a busy machine may take to let a few visitors into a group.
_PATIENCE_S = 60.0


class Joiners:
    """Members of the group that come and go, and share no partition of the chain topics: everybody rebalances."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.joined = 0

    def run(self, for_s: float, stay_s: float = 1.0, least: int = 0) -> None:
        """Join, stay and leave, again and again; longer than *for_s* where fewer than *least* could join meanwhile."""
        began_s = time.monotonic()
        while time.monotonic() < began_s + for_s or (self.joined < least and time.monotonic() < began_s + _PATIENCE_S):
            self._visit(stay_s)

    def _visit(self, stay_s: float) -> None:
        settings = self._stage.settings
        consumer = KafkaConsumer(
            settings.dead_letter_topic,
            bootstrap_servers=settings.kafka_bootstrap,
            group_id=settings.group,
            enable_auto_commit=False,
            partition_assignment_strategy=[RangePartitionAssignor],
        )
        try:
            until_s = time.monotonic() + stay_s
            while time.monotonic() < until_s:
                consumer.poll(timeout_ms=100)
            self.joined += bool(consumer.assignment())
        finally:
            consumer.close(autocommit=False)


def lock_database(stage: Stage, for_s: float) -> None:
    """Hold the write lock, as a backup or another program does."""
    holder = sqlite3.connect(stage.folder / "mail.db", isolation_level=None, timeout=30)
    try:
        holder.execute("BEGIN IMMEDIATE")
        time.sleep(for_s)
        holder.execute("ROLLBACK")
    finally:
        holder.close()


def fill_disk(stage: Stage, for_s: float) -> None:
    """Let no write of the members into any file succeed, as on a full disk."""
    members = stage.members()
    for member in members:
        with suppress(psutil.NoSuchProcess):
            member.rlimit(psutil.RLIMIT_FSIZE, (0, psutil.RLIM_INFINITY))
    time.sleep(for_s)
    for member in members:
        with suppress(psutil.NoSuchProcess):
            member.rlimit(psutil.RLIMIT_FSIZE, (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY))
