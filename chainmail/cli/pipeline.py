"""The group members of one command: started, kept at work until nothing waits, stopped in order."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from chainmail.cli import workspace
from chainmail.cli.line import Line
from chainmail.cli.speech import Exit, Stop, bar, say
from chainmail.cli.stand_in import StandIn
from chainmail.settings import Settings
from consumer.supervise import CrashLoopError, Supervisor
from monitor.progress import Progress, progress
from storage import workers
from storage.engine import Database
from storage.outcomes import OutcomeKind

_TICK_S = 0.2
#: Counting takes some 50 ms at 25,000 chains, so it is done no more often than this.
_LOOK_S = 1.0


@contextmanager
def members(settings: Settings, database: Database, stopping: threading.Event) -> Iterator[Supervisor]:
    """Run the members, and the health port, while the block does; stop them in order afterwards.

    A second signal ends the members at once. Where others are in the group, the stopped members leave it.

    Raises:
        Stop: The health port is taken.
    """
    from consumer import roster

    supervisor = Supervisor(settings, settings.workers)
    with database.write() as connection:
        workers.forget(connection, socket.gethostname(), keep=settings.workers)
    with _probes(settings, supervisor, stopping):
        roster.tidy_at_start(settings, settings.workers)
        try:
            supervisor.tick()
            yield supervisor
        except KeyboardInterrupt:
            supervisor.kill()
            raise
        finally:
            stopping.set()
            supervisor.stop(patience_s=settings.grace_s + 5, say=say)
            roster.tidy_at_stop(settings)


@contextmanager
def _probes(settings: Settings, supervisor: Supervisor, stopping: threading.Event) -> Iterator[None]:
    if not settings.health_port:
        yield
        return
    from monitor.health import Supervised
    from monitor.probes import PortTakenError, serving

    def supervised() -> Supervised:
        return Supervised.of(
            supervisor.pids,
            supervisor.restarts,
            ticked_ago_s=supervisor.ticked_ago_s,
            stopping=stopping.is_set(),
            given_up=supervisor.given_up,
        )

    with ExitStack() as opened:
        try:
            opened.enter_context(serving(settings, supervised, lambda: workspace.positions(settings)[0]))
        except PortTakenError as error:
            raise Stop(Exit.USAGE, str(error)) from error
        yield


def tick(supervisor: Supervisor) -> None:
    """Let *supervisor* start what is missing.

    Raises:
        Stop: The members cannot run.
    """
    try:
        supervisor.tick()
    except CrashLoopError as error:
        raise Stop(Exit.FAILURES, str(error)) from error


def supervise(
    line: Line, supervisor: Supervisor, *, until_empty: bool, on_progress: Callable[[Progress], None] = lambda _p: None
) -> Progress:
    """Keep the members at work until stopped or, where wanted, until nothing waits; return the last state.

    Raises:
        Stop: The members cannot run.
    """
    looked_s = 0.0
    with bar("analysing") as advance, closing_stand_in(line) as stand_in:
        while True:
            tick(supervisor)
            if line.stopping.is_set() or time.monotonic() - looked_s >= _LOOK_S:
                looked_s = time.monotonic()
                now = line.progress()
                on_progress(now)
                stand_in.look(now.at_work)
                advance(done=sum(now.outcomes.values()), total=now.published, words=_words(now))
                if line.stopping.is_set() or (until_empty and not now.waiting and not now.in_flight):
                    return line.progress(with_offsets=True)
            line.stopping.wait(_TICK_S)


@contextmanager
def closing_stand_in(line: Line) -> Iterator[StandIn]:
    """Yield what analyses by rules while no model answers; it ends with the block."""
    stand_in = StandIn(line.settings, line.database)
    try:
        yield stand_in
    finally:
        stand_in.stop()


def dead_lettered(database: Database, settings: Settings) -> int:
    """Return how many records have been given up on so far."""
    with database.read() as connection:
        return progress(connection, settings, None).outcomes.get(OutcomeKind.DEAD_LETTERED, 0)


def _words(now: Progress) -> str:
    eta = f", done about {now.eta_at.astimezone():%H:%M}" if now.eta_at else ""
    rate = f", {now.rate_per_minute:.1f} a minute" if now.rate_per_minute else ""
    states = ", ".join(sorted({beat.state for beat in now.at_work})) or "starting"
    return f"analysing ({len(now.at_work)} workers: {states}{rate}{eta})"
