"""`analysers`, `compare`, `promote`: who analysed, what one says otherwise than another, and whose word counts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text
from sqlalchemy import Connection

from chainmail.cli import options, workspace
from chainmail.cli.speech import OUT, Exit, Stop, print_json, say
from chainmail.cli.untrusted import in_a_line
from monitor.analysers import AnalyserLine
from monitor.analysers import analysers as all_analysers
from monitor.comparison import Changes, Comparison
from monitor.comparison import compare as compared
from schemas.analysis import Priority
from storage import analysers as stored

_NAMED = "An analyser's id or its start, or the name of its model where that is enough."
#: What the script that went before was judged by; shown beside what is, and nothing is done to reach it.
_OLD_TARGETS = "the old rules wanted errors below 3 % and narratives of 2,200 to 3,100 characters"


def analysers(db: options.Db = None, json: options.Json = False) -> None:
    """List what made the stored analyses: models, and rules.

    The results of the promoted one count first.
    """
    with workspace.existing(workspace.settings_of(db=db)) as database, database.read() as connection:
        lines = all_analysers(connection)
    if json:
        print_json([line.as_json() for line in lines])
        return
    OUT.print(_table(lines))
    say(f"sure: mean confidence; urgent: share of high and critical as the analyser saw it; {_OLD_TARGETS}")


def compare(
    first: Annotated[str, typer.Argument(metavar="A", help=_NAMED)],
    second: Annotated[str, typer.Argument(metavar="B", help=_NAMED)],
    db: options.Db = None,
    json: options.Json = False,
) -> None:
    """Say what analyser B finds otherwise than A.

    In the chains that both have analysed.
    """
    with workspace.existing(workspace.settings_of(db=db)) as database, database.read() as connection:
        found = compared(connection, _one(connection, first), _one(connection, second))
    if json:
        print_json(found.as_json())
    else:
        _print(found)
    if not found.chains:
        raise Stop(Exit.FAILURES, "no chain was analysed by both: `chainmail reanalyse` lets one follow the other")


def promote(
    analyser: Annotated[str | None, typer.Argument(metavar="ANALYSER", help=_NAMED)] = None,
    none: Annotated[
        bool, typer.Option("--none", help="Nobody's before others: of each chain the last analysis by a model.")
    ] = False,
    db: options.Db = None,
) -> None:
    """Let one analyser's results be the current ones.

    Wherever it has analysed the newest of a chain's revisions that anybody has.
    """
    if none == (analyser is not None):
        raise Stop(Exit.USAGE, "name the analyser, or --none: `chainmail analysers` lists them")
    with workspace.existing(workspace.settings_of(db=db)) as database, database.write() as connection:
        chosen = _one(connection, analyser) if analyser is not None else None
        stored.promote(connection, chosen, datetime.now(UTC))
    say(f"{chosen} is promoted" if chosen else "nobody is promoted")


def _one(connection: Connection, word: str) -> str:
    found = stored.named(connection, word)
    if len(found) == 1:
        return found[0]
    what = "no analyser is" if not found else f"{len(found)} analysers are ({', '.join(found)})"
    raise Stop(Exit.USAGE, f"{what} named by {word!r}: `chainmail analysers` lists them")


def _table(lines: list[AnalyserLine]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, width in (("analyser", 16), ("model", 12), ("digest", 8), ("prompt", 8)):
        table.add_column(name, min_width=width, no_wrap=True)
    for name in ("chains", "current", "sure", "urgent", "errors", "narrative", "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for line in lines:
        table.add_row(
            line.analyser_id,
            Text(f"{in_a_line(line.model)} (no model)" if line.made_by == "code" else in_a_line(line.model)),
            Text(line.model_digest[:8]),
            line.prompt_version[:8],
            str(line.chains),
            str(line.current),
            *(_share(value) for value in (line.mean_confidence, line.high_share, line.error_rate)),
            f"{line.narrative_chars:,}" if line.narrative_chars else "-",
            f"{line.mean_s:.1f}" if line.mean_s is not None else "-",
            "promoted" if line.promoted_at else "",
        )
    return table


def _share(value: float | None) -> str:
    return f"{value:.1%}" if value is not None else "-"


def _print(found: Comparison) -> None:
    OUT.print(f"{found.first} → {found.second}: {found.chains} chains analysed by both")
    if not found.chains:
        return
    OUT.print(_confusion(found))
    moved = sum(count for (before, after), count in found.categories.items() if before != after)
    OUT.print(f"category: {moved} changed; business value: {found.values_changed} changed")
    OUT.print(f"amounts: {_words(found.amounts)}")
    OUT.print(f"action items: {_words(found.action_items)}")
    before, after = found.mean_confidence or (0.0, 0.0)
    OUT.print(f"mean confidence: {before:.1%} → {after:.1%}")
    for change in found.most:
        priority = " → ".join(dict.fromkeys(change.priority))
        category = " → ".join(dict.fromkeys(change.category))
        OUT.print(f"  show {change.chain_id[:8]}  {priority}; {category}; {in_a_line(change.subject)}")


def _confusion(found: Comparison) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="priority: rows as A, columns as B", title_justify="left")
    table.add_column("")
    for after in Priority:
        table.add_column(after.value, justify="right")
    for before in Priority:
        counts = (found.priorities[before.value, after.value] for after in Priority)
        table.add_row(before.value, *(str(count) if count else "·" for count in counts))
    return table


def _words(changes: Changes) -> str:
    return f"{changes.same} the same, {changes.added} added, {changes.removed} removed, {changes.changed} changed"
