"""A database with all tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.engine import Database
from tests.ledgers import new_ledger


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Return an empty database."""
    made = new_ledger(tmp_path)
    yield made
    made.close()
