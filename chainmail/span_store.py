"""The local trace database: our own OpenTelemetry exporter, and how it is read.

Several processes write at once (producer, supervisor, members); the file is SQLite in WAL mode and
holds spans, never mail content. Exporting never raises into the program: what could not be written
is counted, here and, as soon as a write succeeds again, in the file.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from chainmail.span_rows import rows_of, text_of

#: "chtr": marks a file as ours (SQLite's `application_id`); the schema's version is its `user_version`.
_APPLICATION_ID = 0x63687472
_VERSION = 1
_BUSY_S = 5.0
_PRUNE_TRACES = 1_000
#: Parameters of one IN list.
_CHUNK = 500
_SCHEMA = (
    """CREATE TABLE spans (
        trace_id TEXT NOT NULL, span_id TEXT NOT NULL, parent_id TEXT, name TEXT NOT NULL, kind TEXT NOT NULL,
        role TEXT NOT NULL, pid INTEGER NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,
        status TEXT NOT NULL, status_message TEXT, attributes TEXT NOT NULL, events TEXT NOT NULL,
        message_id TEXT, chain_id TEXT, UNIQUE (trace_id, span_id))""",
    "CREATE INDEX spans_message ON spans (message_id) WHERE message_id IS NOT NULL",
    "CREATE INDEX spans_chain ON spans (chain_id, trace_id) WHERE chain_id IS NOT NULL",
    """CREATE TABLE links (
        trace_id TEXT NOT NULL, span_id TEXT NOT NULL, linked_trace_id TEXT NOT NULL, linked_span_id TEXT NOT NULL,
        attributes TEXT NOT NULL, PRIMARY KEY (trace_id, span_id, linked_trace_id, linked_span_id)) WITHOUT ROWID""",
    "CREATE INDEX links_to ON links (linked_trace_id)",
    "CREATE TABLE losses (pid INTEGER NOT NULL, at_ns INTEGER NOT NULL, spans INTEGER NOT NULL)",
    f"PRAGMA application_id = {_APPLICATION_ID}",
    f"PRAGMA user_version = {_VERSION}",
)
_ADD_SPAN = "INSERT OR IGNORE INTO spans VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ADD_LINK = "INSERT OR IGNORE INTO links VALUES (?, ?, ?, ?, ?)"
_LAST = "(SELECT max(start_ns) FROM spans WHERE spans.trace_id = found.trace_id)"
_OF_CHAIN = f"""WITH found AS (SELECT DISTINCT trace_id FROM spans WHERE chain_id = ?)
    SELECT trace_id FROM found ORDER BY {_LAST} DESC, trace_id"""  # noqa: S608 - our own names
_OF_MESSAGE = f"""WITH own AS (SELECT trace_id FROM spans WHERE message_id = ?),
    found AS (SELECT trace_id FROM own UNION
        SELECT links.trace_id FROM links JOIN own ON links.linked_trace_id = own.trace_id)
    SELECT trace_id FROM found ORDER BY {_LAST} DESC, trace_id"""  # noqa: S608 - our own names
#: Whole traces, and not the ingest of an email that a younger trace shows as linked.
_OLD = """SELECT trace_id FROM spans GROUP BY trace_id HAVING max(end_ns) < :limit EXCEPT
    SELECT linked_trace_id FROM links JOIN spans USING (trace_id) WHERE end_ns >= :limit"""


class TraceStoreError(RuntimeError):
    """A trace database cannot be used; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class StoredLink:
    """A span's reference to another, mostly in another trace."""

    trace_id: str
    span_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StoredSpan:
    """One span as it was stored: ids in hex, times in ns since 1970, events as `{name, at_ns, attributes}`."""

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
    events: Sequence[Mapping[str, Any]] = ()
    links: Sequence[StoredLink] = ()


