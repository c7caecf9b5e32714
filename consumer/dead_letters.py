"""Records given up on: original bytes untouched, acknowledged before anything is committed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from chainmail.kafka import Publisher
from chainmail.records import BrokerUnreachableError, Record
from chainmail.settings import Settings
from consumer.errors import TransientError
from schemas import wire
from schemas.dead_letter import DeadLetter

#: Headers of ours on a dead letter start with this; the original ones stay as they are.
PREFIX = "dead-letter-"
#: An error message in a header may be this long; the log has the rest.
_MESSAGE_CHARS = 2_000


@dataclass(frozen=True)
class Posted:
    """A dead letter, and where the broker keeps it."""

    letter: DeadLetter
    partition: int
    offset: int


class DeadLetterBox:
    """The dead-letter topic; connects when the first record is given up on."""

    def __init__(self, settings: Settings, connect: Callable[[Settings], Publisher] = Publisher) -> None:
        """Use the topic of *settings*, over what *connect* returns."""
        self._settings = settings
        self._connect = connect
        self._publisher: Publisher | None = None

    def put(self, record: Record, error: Exception, *, attempts: int, analyser_id: str) -> Posted:
        """Publish the dead letter of *record* and wait for the acknowledgement.

        Raises:
            TransientError: The broker did not acknowledge; the record is not given up yet.
        """
        letter = DeadLetter(
            topic=record.partition.topic,
            partition=record.partition.number,
            offset=record.offset,
            key=record.key.decode("utf-8", "replace") if record.key is not None else None,
            error_class=type(error).__name__,
            error_message=str(error)[:_MESSAGE_CHARS],
            attempts=attempts,
            analyser_id=analyser_id,
            redrives=redrives_of(wire.header_map(record.headers)),
            failed_at=datetime.now(UTC),
        )
        try:
            partition, offset = self._send(record, letter)
        except BrokerUnreachableError as refused:
            raise TransientError(f"dead letter of {record} not acknowledged: {refused}", counts=False) from refused
        return Posted(letter, partition, offset)

    def close(self) -> None:
        """Disconnect."""
        if self._publisher is not None:
            self._publisher.close()

    def _send(self, record: Record, letter: DeadLetter) -> tuple[int, int]:
        if self._publisher is None:
            self._publisher = self._connect(self._settings)
        acknowledged = self._publisher.send(
            self._settings.dead_letter_topic,
            key=letter.dead_letter_id.encode(),
            value=record.value,
            headers=_headers(record, letter),
        )
        self._publisher.flush()
        return acknowledged()


def redrives_of(headers: Mapping[str, str]) -> int:
    """Return how often a record was put back already, from its `redrive-count` header."""
    count = headers.get("redrive-count", "")
    return int(count) if count.isdecimal() else 0


def _headers(record: Record, letter: DeadLetter) -> list[tuple[str, bytes]]:
    """Return the original headers and ours; what is None has none, and the key is the original's bytes."""
    original = [(name, value or b"") for name, value in record.headers]
    fields = letter.model_dump(mode="json", exclude_none=True, exclude={"key"})
    ours = [(PREFIX + name.replace("_", "-"), str(value).encode()) for name, value in fields.items()]
    key = [(PREFIX + "key", record.key)] if record.key is not None else []
    return [*original, *ours, *key]
