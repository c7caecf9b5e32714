"""Fresh ledgers in real SQLite files."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.engine import Database
from storage.migrate import upgrade


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of an empty ledger, to be copied."""
    folder = tmp_path_factory.mktemp("ledger")
    database = Database(f"sqlite:///{folder / 'mail.db'}")
    upgrade(database, folder)
    database.close()
    return folder / "mail.db"


@pytest.fixture
def new_ledger(empty_ledger: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Database]]:
    """Return a maker of empty ledgers, each in a file of its own."""
    opened: list[Database] = []

    def make() -> Database:
        path = tmp_path_factory.mktemp("ledger") / "mail.db"
        shutil.copy(empty_ledger, path)
        opened.append(Database(f"sqlite:///{path}"))
        return opened[-1]

    yield make
    for database in opened:
        database.close()


@pytest.fixture
def ledger(new_ledger: Callable[[], Database]) -> Database:
    """Return an empty ledger."""
    return new_ledger()