class SqliteSpanExporter(SpanExporter):
    """Writes finished spans to *path*, in the thread of the span processor; waits at most 5 s for other writers.

    A file that is not a trace database of this version is left untouched, and all spans count as `dropped`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._pid = os.getpid()
        self._unreported = 0
        #: Spans of this process that could not be written.
        self.dropped = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write a batch in one transaction; a batch that was written before changes nothing."""
        with self._lock:
            try:
                self._write(*rows_of(spans))
            except (sqlite3.Error, OSError, ValueError, TypeError, TraceStoreError):
                self.dropped += len(spans)
                self._unreported += len(spans)
                return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.close()
                self._connection = None

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - the interface is OpenTelemetry's
        """Return True: nothing is held back here."""
        return True

    def _write(self, rows: list[tuple[Any, ...]], links: list[tuple[str, ...]]) -> None:
        if self._connection is None or self._pid != os.getpid():  # no connection may cross a fork
            self._connection, self._pid = _open(self._path), os.getpid()
        with _writing(self._connection) as connection:
            connection.executemany(_ADD_SPAN, rows)
            connection.executemany(_ADD_LINK, links)
            if self._unreported:
                loss = (os.getpid(), time.time_ns(), self._unreported)
                connection.execute("INSERT INTO losses VALUES (?, ?, ?)", loss)
        self._unreported = 0


class SpanReader:
    """Reads the trace database at *path* and writes nothing; empty where there is none yet.

    Raises:
        TraceStoreError: The file is not a trace database of this version.
    """

    def __init__(self, path: Path) -> None:
        self._connection: sqlite3.Connection | None = None
        if path.exists():
            uri = f"{path.resolve().as_uri()}?mode=ro"
            connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_S, isolation_level=None)
            try:
                self._connection = None if _is_empty(connection, path) else connection
            finally:
                if self._connection is None:
                    connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def spans_of_trace(self, trace_id: str) -> list[StoredSpan]:
        """Return the spans of a trace, by start."""
        links: dict[str, list[StoredLink]] = {}
        for _, span_id, linked_trace, linked_span, attributes in self._rows(
            "SELECT * FROM links WHERE trace_id = ?", trace_id
        ):
            link = StoredLink(trace_id=linked_trace, span_id=linked_span, attributes=json.loads(attributes))
            links.setdefault(span_id, []).append(link)
        rows = self._rows("SELECT * FROM spans WHERE trace_id = ? ORDER BY start_ns, rowid", trace_id)
        return [_stored(row, links.get(row[1], ())) for row in rows]

    def trace_ids_of_chain(self, chain_id: str) -> list[str]:
        """Return the traces of a chain's revisions, newest first."""
        return [row[0] for row in self._rows(_OF_CHAIN, chain_id)]

    def trace_ids_of_message(self, message_id: str) -> list[str]:
        """Return the traces that an email (Message-ID without brackets) has a part in, newest first.

        These are its own ingest and every trace with a link to that.
        """
        return [row[0] for row in self._rows(_OF_MESSAGE, text_of(message_id))]

    def dropped(self) -> int:
        """Return how many spans the exporters of all processes have reported as lost."""
        return sum(row[0] for row in self._rows("SELECT spans FROM losses"))

    def among(self, query: str, column: str, values: Iterable[str]) -> Iterator[Any]:
        """Yield the first column of *query* over spans whose *column* is one of *values*, so many at a time."""
        wanted = list(values)
        for first in range(0, len(wanted), _CHUNK):
            part = wanted[first : first + _CHUNK]
            marks = ", ".join("?" * len(part))
            yield from (row[0] for row in self._rows(f"{query} FROM spans WHERE {column} IN ({marks})", *part))

    def _rows(self, query: str, *values: str) -> list[Any]:
        return self._connection.execute(query, values).fetchall() if self._connection is not None else []


def prune(path: Path, older_than: datetime) -> int:
    """Remove whole traces whose last span ended before *older_than*; return how many spans went.

    The lock is held for a thousand traces at a time. An ingest that a younger trace links to stays.

    Raises:
        TraceStoreError: The file is not a trace database of this version.
        sqlite3.Error: It cannot be written.
    """
    if not path.exists():
        return 0
    limit_ns = int(older_than.timestamp() * 1e9)
    with contextlib.closing(_open(path)) as connection:
        old = connection.execute(_OLD, {"limit": limit_ns}).fetchall()
    return _delete(path, old)


