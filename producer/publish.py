"""The outbox to the topics: claim rows, load their chains, send them, note the acknowledgements.

A row is claimed before it is sent and marked after the broker's acknowledgement, so that a crash
between the two publishes again and never loses; the consumer recognises what it has stored.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from opentelemetry.trace import SpanKind
from opentelemetry.util.types import AttributeValue

from chainmail import light_spans, telemetry
from chainmail.light_spans import LightSpan
from chainmail.records import RecordTooLargeError
from chainmail.settings import Settings
from chainmail.turn import turn
from producer.beside import begin_tracing, beside, collecting_seldom, processes
from producer.chain_records import ChainRecord, load
from schemas import wire
from storage import outbox
from storage.engine import Database
from storage.outbox import Pending, Selection

if TYPE_CHECKING:  # the command line shows results without loading a Kafka library
    from chainmail.kafka import Publisher

#: Rows claimed together: as many as a crash may publish twice.
_CLAIMED = 512
#: Fewer rows are published here before other processes would have started.
_WORTH_ROWS = 4_000
#: Page cache of a process beside this one: it reads each chain once.
_CACHE_THERE_MB = 12
#: Chains loaded together: with the largest that there may be, some 60 MB.
_LOADED = 64


@dataclass(frozen=True, kw_only=True)
class _Sent:
    """A row that is handed over; `acknowledged` waits for its partition and offset."""

    row: Pending
    span: LightSpan | None
    acknowledged: Callable[[], tuple[int, int]]


@dataclass(frozen=True)
class Outbox:
    """What publishing needs; `publish` is the only way from the ledger to the topics."""

    database: Database
    publisher: Publisher
    settings: Settings
    ledger_id: str
    #: Chains that the broker takes in no record: they wait, and hold up no other.
    refused: list[str] = field(default_factory=list)

    def publish(
        self,
        selection: Selection,
        stop: Callable[[], bool] = lambda: False,
        on_wait: Callable[[str], None] = lambda _pid: None,
    ) -> Iterator[int]:
        """Publish all that waits and is selected, yielding the number of each acknowledged batch.

        One process of a home at a time; *on_wait* is told the pid of another that is at it. What an interrupted one
        left half published is published again.

        Raises:
            BrokerUnreachableError: Not acknowledged in time; what was not stays in the outbox.
        """
        with turn(self.settings.home_path / "locks" / "outbox.lock", stop, on_wait) as ours:
            if ours:
                with self.database.write() as connection:
                    outbox.release_interrupted(connection)
                    waiting = outbox.pending(connection, selection)
                many = len(waiting) >= _WORTH_ROWS and processes() > 0
                yield from self._share(waiting, stop) if many else self.publish_rows(waiting, stop)

    def publish_rows(self, waiting: Sequence[int], stop: Callable[[], bool] = lambda: False) -> Iterator[int]:
        """Send outbox rows batch by batch, in their order; each batch is acknowledged while the next is on its way."""
        before: list[_Sent] = []
        for start in range(0, len(waiting), _CLAIMED):
            if stop():
                break
            with self.database.write() as connection:
                rows = outbox.claim(connection, waiting[start : start + _CLAIMED], datetime.now(UTC))
            sent = self._send(rows)
            yield self._note(before)
            before = sent
        yield self._note(before)

    def _share(self, waiting: Sequence[int], stop: Callable[[], bool]) -> Iterator[int]:
        """Publish with other processes; no chain has two rows among the shared ones, so its order is kept."""
        with self.database.read() as connection:
            single, several = outbox.of_one_row(connection, waiting)
        yield from self.publish_rows(several, stop)
        parts = [single[start : start + _CLAIMED] for start in range(0, len(single), _CLAIMED)]
        traced = telemetry.is_configured()
        with collecting_seldom(), beside(_begin_publishing, self.settings, self.ledger_id, traced) as pool:
            theirs: list[Future[tuple[int, list[str]]]] = []
            for part in parts:
                if stop():
                    break
                for done in [future for future in theirs if future.done()]:
                    theirs.remove(done)
                    yield self._result(done)
                if len(theirs) < 2 * processes():  # one at work, one at hand
                    theirs.append(pool.submit(_publish_there, part))
                else:
                    yield from self.publish_rows(part)
            for future in theirs:
                yield self._result(future)

    def _result(self, done: Future[tuple[int, list[str]]]) -> int:
        published, refused = done.result()
        self.refused.extend(refused)
        return published

    def _send(self, rows: Sequence[Pending]) -> list[_Sent]:
        sent: list[_Sent] = []
        for start in range(0, len(rows), _LOADED):
            part = rows[start : start + _LOADED]
            with self.database.read() as connection:
                records = load(connection, part, self.settings)
            sent += [self._hand_over(row, records.get(row.chain_id) if row.chain_hash else None) for row in part]
        return sent

    def _hand_over(self, row: Pending, record: ChainRecord | None) -> _Sent:
        span = _start_span(row, record)
        key = row.chain_id.encode()
        if record is None:
            headers = [("ledger", self.ledger_id.encode()), ("chain-revision", str(row.revision).encode())]
            result = self.publisher.send(row.topic, key=key, value=None, headers=headers)
        else:
            traceparent = span.traceparent if span else row.traceparent
            context = {"traceparent": traceparent} if traceparent else {}
            headers = wire.headers_of_chain(record.chain, ledger=self.ledger_id, trace=context)
            result = _sending(self.publisher, row.topic, key, record.value, headers)
        return _Sent(row=row, span=span, acknowledged=result)

    def _note(self, sent: Sequence[_Sent]) -> int:
        """Wait for the acknowledgements and write them down, also where they end with an error; count the chains."""
        acknowledged: list[tuple[int, int, int]] = []
        chains = 0
        try:
            for each in sent:
                try:
                    partition, offset = each.acknowledged()
                except RecordTooLargeError as error:
                    if each.span:
                        each.span.end(error=error)
                    self.refused.append(each.row.chain_id)
                    continue
                if each.span:
                    each.span.end(attributes={telemetry.PARTITION: str(partition), telemetry.OFFSET: offset})
                acknowledged.append((each.row.outbox_id, partition, offset))
                chains += each.row.chain_hash is not None
        finally:
            if acknowledged:
                with self.database.write() as connection:
                    outbox.mark_published(connection, acknowledged, datetime.now(UTC))
        return chains


#: What a process beside the publishing one publishes with; set once, when it begins.
_there: list[Outbox] = []


def _begin_publishing(settings: Settings, ledger_id: str, traced: bool) -> None:
    from chainmail.kafka import Publisher

    if traced:
        begin_tracing(settings.trace_path)
    publisher = Publisher(settings)
    atexit.register(publisher.close)
    database = Database(settings.db_url, cache_mb=_CACHE_THERE_MB)
    _there.append(Outbox(database, publisher, settings, ledger_id))


def _publish_there(rows: Sequence[int]) -> tuple[int, list[str]]:
    """Return how many chains were published, and which of them the broker does not take."""
    box = replace(_there[0], refused=[])
    return sum(box.publish_rows(rows)), box.refused


def _sending(
    publisher: Publisher, topic: str, key: bytes, value: bytes, headers: wire.Headers
) -> Callable[[], tuple[int, int]]:
    """Hand a record over; also what the client refuses at once is refused when the result is asked for."""
    try:
        return publisher.send(topic, key=key, value=value, headers=headers)
    except RecordTooLargeError as error:
        refusal = error

    def refused() -> tuple[int, int]:
        raise refusal

    return refused


def _start_span(row: Pending, record: ChainRecord | None) -> LightSpan | None:
    attributes: dict[str, AttributeValue] = {
        telemetry.SYSTEM: "kafka",
        telemetry.OPERATION: "send",
        telemetry.OPERATION_TYPE: "send",
        telemetry.DESTINATION: row.topic,
        telemetry.CONVERSATION: row.chain_id,
        telemetry.CHAIN_ID: row.chain_id,
        telemetry.CHAIN_REVISION: row.revision,
    }
    traces: Sequence[str] = ()
    if record is not None:
        attributes[telemetry.EMAIL_COUNT] = record.chain.email_count
        traces = [value for value in record.traceparents if value != row.traceparent]
    return light_spans.begin(
        f"send {row.topic}",
        kind=SpanKind.PRODUCER,
        parent=light_spans.parsed(row.traceparent),
        links=light_spans.links_to(traces),
        attributes=attributes,
    )
