"""Dead letters back to their topic: read back → may it? → written down → put back → acknowledged → noted.

A crash between two of these steps leaves a letter that the next redrive finishes. A record that is put back twice
is analysed once: the second is a duplicate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from opentelemetry.context import Context
from opentelemetry.trace import SpanKind

from chainmail import telemetry
from chainmail.kafka import Publisher
from chainmail.records import Partition, Record, RecordTooLargeError
from chainmail.settings import Settings
from consumer.dead_letters import PREFIX
from schemas import wire
from storage import dead_letters, redrives
from storage.dead_letters import Letter, LetterState
from storage.engine import Database
from storage.redrives import Acknowledged, Verdict

#: A redriven record starts a new trace, and says how often it was redriven.
_REPLACED = frozenset({"traceparent", "tracestate", "baggage", "redrive-count"})


class Ending(StrEnum):
    """What became of one dead letter that was to be redriven."""

    REDRIVEN = "redriven"
    PARKED = "parked"
    SUPERSEDED = "superseded"
    GONE = "gone"


@dataclass(frozen=True)
class Redriven:
    """One dead letter, what became of it, and why in words."""

    letter: Letter
    ending: Ending
    words: str


@dataclass(frozen=True, kw_only=True)
class Original:
    """The record that was given up on, as it was before; `value` None: its bytes are kept nowhere any more."""

    key: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    value: bytes | None
    left_out_bytes: int | None = None


class RecordReader(Protocol):
    """Reads one record by its position; `chainmail.kafka_reader.Reader` does."""

    def at(self, partition: Partition, offset: int) -> Record | None:
        """Return the record, or None where it is not kept any more."""


@dataclass(frozen=True, kw_only=True)
class Redriver:
    """What redriving needs."""

    database: Database
    publisher: Publisher
    reader: RecordReader
    settings: Settings

    def redrive(self, letters: Iterable[Letter]) -> Iterator[Redriven]:
        """Put *letters* back to the backlog topic, one after the other, and yield what became of each.

        Raises:
            BrokerUnreachableError: Not acknowledged; that letter is finished by the next redrive.
        """
        for letter in letters:
            original = read_original(self.reader, letter, self.settings)
            verdict = self._judge(letter, is_kept=original is not None and original.value is not None)
            if verdict is not Verdict.REDRIVE or original is None:
                yield Redriven(letter, *_words(verdict, self.settings))
                continue
            try:
                at = self.put_back(letter, original)
            except RecordTooLargeError as error:
                yield self._park(letter, error)
                continue
            with self.database.write() as connection:
                redrives.finish(connection, letter, at, now=datetime.now(UTC))
            yield Redriven(letter, Ending.REDRIVEN, f"back in {at.topic}/{at.partition}/{at.offset}")

    def put_back(self, letter: Letter, original: Original) -> Acknowledged:
        """Publish the original bytes, key and headers with a higher redrive count, in a new trace."""
        topic = self.settings.backlog_topic
        attributes = {
            telemetry.SYSTEM: "kafka",
            telemetry.OPERATION: "send",
            telemetry.OPERATION_TYPE: "send",
            telemetry.DESTINATION: topic,
            telemetry.CHAIN_ID: letter.chain_id or "",
        }
        former = wire.header_map(original.headers).get("traceparent", "")
        with telemetry.span(
            f"send {topic}",
            kind=SpanKind.PRODUCER,
            attributes=attributes,
            context=Context(),
            links=telemetry.links_of([former]),
        ) as span:
            sent = self.publisher.send(
                topic,
                key=original.key or b"",
                value=original.value,
                headers=_headers(letter, original, telemetry.headers_of()),
            )
            self.publisher.flush()
            partition, offset = sent()
            span.set_attributes({telemetry.PARTITION: str(partition), telemetry.OFFSET: offset})
        return Acknowledged(topic=topic, partition=partition, offset=offset)

    def _judge(self, letter: Letter, *, is_kept: bool) -> Verdict:
        with self.database.write() as connection:
            return redrives.judge(
                connection,
                letter,
                topic=self.settings.backlog_topic,
                max_redrives=self.settings.max_redrives,
                is_kept=is_kept,
                now=datetime.now(UTC),
            )

    def _park(self, letter: Letter, error: RecordTooLargeError) -> Redriven:
        with self.database.write() as connection:
            dead_letters.mark(connection, letter.coordinates, LetterState.PARKED, now=datetime.now(UTC))
        topic = self.settings.backlog_topic
        return Redriven(
            letter, Ending.PARKED, f"{error}: raise max.message.bytes of {topic}, then redrive it by its ID"
        )


def read_original(reader: RecordReader, letter: Letter, settings: Settings) -> Original | None:
    """Return the record of *letter* as it was, from the dead-letter topic; None where that keeps it no longer."""
    kept = reader.at(Partition(settings.dead_letter_topic, letter.letter_partition), letter.letter_offset)
    if kept is None or kept.key != letter.letter_id.encode():
        return None  # a topic that was made anew has other letters at the same offsets
    ours = dict(kept.headers)
    headers = tuple((name, value) for name, value in kept.headers if not name.startswith(PREFIX))
    key = ours.get(PREFIX + "key") if letter.chain_id is not None else None
    left_out = (ours.get(PREFIX + "value-left-out") or b"").decode()
    if not left_out:
        return Original(key=key, headers=headers, value=kept.value)
    source = reader.at(Partition(letter.topic, letter.partition), letter.offset)
    is_same = source is not None and source.key == key and len(source.value or b"") == int(left_out)
    value = source.value if source is not None and is_same else None
    return Original(key=key, headers=headers, value=value, left_out_bytes=int(left_out))


def _headers(letter: Letter, original: Original, trace: dict[str, str]) -> list[tuple[str, bytes]]:
    kept = [(name, value or b"") for name, value in original.headers if name.lower() not in _REPLACED]
    ours = {"redrive-count": str(letter.redrives + 1), **trace}
    return [*kept, *((name, value.encode()) for name, value in ours.items())]


def _words(verdict: Verdict, settings: Settings) -> tuple[Ending, str]:
    """Return what a verdict other than to redrive means for people."""
    if verdict is Verdict.SUPERSEDED:
        return Ending.SUPERSEDED, "the chain is newer, deleted or part of another by now: closed as superseded"
    if verdict is Verdict.CAPPED:
        return Ending.PARKED, (
            f"parked: it was redriven {settings.max_redrives} times before (CHAINMAIL_MAX_REDRIVES is the limit)"
        )
    if verdict is Verdict.KEYLESS:
        return Ending.PARKED, "parked: it has no key, and a compacted topic refuses such a record"
    return Ending.GONE, "its bytes are kept nowhere any more (retention): it cannot be redriven, so park it"
