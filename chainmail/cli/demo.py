"""`demo`: the bundled mailbox through the whole embedded stack, in a folder of its own."""

from __future__ import annotations

import tempfile
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from chainmail.cli import workspace
from chainmail.cli.line import Wish
from chainmail.cli.pipeline import supervise, tick
from chainmail.cli.speech import say
from chainmail.cli.tables import print_chains, reconcile_line
from chainmail.cli.untrusted import in_a_line
from chainmail.cli.work import finish, summary, where_next, whole_line
from chainmail.settings import Settings
from monitor.progress import Progress
from producer.sources.recognise import open_source
from storage.engine import Database
from storage.outcomes import OutcomeKind
from storage.tables import AnalysisRow

_WORKERS = 4


def demo(
    keep: Annotated[Path | None, typer.Option("--keep", help="Use this folder and leave it, to look around.")] = None,
) -> None:
    """Analyse the mailbox of a small company, all embedded.

    Kafka, members, model and database are the demo's own: nothing is needed beforehand. It takes about two minutes.
    """
    folder = keep or Path(tempfile.mkdtemp(prefix="chainmail-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    settings = _settings(folder / "demo.db")
    mailbox = resources.files("chainmail.local") / "demo_mailbox" / "mails"
    with resources.as_file(mailbox) as path, whole_line(settings, "demo") as (line, supervisor):
        line.ingest([open_source(str(path))], topic=settings.backlog_topic)
        selection = line.selection(Wish())
        line.announce(selection)
        line.publish(selection, partial(tick, supervisor))
        last = supervise(line, supervisor, until_empty=True, on_progress=Ticker(line.database))
        print_chains(line.database)
        say(summary(line))
        say(reconcile_line(last))
        where_next(line)
    say(f"all of it lies in {folder}: delete it when done")
    finish(line, last.outcomes.get(OutcomeKind.DEAD_LETTERED, 0))


def _settings(db: Path) -> Settings:
    """Return settings that depend on nothing the user has set: all servers are this demo's own."""
    own = {"kafka_bootstrap": "", "model_url": "", "model": "", "home": Path(f"{db}.home")}
    return workspace.settings_of(db=str(db), workers=_WORKERS, model_server="embedded", **own)


class Ticker:
    """Says each new analysis as it comes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last = 0

    def __call__(self, _now: Progress) -> None:
        """Say what is new since the last call."""
        with self._database.read() as connection:
            query = AnalysisRow.__table__.select().where(AnalysisRow.analysis_id > self._last)
            for row in connection.execute(query):
                self._last = max(self._last, row.analysis_id)
                say(f"  {row.priority:8} {row.category:10} {in_a_line(row.summary)[:90]}")
