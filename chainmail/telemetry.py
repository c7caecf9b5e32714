"""Traces: the names of every span and attribute, and how context travels.

| span | kind | by | says |
|---|---|---|---|
| `ingest email` | INTERNAL | producer | root of a trace; children `fetch`, `parse`, `join` (not in large imports) |
| `send <topic>` | PRODUCER | producer | from send to the broker's acknowledgement; links to the chain's other emails |
| `queue wait <topic>` | INTERNAL | consumer | published to polled |
| `poll <topic>` | CLIENT | consumer | the poll call that returned the record |
| `slot wait` | INTERNAL | consumer | polled to started: the member was busy |
| `retry wait` | INTERNAL | consumer | end of a failed attempt to the start of the next |
| `process <topic>` | CONSUMER | consumer | child of and link to `send`; children below |
| `analyse` | INTERNAL | consumer | prompt, model calls, checks |
| `rate wait` | INTERNAL | consumer | the ceiling of calls a minute allowed none yet |
| `model wait` | INTERNAL | consumer | no host had a free slot; the host that was found |
| `chat <model>` | CLIENT | consumer | one model call of one host: tokens and the server's own timings |
| `store analysis` | CLIENT | consumer | the database transaction, with the wait for its lock |
| `commit <topic>` | CLIENT | consumer | the offset commit that covered the record |

Names follow OpenTelemetry semantic conventions 1.44 (messaging and gen_ai are in development:
that is why they stand in this one table). No attribute ever holds mail content.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace import TracerProvider as TracerProviderInterface
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

SCHEMA_URL = "https://opentelemetry.io/schemas/1.44.0"

#: Spans waiting for export; the default of 2,048 loses some in bursts.
QUEUE_SPANS = 65_536
#: Links of one span.
MAX_LINKS = 1_024

CHAIN_ID = "chainmail.chain.id"
CHAIN_REVISION = "chainmail.chain.revision"
EMAIL_COUNT = "chainmail.chain.email_count"
MESSAGE_ID = "chainmail.email.message_id"
OUTCOME = "chainmail.outcome"
ATTEMPT = "chainmail.attempt"
WORKER = "chainmail.worker.id"
LOCK_WAIT_S = "chainmail.db.lock_wait_s"
LOAD_S = "chainmail.model.load_s"
PROMPT_S = "chainmail.model.prompt_s"
DECODE_S = "chainmail.model.decode_s"
QUEUE_S = "chainmail.model.queue_s"
REPAIR = "chainmail.model.repair"
DROPPED = "chainmail.analysis.dropped_claims"

SYSTEM = "messaging.system"
OPERATION = "messaging.operation.name"
OPERATION_TYPE = "messaging.operation.type"
DESTINATION = "messaging.destination.name"
PARTITION = "messaging.destination.partition.id"
OFFSET = "messaging.kafka.offset"
GROUP = "messaging.consumer.group.name"
CONVERSATION = "messaging.message.conversation_id"
ERROR_TYPE = "error.type"
SERVER_ADDRESS = "server.address"
DB_SYSTEM = "db.system.name"
DB_OPERATION = "db.operation.name"
GEN_OPERATION = "gen_ai.operation.name"
GEN_PROVIDER = "gen_ai.provider.name"
GEN_MODEL = "gen_ai.request.model"
GEN_MAX_TOKENS = "gen_ai.request.max_tokens"
GEN_INPUT_TOKENS = "gen_ai.usage.input_tokens"
GEN_OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
GEN_FINISH = "gen_ai.response.finish_reasons"
GEN_PROMPT_VERSION = "gen_ai.prompt.version"

_PROPAGATOR = TraceContextTextMapPropagator()
_RANDOM_BITS = 80


class TimedIds(RandomIdGenerator):
    """Trace ids that begin with the time and end at random: what is written in a row stands together in an index."""

    def generate_trace_id(self) -> int:
        """Return 48 bits of milliseconds since 1970 and 80 random ones (W3C wants 56 at the end)."""
        return (time.time_ns() // 1_000_000) << _RANDOM_BITS | random.getrandbits(_RANDOM_BITS)


def configure(role: str, exporters: Iterable[SpanExporter], processors: Iterable[SpanProcessor] = ()) -> TracerProvider:
    """Make this process trace as `chainmail` *role*; call `shutdown()` on the result to flush.

    Spans wait for the *exporters* in the background; *processors* are given them as they end.
    """
    resource = Resource.create({"service.name": "chainmail", "chainmail.role": role}, SCHEMA_URL)
    provider = TracerProvider(
        resource=resource,
        span_limits=SpanLimits(max_links=MAX_LINKS),
        shutdown_on_exit=False,
        id_generator=TimedIds(),
    )
    for processor in processors:
        provider.add_span_processor(processor)
    for exporter in exporters:
        provider.add_span_processor(
            BatchSpanProcessor(exporter, max_queue_size=QUEUE_SPANS, max_export_batch_size=2_048)
        )
    trace.set_tracer_provider(provider)
    return provider


def is_configured() -> bool:
    """Tell whether this process traces."""
    return isinstance(trace.get_tracer_provider(), TracerProvider)


def tracer() -> Tracer:
    """Return the tracer of this process (does nothing until `configure`)."""
    return _tracer_of(trace.get_tracer_provider())


@lru_cache(maxsize=2)
def _tracer_of(provider: TracerProviderInterface) -> Tracer:
    """Return the one tracer of *provider*: asking for it anew costs as much as a span."""
    return provider.get_tracer("chainmail", schema_url=SCHEMA_URL)


@contextmanager
def span(
    name: str,
    *,
    kind: SpanKind,
    attributes: Mapping[str, str | int],
    context: Context | None = None,
    links: Sequence[Link] = (),
) -> Iterator[Span]:
    """Open a span as the current one; where the block raises, it says so with the error's type alone.

    An error's text may quote mail (a database error shows the values that it could not write).
    """
    opened = tracer().start_as_current_span(
        name,
        context=context,
        kind=kind,
        links=links,
        attributes=dict(attributes),
        record_exception=False,
        set_status_on_exception=False,
    )
    with opened as current:
        try:
            yield current
        except Exception as error:
            failed(current, error)
            raise


def failed(current: Span, error: Exception) -> None:
    """Mark a span as failed, with the type of *error*."""
    current.set_attribute(ERROR_TYPE, type(error).__name__)
    current.set_status(Status(StatusCode.ERROR, type(error).__name__))


def headers_of(context: Context | None = None) -> dict[str, str]:
    """Return W3C headers (`traceparent`, `tracestate`) of *context*, by default the current one."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier, context)
    return carrier


