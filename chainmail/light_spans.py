"""Spans of mass work, put together without the SDK's bookkeeping.

An import makes some 80,000. The SDK's own spans (a lock, limits and an event list each) take five times what the row in
the trace database takes. These have no events and no children in this process; they go to the same processors.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, Tracer
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.sdk.trace.sampling import DEFAULT_ON, Decision
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.util.types import AttributeValue

from chainmail import telemetry

_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_UNSET = Status(StatusCode.UNSET)
#: Spans written together.
BATCH_SPANS = 1_024
#: Of a `traceparent`: version, trace, span, flags.
_LENGTHS = [2, 32, 16, 2]


@dataclass(frozen=True, kw_only=True, slots=True)
class LightSpan:
    """A span that has begun; `end` hands it to the processors."""

    tracer: Tracer
    name: str
    kind: SpanKind
    context: SpanContext
    parent: SpanContext | None
    start_ns: int
    attributes: dict[str, AttributeValue]
    links: Sequence[Link]

    @property
    def traceparent(self) -> str:
        """What carries the trace on."""
        return telemetry.traceparent_in(self.context)

    def end(
        self,
        *,
        end_ns: int | None = None,
        attributes: Mapping[str, AttributeValue] | None = None,
        error: Exception | None = None,
    ) -> None:
        """End it; of an *error* the type alone is told, as `telemetry.span` does."""
        if not self.context.trace_flags.sampled:
            return
        found = {**self.attributes, **(attributes or {})}
        if error is not None:
            found[telemetry.ERROR_TYPE] = type(error).__name__
        ended = ReadableSpan(
            self.name,
            context=self.context,
            parent=self.parent,
            resource=self.tracer.resource,
            attributes=found,
            links=self.links,
            kind=self.kind,
            status=_UNSET if error is None else Status(StatusCode.ERROR, type(error).__name__),
            start_time=self.start_ns,
            end_time=end_ns or time.time_ns(),
            instrumentation_scope=self.tracer._instrumentation_scope,  # noqa: SLF001 - nothing public names it
        )
        self.tracer.span_processor.on_end(ended)


def begin(
    name: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: SpanContext | None = None,
    start_ns: int | None = None,
    attributes: dict[str, AttributeValue] | None = None,
    links: Sequence[Link] = (),
) -> LightSpan | None:
    """Begin a span below *parent* (None: a new trace); None where this process does not trace."""
    tracer = telemetry.tracer()
    if not isinstance(tracer, Tracer):
        return None
    trace_id = parent.trace_id if parent else tracer.id_generator.generate_trace_id()
    span_id = tracer.id_generator.generate_span_id()
    flags = _flags(tracer, parent, trace_id, name, kind)
    return LightSpan(
        tracer=tracer,
        name=name,
        kind=kind,
        context=SpanContext(trace_id, span_id, is_remote=False, trace_flags=flags),
        parent=parent,
        start_ns=start_ns or time.time_ns(),
        attributes=attributes or {},
        links=links,
    )


def _flags(tracer: Tracer, parent: SpanContext | None, trace_id: int, name: str, kind: SpanKind) -> TraceFlags:
    """Return whether the span is sampled: the default sampler does as the parent did, and takes every root."""
    if tracer.sampler is DEFAULT_ON:
        return parent.trace_flags if parent else _SAMPLED
    above = trace.set_span_in_context(trace.NonRecordingSpan(parent), Context()) if parent else Context()
    decided = tracer.sampler.should_sample(above, trace_id, name, kind).decision
    return _SAMPLED if decided is Decision.RECORD_AND_SAMPLE else TraceFlags(TraceFlags.DEFAULT)


@lru_cache(maxsize=1_024)
def parsed(traceparent: str | None) -> SpanContext | None:
    """Return the span that a `traceparent` of our own ledger names; None where it names none."""
    parts = (traceparent or "").split("-")
    if [len(part) for part in parts] != _LENGTHS:
        return None
    try:
        trace_id, span_id, flags = (int(part, 16) for part in parts[1:])
    except ValueError:
        return None
    found = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))
    return found if found.is_valid else None


def links_to(traceparents: Iterable[str]) -> list[Link]:
    """Return one link for each valid `traceparent`, as many as a span may have."""
    found = (parsed(value) for value in traceparents)
    return [Link(context) for context in found if context is not None][: telemetry.MAX_LINKS]


class SpanBatches(SpanProcessor):
    """Exports in the thread that ends the spans, so many at a time: for processes that do nothing but mass work.

    Nothing waits in a queue that nobody bounds, and no other thread takes turns with the one that works.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        """Export to *exporter*, which must be quick and never raise."""
        self._exporter = exporter
        self._waiting: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        """Take a span; write all that wait where they are many."""
        if span.context and span.context.trace_flags.sampled:
            self._waiting.append(span)
            if len(self._waiting) >= BATCH_SPANS:
                self.force_flush()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - the interface is OpenTelemetry's
        """Write what waits."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._exporter.export(waiting)
        return True

    def shutdown(self) -> None:
        """Write what waits, and close."""
        self.force_flush()
        self._exporter.shutdown()
