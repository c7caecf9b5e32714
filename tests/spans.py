"""The spans of a test: a tracer provider of its own, and what has ended in it."""

from __future__ import annotations

import pytest
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


class Spans:
    """What has ended so far."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    def all(self) -> list[ReadableSpan]:
        """Return all, in the order in which they ended."""
        return list(self._exporter.get_finished_spans())

    def names(self) -> list[str]:
        """Return their names."""
        return [span.name for span in self.all()]

    def one(self, name: str) -> ReadableSpan:
        """Return the only one of that name."""
        (found,) = [span for span in self.all() if span.name == name]
        return found

    def text(self) -> str:
        """Return everything that the spans say."""
        return " ".join(span.to_json() for span in self.all())


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Spans:
    """Trace this test, and no other: OpenTelemetry lets a process set its provider but once."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"chainmail.role": "test"}), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    return Spans(exporter)


@pytest.fixture
def untraced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trace nothing, whatever other tests have set."""
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", trace.NoOpTracerProvider())
