"""Records given up on: original bytes untouched, acknowledged before anything is committed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from chainmail.kafka import Publisher
from chainmail.records import BrokerUnreachableError, Record
from chainmail.settings import Settings
from consumer.errors import TransientError
from schemas.dead_letter import DeadLetter

#: Headers of ours on a dead letter start with this; the original ones stay as they are.
PREFIX = "dead-letter-"
#: An error message in a header may be this long; the log has the rest.
_MESSAGE_CHARS = 2_000


class DeadLetterBox:
    """The dead-letter topic; connects when the first record is given up on."""

    def __init__(self, settings: Settings, connect: Callable[[Settings], Publisher] = Publisher) -> None:
        """Use the topic of *settings*, over what *connect* returns."""
        self._settings = settings
        self._connect = connect
        self._publisher: Publisher | None = None

    def put(self, record: Record, error: Exception, *, attempts: int, analyser_id: str) -> DeadLetter:
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
            failed_at=datetime.now(UTC),
        )
        try:
            self._send(record, letter)
        except BrokerUnreachableError as refused:
            raise TransientError(f"dead letter of {record} not acknowledged: {refused}", counts=False) from refused
        return letter

    def close(self) -> None:
        """Disconnect."""
        if self._publisher is not None:
            self._publisher.close()

    def _send(self, record: Record, letter: DeadLetter) -> None:
        if self._publisher is None:
            self._publisher = self._connect(self._settings)
        acknowledged = self._publisher.send(
            self._settings.dead_letter_topic,
            key=letter.dead_letter_id.encode(),
            value=record.value,
            headers=_headers(record, letter),
        )
        self._publisher.flush()
        acknowledged()


def _headers(record: Record, letter: DeadLetter) -> list[tuple[str, bytes]]:
    """Return the original headers and ours; what is None has none, and the key is the original's bytes."""
    original = [(name, value or b"") for name, value in record.headers]
    fields = letter.model_dump(mode="json", exclude_none=True, exclude={"key"})
    ours = [(PREFIX + name.replace("_", "-"), str(value).encode()) for name, value in fields.items()]
    key = [(PREFIX + "key", record.key)] if record.key is not None else []
    return [*original, *ours, *key]
