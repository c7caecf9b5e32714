"""`status`, `chains`, `show`, `trace`: what there is to see; nothing here writes."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from chainmail.cli import options, workspace
from chainmail.cli.detail import print_detail
from chainmail.cli.speech import OUT, Exit, Stop, print_json
from chainmail.cli.tables import print_chains, print_status
from chainmail.settings import Settings
from chainmail.span_store import SpanReader
from consumer.house_file import house_rules
from monitor.analysers import outdated_rules
from monitor.chains import Filter, chains, detail
from monitor.progress import Progress, progress
from monitor.traces import assemble, to_json
from monitor.waterfall import render
from schemas.analysis import Category, Priority
from storage import mail
from storage.engine import Database

_WATCH_S = 2.0

Word = Annotated[str, typer.Argument(metavar="CHAIN", help="A chain id or its start, a former id, or a Message-ID.")]


def status(
    db: options.Db = None,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every two seconds.")] = False,
    json: options.Json = False,
) -> None:
    """Show progress: published, stored, waiting, rate, workers.

    Answers also while the broker is down, and says so.
    """
    settings = workspace.settings_of(db=db)
    with workspace.existing(settings) as database:
        while True:
            now, outdated = _progress(settings, database)
            if json:
                print_json({**now.as_json(), "other_house_rules": outdated})
            else:
                print_status(now)
                if outdated:
                    OUT.print(f"{outdated} analyses have other rules of the house: `chainmail reanalyse --rules-only`")
            if not watch:
                break
            time.sleep(_WATCH_S)
            if not json and OUT.is_terminal:
                OUT.clear()
    if now.unaccounted:
        words = "below the committed offset and without an outcome: members go back to them at their next start"
        raise Stop(Exit.FAILURES, f"{now.unaccounted} records are unaccounted, {words}")


def list_chains(
    context: typer.Context,
    db: options.Db = None,
    priority: Annotated[Priority | None, typer.Option("--priority", help="Only chains of this priority.")] = None,
    category: Annotated[
        Category | None,
        typer.Option("--category", metavar="CATEGORY", help=f"Only chains of this category: {', '.join(Category)}."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DATE", help="Newest email since this date or time (ISO; UTC without a zone)."),
    ] = None,
    search: Annotated[str | None, typer.Option("--search", help="Words in the subject or summary.")] = None,
    json: options.Json = False,
) -> None:
    """List the chains, the most urgent first; or, by `explain`, say why a chain is as it is."""
    if context.invoked_subcommand is not None:
        return
    wanted = Filter(priority=priority, category=category, since_at=options.moment(since), search=search)
    with workspace.existing(workspace.settings_of(db=db)) as database:
        if json:
            with database.read() as connection:
                print_json(chains(connection, wanted))
        else:
            print_chains(database, wanted)


def show(chain: Word, db: options.Db = None, json: options.Json = False) -> None:
    """Show one chain: its analysis, the evidence, its mail."""
    with workspace.existing(workspace.settings_of(db=db)) as database, database.read() as connection:
        found = detail(connection, chain)
    if found is None:
        raise Stop(Exit.USAGE, f"no chain is named by {chain!r}: `chainmail chains` lists them")
    if json:
        print_json(found.as_json())
    else:
        print_detail(found)


def trace(chain: Word, db: options.Db = None, json: options.Json = False) -> None:
    """Draw where the time of a chain went.

    From the arrival of its mail to the committed offset.
    """
    settings = workspace.settings_of(db=db)
    with workspace.existing(settings) as database, database.read() as connection:
        chain_id = mail.resolve(connection, chain)
        ids = [chain_id, *mail.aliases_of(connection, chain_id)] if chain_id else []
    reader = SpanReader(settings.trace_path)
    try:
        found = [trace_id for each in ids for trace_id in reader.trace_ids_of_chain(each)]
        found += reader.trace_ids_of_message(chain)
        if not found:
            raise Stop(Exit.USAGE, _untraced(chain, settings, is_known=bool(ids)))
        assembled = assemble(reader, found[0])
    finally:
        reader.close()
    if json:
        print_json(to_json(assembled))
    else:
        OUT.print(render(assembled, OUT.width))


def _untraced(chain: str, settings: Settings, *, is_known: bool) -> str:
    if not is_known:
        return f"no chain is named by {chain!r}: `chainmail chains` lists them"
    return (
        f"no trace of {chain!r} in {settings.trace_path}: run, ingest and work write them into the home of their --db "
        "(CHAINMAIL_HOME)"
    )


def _progress(settings: Settings, database: Database) -> tuple[Progress, int]:
    """Return the state of the work, and how many current analyses have not the rules of the house of today."""
    version = house_rules(settings).version
    positions, error = workspace.positions(settings)
    with database.read() as connection:
        return progress(connection, settings, positions, error), outdated_rules(connection, version)
