"""Bring a database to the present tables, under a lock, before anybody uses it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock
from sqlalchemy import insert, select

from storage.engine import Database, create_sqlite_file
from storage.tables import Ledger


class OutdatedDatabaseError(RuntimeError):
    """The database has other tables than this program: run `chainmail db upgrade`."""


def configuration(url: str) -> Config:
    """Return Alembic's configuration for *url*."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(database: Database, lock_folder: Path) -> str:
    """Create or upgrade the tables; return the ledger id. Two callers at once: the second waits."""
    lock_folder.mkdir(parents=True, exist_ok=True)
    with FileLock(lock_folder / "migrate.lock"):
        if database.engine.dialect.name == "sqlite":
            create_sqlite_file(database.engine)
        config = configuration(database.url)
        with database.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        return _ledger_id(database)


def check(database: Database) -> str:
    """Return the ledger id of an up-to-date database.

    Raises:
        OutdatedDatabaseError: It has no tables yet, or those of another version.
    """
    head = ScriptDirectory.from_config(configuration(database.url)).get_current_head()
    with database.read() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current != head:
        raise OutdatedDatabaseError(
            f"the database has tables of version {current or 'none'}, this program needs {head}: "
            "run `chainmail db upgrade`"
        )
    return _ledger_id(database)


def _ledger_id(database: Database) -> str:
    with database.read() as connection:
        found: str | None = connection.scalar(select(Ledger.ledger_id))
    if found is not None:
        return found
    with database.write() as connection:
        created = uuid.uuid4().hex
        connection.execute(insert(Ledger).values(ledger_id=created, created_at=datetime.now(UTC)))
    return created
