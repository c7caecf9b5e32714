"""Records given up on: original bytes untouched, acknowledged before anything is committed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from chainmail.kafka import LETTER_BYTES, Publisher
from chainmail.records import BrokerUnreachableError, Record, RecordTooLargeError
from chainmail.settings import Settings
from consumer.errors import TransientError
from schemas import wire
from schemas.dead_letter import DeadLetter

#: Headers of ours on a dead letter start with this; the original ones stay as they are.
PREFIX = "dead-letter-"
#: An error message in a header may be this long; the log has the rest.
_MESSAGE_CHARS = 2_000
#: A number of more digits is nobody's, and not every database keeps it.
_NUMBER_DIGITS = 9

_LOG = logging.getLogger("chainmail.dead_letters")


def wide_publisher(settings: Settings) -> Publisher:
    """Connect for records of any size that somebody may have put into a chain topic."""
    return Publisher(settings, max_record_bytes=LETTER_BYTES)


@dataclass(frozen=True)
class Posted:
    """A dead letter, and where the broker keeps it."""

    letter: DeadLetter
    topic: str
    partition: int
    offset: int


class DeadLetterBox:
    """The dead-letter topic; connects when the first record is given up on."""

    def __init__(self, settings: Settings, connect: Callable[[Settings], Publisher] = wide_publisher) -> None:
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
            letter, (partition, offset) = self._send(record, letter)
        except BrokerUnreachableError as refused:
            raise TransientError(f"dead letter of {record} not acknowledged: {refused}", counts=False) from refused
        return Posted(letter, self._settings.dead_letter_topic, partition, offset)

    def close(self) -> None:
        """Disconnect."""
        if self._publisher is not None:
            self._publisher.close()

    def _send(self, record: Record, letter: DeadLetter) -> tuple[DeadLetter, tuple[int, int]]:
        try:
            return letter, self._publish(record.value, record, letter)
        except RecordTooLargeError:
            bare = letter.model_copy(update={"value_left_out": len(record.value or b"")})
            _LOG.warning(
                "record %s: its %s bytes are more than the dead-letter topic takes: its dead letter is without them, "
                "the record itself has them",
                record,
                bare.value_left_out,
            )
            return bare, self._publish(b"", record, bare)  # no value at all would be a tombstone

    def _publish(self, value: bytes | None, record: Record, letter: DeadLetter) -> tuple[int, int]:
        if self._publisher is None:
            self._publisher = self._connect(self._settings)
        acknowledged = self._publisher.send(
            self._settings.dead_letter_topic,
            key=letter.dead_letter_id.encode(),
            value=value,
            headers=_headers(record, letter),
        )
        self._publisher.flush()
        return acknowledged()


def redrives_of(headers: Mapping[str, str]) -> int:
    """Return how often a record was put back already, from its `redrive-count` header."""
    return number_in(headers, "redrive-count") or 0


def number_in(headers: Mapping[str, str], name: str) -> int | None:
    """Return the number in a header that anybody may have written; None where it is none that a database keeps."""
    text = headers.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= _NUMBER_DIGITS else None


def _headers(record: Record, letter: DeadLetter) -> list[tuple[str, bytes]]:
    """Return the original headers and ours; what is None has none, and the key is the original's bytes.

    Headers of a dead letter that somebody has copied by hand would be taken for ours.
    """
    original = [(name, value or b"") for name, value in record.headers if not name.startswith(PREFIX)]
    fields = letter.model_dump(mode="json", exclude_none=True, exclude={"key"})
    ours = [(PREFIX + name.replace("_", "-"), str(value).encode()) for name, value in fields.items()]
    key = [(PREFIX + "key", record.key)] if record.key is not None else []
    return [*original, *ours, *key]
