"""Spans of mass work: to whoever reads them they are spans as the SDK makes them."""

from __future__ import annotations

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, TraceIdRatioBased
from opentelemetry.trace import SpanKind, StatusCode

from chainmail import light_spans, telemetry
from tests.spans import Spans

VALID = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
UNSAMPLED = VALID[:-1] + "0"
OTHER = "00-11111111111111111111111111111111-2222222222222222-01"


def test_a_span_says_what_one_of_the_sdk_says(spans: Spans) -> None:
    """Who exports by OTLP would find half of an import's spans without their resource or scope."""
    parent = light_spans.parsed(VALID)
    links = light_spans.links_to([OTHER, "nonsense"])
    begun = light_spans.begin("send t", kind=SpanKind.PRODUCER, parent=parent, links=links, attributes={"a": 1})
    assert begun is not None
    begun.end(attributes={"b": "2"})
    context = telemetry.context_of({"traceparent": VALID})
    telemetry.tracer().start_span("send t", context, SpanKind.PRODUCER, {"a": 1, "b": "2"}, links).end()
    light, full = spans.all()
    assert (light.name, light.kind, light.parent) == (full.name, full.kind, full.parent)
    assert (light.attributes, light.links, light.resource) == (full.attributes, full.links, full.resource)
    assert (light.instrumentation_scope, light.status.status_code) == (full.instrumentation_scope, StatusCode.UNSET)
    assert light.context is not None
    assert begun.traceparent == telemetry.traceparent_in(light.context)
    assert (light.end_time or 0) >= (light.start_time or 0) > 0


def test_an_error_is_told_by_its_type_alone(spans: Spans) -> None:
    """An error's text may quote mail."""
    begun = light_spans.begin("send t")
    assert begun is not None
    begun.end(error=ValueError("secret"))
    found = spans.one("send t")
    assert (found.status.status_code, found.status.description) == (StatusCode.ERROR, "ValueError")
    assert "secret" not in found.to_json()


@pytest.mark.usefixtures("untraced")
def test_nothing_begins_where_nobody_traces() -> None:
    """An import would make spans for nobody."""
    assert light_spans.begin("send t") is None


def test_who_samples_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """OTEL_TRACES_SAMPLER would hold for single mails and not for imports."""
    exporter = InMemorySpanExporter()
    for sampler, expected in ((ALWAYS_OFF, 0), (TraceIdRatioBased(0.0), 0), (TraceIdRatioBased(1.0), 1)):
        provider = TracerProvider(sampler=sampler, shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
        begun = light_spans.begin("ingest email")
        assert begun is not None
        begun.end()
        assert len(exporter.get_finished_spans()) == expected
        assert begun.traceparent.endswith(f"-0{expected}")


def test_a_trace_that_was_not_sampled_stays_so(spans: Spans) -> None:
    """Half of such a trace would stand in the database, without its beginning."""
    begun = light_spans.begin("send t", parent=light_spans.parsed(UNSAMPLED))
    assert begun is not None
    begun.end()
    assert spans.all() == []


@pytest.mark.parametrize("value", [None, "", "nonsense", VALID + "-x", VALID.replace("0af7", "0afz"), "00-0-0-01"])
def test_what_names_no_span_is_none(value: str | None) -> None:
    """One damaged row would end the publishing."""
    assert light_spans.parsed(value) is None


def test_batches_write_what_waits_when_it_is_many_and_at_the_end() -> None:
    """An import's last spans would be lost, or all of them would wait in memory."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(light_spans.SpanBatches(exporter))
    tracer = provider.get_tracer("test")
    for _ in range(light_spans.BATCH_SPANS + 1):
        tracer.start_span("s").end()
    assert len(exporter.get_finished_spans()) == light_spans.BATCH_SPANS
    provider.force_flush()
    assert len(exporter.get_finished_spans()) == light_spans.BATCH_SPANS + 1


def test_trace_ids_stand_in_the_order_of_time_and_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every span would be written to another page of the index; or two mails would share a trace."""
    ids = telemetry.TimedIds()
    monkeypatch.setattr("time.time_ns", lambda: 1_800_000_000_000_000_000)
    first = {ids.generate_trace_id() for _ in range(1_000)}
    monkeypatch.setattr("time.time_ns", lambda: 1_800_000_000_001_000_000)
    assert len(first) == 1_000
    assert max(first) < ids.generate_trace_id() < 1 << 128
