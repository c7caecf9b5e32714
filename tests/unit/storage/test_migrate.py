"""From an empty file to the present tables."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

from schemas.analysis import Analysis
from storage import migrate
from storage.engine import Database, create_sqlite_file
from storage.tables import AnalyserRow, AnalysisRow, Base
from tests.ledgers import START_AT, analysis, chain


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


def test_upgrade_names_the_analysers_of_what_was_analysed_before(tmp_path: Path) -> None:
    """Years of analyses would belong to nobody, and those by rules alone would hide a model's."""
    by_model, by_code = (
        analysis(chain("a")),
        analysis(chain("b"), analyser_id="rules").model_copy(update={"made_by": "code"}),
    )
    with closing(Database(f"sqlite:///{tmp_path / 'mail.db'}")) as database:
        _make_as_of(database, "0004")
        with database.write() as connection:
            for made in (by_model, by_code):
                connection.execute(_OLD_ANALYSIS, _old_row(made))
        migrate.upgrade(database, tmp_path)
        with database.read() as connection:
            rows = connection.execute(select(AnalysisRow).order_by(AnalysisRow.analysis_id)).all()
            makers = connection.execute(select(AnalyserRow).order_by(AnalyserRow.analyser_id)).all()
    assert [(row.made_by, row.model_priority, row.house, row.house_version) for row in rows] == [
        ("model", "normal", {}, ""),
        ("code", "normal", {}, ""),
    ]
    assert [(row.analyser_id, row.made_by, row.model, row.first_at) for row in makers] == [
        ("an-analyser", "model", "tiny", START_AT),
        ("rules", "code", "tiny", START_AT),
    ]


_OLD_COLUMNS = (
    "chain_id chain_hash revision analyser_id priority category confidence summary model repairs model_s analysed_at "
    "record"
).split()
_OLD_ANALYSIS = text(
    f"INSERT INTO analysis ({', '.join(_OLD_COLUMNS)}) VALUES ({', '.join(f':{name}' for name in _OLD_COLUMNS)})"  # noqa: S608 - names of ours
)


def _old_row(made: Analysis) -> dict[str, object]:
    values = {name: getattr(made, name, None) for name in _OLD_COLUMNS}
    written = {"priority": "normal", "category": "order", "confidence": 0.5, "model": "tiny", "repairs": 0}
    at = made.analysed_at.strftime("%Y-%m-%d %H:%M:%S.%f")
    return {**values, **written, "model_s": 1.0, "analysed_at": at, "record": made.model_dump_json()}


def _make_as_of(database: Database, revision: str) -> None:
    """Make the tables as a program of *revision* did."""
    assert database.path is not None
    create_sqlite_file(database.path)
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).with_name("migrations")))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_check_says_what_to_do_with_an_older_database(database: Database) -> None:
    """A member would die of a missing column, in SQL."""
    with database.write() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
    with pytest.raises(migrate.OutdatedDatabaseError, match=r"version none.*needs 0006.*chainmail db upgrade"):
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
