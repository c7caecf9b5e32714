"""A database whose file could not be written for a while."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from sqlalchemy import text

from storage import migrate
from storage.engine import Database
from tests.servers.require import lacking

#: Two connections are opened while the file cannot be written; then it can, and a few tries have to be enough.
_PROGRAM = """
import sys
from contextlib import ExitStack
from pathlib import Path
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from storage.engine import Database

path = Path(sys.argv[1])
files = [path, *path.parent.glob(path.name + "-*")]
for file in files:
    file.chmod(0o444)
database = Database(f"sqlite:///{path}")
with ExitStack() as held:
    for connection in [held.enter_context(database.read()) for _ in range(2)]:
        connection.execute(text("SELECT count(*) FROM ledger"))

def writes():
    try:
        with database.write() as connection:
            connection.execute(text("UPDATE ledger SET ledger_id = ledger_id"))
    except OperationalError as error:
        return "readonly" not in str(error)
    return True

assert not writes(), "root obeys no file modes"
for file in files:
    file.chmod(0o644)
print([writes() for _ in range(6)])
"""


def test_all_connections_are_opened_anew_where_one_is_read_only(tmp_path: Path) -> None:
    """Two of a pool would keep each other read-only until the program is started again."""
    path = tmp_path / "mail.db"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database, tmp_path)
    words = [sys.executable, "-c", _PROGRAM, str(path)]
    if os.geteuid() == 0:  # root without its privilege obeys file modes like everybody
        setpriv = shutil.which("setpriv") or lacking("setpriv", "install util-linux, or run the tests as a user")
        words = [setpriv, "--bounding-set=-dac_override", "--inh-caps=-dac_override", *words]
    with closing(database), database.read() as reader:  # it keeps the log and its index on the disk
        reader.execute(text("SELECT count(*) FROM ledger"))
        told = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip().endswith("True, True, True, True]"), told.stdout
