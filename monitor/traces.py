"""A trace, put together from the stored spans: the tree, the linked mail, and where the time went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from chainmail import telemetry
from chainmail.span_store import SpanReader, StoredSpan

_STAGES = {
    "ingest": "reading the mail",
    "send": "publishing",
    "queue": "waiting in the topic",
    "slot": "waiting for a free slot",
    "retry": "waiting for the next attempt",
    "rate": "waiting for the ceiling of calls",
    "model": "waiting for the model server",
    "chat": "the model",
    "store": "storing",
    "commit": "committing",
}


@dataclass(frozen=True, kw_only=True)
class Trace:
    """One trace with the ingest spans of the emails that it links to."""

    trace_id: str
    spans: tuple[StoredSpan, ...]
    linked: tuple[StoredSpan, ...]

    @property
    def start_ns(self) -> int:
        """When its first span began."""
        return min(span.start_ns for span in self.spans)

    @property
    def end_ns(self) -> int:
        """When its last span ended."""
        return max(span.end_ns for span in self.spans)

    def tree(self) -> Iterator[tuple[int, StoredSpan]]:
        """Yield (depth, span): children behind their parent, by start; a span whose parent is missing is a root."""
        ids = {span.span_id for span in self.spans}
        children: dict[str | None, list[StoredSpan]] = {}
        for span in sorted(self.spans, key=lambda span: span.start_ns):
            children.setdefault(span.parent_id if span.parent_id in ids else None, []).append(span)
        stack = [(0, root) for root in reversed(children.get(None, []))]
        while stack:
            depth, span = stack.pop()
            yield depth, span
            stack += [(depth + 1, child) for child in reversed(children.get(span.span_id, []))]

    def stages(self) -> dict[str, float]:
        """Return the seconds that each stage took, largest first."""
        totals: dict[str, float] = {}
        for span in self.spans:
            stage = _STAGES.get(span.name.split(" ")[0])
            if stage is not None:
                totals[stage] = totals.get(stage, 0.0) + duration_s(span)
        return dict(sorted(totals.items(), key=lambda item: -item[1]))

    def unaccounted_share(self) -> float:
        """Return the share of the time between first start and last end in which no span without children ran."""
        parents = {span.parent_id for span in self.spans}
        leaves = sorted((s.start_ns, s.end_ns) for s in self.spans if s.span_id not in parents)
        covered, reached = 0, self.start_ns
        for start, end in leaves:
            covered += max(0, end - max(start, reached))
            reached = max(reached, end)
        whole = self.end_ns - self.start_ns
        return 1 - covered / whole if whole > 0 else 0.0


def assemble(reader: SpanReader, trace_id: str) -> Trace:
    """Return the trace *trace_id* (it must exist) with the mail it links to."""
    spans = reader.spans_of_trace(trace_id)
    linked_ids = dict.fromkeys(link.trace_id for span in spans for link in span.links if link.trace_id != trace_id)
    found = (span for linked in linked_ids for span in reader.spans_of_trace(linked))
    linked = tuple(span for span in found if telemetry.MESSAGE_ID in span.attributes)
    return Trace(trace_id=trace_id, spans=tuple(spans), linked=linked)


def duration_s(span: StoredSpan) -> float:
    """Return how long a span took, never negative (two clocks may disagree)."""
    return max(0, span.end_ns - span.start_ns) / 1e9


def to_json(trace: Trace) -> dict[str, Any]:
    """Return `trace --json`."""
    return {
        "trace_id": trace.trace_id,
        "spans": _spans_json(trace.spans),
        "linked": _spans_json(trace.linked),
        "stages_s": trace.stages(),
        "unaccounted_share": round(trace.unaccounted_share(), 4),
    }


def _spans_json(spans: Sequence[StoredSpan]) -> list[dict[str, Any]]:
    return [
        {
            **asdict(span),
            "start_at": datetime.fromtimestamp(span.start_ns / 1e9, UTC).isoformat(),
            "duration_s": duration_s(span),
        }
        for span in spans
    ]
