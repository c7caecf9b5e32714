"""`db upgrade`, `db check`: the tables of the database."""

from __future__ import annotations

import typer

from chainmail.cli import options, workspace
from chainmail.cli.speech import say

app = typer.Typer(help="The tables: `run`, `ingest` and `work` upgrade them.")


@app.command()
def upgrade(db: options.Db = None) -> None:
    """Create or upgrade the tables."""
    with workspace.ledger(workspace.settings_of(db=db)) as (_database, ledger_id):
        say(f"the tables are up to date (ledger {ledger_id})")


@app.command()
def check(db: options.Db = None) -> None:
    """Tell whether the tables are those of this program.

    Exit code 2 where they are not.
    """
    with workspace.existing(workspace.settings_of(db=db)):
        say("the tables are up to date")
