"""Whose database it is, and how it is opened."""

from __future__ import annotations

import re
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event
from urllib.parse import quote

import pytest
from sqlalchemy import func, insert, literal, select
from sqlalchemy.exc import IntegrityError, OperationalError

from storage.engine import Database, ForeignDatabaseError, create_sqlite_file
from storage.tables import ChainAlias, OutcomeRow
from tests.ledgers import START_AT

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("how", ["read", "write"])
def test_every_connection_is_set(database: Database, how: str) -> None:
    """A second connection would block writers, sync at every commit, or ignore foreign keys."""
    wanted = {
        "busy_timeout": 30_000,
        "journal_mode": "wal",
        "synchronous": 1,
        "cache_size": -49_152,
        "temp_store": 2,
        "mmap_size": 0,
        "foreign_keys": 1,
    }
    with getattr(database, how)(), getattr(database, "read")() as second:  # noqa: B009 - the second is another one
        found = {name: second.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in wanted}
    assert found == wanted


def test_write_holds_the_lock_from_its_beginning(database: Database) -> None:
    """Two writers would both read, then one of them fail at its first write and lose its work."""
    with (
        database.write(),
        closing(sqlite3.connect(str(database.path), timeout=0)) as other,
        pytest.raises(sqlite3.OperationalError, match="locked"),
    ):
        other.execute("BEGIN IMMEDIATE")


