"""The pump of one member: poll, hand over, commit, rebalance, stop.

The poll thread never waits for work: analyses run in threads beside it, so that a ten-minute
answer never costs the membership. `run` reads start → loop → stop.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy.exc import OperationalError

from chainmail.kafka import Consumer
from chainmail.records import BrokerUnreachableError, NotOwnedError, Partition
from chainmail.settings import Settings
from consumer import spans
from consumer.desk import Desk
from storage import outcomes
from storage.engine import Database

_LOG = logging.getLogger("chainmail.worker")

#: How long one poll, or the rest between two, may take: also how soon a stop or a new live record is noticed.
_POLL_S = 0.1
#: Given no time at all, kafka-python 3.0.12 does not join again: a rebalance would wait until nothing is at hand.
_SHORT_POLL_S = 0.01
#: A commit takes longer than a redelivered record: those share one, but wait for it no longer than this.
_COMMIT_EVERY_S = 0.05
#: Between two tries to reach a broker that is away.
_JOIN_AGAIN_S = 1.0


class Worker:
    """One group member; `stop` may be called from a signal handler or another thread."""

    def __init__(self, settings: Settings, database: Database, desk: Desk, *, instance_id: str) -> None:
        """Prepare; nothing is joined before `run`."""
        self._settings = settings
        self._database = database
        self._desk = desk
        self._instance_id = instance_id
        self._stopping = threading.Event()
        self._fresh: set[Partition] = set()
        self._committed_s = 0.0

    def stop(self) -> None:
        """Take no new work, finish what is in flight within the grace time, commit, leave."""
        self._stopping.set()

    def run(self) -> None:
        """Work until stopped.

        A broker that is away at the start is waited for: that is an outage, and no fault of this member.

        Raises:
            WrongLedgerError: A record of another database was met.
        """
        consumer = self._join()
        if consumer is None:
            return
        self._desk.start()
        try:
            while not self._stopping.is_set() and self._desk.fault is None:
                self._turn(consumer)
            if self._desk.fault is None:
                self._drain(consumer)
            self._commit(consumer)
        finally:
            self._desk.close()
            consumer.close()
        if self._desk.fault is not None:
            raise self._desk.fault

    def _join(self) -> Consumer | None:
        while not self._stopping.is_set():
            try:
                return Consumer(self._settings, instance_id=self._instance_id, listener=self)
            except BrokerUnreachableError as error:
                _LOG.warning("waiting for the broker: %s", error)
                self._stopping.wait(_JOIN_AGAIN_S)
        return None

    def _turn(self, consumer: Consumer) -> None:
        """Commit, fetch, hand over; a poll cannot be woken up, so that while work is at hand its end is waited for."""
        has_work = self._desk.rest(_POLL_S)
        if time.monotonic() - self._committed_s >= _COMMIT_EVERY_S or self._desk.is_full:
            self._commit(consumer)
        consumer.pause(self._desk.paused())
        started_at = datetime.now(UTC)
        records = consumer.poll(_SHORT_POLL_S if has_work else _POLL_S, max_records=self._desk.room())
        rewound = self._start_fresh(consumer)
        self._desk.put(
            [record for record in records if record.partition not in rewound],
            started_at=started_at,
            now=datetime.now(UTC),
        )

    def _start_fresh(self, consumer: Consumer) -> set[Partition]:
        """Look up newly assigned partitions in the database; return those that are read again from further back."""
        fresh, self._fresh = self._fresh, set()
        rewound = set()
        for partition in fresh:
            try:
                with self._database.read() as connection:
                    at = (self._settings.group, partition.topic, partition.number)
                    first, suspects = outcomes.first_unfinished(connection, *at), outcomes.suspects(connection, *at)
            except OperationalError as error:
                _LOG.warning("%s: database: %s: looked up again", partition, error.orig)
                self._fresh.add(partition)
                continue
            if first is not None and self._rewind(consumer, partition, first):
                rewound.add(partition)
            self._desk.suspect(partition, suspects)
        return rewound

    def _rewind(self, consumer: Consumer, partition: Partition, first: int) -> bool:
        """Where the database lacks an outcome below the committed offset, read from there: it is the truth."""
        committed = consumer.committed(partition)
        if committed is None or first >= committed or not consumer.seek(partition, first):
            return False
        _LOG.warning("%s: offset %d has no outcome: reading again from there", partition, first)
        self._desk.rewind(partition, first)
        return True

    def _commit(self, consumer: Consumer) -> None:
        offsets = self._desk.committable()
        if not offsets:
            return
        started_at, self._committed_s = datetime.now(UTC), time.monotonic()
        with suppress(NotOwnedError):  # the partitions moved: their new owner meets stored results
            if consumer.commit(offsets):
                self._note(offsets, started_at)
                return
        self._desk.meter.add(commit_failures=1)

    def _note(self, offsets: Mapping[Partition, int], started_at: datetime) -> None:
        self._desk.meter.add(commits=1)
        for processed in self._desk.commit(offsets):
            spans.committed(processed, started_at=started_at, group=self._settings.group)

    def _drain(self, consumer: Consumer) -> None:
        """Poll on, so that the membership holds, until the work in flight has ended or the grace time has."""
        deadline_s = time.monotonic() + self._settings.grace_s
        self._desk.take_no_more()
        while self._desk.in_flight and time.monotonic() < deadline_s:
            consumer.pause(self._desk.partitions)
            consumer.poll(_POLL_S, max_records=1)
            self._commit(consumer)
        if self._desk.in_flight:
            self._desk.cancel()

    # What the client tells of the group, on its own thread (chainmail.kafka.RebalanceListener).

    def committable(self) -> Mapping[Partition, int]:
        """See `RebalanceListener.committable`."""
        return self._desk.committable()

    def committed(self, offsets: Mapping[Partition, int]) -> None:
        """See `RebalanceListener.committed`."""
        self._note(offsets, datetime.now(UTC))

    def assigned(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        """See `RebalanceListener.assigned`."""
        self._desk.meter.add(rebalances=1)
        held = set(self._desk.partitions)
        self._fresh |= set(partitions) - held
        return self._desk.assign(partitions)

    def lost(self) -> None:
        """See `RebalanceListener.lost`."""
        self._desk.assign([])