def traces_of(path: Path, *, chain_ids: Collection[str], message_ids: Collection[str]) -> tuple[set[str], int]:
    """Return the traces in which one of these chains or emails has a span, and how many spans they have.

    Raises:
        TraceStoreError: The file is not a trace database of this version.
    """
    with SpanReader(path) as reader:
        found = {
            trace_id
            for column, values in (("chain_id", chain_ids), ("message_id", map(text_of, message_ids)))
            for trace_id in reader.among("SELECT DISTINCT trace_id", column, values)
        }
        return found, sum(reader.among("SELECT count(*)", "trace_id", found))


def forget(path: Path, trace_ids: Collection[str]) -> int:
    """Delete traces, and the links of others to them; return how many spans went.

    Raises:
        TraceStoreError: The file is not a trace database of this version.
        sqlite3.Error: It cannot be written.
    """
    if not path.exists():
        return 0
    return _delete(path, [(trace_id,) for trace_id in trace_ids], with_links_to=True)


def empty_log(path: Path) -> None:
    """Leave nothing of deleted spans in the file and its log, unless somebody reads just now."""
    if path.exists():
        with contextlib.closing(_open(path)) as connection:
            connection.execute("REINDEX spans")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _delete(path: Path, traces: Sequence[tuple[str]], *, with_links_to: bool = False) -> int:
    """Delete whole traces; the lock is held for a thousand at a time."""
    removed = 0
    with contextlib.closing(_open(path)) as connection:
        for first in range(0, len(traces), _PRUNE_TRACES):
            part = traces[first : first + _PRUNE_TRACES]
            with _writing(connection):
                connection.executemany("DELETE FROM links WHERE trace_id = ?", part)
                if with_links_to:
                    connection.executemany("DELETE FROM links WHERE linked_trace_id = ?", part)
                removed += connection.executemany("DELETE FROM spans WHERE trace_id = ?", part).rowcount
    return removed


def _open(path: Path) -> sqlite3.Connection:
    """Return a connection for writing; the tables are made where the file is new or empty."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=_BUSY_S, check_same_thread=False, isolation_level=None)
    try:
        if _is_empty(connection, path):
            _create(connection, path)
        with contextlib.suppress(sqlite3.OperationalError):  # of two that switch at once, one does
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        # A burst of spans would otherwise copy the same index pages into the file many times over.
        connection.execute("PRAGMA wal_autocheckpoint = 4000")
        connection.execute("PRAGMA secure_delete = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _create(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables, once, however many processes begin at the same time."""
    with _writing(connection):
        if _is_empty(connection, path):
            for statement in _SCHEMA:
                connection.execute(statement)


def _is_empty(connection: sqlite3.Connection, path: Path) -> bool:
    """Tell a file without anything in it from a trace database of ours.

    Raises:
        TraceStoreError: It is neither.
    """
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        raise TraceStoreError(f"{path} is no database: move it away, and a new one is made") from error
    if (application, version, tables) == (0, 0, 0):
        return True
    if (application, version) != (_APPLICATION_ID, _VERSION):
        raise TraceStoreError(
            f"{path} is not a trace database of version {_VERSION}, so it is left as it is: "
            "move it away, and a new one is made"
        )
    return False


@contextlib.contextmanager
def _writing(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Hold the write lock for the block; the transaction is undone where the block raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _stored(row: Sequence[Any], links: Sequence[StoredLink]) -> StoredSpan:
    *fields, attributes, events, _message_id, _chain_id = row
    names = tuple(StoredSpan.__dataclass_fields__)[: len(fields)]
    plain = dict(zip(names, fields, strict=True))
    return StoredSpan(**plain, attributes=json.loads(attributes), events=json.loads(events), links=links)
