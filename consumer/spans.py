"""The consumer's part of a trace: every wait between publishing and the commit is a span."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from opentelemetry import trace
from opentelemetry.trace import Link, Span, SpanContext, SpanKind

from chainmail import telemetry
from consumer.fence import Ticket
from schemas import wire

_Wait = tuple[str, SpanKind, datetime, datetime, dict[str, str]]
_POLL = {telemetry.OPERATION: "poll", telemetry.OPERATION_TYPE: "receive"}


@dataclass(frozen=True)
class Processed:
    """The span that a record's commit hangs under."""

    ticket: Ticket
    context: SpanContext


@contextmanager
def processing(ticket: Ticket, *, group: str, worker_id: str, waits_since_at: datetime | None) -> Iterator[Span]:
    """Open the `process` span of a record, with the waits before it as spans of their own.

    *waits_since_at* is when the attempt before this one ended, None where this is the first.
    """
    record = ticket.record
    topic = record.partition.topic
    headers = wire.header_map(record.headers)
    sent = telemetry.span_context_of(headers)
    attributes: dict[str, str | int] = {
        telemetry.SYSTEM: "kafka",
        telemetry.DESTINATION: topic,
        telemetry.PARTITION: str(record.partition.number),
        telemetry.OFFSET: record.offset,
        telemetry.GROUP: group,
        telemetry.WORKER: worker_id,
        telemetry.CHAIN_ID: record.key.decode("utf-8", "replace") if record.key else "",
        telemetry.CHAIN_REVISION: headers.get("chain-revision", ""),
    }
    parent = telemetry.context_of(headers)
    for name, kind, start, end, extra in _waits(ticket, waits_since_at):
        span = telemetry.tracer().start_span(
            name, context=parent, kind=kind, start_time=_ns(start), attributes={**attributes, **extra}
        )
        span.end(end_time=max(_ns(start), _ns(end)))  # two clocks: never negative
    with telemetry.span(
        f"process {topic}",
        context=parent,
        kind=SpanKind.CONSUMER,
        links=[Link(sent)] if sent.is_valid else [],
        attributes=attributes | {telemetry.OPERATION: "process", telemetry.OPERATION_TYPE: "process"},
    ) as span:
        yield span


def _waits(ticket: Ticket, waits_since_at: datetime | None) -> tuple[_Wait, ...]:
    """Return what a record waited for before it is processed now."""
    now, topic = datetime.now(UTC), ticket.record.partition.topic
    if waits_since_at is not None:
        return (("retry wait", SpanKind.INTERNAL, waits_since_at, now, {}),)
    return (
        (f"queue wait {topic}", SpanKind.INTERNAL, ticket.record.published_at, ticket.polled_at, {}),
        (f"poll {topic}", SpanKind.CLIENT, ticket.poll_started_at, ticket.polled_at, _POLL),
        ("slot wait", SpanKind.INTERNAL, ticket.polled_at, now, {}),
    )


def committed(processed: Processed, *, started_at: datetime, group: str) -> None:
    """Add the `commit` span of a record whose offset has just been committed."""
    record = processed.ticket.record
    span = telemetry.tracer().start_span(
        f"commit {record.partition.topic}",
        context=trace.set_span_in_context(trace.NonRecordingSpan(processed.context)),
        kind=SpanKind.CLIENT,
        start_time=_ns(started_at),
        attributes={
            telemetry.SYSTEM: "kafka",
            telemetry.OPERATION: "commit",
            telemetry.OPERATION_TYPE: "settle",
            telemetry.DESTINATION: record.partition.topic,
            telemetry.PARTITION: str(record.partition.number),
            telemetry.OFFSET: record.offset,
            telemetry.GROUP: group,
        },
    )
    span.end()


def _ns(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000_000)
