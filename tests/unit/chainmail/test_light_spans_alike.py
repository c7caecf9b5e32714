"""Whatever a light span is told, what leaves this process is what the SDK's own span would have sent."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.util.types import AttributeValue

from chainmail import light_spans, telemetry

SENT_NS = 1_800_000_000_000_000_000


@dataclass
class _Ids(IdGenerator):
    """The same ids for the span of either kind."""

    trace_id: int
    span_id: int

    def generate_trace_id(self) -> int:
        return self.trace_id

    def generate_span_id(self) -> int:
        return self.span_id


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What a span is told, from its beginning to its end."""

    name: str
    kind: SpanKind
    parent: str | None
    links: list[str]
    first: dict[str, AttributeValue]
    later: dict[str, AttributeValue]
    took_ns: int
    error: Exception | None


WORDS = st.text(max_size=12)
TRACEPARENTS = st.builds("00-{:032x}-{:016x}-01".format, st.integers(1, (1 << 128) - 1), st.integers(1, (1 << 64) - 1))
VALUES = st.one_of(
    WORDS,
    st.booleans(),
    st.integers(-(1 << 62), 1 << 62),
    st.floats(allow_nan=False),
    st.lists(WORDS, max_size=3).map(tuple),
)
ATTRIBUTES = st.dictionaries(st.text(min_size=1, max_size=12), VALUES, max_size=4)
TOLD = st.builds(
    _Told,
    name=WORDS,
    kind=st.sampled_from(SpanKind),
    parent=st.none() | TRACEPARENTS,
    links=st.lists(TRACEPARENTS, max_size=3),
    first=ATTRIBUTES,
    later=ATTRIBUTES,
    took_ns=st.integers(0, 10**12),
    error=st.sampled_from([None, None, ValueError("secret"), OSError(5, "secret")]),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=TOLD, ids=st.builds(_Ids, st.integers(1, (1 << 128) - 1), st.integers(1, (1 << 64) - 1)))
def test_a_light_span_is_sent_as_the_sdks_own(monkeypatch: pytest.MonkeyPatch, told: _Told, ids: _Ids) -> None:
    """Who draws a trace would miss the mails of an import, or draw them elsewhere than the rest."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"chainmail.role": "test"}), id_generator=ids, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    _light(told)
    _full(told)
    light, full = exporter.get_finished_spans()
    assert _sent(light) == _sent(full)


def _sent(span: ReadableSpan) -> ExportTraceServiceRequest:
    """Return *span* as OTLP has it, the attributes by their names: their order says nothing."""
    request = encode_spans([span])
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for one in scope.spans:
                one.attributes.sort(key=lambda attribute: attribute.key)
    return request


def _light(told: _Told) -> None:
    begun = light_spans.begin(
        told.name,
        kind=told.kind,
        parent=light_spans.parsed(told.parent),
        start_ns=SENT_NS,
        attributes=dict(told.first),
        links=light_spans.links_to(told.links),
    )
    assert begun is not None
    begun.end(end_ns=SENT_NS + told.took_ns, attributes=told.later, error=told.error)


def _full(told: _Told) -> None:
    """Make the span as `telemetry.span` has the SDK make it."""
    context = telemetry.context_of({"traceparent": told.parent} if told.parent else {})
    links = light_spans.links_to(told.links)
    span = telemetry.tracer().start_span(told.name, context, told.kind, told.first, links, start_time=SENT_NS)
    span.set_attributes(told.later)
    if told.error is not None:
        span.set_attribute(telemetry.ERROR_TYPE, type(told.error).__name__)
        span.set_status(Status(StatusCode.ERROR, type(told.error).__name__))
    span.end(end_time=SENT_NS + told.took_ns)
