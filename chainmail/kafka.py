"""Kafka clients, made in one place: only `chainmail.kafka…` imports the client library.

Auto-commit is off and values stay bytes: offsets are committed by the consumer's own rules, and a
deserializer that raises would make `poll()` spin for ever (kafka-python 3.0).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol, cast

from kafka import AsyncConsumerRebalanceListener, KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetSpec
from kafka.admin import ConfigResource, ConfigResourceType, MemberToRemove
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.errors import (
    CommitFailedError,
    CoordinatorNotAvailableError,
    IllegalStateError,
    KafkaError,
    RebalanceInProgressError,
    TopicAlreadyExistsError,
)
from kafka.structs import OffsetAndMetadata, TopicPartition

from chainmail.kafka_connection import BOOTSTRAP_TIMEOUT_S, connection, reaching, record_of
from chainmail.records import Cleaning, NotOwnedError, Partition, Position, Record, RecordTooLargeError
from chainmail.settings import Settings

#: Room for a chain of `max_chain_bytes` and its headers.
_REQUEST_BYTES = 1_048_576
#: The largest record that somebody may have put into a chain topic, and that a dead letter can hold.
LETTER_BYTES = 64 << 20
#: A chain is some kilobytes: Kafka's own 16 kB would send a request for every few of them.
_BATCH_BYTES = 262_144
#: Pump commits must not hold up polling for long.
_COMMIT_TIMEOUT_MS = 5_000
#: A member learns of a rebalance by its next heartbeat, so this is what a planned stop costs the others.
_HEARTBEAT_MS = 1_000
#: Leaving must not wait long for a broker that is gone.
_CLOSE_TIMEOUT_MS = 2_000
_DAY_MS = 86_400_000
_MAX_BYTES = "max.message.bytes"


class RebalanceListener(Protocol):
    """What a member wants to know of its assignment; called on the client's I/O thread, so it must not wait."""

    def committable(self) -> Mapping[Partition, int]:
        """Return the next offsets that are finished and not committed yet."""

    def committed(self, offsets: Mapping[Partition, int]) -> None:
        """Note that these next offsets are committed."""

    def assigned(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        """Take over an assignment; return from where to read where that is not the committed offset."""

    def lost(self) -> None:
        """Note that everything was lost without a chance to commit."""


class Consumer:
    """One group member on both chain topics. Not thread-safe: one owner thread."""

    def __init__(self, settings: Settings, *, instance_id: str, listener: RebalanceListener) -> None:
        """Join the group as static member *instance_id* (KIP-345); reads from the beginning where nothing is committed.

        Raises:
            BrokerUnreachableError: No broker answers.
        """
        with reaching(settings):
            self._client = KafkaConsumer(
                **connection(settings),
                group_id=settings.group,
                group_instance_id=instance_id,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                partition_assignment_strategy=[RangePartitionAssignor],
                session_timeout_ms=int(settings.session_timeout_s * 1000),
                heartbeat_interval_ms=max(100, min(_HEARTBEAT_MS, int(settings.session_timeout_s * 1000 / 10))),
                max_poll_interval_ms=int(settings.max_poll_interval_s * 1000),
                max_partition_fetch_bytes=_REQUEST_BYTES,
                fetch_max_wait_ms=100,
            )
        self._client.subscribe(
            topics=[settings.topic, settings.backlog_topic], listener=_Listener(self._client, listener)
        )

    def poll(self, timeout_s: float, max_records: int) -> list[Record]:
        """Return what has arrived, waiting up to *timeout_s* for the first record."""
        self._unpark()
        batches = self._client.poll(timeout_ms=int(timeout_s * 1000), max_records=max_records)
        return [record_of(raw) for batch in batches.values() for raw in batch]

    def _unpark(self) -> None:
        """Let records of a resumed partition come back.

        kafka-python 3.0.12 parks the fetched records of a paused partition and restores them only while its
        current batch is None; a used-up batch is empty but not None, so the partition would stand still for ever.
        """
        fetcher = self._client._fetcher  # noqa: SLF001 - the defect has no public remedy
        if not fetcher._next_partition_records:  # noqa: SLF001 - as above
            fetcher._next_partition_records = None  # noqa: SLF001 - as above

    def pause(self, partitions: Collection[Partition]) -> None:
        """Fetch nothing from exactly these of the assigned partitions."""
        assigned = self._client.assignment()
        wanted = {TopicPartition(p.topic, p.number) for p in partitions} & assigned
        paused = self._client.paused()
        if wanted - paused:
            self._client.pause(*(wanted - paused))
        if (paused & assigned) - wanted:
            self._client.resume(*((paused & assigned) - wanted))

    def committed(self, partition: Partition) -> int | None:
        """Return the group's committed next offset, or None where it has none (or nobody can say now)."""
        with contextlib.suppress(KafkaError):
            return cast("int | None", self._client.committed(TopicPartition(partition.topic, partition.number)))
        return None

    def seek(self, partition: Partition, offset: int) -> bool:
        """Read on from *offset*; False where the partition has just been lost."""
        with contextlib.suppress(IllegalStateError, KeyError):
            self._client.seek(TopicPartition(partition.topic, partition.number), offset)
            return True
        return False

    def commit(self, offsets: Mapping[Partition, int]) -> bool:
        """Commit next offsets; False while a rebalance is going on (try again after polling).

        Raises:
            NotOwnedError: The group gave the partitions to another member.
        """
        try:
            self._client.commit(_offsets(offsets), timeout_ms=_COMMIT_TIMEOUT_MS)
        except RebalanceInProgressError:
            return False
        except CommitFailedError as error:
            raise NotOwnedError(str(error)) from error
        except KafkaError:
            return False  # the coordinator moves or is away: polling goes on, the next turn tries again
        return True

    def close(self) -> None:
        """Leave; a static member's partitions stay reserved for its return."""
        with contextlib.suppress(KafkaError):
            self._client.close(autocommit=False, timeout_ms=_CLOSE_TIMEOUT_MS)


class _Listener(AsyncConsumerRebalanceListener):  # type: ignore[misc] # the client library has no types
    """Commits finished prefixes inside the callbacks: the synchronous listener may not (kafka-python 3)."""

    def __init__(self, client: KafkaConsumer, ours: RebalanceListener) -> None:
        self._client, self._ours = client, ours

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        if not revoked:
            return
        offsets = self._ours.committable()
        if not offsets:
            return
        with contextlib.suppress(KafkaError):
            await self._client.commit_async(_offsets(offsets))
            self._ours.committed(offsets)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        starts = self._ours.assigned([Partition(tp.topic, tp.partition) for tp in assigned])
        for partition, offset in starts.items():
            self._client.seek(TopicPartition(partition.topic, partition.number), offset)

    async def on_partitions_lost(self, lost: Collection[TopicPartition]) -> None:
        if lost:
            self._ours.lost()


class Publisher:
    """An idempotent producer: `acks=all`, zstd."""

    def __init__(self, settings: Settings, *, max_record_bytes: int = _REQUEST_BYTES) -> None:
        """Connect at the first record; none is larger than *max_record_bytes*, whatever the topic takes."""
        self._settings = settings
        self._max_record_bytes = max_record_bytes
        self._client: KafkaProducer | None = None

    def _connected(self) -> KafkaProducer:
        if self._client is None:
            with reaching(self._settings):
                self._client = KafkaProducer(
                    **connection(self._settings),
                    acks="all",
                    enable_idempotence=True,
                    compression_type="zstd",
                    batch_size=_BATCH_BYTES,
                    linger_ms=5,
                    max_request_size=self._max_record_bytes,
                    delivery_timeout_ms=60_000,
                )
        return self._client

    def send(
        self,
        topic: str,
        *,
        key: bytes,
        value: bytes | None,
        headers: list[tuple[str, bytes]],
        partition: int | None = None,
    ) -> Callable[[], tuple[int, int]]:
        """Hand a record over; the result waits for the acknowledgement and returns (partition, offset).

        Raises (from the result, too large also at once):
            BrokerUnreachableError: Not acknowledged in time.
            RecordTooLargeError: The client or the topic takes no record of that size.
        """
        with reaching(self._settings):
            future = self._connected().send(topic, key=key, value=value, headers=headers, partition=partition)

        def acknowledged() -> tuple[int, int]:
            try:
                with reaching(self._settings):
                    metadata = future.get(timeout=60)
            except RecordTooLargeError:
                self.close()  # an idempotent producer takes nothing more once a broker has refused a record
                raise
            return metadata.partition, metadata.offset

        return acknowledged

    def flush(self) -> None:
        """Wait until everything handed over is acknowledged or has failed."""
        with reaching(self._settings):
            self._connected().flush(timeout=60)

    def close(self) -> None:
        """Flush and disconnect; the next record connects again."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(KafkaError):
                client.close(timeout=5)


class Admin:
    """What is asked of the cluster itself."""

    def __init__(self, settings: Settings, timeout_s: float = BOOTSTRAP_TIMEOUT_S) -> None:
        """Connect.

        Raises:
            BrokerUnreachableError: No broker answers within *timeout_s*.
        """
        self._settings = settings
        with reaching(settings):
            self._client = KafkaAdminClient(
                **connection(settings) | {"bootstrap_timeout_ms": int(timeout_s * 1000)},
                request_timeout_ms=max(2_000, int(timeout_s * 1000)),
            )

    def ensure_topics(self, partitions: int) -> int:
        """Create what is missing of the three topics; return how many partitions the chain topics have."""
        settings = self._settings
        wanted = {
            settings.topic: (partitions, _compacted()),
            settings.backlog_topic: (partitions, _compacted()),
            settings.dead_letter_topic: (4, _of_letters()),
        }
        with reaching(settings):
            found = set(self._client.list_topics())
            missing = wanted.keys() - found
            for topic in sorted(missing):
                count, configs = wanted[topic]
                options = {
                    "num_partitions": count,
                    "replication_factor": settings.kafka_replication,
                    "configs": configs,
                }
                with contextlib.suppress(TopicAlreadyExistsError):
                    self._client.create_topics({topic: options}, wait_for_metadata=True)
            if settings.dead_letter_topic in found:
                self._widen(settings.dead_letter_topic)
        return self.partition_count()

    def _widen(self, topic: str) -> None:
        """Let a dead-letter topic of former times take large records; where that is not allowed, it stays."""
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, {_MAX_BYTES: None})
        with contextlib.suppress(KafkaError):
            described = self._client.describe_configs([resource], config_filter="all")["topic"][topic]
            if int(described[_MAX_BYTES]["value"]) < LETTER_BYTES:
                resource = ConfigResource(ConfigResourceType.TOPIC, topic, {_MAX_BYTES: str(LETTER_BYTES)})
                self._client.alter_configs([resource])

    def partition_count(self) -> int:
        """Return the number of partitions of the backlog topic (0 where it does not exist)."""
        with reaching(self._settings):
            found = self._client.describe_topics([self._settings.backlog_topic])
        return len(found[0]["partitions"]) if found else 0

    def cleaning(self, topics: Collection[str]) -> dict[str, Cleaning]:
        """Return how long each of *topics* that exists may keep what was replaced or deleted in it."""
        with reaching(self._settings):
            known = set(self._client.list_topics()) & set(topics)
            wanted = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in sorted(known)]
            described = self._client.describe_configs(wanted, config_filter="all")["topic"] if wanted else {}
        return {
            topic: Cleaning(
                segment_s=int(configs["segment.ms"]["value"]) / 1000,
                lag_s=int(configs["max.compaction.lag.ms"]["value"]) / 1000,
            )
            for topic, configs in described.items()
        }

    def positions(self) -> dict[Partition, Position]:
        """Return the group's position in every partition of the chain topics."""
        with reaching(self._settings):
            described = self._client.describe_topics([self._settings.topic, self._settings.backlog_topic])
            keys = [
                TopicPartition(topic["name"], p["partition_index"]) for topic in described for p in topic["partitions"]
            ]
            if not keys:
                return {}
            ends = self._client.list_partition_offsets(dict.fromkeys(keys, OffsetSpec.LATEST))
            beginnings = self._client.list_partition_offsets(dict.fromkeys(keys, OffsetSpec.EARLIEST))
            committed = self._committed_offsets(keys)
        return {
            Partition(key.topic, key.partition): Position(
                beginning=beginnings[key].offset, end=ends[key].offset, committed=_committed(committed.get(key))
            )
            for key in keys
        }

    def _committed_offsets(self, keys: list[TopicPartition]) -> dict[TopicPartition, Any]:
        try:
            found: dict[TopicPartition, Any] = self._client.list_group_offsets({self._settings.group: keys})[
                self._settings.group
            ]
        except CoordinatorNotAvailableError:
            return {}  # the broker has not kept a committed offset of anybody yet
        return found

    def static_members(self) -> set[str]:
        """Return the static ids in the group, of whatever host; those that have gone and may return included."""
        with reaching(self._settings):
            try:
                found = self._client.describe_groups([self._settings.group])[self._settings.group]
            except CoordinatorNotAvailableError:
                return set()  # as for committed offsets: there has been no group yet
        return {member["group_instance_id"] for member in found["members"] if member["group_instance_id"]}

    def remove_member(self, *instance_ids: str) -> None:
        """Take static members out of the group at once, so that nobody waits for their return."""
        with contextlib.suppress(KafkaError):
            self._client.remove_group_members(
                self._settings.group, [MemberToRemove(group_instance_id=instance_id) for instance_id in instance_ids]
            )

    def close(self) -> None:
        """Disconnect."""
        with contextlib.suppress(KafkaError):
            self._client.close()


def _compacted() -> dict[str, str]:
    # One day each: an old value in the active segment would never be cleaned, and what was forgotten must go.
    return {"cleanup.policy": "compact", "segment.ms": str(_DAY_MS), "max.compaction.lag.ms": str(_DAY_MS)}


def _of_letters() -> dict[str, str]:
    kept = {"cleanup.policy": "compact,delete", "retention.ms": str(90 * _DAY_MS)}
    return _compacted() | kept | {_MAX_BYTES: str(LETTER_BYTES)}


def _offsets(offsets: Mapping[Partition, int]) -> dict[TopicPartition, OffsetAndMetadata]:
    return {TopicPartition(p.topic, p.number): OffsetAndMetadata(offset, "", -1) for p, offset in offsets.items()}


def _committed(found: Any) -> int | None:
    return found.offset if found is not None and found.offset >= 0 else None
