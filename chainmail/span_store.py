"""The local trace database: our own OpenTelemetry exporter, and how it is read.

Several processes write at once (producer, members); the file is SQLite in WAL mode. Spans hold no
mail content. Exporting never raises into the program: what could not be written is counted.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from chainmail import telemetry

_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS spans (
    span_id TEXT PRIMARY KEY, trace_id TEXT NOT NULL, parent_id TEXT, name TEXT NOT NULL, kind TEXT NOT NULL,
    role TEXT NOT NULL, pid INTEGER NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,
    status TEXT NOT NULL, status_message TEXT, attributes TEXT NOT NULL, events TEXT NOT NULL,
    message_id TEXT, chain_id TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS spans_trace ON spans (trace_id);
CREATE INDEX IF NOT EXISTS spans_message ON spans (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS spans_chain ON spans (chain_id) WHERE chain_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS links (
    span_id TEXT NOT NULL, trace_id TEXT NOT NULL, linked_trace_id TEXT NOT NULL, linked_span_id TEXT NOT NULL,
    PRIMARY KEY (span_id, linked_span_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS links_to ON links (linked_trace_id);
"""
_COLUMNS = (
    "trace_id, span_id, parent_id, name, kind, role, pid, start_ns, end_ns, status, status_message, attributes, events"
)


class SqliteSpanExporter(SpanExporter):
    """Writes finished spans into the trace database; `dropped` counts those that it could not."""

    def __init__(self, path: Path) -> None:
        """Write to *path*; a file that is not a trace database is left untouched and all spans count as dropped."""
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self.dropped = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write a batch in one transaction."""
        with self._lock:
            try:
                connection = self._open()
                with connection:
                    connection.executemany(
                        f"INSERT OR REPLACE INTO spans ({_COLUMNS}, message_id, chain_id) "  # noqa: S608 - our own names
                        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        [_row(span) for span in spans],
                    )
                    connection.executemany("INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?)", _links(spans))
            except sqlite3.Error:
                self.dropped += len(spans)
                return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=10, check_same_thread=False)
            try:
                _prepare(connection)
            except sqlite3.Error:
                connection.close()
                raise
            self._connection = connection
        return self._connection


@dataclass(frozen=True, kw_only=True)
class StoredSpan:
    """One span as it was stored; times in ns since 1970, links as (trace id, span id)."""

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    kind: str
    role: str
    pid: int
    start_ns: int
    end_ns: int
    status: str
    status_message: str | None
    attributes: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]
    links: Sequence[tuple[str, str]] = ()


class SpanReader:
    """Reads the trace database; empty where there is none yet."""

    def __init__(self, path: Path) -> None:
        """Read *path*."""
        self._connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=10) if path.exists() else None

    def spans_of_trace(self, trace_id: str) -> list[StoredSpan]:
        """Return the spans of a trace, by start."""
        rows = self._rows(f"SELECT {_COLUMNS} FROM spans WHERE trace_id = ? ORDER BY start_ns", trace_id)  # noqa: S608 - our own names
        links: dict[str, list[tuple[str, str]]] = {}
        query = "SELECT span_id, linked_trace_id, linked_span_id FROM links WHERE trace_id = ?"
        for span_id, linked_trace, linked_span in self._rows(query, trace_id):
            links.setdefault(span_id, []).append((linked_trace, linked_span))
        return [_stored(row, links.get(row[1], ())) for row in rows]

    def trace_ids_of_chain(self, chain_id: str) -> list[str]:
        """Return the traces of a chain's revisions, newest first."""
        return self._ids(
            "SELECT trace_id FROM spans WHERE chain_id = ? GROUP BY trace_id ORDER BY max(start_ns) DESC", chain_id
        )

    def trace_ids_of_message(self, message_id: str) -> list[str]:
        """Return the traces that an email has a part in: those which link to its ingest first, newest first, then its own."""
        own = self._ids("SELECT DISTINCT trace_id FROM spans WHERE message_id = ?", message_id)
        query = "SELECT DISTINCT trace_id FROM links WHERE linked_trace_id = ? ORDER BY span_id DESC"
        linking = [found for trace_id in own for found in self._ids(query, trace_id)]
        return list(dict.fromkeys([*linking, *own]))

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()

    def _ids(self, query: str, value: str) -> list[str]:
        return [row[0] for row in self._rows(query, value)]

    def _rows(self, query: str, value: str) -> list[Any]:
        return self._connection.execute(query, (value,)).fetchall() if self._connection is not None else []


def prune(path: Path, older_than: datetime) -> int:
    """Remove the traces whose last span ended before *older_than*; return how many spans went."""
    connection = sqlite3.connect(path, timeout=10)
    try:
        with connection:
            old = "SELECT trace_id FROM spans GROUP BY trace_id HAVING max(end_ns) < ?"
            limit_ns = int(older_than.timestamp() * 1e9)
            connection.execute(f"DELETE FROM links WHERE trace_id IN ({old})", (limit_ns,))  # noqa: S608 - our own names
            return connection.execute(f"DELETE FROM spans WHERE trace_id IN ({old})", (limit_ns,)).rowcount  # noqa: S608 - our own names
    finally:
        connection.close()


def _prepare(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if version not in (0, _VERSION) or (version == 0 and tables):
        raise sqlite3.DatabaseError("not a trace database of this version")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    if version == 0:
        connection.executescript(_SCHEMA)
        connection.execute(f"PRAGMA user_version = {_VERSION}")


def _row(span: ReadableSpan) -> tuple[Any, ...]:
    context = span.get_span_context()
    attributes = dict(span.attributes or {})
    events = [
        {"name": event.name, "at_ns": event.timestamp, "attributes": dict(event.attributes or {})}
        for event in span.events
    ]
    return (
        _hex(context.trace_id if context else 0, 32),
        _hex(context.span_id if context else 0, 16),
        _hex(span.parent.span_id, 16) if span.parent else None,
        span.name,
        span.kind.name,
        str(span.resource.attributes.get("chainmail.role", "")),
        os.getpid(),
        span.start_time or 0,
        span.end_time or 0,
        span.status.status_code.name,
        span.status.description,
        json.dumps(attributes),
        json.dumps(events),
        attributes.get(telemetry.MESSAGE_ID),
        attributes.get(telemetry.CHAIN_ID),
    )


def _links(spans: Iterable[ReadableSpan]) -> list[tuple[str, str, str, str]]:
    return [
        (_hex(own.span_id, 16), _hex(own.trace_id, 32), _hex(link.context.trace_id, 32), _hex(link.context.span_id, 16))
        for span in spans
        if (own := span.get_span_context()) is not None
        for link in span.links
    ]


def _stored(row: Sequence[Any], links: Sequence[tuple[str, str]]) -> StoredSpan:
    names = _COLUMNS.split(", ")
    fields = dict(zip(names, row, strict=True))
    fields["attributes"] = json.loads(fields["attributes"])
    fields["events"] = json.loads(fields["events"])
    return StoredSpan(**fields, links=links)


def _hex(number: int, digits: int) -> str:
    return format(number, f"0{digits}x")
