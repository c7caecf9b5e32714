"""From an empty file to the present tables."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from storage import migrate
from storage.engine import Database
from storage.tables import Base


def test_upgrade_makes_all_tables_of_an_absent_file(tmp_path: Path) -> None:
    """The first command of a newcomer would fail."""
    with closing(Database(f"sqlite:///{tmp_path / 'deep' / 'mail.db'}")) as database:
        ledger_id = migrate.upgrade(database, tmp_path / "locks")
        assert set(Base.metadata.tables) <= set(inspect(database.engine).get_table_names())
        assert migrate.check(database) == ledger_id


def test_upgrade_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    """The ledger would get another id, and all records of its topics be refused."""
    first = migrate.check(database)
    assert migrate.upgrade(database, tmp_path) == first
    assert migrate.upgrade(database, tmp_path) == first


def test_revisions_are_those_of_the_migrations() -> None:
    """A new migration would never run, or every database count as made by a newer program."""
    scripts = ScriptDirectory(str(Path(migrate.__file__).with_name("migrations")))
    assert [script.revision for script in scripts.walk_revisions()] == list(reversed(migrate.REVISIONS))


def test_migrations_and_tables_agree(database: Database) -> None:
    """A column that only the models have would be missing in every database."""
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_check_says_what_to_do_with_an_older_database(database: Database) -> None:
    """A member would die of a missing column, in SQL."""
    with database.write() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
    with pytest.raises(migrate.OutdatedDatabaseError, match=r"version none.*needs 0004.*chainmail db upgrade"):
        migrate.check(database)


def test_check_of_an_absent_file_says_the_same_and_makes_none(tmp_path: Path) -> None:
    """A member on a mistyped path would leave a file that is refused as foreign."""
    with (
        closing(Database(f"sqlite:///{tmp_path / 'absent.db'}")) as database,
        pytest.raises(migrate.OutdatedDatabaseError, match="chainmail db upgrade"),
    ):
        migrate.check(database)
    assert list(tmp_path.iterdir()) == []


def test_newer_database_is_left_alone_in_words(database: Database, tmp_path: Path) -> None:
    """An older program would be told to upgrade the database, and fail at that in Alembic's words."""
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for act in (lambda: migrate.check(database), lambda: migrate.upgrade(database, tmp_path)):
        with pytest.raises(migrate.OutdatedDatabaseError, match=r"9999.*upgrade this program"):
            act()
