"""The database connection: whose file it is, how SQLite is set, how transactions begin.

This is the only module that knows SQLite from other databases.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from pydantic_core import to_json
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

#: "chnm": marks a SQLite file as ours (PRAGMA application_id, bytes 68 to 71 of the file).
APPLICATION_ID = 0x63686E6D
_SQLITE_MAGIC = b"SQLite format 3\x00"

#: Set on every connection; no memory map: it counts in every process, as the page cache does.
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA mmap_size = 0",
    "PRAGMA foreign_keys = ON",
    # An import would otherwise copy the same pages into the file many times over (pages of 4 kB: 32 MB of log).
    "PRAGMA wal_autocheckpoint = 8000",
    # What is deleted is people's mail: it is overwritten, not only marked as free.
    "PRAGMA secure_delete = ON",
)


class ForeignDatabaseError(ValueError):
    """The database is not chainmail's, or of a kind that cannot be opened here; it was not touched."""


class Database:
    """One database and the two ways to use it: `read()` and `write()`."""

    def __init__(self, url: str, *, lock_timeout_s: float = 30.0, cache_mb: int = 48) -> None:
        """Open *url* (SQLAlchemy form); in SQLite a write waits up to *lock_timeout_s* for others to end theirs.

        *cache_mb* bounds the pages that a connection keeps in memory.

        Raises:
            ForeignDatabaseError: The database holds something else, or the URL names none.
        """
        refuse_foreign(url)
        self.url = url
        self.path = _file_of(url)
        # Parameters are mail: they do not belong into the text of an error.
        self.engine = create_engine(
            url if self.path is None else _existing(url, self.path), hide_parameters=True, json_serializer=_json
        )
        if self.path is not None:
            event.listen(
                self.engine, "connect", partial(_prepare_sqlite, lock_timeout_s=lock_timeout_s, cache_mb=cache_mb)
            )
            event.listen(self.engine, "begin", _begin_sqlite)
            event.listen(self.engine, "handle_error", _drop_read_only)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that sees one state and is rolled back."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection that holds the write lock; commits at the end, rolls back on error.

        `connection.info["lock_wait_s"]` says how long the lock was waited for.
        """
        with self.engine.connect().execution_options(chainmail_begin="IMMEDIATE") as connection:
            asked = time.monotonic()
            with connection.begin():
                connection.info["lock_wait_s"] = time.monotonic() - asked
                yield connection

    def overwrite_deleted(self, indexed: Collection[str]) -> bool:
        """Leave nothing of deleted rows in a SQLite file and its log; True where that was done to the end.

        The indexes of the tables *indexed* are built anew: when SQLite moves keys between pages, it leaves copies of
        them that a later delete does not find. The log is emptied unless somebody reads for longer than the lock is
        waited for. Of other databases, their own upkeep takes care (in Postgres: VACUUM): False.
        """
        if self.path is None:
            return False
        for table in indexed:
            with self.write() as connection:
                connection.exec_driver_sql(f"REINDEX {table}")
        with closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            answer = cursor.fetchone()
        return answer is not None and answer[0] == 0

    def vacuum(self) -> None:
        """Write a SQLite file anew, so that nothing is left of what was deleted before it was overwritten at once."""
        if self.path is None or not self.path.exists():
            return
        with closing(self.engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM")

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def refuse_foreign(url: str) -> None:
    """Raise ForeignDatabaseError where *url* holds a database that is not ours; never writes."""
    path = _file_of(url)
    if path is not None:
        _refuse_foreign_file(path)
        return
    engine = _remote(url)
    try:
        tables = set(inspect(engine).get_table_names())
    finally:
        engine.dispose()
    if tables and "ledger" not in tables:
        raise ForeignDatabaseError(
            f"{make_url(url).render_as_string()} holds tables that are not chainmail's: use an empty database"
        )


def _remote(url: str) -> Engine:
    """Return the engine of a database that is no file."""
    try:
        return create_engine(url)
    except NoSuchModuleError as error:
        kind = make_url(url).drivername
        raise ForeignDatabaseError(f"{kind}:// names no database: give a SQLite file, or postgresql://…") from error
    except ModuleNotFoundError as error:
        raise ForeignDatabaseError(
            f"the driver of {make_url(url).drivername}:// is not installed ({error.name}): "
            "for Postgres, pip install 'psycopg[binary]'"
        ) from error


def _file_of(url: str) -> Path | None:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ForeignDatabaseError("the URL of the database has no form such as postgresql://user@host/name") from error
    if parsed.get_backend_name() != "sqlite":
        return None
    if parsed.database in {None, "", ":memory:"}:
        raise ForeignDatabaseError("a database in memory cannot be shared by processes: name a file with --db")
    return Path(parsed.database or "")


def _existing(url: str, path: Path) -> URL:
    """Return *url* so that it opens a file and never makes one: `create_sqlite_file` does, and marks it as ours."""
    parsed = make_url(url)
    return parsed.set(database=path.absolute().as_uri(), query={**parsed.query, "mode": "rw", "uri": "true"})


def _refuse_foreign_file(path: Path) -> None:
    if path.is_dir():
        raise ForeignDatabaseError(f"{path} is a folder: name a file for the database")
    if not path.exists() or path.stat().st_size == 0:
        return
    with path.open("rb") as file:
        header = file.read(100)
    if not header.startswith(_SQLITE_MAGIC):
        raise ForeignDatabaseError(f"{path} is not a SQLite database: name another file with --db")
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise ForeignDatabaseError(
            f"{path} is another program's database and was not touched: name another file with --db"
        )


def create_sqlite_file(path: Path) -> None:
    """Make a SQLite file, marked as ours before anything else is written to it; one with content is left alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size:
        return
    connection = sqlite3.connect(path)
    try:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("VACUUM")  # makes SQLite write the first page now
    finally:
        connection.close()


def _prepare_sqlite(
    connection: DBAPIConnection, _entry: ConnectionPoolEntry, *, lock_timeout_s: float, cache_mb: int
) -> None:
    connection.isolation_level = None  # sqlite3's own switch: we begin transactions ourselves
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(lock_timeout_s * 1000)}")  # first: the others may have to wait
    cursor.execute(f"PRAGMA cache_size = {-cache_mb * 1024}")  # negative: in KiB
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
    # SQLite's own knows A to Z only; other databases know all letters.
    connection.create_function("lower", 1, _lower, deterministic=True)


def _json(value: object) -> str:
    """Return *value* as JSON; several columns of each email are: the standard library takes four times as long."""
    return to_json(value).decode()


def _drop_read_only(context: ExceptionContext) -> None:
    """Open the file anew: a connection made while it could not be written stays read-only for ever.

    So do others of the process while one such is open: they share the index of the log. Idle ones are closed with it.
    """
    if getattr(context.original_exception, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_READONLY:
        context.is_disconnect = True
        cursor = getattr(context.execution_context, "cursor", None)
        if cursor is not None:
            cursor.close()  # its statement would keep the connection open until the error is forgotten
        if context.engine is not None:
            context.engine.dispose()


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("chainmail_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
