"""Options that several commands share, with the words that `--help` says."""

from __future__ import annotations

import signal
import threading
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from chainmail.children import when_signalled
from chainmail.cli.speech import say
from chainmail.settings import Settings
from producer.exclusion import Exclusion
from producer.sources.recognise import MailServers, open_source
from producer.sources.source import Source, SourceKind


def _usual(name: str) -> str:
    """Return what a setting is where nobody has set it."""
    return f"{Settings.model_fields[name].default} unless set."


Sources = Annotated[
    list[str],
    typer.Argument(
        metavar="SOURCE",
        help="Maildir, mbox, .eml, a folder or zip of them; imaps://user@host/FOLDER; account:NAME of chainmail.toml.",
    ),
]
Db = Annotated[
    str | None, typer.Option("--db", metavar="PATH-or-URL", help=f"SQLite file or SQLAlchemy URL; {_usual('db')}")
]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help=f"Member processes; {_usual('workers')}")]
InFlight = Annotated[
    int | None, typer.Option("--in-flight", min=1, help=f"Analyses at once in one member; {_usual('in_flight')}")
]
MaxPerMinute = Annotated[
    float | None,
    typer.Option(
        "--max-per-minute",
        min=0.01,
        metavar="N",
        help="Ceiling of model calls a minute, all members together; none unless set.",
    ),
]
Grace = Annotated[
    float | None,
    typer.Option(
        "--grace",
        min=0,
        metavar="SECONDS",
        help=f"After a signal, work in flight may take this long; {_usual('grace_s')}",
    ),
]
HealthPort = Annotated[
    int | None,
    typer.Option(
        "--health-port", min=0, max=65_535, help="Serve /live, /ready and /metrics there; 0: nowhere, as usual."
    ),
]
Hours = Annotated[
    float | None,
    typer.Option(
        "--hours", min=0, metavar="HOURS", help="Publish only chains whose newest email is younger; all unless given."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Data for programs on stdout.")]
Follow = Annotated[bool, typer.Option("--follow", help="Go on: take mail as it arrives, to the live topic.")]
UntilEmpty = Annotated[bool, typer.Option("--until-empty", help="End when nothing waits; else go on until Ctrl-C.")]
NoLlm = Annotated[bool, typer.Option("--no-llm", help="Analyse by rules alone: no model is asked.")]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="WHAT", help="Never take in: an address, @domain or folder. May be repeated."),
]
Settle = Annotated[
    float | None,
    typer.Option(
        "--settle",
        min=0,
        metavar="SECONDS",
        help=f"With --follow: publish a chain when nothing came for so long; {_usual('settle_s')}",
    ),
]
Kind = Annotated[SourceKind | None, typer.Option("--kind", help="Take SOURCE for this kind instead of finding out.")]


class AsOf(StrEnum):
    """What `--hours` counts back from."""

    NOW = "now"
    NEWEST = "newest"


class PhaseOption(StrEnum):
    """Which chains to publish."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    ALL = "all"


AsOfOption = Annotated[AsOf, typer.Option("--as-of", help="Count --hours from now, or from the newest mail.")]
Phase = Annotated[
    PhaseOption, typer.Option("--phase", help="Publish chains of which all mail is at hand, those with gaps, or all.")
]


def opened(sources: list[str], kind: SourceKind | None, settings: Settings) -> list[Source]:
    """Return the sources, opened, without the folders that are left out."""
    leaves_out = Exclusion.of(settings.exclude).of_folder
    servers = MailServers(settings.accounts, settings.imap_password, say)
    return [open_source(source, kind, leaves_out, servers) for source in sources]


def stop_on_signals() -> threading.Event:
    """Return an event that SIGTERM or Ctrl-C sets; a second one ends the program at once."""
    stopping = threading.Event()

    def stop(number: int) -> None:
        if number == signal.SIGINT:
            interrupted.set()
        stopping.set()
        say("stopping: work in flight is finished first (again: at once)")

    def leave(_: int) -> None:
        raise KeyboardInterrupt

    when_signalled(stop, leave)
    return stopping


#: Set when Ctrl-C, not SIGTERM, ended the work: exit code 130.
interrupted = threading.Event()


def moment(text: str | None) -> datetime | None:
    """Read `--since`: an ISO date or time; without a zone it is UTC."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no ISO date (2026-11-24) or time (2026-11-24T08:00)") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
