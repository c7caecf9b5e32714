"""Spans as rows of the local trace database (`span_store.py`): ids in hex, attributes and events as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanContext

from chainmail import telemetry

#: Made once: `json.dumps` with a default makes an encoder for each call.
_ENCODE = json.JSONEncoder(default=repr).encode


def rows_of(spans: Sequence[ReadableSpan]) -> tuple[list[tuple[Any, ...]], list[tuple[str, ...]]]:
    """Return the rows of a batch, and those of its links."""
    rows: list[tuple[Any, ...]] = []
    links: list[tuple[str, ...]] = []
    pid = os.getpid()
    for span in spans:
        context = _context_of(span)
        rows.append(_row(span, context, pid))
        links.extend((*context, *_ids_of(link.context), _json(dict(link.attributes or {}))) for link in span.links)
    return rows, links


def _row(span: ReadableSpan, ids: tuple[str, str], pid: int) -> tuple[Any, ...]:
    attributes = dict(span.attributes or {})
    events = [
        {"name": event.name, "at_ns": event.timestamp, "attributes": dict(event.attributes or {})}
        for event in span.events
    ]
    return (
        *ids,
        f"{span.parent.span_id:016x}" if span.parent else None,
        text_of(span.name),
        span.kind.name,
        str(span.resource.attributes.get("chainmail.role", "")),
        pid,
        span.start_time or 0,
        span.end_time or span.start_time or 0,
        span.status.status_code.name,
        _optional(span.status.description),
        _json(attributes),
        _json(events),
        _optional(attributes.get(telemetry.MESSAGE_ID)),
        _optional(attributes.get(telemetry.CHAIN_ID)),
    )


def _context_of(span: ReadableSpan) -> tuple[str, str]:
    context = span.get_span_context()
    if context is None:
        raise ValueError("a span without a context cannot be stored")
    return _ids_of(context)


def _ids_of(context: SpanContext) -> tuple[str, str]:
    return f"{context.trace_id:032x}", f"{context.span_id:016x}"


def _json(value: Any) -> str:
    return _ENCODE(value) if value else ("{}" if isinstance(value, dict) else "[]")


def text_of(value: object) -> str:
    """Return *value* as text that SQLite takes: broken mail has Message-IDs with lone surrogates."""
    text = str(value)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _optional(value: object) -> str | None:
    return None if value is None else text_of(value)
