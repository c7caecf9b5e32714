"""The span of one email's ingest: the root of its trace."""

from __future__ import annotations

from dataclasses import dataclass

from opentelemetry import trace
from opentelemetry.trace import Span

from chainmail import telemetry
from producer.reading import Read


@dataclass(kw_only=True)
class EmailSpan:
    """A new email and its open root span (None: its trace began where it was read); times are ns since 1970."""

    read: Read
    root: Span | None
    started_ns: int
    joined_ns: tuple[int, int] = (0, 0)

    @property
    def traceparent(self) -> str | None:
        """What carries the trace on, or None where nobody records it."""
        return telemetry.traceparent_of(self.root) if self.root else self.read.traceparent

    def end(self) -> None:
        """End the span, with a child for each stage."""
        if self.root is None or not self.root.is_recording():
            return
        stages = (
            ("fetch", (self.started_ns, self.read.parse_ns[0])),
            ("parse", self.read.parse_ns),
            ("join", self.joined_ns),
        )
        context = trace.set_span_in_context(self.root)
        for name, (start_ns, end_ns) in stages:
            telemetry.tracer().start_span(name, context=context, start_time=start_ns).end(end_time=end_ns)
        self.root.end(end_time=self.joined_ns[1])


def begin(read: Read, started_ns: int) -> EmailSpan:
    """Return the span of a new email that was asked for at *started_ns*."""
    root = None if read.traceparent else telemetry.email_span(read.message_id, started_ns)
    return EmailSpan(read=read, root=root, started_ns=started_ns)
