"""`run`, `ingest`, `work`: mail in, analyses out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

from chainmail.cli import options, workspace
from chainmail.cli.line import Line, Wish, open_line
from chainmail.cli.pipeline import dead_lettered, members, supervise, tick
from chainmail.cli.speech import Exit, Stop, print_json, say
from chainmail.cli.tables import print_chains, reconcile_line
from chainmail.local import stack
from chainmail.local.toy_model import NAME as TOY_MODEL
from chainmail.records import BrokerUnreachableError
from chainmail.settings import Settings
from consumer.house_file import house_rules
from consumer.supervise import Supervisor
from monitor.chains import Filter, chains
from monitor.progress import Progress
from producer.sources.source import Source

#: Rows of the table at the end of a run.
_SHOWN_CHAINS = 20


def run(  # noqa: PLR0913 - the options of design §9
    sources: options.Sources,
    workers: options.Workers = None,
    hours: options.Hours = None,
    as_of: options.AsOfOption = options.AsOf.NOW,
    db: options.Db = None,
    phase: options.Phase = options.PhaseOption.ALL,
    in_flight: options.InFlight = None,
    grace: options.Grace = None,
    max_per_minute: options.MaxPerMinute = None,
    health_port: options.HealthPort = None,
    kind: options.Kind = None,
    exclude: options.Exclude = None,
    settle: options.Settle = None,
    follow: options.Follow = False,
    no_llm: options.NoLlm = False,
    json: options.Json = False,
) -> None:
    """Ingest mail and analyse it: one command for the main job.

    Starts the embedded broker where CHAINMAIL_KAFKA_BOOTSTRAP is not set, says how many chains and how long,
    and ends when nothing waits (unless --follow). Stopped or killed, the same command goes on where it was.
    """
    settings = _settings_of_group(
        db, workers, in_flight, grace, max_per_minute, health_port, no_llm=no_llm, exclude=exclude, settle_s=settle
    )
    opened = options.opened(sources, kind, settings)
    if settings.model_server != "embedded":
        workspace.check_model(settings)
    wish = Wish(hours=hours, as_of_newest=as_of is options.AsOf.NEWEST, phase=phase.value)
    with whole_line(settings, "run") as (line, supervisor):
        before = dead_lettered(line.database, line.settings)
        _fill(line, opened, wish, partial(tick, supervisor))
        followed = following(line, opened, wish) if follow else None
        last = supervise(line, supervisor, until_empty=not follow)
        if followed is not None:
            followed.result()
        failures = dead_lettered(line.database, line.settings) - before
        report(line, last, as_json=json)
    finish(line, failures)


def _fill(line: Line, sources: list[Source], wish: Wish, ticking: Callable[[], None]) -> None:
    """Take what *sources* hold and publish it, telling first how much work that is."""
    line.ingest(sources, topic=line.settings.backlog_topic, tick=ticking)
    selection = line.selection(wish)
    line.announce(selection)
    line.publish(selection, ticking)


def ingest(  # noqa: PLR0913 - the options of design §9
    sources: options.Sources,
    hours: options.Hours = None,
    as_of: options.AsOfOption = options.AsOf.NOW,
    db: options.Db = None,
    phase: options.Phase = options.PhaseOption.ALL,
    kind: options.Kind = None,
    exclude: options.Exclude = None,
    settle: options.Settle = None,
    follow: options.Follow = False,
    json: options.Json = False,
) -> None:
    """Take mail into the database and publish its chains.

    The producer alone: `work` analyses them.
    """
    stopping = options.stop_on_signals()
    given = workspace.settings_of(db=db, exclude=exclude, settle_s=settle)
    settings = workspace.reachable(given, model=False)
    opened = options.opened(sources, kind, settings)
    wish = Wish(hours=hours, as_of_newest=as_of is options.AsOf.NEWEST, phase=phase.value)
    with (
        workspace.tracing(settings, "producer"),
        workspace.ledger(settings) as (database, ledger_id),
        open_line(settings, database, ledger_id, stopping) as line,
    ):
        line.ingest(opened, topic=settings.backlog_topic)
        trouble = _publish_if_possible(line, wish)
        if follow:
            following(line, opened, wish).result()
        if json:
            print_json(line.counts.as_json())
        say(summary(line))
    if trouble and not follow:
        raise Stop(Exit.UNREACHABLE, f"{trouble}\nwhat was taken waits in the outbox: the same command publishes it")
    finish(line, 0)


def _publish_if_possible(line: Line, wish: Wish) -> str:
    """Publish; return why that was not possible, or nothing."""
    try:
        line.publish(line.selection(wish))
    except BrokerUnreachableError as error:
        return str(error)
    return ""


def work(  # noqa: PLR0913 - the options of design §9
    workers: options.Workers = None,
    db: options.Db = None,
    in_flight: options.InFlight = None,
    grace: options.Grace = None,
    max_per_minute: options.MaxPerMinute = None,
    health_port: options.HealthPort = None,
    until_empty: options.UntilEmpty = False,
    no_llm: options.NoLlm = False,
) -> None:
    """Analyse what `ingest` has published.

    The members of the consumer group alone.
    """
    stopping = options.stop_on_signals()
    given = _settings_of_group(db, workers, in_flight, grace, max_per_minute, health_port, no_llm=no_llm)
    settings = workspace.reachable(given, model=True)
    workspace.check_model(settings)
    with (
        workspace.ledger(settings) as (database, ledger_id),
        open_line(settings, database, ledger_id, stopping) as line,
    ):
        line.ensure_topics()
        with members(settings, database, stopping) as supervisor:
            before = dead_lettered(database, settings)
            last = supervise(line, supervisor, until_empty=until_empty)
            failures = dead_lettered(database, settings) - before
            say(reconcile_line(last))
    finish(line, failures)


def _settings_of_group(
    db: str | None,
    workers: int | None,
    in_flight: int | None,
    grace_s: float | None,
    max_per_minute: float | None,
    health_port: int | None,
    *,
    no_llm: bool,
    **others: Any,
) -> Settings:
    settings = workspace.settings_of(
        model_server="none" if no_llm else None,
        db=db,
        workers=workers,
        in_flight=in_flight,
        grace_s=grace_s,
        max_per_minute=max_per_minute,
        health_port=health_port,
        **others,
    )
    house_rules(settings)  # what is wrong in them is said here, not in the members' logs
    return settings


@contextmanager
def whole_line(settings: Settings, command: str) -> Iterator[tuple[Line, Supervisor]]:
    """Yield all stations of one home, started and held by this process."""
    stopping = options.stop_on_signals()
    with (
        stack.hold_home(settings, f"chainmail {command}"),
        workspace.tracing(settings, "producer"),
        workspace.ledger(settings) as (database, ledger_id),
        workspace.embedded(settings, model=True) as connected,
        open_line(connected, database, ledger_id, stopping) as line,
    ):
        if connected.model_server == "embedded":
            workspace.check_model(connected)
        line.ensure_topics()
        with members(connected, database, stopping) as supervisor:
            yield line, supervisor


def following(line: Line, sources: list[Source], wish: Wish) -> Future[None]:
    """Take and publish what arrives, to the live topic, in threads that end with the command.

    What the broker does not take now waits in the outbox. Any other fault stops the command: the result raises it.
    """
    pool = ThreadPoolExecutor(1, "follow")
    future = pool.submit(line.follow, sources, wish)
    future.add_done_callback(lambda _ended: line.stopping.set())
    pool.shutdown(wait=False)
    say("following: mail is taken as it arrives (Ctrl-C ends)")
    return future


def report(line: Line, last: Progress, *, as_json: bool) -> None:
    """Print what came out: the results and the reconcile line, or the counts as JSON."""
    if as_json:
        print_json(line.counts.as_json())
    else:
        print_chains(line.database, Filter(analysed=True, limit=_SHOWN_CHAINS))
    say(summary(line))
    say(reconcile_line(last))
    where_next(line)


def where_next(line: Line) -> None:
    """Say what can be looked at now, in commands that can be copied."""
    with line.database.read() as connection:
        found = chains(connection, Filter(analysed=True, limit=1))
    if line.settings.model_server == "embedded":
        say(f"the built-in model is a toy ({TOY_MODEL}): it proves the path, not the analysis")
    words = ["chains", *(f"{verb} {found[0]['chain_id'][:8]}" for verb in ("show", "trace") if found), "status"]
    say("look around:")
    for word in words:
        say(f"  {sys.argv[0]} {word} --db {line.settings.db}")


def summary(line: Line) -> str:
    """Return what was read, in one line."""
    counts = line.counts
    left_out = "".join(
        f", {count} {words}"
        for count, words in (
            (counts.excluded, "left out (exclude)"),
            (counts.forgotten, "forgotten before"),
        )
        if count
    )
    skipped = f", {counts.skipped} skipped as bulk mail" if counts.skipped else ""
    return (
        f"{counts.messages} messages: {counts.emails} new emails, {counts.duplicates} duplicates, "
        f"{counts.unreadable} unreadable; {counts.not_mail} files that are not mail{left_out}; "
        f"{len(counts.chains)} chains, {counts.published} published{skipped}"
    )


def finish(line: Line, failures: int) -> None:
    """End with the exit code that the work deserves."""
    if options.interrupted.is_set():
        raise Stop(Exit.INTERRUPTED)
    if failures:
        raise Stop(Exit.FAILURES, f"{failures} chains were given up on: `chainmail dead-letters list` says why")
    if line.counts.unreadable:
        raise Stop(Exit.FAILURES, f"{line.counts.unreadable} messages could not be read; they are named above")
