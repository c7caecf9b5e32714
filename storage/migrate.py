"""Bring a database to the present tables, under a lock, before anybody uses it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Connection, column, insert, inspect, select, table, update

from storage.engine import Database, create_sqlite_file
from storage.tables import Ledger

#: The revisions in `migrations/versions`, oldest first: known here, so that only an upgrade has to load Alembic.
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")

#: Databases of these revisions hold traces of what was deleted: only since then is it overwritten at once.
_LEFT_TRACES = REVISIONS[:3]


class OutdatedDatabaseError(RuntimeError):
    """The database has other tables than this program; the message says which of the two to upgrade."""


def upgrade(database: Database, lock_folder: Path) -> str:
    """Create or upgrade the tables; return the ledger id. Two callers at once: the second waits.

    Raises:
        OutdatedDatabaseError: A newer program has made its tables.
    """
    lock_folder.mkdir(parents=True, exist_ok=True)
    with FileLock(lock_folder / "migrate.lock"):
        if database.path is not None:
            create_sqlite_file(database.path)
        current = _revision(database)
        if current in _LEFT_TRACES:
            database.vacuum()
        if current != REVISIONS[-1]:
            _upgrade(database)
        return _ledger_id(database)


def check(database: Database) -> str:
    """Return the ledger id of an up-to-date database.

    Raises:
        OutdatedDatabaseError: It has no tables yet, or those of another version.
    """
    current = _revision(database)
    if current != REVISIONS[-1]:
        raise OutdatedDatabaseError(
            f"the database has tables of version {current or 'none'}, this program needs {REVISIONS[-1]}: "
            "run `chainmail db upgrade`"
        )
    return _ledger_id(database)


def touch(connection: Connection) -> None:
    """Write what is there already: where that goes, the database is neither locked, full nor read-only."""
    connection.execute(update(Ledger).values(created_at=Ledger.created_at))


def _upgrade(database: Database) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("sqlalchemy.url", database.url.replace("%", "%%"))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _revision(database: Database) -> str | None:
    """Return the revision of the tables, or None where there are none.

    Raises:
        OutdatedDatabaseError: A newer program has made them.
    """
    if database.path is not None and not database.path.exists():
        return None
    with database.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        current: str | None = connection.scalar(select(column("version_num")).select_from(table("alembic_version")))
    if current is not None and current not in REVISIONS:
        raise OutdatedDatabaseError(
            f"a newer chainmail has made the tables of this database (version {current}): upgrade this program"
        )
    return current


def _ledger_id(database: Database) -> str:
    with database.read() as connection:
        found: str | None = connection.scalar(select(Ledger.ledger_id))
    if found is not None:
        return found
    with database.write() as connection:
        created = uuid.uuid4().hex
        connection.execute(insert(Ledger).values(ledger_id=created, created_at=datetime.now(UTC)))
    return created
