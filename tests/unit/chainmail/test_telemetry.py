"""How trace context travels."""

from __future__ import annotations

import pytest
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

from chainmail import telemetry
from schemas.wire import header_map
from tests.spans import Spans

VALID = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER = "00-11111111111111111111111111111111-2222222222222222-01"


def test_context_travels_in_headers_and_back(spans: Spans) -> None:
    """The consumer's spans would be in another trace than the producer's."""
    with telemetry.span("send mail", kind=SpanKind.PRODUCER, attributes={}) as sent:
        headers = telemetry.headers_of()
    assert telemetry.span_context_of(headers).trace_id == sent.get_span_context().trace_id
    assert telemetry.headers_of(telemetry.context_of(headers)) == headers
    assert spans.names() == ["send mail"]


def test_trace_state_travels_along() -> None:
    """What another vendor's tracer needs would be lost on the way."""
    headers = {"traceparent": VALID, "tracestate": "vendor=1"}
    assert telemetry.headers_of(telemetry.context_of(headers)) == headers


@pytest.mark.parametrize(
    "value",
    [
        "",
        "nonsense",
        VALID[:-3],
        VALID.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32),
        "ff" + VALID[2:],
        VALID + "x",
    ],
)
def test_malformed_context_is_an_empty_one(value: str) -> None:
    """A record of another program would break its consumer, or hang under a trace that happens to be current."""
    current = trace.set_span_in_context(trace.NonRecordingSpan(telemetry.span_context_of({"traceparent": OTHER})))
    assert trace.get_current_span(current).get_span_context().is_valid
    assert telemetry.context_of({"traceparent": value}) == {}
    assert not telemetry.span_context_of({"traceparent": value}).is_valid


def test_of_two_contexts_the_last_counts() -> None:
    """Other programs append a header where one stands already; the stale one would win."""
    headers = header_map([("traceparent", OTHER.encode()), ("x", None), ("traceparent", VALID.encode())])
    assert format(telemetry.span_context_of(headers).trace_id, "032x") == "0af7651916cd43dd8448eb211c80319c"


def test_links_leave_out_what_is_no_context() -> None:
    """One damaged row would cost a chain its whole trace."""
    links = telemetry.links_of([VALID, "", "nonsense", OTHER])
    assert [format(link.context.span_id, "016x") for link in links] == ["b7ad6b7169203331", "2222222222222222"]


def test_span_says_only_the_type_of_an_error(spans: Spans) -> None:
    """An error's text may quote mail."""
    with (
        pytest.raises(ValueError, match="secret"),
        telemetry.span("store", kind=SpanKind.CLIENT, attributes={"a": 1}),
    ):
        raise ValueError("secret")
    found = spans.one("store")
    assert (found.status.status_code, found.status.description) == (StatusCode.ERROR, "ValueError")
    assert found.attributes == {"a": 1, "error.type": "ValueError"}
    assert "secret" not in found.to_json()


def test_otlp_is_sent_only_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every process would try to reach a collector that there is not."""
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    assert telemetry.exporters_of_environment() == []
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    (exporter,) = telemetry.exporters_of_environment()
    exporter.shutdown()