def test_read_holds_up_no_writer(database: Database) -> None:
    """`status --watch` would stop the members."""
    with database.read() as reader:
        reader.execute(select(ChainAlias)).all()
        with closing(sqlite3.connect(str(database.path), timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert other.in_transaction
            other.execute("ROLLBACK")


def test_second_writer_waits_and_says_how_long(database: Database) -> None:
    """It would fail, or its wait be missing in the trace."""
    holding, release = Event(), Event()

    def hold() -> None:
        with database.write():
            holding.set()
            release.wait(5)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(hold)
        assert holding.wait(5)

        def second() -> float:
            with database.write() as connection:
                return float(connection.info["lock_wait_s"])

        waiting = pool.submit(second)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.05)
        release.set()
        assert waiting.result(timeout=5) >= 0.05
        first.result(timeout=5)


def test_write_undoes_what_failed(database: Database) -> None:
    """Half of an import batch would stay."""

    def fail() -> None:
        with database.write() as connection:
            connection.execute(insert(ChainAlias).values(alias="a", chain_id="b"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(ChainAlias)) == 0


def test_read_sees_one_state(database: Database) -> None:
    """A sum of two queries would not add up while members write."""
    with database.read() as reader:
        before = reader.scalar(select(func.count()).select_from(ChainAlias))
        with database.write() as writer:
            writer.execute(insert(ChainAlias).values(alias="a", chain_id="b"))
        assert reader.scalar(select(func.count()).select_from(ChainAlias)) == before


def test_foreign_keys_are_checked(database: Database) -> None:
    """An outcome could name an analysis that there is not."""
    row = {
        "group_id": "g",
        "topic": "t",
        "partition": 0,
        "offset": 0,
        "kind": "stored",
        "analysis_id": 77,
        "ended_at": START_AT,
    }
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(insert(OutcomeRow).values(**row))


def test_database_error_shows_no_values(database: Database) -> None:
    """Mail would stand in logs and traces."""
    with pytest.raises(IntegrityError) as met, database.write() as connection:
        connection.execute(insert(ChainAlias), [{"alias": "a secret word", "chain_id": "b"}] * 2)
    assert "a secret word" not in str(met.value)


def test_naive_time_is_refused(database: Database) -> None:
    """Somebody's local time would be stored as UTC."""
    with pytest.raises(Exception, match="aware UTC"), database.read() as connection:
        connection.scalar(select(OutcomeRow.kind).where(OutcomeRow.ended_at > START_AT.replace(tzinfo=None)))


def test_lower_knows_all_letters(database: Database) -> None:
    """`chains --search ÖSTERREICH` would not find Österreich."""
    with database.read() as connection:
        assert connection.scalar(select(func.lower(literal("ÖSTERREICH Ж")))) == "österreich ж"
        assert connection.scalar(select(func.lower(None))) is None


def test_times_come_back_aware(database: Database) -> None:
    """Times would come back without a zone, and comparing them with now would fail."""
    with database.write() as connection:
        values = {"group_id": "g", "topic": "t", "partition": 0, "offset": 0, "kind": "stored", "ended_at": START_AT}
        connection.execute(insert(OutcomeRow).values(**values))
    with database.read() as connection:
        assert connection.scalar(select(OutcomeRow.ended_at)) == START_AT


def _other_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE photos (name TEXT)")
        connection.commit()


def _other_program_in_wal_mode(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE ledger (ledger_id TEXT)")
        connection.execute("PRAGMA application_id = 7")
        connection.commit()


def _text(path: Path) -> None:
    path.write_text("my shopping list\n" * 400)


def _short(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\x00")


@pytest.mark.parametrize("make", [_other_program, _other_program_in_wal_mode, _text, _short])
def test_foreign_file_is_refused_untouched(tmp_path: Path, make: object) -> None:
    """Somebody's own file would be overwritten."""
    path = tmp_path / "theirs.db"
    make(path)  # type: ignore[operator] # one of the functions above
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    with pytest.raises(ForeignDatabaseError, match="--db"):
        Database(f"sqlite:///{path}")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["", ":memory:"])
def test_database_in_memory_is_refused(name: str) -> None:
    """The members would not see what was ingested."""
    with pytest.raises(ForeignDatabaseError, match="memory"):
        Database(f"sqlite:///{name}")


def test_folder_is_refused(tmp_path: Path) -> None:
    """The words would be SQLite's: unable to open database file."""
    with pytest.raises(ForeignDatabaseError, match="is a folder: name a file"):
        Database(f"sqlite:///{tmp_path}")


def test_opening_makes_no_file(tmp_path: Path) -> None:
    """An unmarked file would be left behind, and refused as foreign by the next command."""
    database = Database(f"sqlite:///{tmp_path / 'absent.db'}")
    with pytest.raises(OperationalError), database.read() as connection:
        connection.execute(select(1))
    database.close()
    assert list(tmp_path.iterdir()) == []


def test_odd_names_are_opened(tmp_path: Path) -> None:
    """A path with a space, a percent or a hash would open another file."""
    path = tmp_path / "a b%20c#d?e ü.db"
    create_sqlite_file(path)
    database = Database(f"sqlite:///{quote(str(path))}")
    assert database.path == path
    with database.read() as connection:
        assert connection.scalar(select(1)) == 1
    database.close()


def test_new_file_is_marked_as_ours_at_once(tmp_path: Path) -> None:
    """A crash right after would leave a file that we refuse ourselves."""
    path = tmp_path / "new" / "mail.db"
    create_sqlite_file(path)
    assert path.read_bytes()[68:72] == b"chnm"
    before = path.read_bytes()
    create_sqlite_file(path)
    assert path.read_bytes() == before
    Database(f"sqlite:///{path}").close()


def test_sql_of_one_database_stands_in_the_engine_only() -> None:
    """Postgres could not follow."""
    word = re.compile(r"sqlite|\bPRAGMA\b|INSERT OR|(?<![.\w])GLOB\b|\browid\b|julianday|strftime\('", re.IGNORECASE)
    allowed = {"storage/engine.py", "chainmail/span_store.py"}
    found = {
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for package in ("storage", "consumer", "producer", "monitor")
        for path in (ROOT / package).rglob("*.py")
        if str(path.relative_to(ROOT)) not in allowed
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if word.search(_code(line))
    }
    assert found == set()


def _code(line: str) -> str:
    """Return a line without what is said about code: comments and the names of our own modules."""
    stripped = line.partition("#")[0]
    return re.sub(r"span_store|SqliteSpanExporter|create_sqlite_file", "", stripped)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense://x/y", "nonsense:// names no database: give a SQLite file, or postgresql://"),
        ("postgresql+drivernotthere://x/y", "names no database"),
        ("://", "no form such as postgresql://user@host/name"),
    ],
)
def test_url_that_names_no_database_is_refused_in_words(url: str, words: str) -> None:
    """A typing error would end in a traceback of somebody else's library."""
    with pytest.raises(ForeignDatabaseError, match=re.escape(words)):
        Database(url)


def test_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes Postgres for the first time would read a traceback."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    secret = "postgresql+psycopg://ann:hunter2@127.0.0.1:1/mail"  # noqa: S105 - made up
    with pytest.raises(ForeignDatabaseError, match=r"is not installed \(psycopg\): .*pip install") as met:
        Database(secret)
    assert "hunter2" not in str(met.value)
