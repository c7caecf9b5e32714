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
    """The database has other tables than this program; the message says which of the two to upgrade."""


def configuration(url: str) -> Config:
    """Return Alembic's configuration for *url*."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(database: Database, lock_folder: Path) -> str:
    """Create or upgrade the tables; return the ledger id. Two callers at once: the second waits.

    Raises:
        OutdatedDatabaseError: A newer program has made its tables.
    """
    lock_folder.mkdir(parents=True, exist_ok=True)
    with FileLock(lock_folder / "migrate.lock"):
        if database.path is not None:
            create_sqlite_file(database.path)
        _refuse_newer(database)
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
    _refuse_newer(database)
    head, current = _scripts(database).get_current_head(), _revision(database)
    if current != head:
        raise OutdatedDatabaseError(
            f"the database has tables of version {current or 'none'}, this program needs {head}: "
            "run `chainmail db upgrade`"
        )
    return _ledger_id(database)


def _refuse_newer(database: Database) -> None:
    current = _revision(database)
    if current is not None and current not in {script.revision for script in _scripts(database).walk_revisions()}:
        raise OutdatedDatabaseError(
            f"a newer chainmail has made the tables of this database (version {current}): upgrade this program"
        )


def _scripts(database: Database) -> ScriptDirectory:
    return ScriptDirectory.from_config(configuration(database.url))


def _revision(database: Database) -> str | None:
    if database.path is not None and not database.path.exists():
        return None
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _ledger_id(database: Database) -> str:
    with database.read() as connection:
        found: str | None = connection.scalar(select(Ledger.ledger_id))
    if found is not None:
        return found
    with database.write() as connection:
        created = uuid.uuid4().hex
        connection.execute(insert(Ledger).values(ledger_id=created, created_at=datetime.now(UTC)))
    return created
