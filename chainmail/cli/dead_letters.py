"""`dead-letters list | show | redrive | park`: records given up on, and what to do with them."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from chainmail.cli import options, workspace
from chainmail.cli.letters import Bytes, as_json, named, print_letter, print_letters, to_json
from chainmail.cli.speech import Exit, Stop, bar, print_json, say
from chainmail.records import BrokerUnreachableError
from chainmail.settings import Settings
from storage import dead_letters
from storage.dead_letters import Letter, LetterState
from storage.engine import Database

if TYPE_CHECKING:  # lists come from the database alone: they need no Kafka library
    from consumer.redrive import Original, Redriven

app = typer.Typer(
    help="Records that were given up on, and what to do with them.",
    no_args_is_help=True,
)


class StateOption(StrEnum):
    """Which dead letters to list."""

    OPEN = "open"
    PARKED = "parked"
    REDRIVEN = "redriven"
    SUPERSEDED = "superseded"
    ALL = "all"


#: A letter whose redrive was interrupted is still to be dealt with.
_STATES = {
    None: (LetterState.OPEN, LetterState.REDRIVING, LetterState.PARKED),
    StateOption.OPEN: (LetterState.OPEN, LetterState.REDRIVING),
    StateOption.PARKED: (LetterState.PARKED,),
    StateOption.REDRIVEN: (LetterState.REDRIVEN,),
    StateOption.SUPERSEDED: (LetterState.SUPERSEDED,),
    StateOption.ALL: tuple(LetterState),
}

_ID = "topic/partition/offset of the record, its beginning, or partition/offset."
Id = Annotated[str, typer.Argument(metavar="ID", help=_ID)]
Ids = Annotated[list[str] | None, typer.Argument(metavar="ID", help=_ID)]
All = Annotated[bool, typer.Option("--all", help="All that are open.")]
ErrorClass = Annotated[
    str | None, typer.Option("--error", metavar="CLASS", help="Those that are open with this error.")
]
ErrorFilter = Annotated[str | None, typer.Option("--error", metavar="CLASS", help="Only those with this error.")]
State = Annotated[StateOption | None, typer.Option("--state", help="Only these; open and parked ones unless set.")]


@app.command("list")
def list_letters(
    db: options.Db = None, state: State = None, error: ErrorFilter = None, json: options.Json = False
) -> None:
    """List the records given up on, the first one first.

    Needs the database alone.
    """
    settings = workspace.settings_of(db=db)
    with workspace.existing(settings) as database:
        letters = _listed(database, settings, states=_STATES[state], error_class=error)
        total = len(_listed(database, settings))
    if json:
        print_json([as_json(letter) for letter in letters])
        return
    print_letters(letters)
    if len(letters) < total:
        say(f"{total - len(letters)} more are not shown: `chainmail dead-letters list --state all`")


@app.command()
def show(letter_id: Id, db: options.Db = None, json: options.Json = False) -> None:
    """Show one record: why it was given up, and what it is.

    And what the model said.
    """
    settings = workspace.settings_of(db=db)
    with workspace.existing(settings) as database:
        (letter,) = named([letter_id], _listed(database, settings))
    found = _bytes_of(settings, letter)
    if json:
        print_json(to_json(letter, found))
    else:
        print_letter(letter, found, settings)


@app.command()
def redrive(ids: Ids = None, all_: All = False, error: ErrorClass = None, db: options.Db = None) -> None:
    """Put records back to be analysed again.

    Those named by ID (parked ones too), all that are open, or those with one error.

    The original bytes go to the backlog topic. A record of which there is a newer revision is closed instead, one
    that was redriven too often is parked.
    """
    settings = workspace.settings_of(db=db)
    with workspace.existing(settings) as database:
        letters = _chosen(database, settings, ids, all_=all_, error=error)
        interrupted = _listed(database, settings, states=(LetterState.REDRIVING,))
        letters = list({letter.letter_id: letter for letter in [*interrupted, *letters]}.values())
        if not letters:
            say("no dead letter is open: nothing to redrive")
            return
        ended = _redrive(database, workspace.reachable(settings, model=False), letters)
    count = Counter(each.ending.value for each in ended)
    say(", ".join(f"{count[ending]} {ending}" for ending in ("redriven", "superseded", "parked", "gone")))
    if count["redriven"]:
        say("members at work analyse them; without any: `chainmail work --until-empty`")
    if count["gone"]:
        raise Stop(Exit.FAILURES, "what is gone stays open: `chainmail dead-letters park` ends it")


@app.command()
def park(ids: Ids = None, all_: All = False, error: ErrorClass = None, db: options.Db = None) -> None:
    """Keep records without trying them again.

    Those named by ID, all that are open, or those with one error.
    """
    settings = workspace.settings_of(db=db)
    with workspace.existing(settings) as database:
        letters = _chosen(database, settings, ids, all_=all_, error=error)
        with database.write() as connection:
            for letter in letters:
                dead_letters.mark(connection, letter.coordinates, LetterState.PARKED, now=datetime.now(UTC))
    say(f"{len(letters)} parked")


def _listed(
    database: Database,
    settings: Settings,
    *,
    states: tuple[LetterState, ...] = tuple(LetterState),
    error_class: str | None = None,
) -> list[Letter]:
    topics = (settings.topic, settings.backlog_topic)
    with database.read() as connection:
        return dead_letters.listed(connection, settings.group, topics, states=states, error_class=error_class)


def _chosen(
    database: Database, settings: Settings, ids: list[str] | None, *, all_: bool, error: str | None
) -> list[Letter]:
    """Return the letters that the command line names; exactly one way of naming must be given."""
    if sum((bool(ids), all_, error is not None)) != 1:
        raise Stop(Exit.USAGE, "name the dead letters in one way: IDs, or --all, or --error CLASS")
    if ids:
        letters = named(ids, _listed(database, settings))
        for each in letters:
            if each.state in {LetterState.REDRIVEN, LetterState.SUPERSEDED}:
                raise Stop(Exit.USAGE, f"{each.letter_id} is {each.state} already: nothing is left to do with it")
        return letters
    found = _listed(database, settings, states=_STATES[StateOption.OPEN], error_class=error)
    if error is not None and not found:
        classes = sorted({each.error_class for each in _listed(database, settings, states=_STATES[StateOption.OPEN])})
        there = f"open ones have {', '.join(classes)}" if classes else "none is open"
        raise Stop(Exit.USAGE, f"no open dead letter has the error {error!r}: {there}")
    return found


def _redrive(database: Database, settings: Settings, letters: list[Letter]) -> list[Redriven]:
    from chainmail.kafka_reader import Reader
    from consumer.dead_letters import wide_publisher
    from consumer.redrive import Ending, Redriver

    ended: list[Redriven] = []
    with (
        workspace.tracing(settings, "redrive"),
        closing(Reader(settings)) as reader,
        closing(wide_publisher(settings)) as publisher,
        bar("redriving", len(letters)) as advance,
    ):
        redriver = Redriver(database=database, publisher=publisher, reader=reader, settings=settings)
        for each in redriver.redrive(letters):
            ended.append(each)
            advance(1)
            if each.ending is not Ending.REDRIVEN:
                say(f"{each.letter.letter_id}: {each.words}")
    return ended


def _bytes_of(settings: Settings, letter: Letter) -> Bytes:
    """Return the original record, or why it cannot be read now."""
    try:
        settings = workspace.reachable(settings, model=False)
    except Stop as stop:
        return Bytes(None, str(stop))
    from chainmail.kafka_reader import Reader
    from consumer.redrive import read_original

    try:
        with closing(Reader(settings)) as reader:
            found: Original | None = read_original(reader, letter, settings)
    except BrokerUnreachableError as error:
        return Bytes(None, str(error))
    gone = "the dead-letter topic keeps them no longer (retention): park it"
    return Bytes(found, "" if found is not None else gone)
