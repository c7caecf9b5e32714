"""Records read by their position: no group, no commit, and an end that is known at the start.

For what lies in a topic already: a dead letter, or the part of a partition that is read again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from kafka import KafkaConsumer
from kafka.errors import KafkaError
from kafka.structs import TopicPartition

from chainmail.kafka_connection import connection, reaching, record_of
from chainmail.records import BrokerUnreachableError, Partition, Record
from chainmail.settings import Settings

#: A broker that has records below the end and sends none for so many polls of a second does not answer.
_SILENT_POLLS = 30
_CLOSE_TIMEOUT_MS = 2_000


class Reader:
    """Reads partitions by offset. Not thread-safe: one owner thread, one iteration at a time."""

    def __init__(self, settings: Settings) -> None:
        """Connect.

        Raises:
            BrokerUnreachableError: No broker answers.
        """
        self._settings = settings
        with reaching(settings):
            self._client = KafkaConsumer(
                **connection(settings),
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                fetch_max_wait_ms=100,
            )

    def bounds(self, partition: Partition) -> tuple[int, int]:
        """Return the first offset that is kept, and the next one to be written; equal: there is no record."""
        key = TopicPartition(partition.topic, partition.number)
        with reaching(self._settings):
            # of a topic that nobody has heard of, there is no partition either
            if partition.number not in (self._client.partitions_for_topic(partition.topic) or ()):
                return 0, 0
            return self._client.beginning_offsets([key])[key], self._client.end_offsets([key])[key]

    def at(self, partition: Partition, offset: int) -> Record | None:
        """Return the record of *offset*, or None where retention or compaction took it, or it never was."""
        return next(self.between(partition, offset, offset + 1), None)

    def between(self, partition: Partition, start: int, end: int | None = None) -> Iterator[Record]:
        """Yield what is left of the records from *start* up to, and without, *end*.

        The end is fixed before the first record: what is written meanwhile is not read. Offsets have gaps.

        Raises:
            BrokerUnreachableError: No answer any more.
        """
        first, last = self.bounds(partition)
        position, stop = max(start, first), min(last, end if end is not None else last)
        key = TopicPartition(partition.topic, partition.number)
        silent = 0
        with reaching(self._settings):
            self._client.assign([key])
            self._client.seek(key, position)
            while position < stop:
                batch = self._client.poll(timeout_ms=1_000).get(key, [])
                for raw in batch:
                    if raw.offset >= stop:
                        return
                    yield record_of(raw)
                # what compaction took is passed over without a record
                reached = self._client.position(key)
                silent = silent + 1 if reached == position else 0
                position = reached
                if silent >= _SILENT_POLLS:
                    raise BrokerUnreachableError(f"{partition} has records up to {stop} and Kafka sends none")

    def close(self) -> None:
        """Disconnect."""
        with contextlib.suppress(KafkaError):
            self._client.close(autocommit=False, timeout_ms=_CLOSE_TIMEOUT_MS)
