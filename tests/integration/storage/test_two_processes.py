"""Two processes on one database: who waits for whom."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_MIGRATE = """
import sys
from pathlib import Path
from storage import migrate
from storage.engine import Database
sys.stdin.read(1)
database = Database(f"sqlite:///{sys.argv[1]}")
print(migrate.upgrade(database, Path(sys.argv[2])))
"""
_COUNT_UP = """
import sys
from sqlalchemy import select, update
from storage.engine import Database
from storage.tables import ChainRow
database = Database(f"sqlite:///{sys.argv[1]}")
sys.stdin.read(1)
for _ in range(50):
    with database.write() as connection:
        before = connection.scalar(select(ChainRow.revision))
        connection.execute(update(ChainRow).values(revision=before + 1))
"""


def _together(program: str, arguments: list[list[str]]) -> list[str]:
    """Run *program* once for each of *arguments*, let loose at the same moment; return what each printed."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, *each],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        for each in arguments
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("!")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0].strip() for process in started]
    assert [process.returncode for process in started] == [0] * len(started)
    return said


def test_three_processes_migrate_at_once(tmp_path: Path) -> None:
    """Members that start together would make the tables twice, or two ledgers in one database."""
    homes = [str(tmp_path / name) for name in ("a", "a", "b")]
    first, second, third = _together(_MIGRATE, [[str(tmp_path / "mail.db"), home] for home in homes])
    assert len(first) == 32
    assert first == second == third


def test_two_writers_lose_no_update(tmp_path: Path) -> None:
    """A transaction that reads and writes would fail, or overwrite what came between."""
    from sqlalchemy import select

    from storage.tables import ChainRow
    from tests.ledgers import chain, keep, new_ledger

    database = new_ledger(tmp_path)
    with database.write() as connection:
        keep(connection, chain())
    _together(_COUNT_UP, [[str(database.path)], [str(database.path)]])
    with database.read() as connection:
        assert connection.scalar(select(ChainRow.revision)) == 101
    database.close()
