"""What Kafka's words mean to us: partition, record, position; and what can go wrong. No client library here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class BrokerUnreachableError(ConnectionError):
    """The Kafka broker does not answer: exit code 3."""


class RecordTooLargeError(ValueError):
    """Kafka takes no record of that size; sending it again is of no use."""


class NotOwnedError(RuntimeError):
    """A commit was refused because the partition belongs to another member now."""


@dataclass(frozen=True, kw_only=True)
class Cleaning:
    """How soon a compacted topic loses old values: a segment is closed, at the next record, after `segment_s`.

    The lag is how long a value that was replaced may stay in a closed segment.
    """

    segment_s: float = 86_400
    lag_s: float = 86_400

    @property
    def closed_after_s(self) -> float:
        """How old the first record of a segment must be for the next record to close it."""
        return min(self.segment_s, self.lag_s)


@dataclass(frozen=True, order=True)
class Partition:
    """One partition of one topic."""

    topic: str
    number: int

    def __str__(self) -> str:
        """As in logs: `topic/0`."""
        return f"{self.topic}/{self.number}"


@dataclass(frozen=True, kw_only=True)
class Record:
    """One entry of a partition; `value` None is a tombstone."""

    partition: Partition
    offset: int
    published_at: datetime
    key: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    value: bytes | None

    @property
    def next_offset(self) -> int:
        """What is committed once this record and all before it are finished."""
        return self.offset + 1

    def __str__(self) -> str:
        """The coordinates: `topic/partition/offset`."""
        return f"{self.partition}/{self.offset}"


@dataclass(frozen=True, kw_only=True)
class Position:
    """How far a group is in one partition: next offsets."""

    beginning: int
    end: int
    committed: int | None

    @property
    def lag(self) -> int:
        """Records between the committed offset (never below the beginning) and the end."""
        return self.end - max(self.committed or 0, self.beginning)