def email_span(message_id: str | None, start_ns: int) -> Span:
    """Begin the root span of an email's trace."""
    attributes = {MESSAGE_ID: message_id} if message_id else {}
    return tracer().start_span("ingest email", context=Context(), start_time=start_ns, attributes=attributes)


def traceparent_of(span: Span) -> str | None:
    """Return the W3C `traceparent` of *span*, or None where nobody records it (cheaper than a propagator)."""
    context = span.get_span_context()
    return traceparent_in(context) if context.is_valid else None


def traceparent_in(context: SpanContext) -> str:
    """Return the W3C `traceparent` of a valid *context*."""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def context_of(headers: Mapping[str, str]) -> Context:
    """Return the context in W3C headers; an empty one where they are missing or malformed."""
    return _PROPAGATOR.extract(headers, Context())


def span_context_of(headers: Mapping[str, str]) -> SpanContext:
    """Return the span that W3C headers name (invalid where they name none)."""
    return trace.get_current_span(context_of(headers)).get_span_context()


def links_of(traceparents: Iterable[str]) -> list[Link]:
    """Return one link for each valid `traceparent`."""
    contexts = (span_context_of({"traceparent": value}) for value in traceparents)
    return [Link(context) for context in contexts if context.is_valid]


def exporters_of_environment() -> list[SpanExporter]:
    """Return the OTLP/HTTP exporter where OTEL_EXPORTER_OTLP_ENDPOINT (or …_TRACES_ENDPOINT) asks for one."""
    import os

    if not (os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")):
        return []
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return [OTLPSpanExporter()]
