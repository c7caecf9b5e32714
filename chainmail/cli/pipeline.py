"""The flow of `run`, `ingest`, `work` and `demo`: ingest → publish → supervise until nothing waits."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from chainmail.cli import workspace
from chainmail.cli.speech import Exit, Stop, bar, human_bytes, human_duration, say
from chainmail.records import BrokerUnreachableError
from chainmail.settings import Settings
from chainmail.turn import turn
from consumer.supervise import CrashLoopError, Supervisor
from monitor.progress import Progress, progress
from producer.counts import Counts
from producer.exclusion import Exclusion
from producer.publish import Outbox
from producer.run import Intake, newest_of
from producer.sources.source import Source
from storage import outbox, workers
from storage.engine import Database
from storage.outbox import Phase, Selection
from storage.outcomes import OutcomeKind
from storage.tables import AnalysisRow, RawMail

#: What an analysis takes where nobody has measured yet: the usual model on a usual machine.
_USUAL_ANALYSIS_S = 30.0
_TICK_S = 0.2
_SHOWN_COMPLAINTS = 10
#: Counting takes some 50 ms at 25,000 chains, so it is done no more often than this.
_LOOK_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Which chains the user wants published."""

    hours: float | None = None
    as_of_newest: bool = False
    phase: Phase = "all"


@dataclass
class Line:
    """The stations of one command; made by `open_line`."""

    settings: Settings
    database: Database
    outbox: Outbox
    stopping: threading.Event
    counts: Counts
    named: int = 0

    def ingest(self, sources: Sequence[Source], *, topic: str, tick: Callable[[], None] = lambda: None) -> None:
        """Take all mail of *sources* into the ledger; *tick* is called in between."""
        total = sum(source.count() for source in sources)
        with importing(self.settings, self.stopping.is_set), bar("reading mail", total) as advance:
            for taken in self._intake(topic).take(sources, self.stopping.is_set, total):
                advance(taken)
                tick()
        self._name_complaints()

    def _intake(self, topic: str) -> Intake:
        return Intake(self.database, topic, self.counts, Exclusion.of(self.settings.exclude))

    def follow(self, sources: Sequence[Source], wish: Wish) -> None:
        """Take what arrives at *sources* and publish it, until stopped; while the broker is down it waits."""
        bell = threading.Event()
        bell.set()  # what waits from before
        with ThreadPoolExecutor(1, "intake") as pool:
            taking = pool.submit(self._intake(self.settings.topic).follow, sources, self.stopping, bell.set)
            while not self.stopping.is_set():
                bell.wait(_LOOK_S)
                bell.clear()
                self._name_complaints()
                self._publish_if_possible(wish)
            taking.result()
        self._publish_if_possible(wish)

    def _publish_if_possible(self, wish: Wish) -> None:
        try:
            self.publish(self.selection(wish))
        except BrokerUnreachableError as error:
            say(f"{error}; what has arrived waits in the outbox")

    def _name_complaints(self) -> None:
        """Name what was no mail or could not be read: all of it in a log, the first here."""
        complaints = self.counts.complaints[self.named :]
        if not complaints:
            return
        self.named += len(complaints)
        log = self.settings.home_path / "logs" / "ingest.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(f"{complaint}\n" for complaint in complaints)
        for complaint in complaints[:_SHOWN_COMPLAINTS]:
            say(f"  {complaint}")
        if len(complaints) > _SHOWN_COMPLAINTS:
            say(f"  … and {len(complaints) - _SHOWN_COMPLAINTS} more: all are named in {log}")

    def selection(self, wish: Wish) -> Selection:
        """Return what *wish* means for the mail in the ledger."""
        settings = self.settings
        policies = {
            "list": settings.bulk_lists,
            "newsletter": settings.bulk_newsletters,
            "automatic": settings.bulk_automatic,
        }
        since_at = None
        if wish.hours is not None:
            since_at = newest_of(self.database, as_of_newest=wish.as_of_newest) - timedelta(hours=wish.hours)
        return Selection(
            since_at=since_at,
            phase=wish.phase,
            without_bulk=tuple(kind for kind, policy in policies.items() if policy == "skip"),
            settled_at=datetime.now(UTC) - timedelta(seconds=settings.settle_s) if settings.settle_s else None,
        )

    def publish(self, selection: Selection, tick: Callable[[], None] = lambda: None) -> None:
        """Publish what waits and is selected."""
        with self.database.read() as connection:
            total = outbox.count_pending(connection, selection)
            waits = total or outbox.has_pending(connection, selection)
            self.counts.skipped = outbox.count_bulk(connection, selection)
        if not waits:
            return
        with bar("publishing chains", total) as advance:
            for count in self.outbox.publish(selection, self.stopping.is_set, _is_publishing):
                self.counts.published += count
                advance(count)
                tick()

    def progress(self, *, with_offsets: bool = False) -> Progress:
        """Return the state of the work; *with_offsets* asks the broker too, so that nothing unaccounted is missed."""
        positions, error = workspace.positions(self.settings) if with_offsets else (None, None)
        with self.database.read() as connection:
            return progress(connection, self.settings, positions, error)

    def announce(self, selection: Selection) -> None:
        """Say how many chains, how long, how much disk, before the long part begins."""
        with self.database.read() as connection:
            chains = outbox.count_pending(connection, selection)
            waiting = chains + sum(progress(connection, self.settings, None).unfinished.values())
            seconds = connection.scalar(select(func.avg(AnalysisRow.model_s)))
            size_bytes = connection.scalar(select(func.sum(RawMail.size_bytes))) or 0
        if not waiting:
            say("nothing waits: all chains are analysed")
            return
        source = "measured here" if seconds else "a guess until the first answers"
        total_s = waiting * (seconds or _USUAL_ANALYSIS_S) / self.settings.workers
        free = shutil.disk_usage(self.settings.home_path).free
        say(
            f"{waiting} chains to analyse by {self.settings.workers} workers: about {human_duration(total_s)} "
            f"({source}); disk: about {human_bytes(size_bytes * 1.5)} of {human_bytes(free)} free"
        )


@contextmanager
def importing(settings: Settings, stop: Callable[[], bool]) -> Iterator[None]:
    """Let one import at a time take mail into the ledger, so that each can say what it brought."""

    def on_wait(pid: str) -> None:
        say(f"another import (pid {pid}) is at work on this ledger: waiting until it is done")

    with turn(settings.home_path / "locks" / "import.lock", stop, on_wait):
        yield


def _is_publishing(pid: str) -> None:
    say(f"another process (pid {pid}) is publishing from this ledger: waiting for our turn")


@contextmanager
def open_line(settings: Settings, database: Database, ledger_id: str, stopping: threading.Event) -> Iterator[Line]:
    """Yield the stations, connected: the topics exist."""
    from chainmail.kafka import Admin, Publisher

    admin = Admin(settings)
    try:
        partitions = admin.ensure_topics(settings.workers)
    finally:
        admin.close()
    if partitions != settings.workers:
        say(mismatch(settings.workers, partitions))
    with ExitStack() as opened:
        publisher = Publisher(settings)
        opened.callback(publisher.close)
        yield Line(settings, database, Outbox(database, publisher, settings, ledger_id), stopping, Counts())


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
    with bar("analysing") as advance:
        while True:
            tick(supervisor)
            if line.stopping.is_set() or time.monotonic() - looked_s >= _LOOK_S:
                looked_s = time.monotonic()
                now = line.progress()
                on_progress(now)
                advance(done=sum(now.outcomes.values()), total=now.published, words=_words(now))
                if line.stopping.is_set() or (until_empty and not now.waiting and not now.in_flight):
                    return line.progress(with_offsets=True)
            line.stopping.wait(_TICK_S)


def dead_lettered(database: Database, settings: Settings) -> int:
    """Return how many records have been given up on so far."""
    with database.read() as connection:
        return progress(connection, settings, None).outcomes.get(OutcomeKind.DEAD_LETTERED, 0)


def _words(now: Progress) -> str:
    eta = f", done about {now.eta_at.astimezone():%H:%M}" if now.eta_at else ""
    rate = f", {now.rate_per_minute:.1f} a minute" if now.rate_per_minute else ""
    states = ", ".join(sorted({beat.state for beat in now.at_work})) or "starting"
    return f"analysing ({len(now.at_work)} workers: {states}{rate}{eta})"


def mismatch(workers: int, partitions: int) -> str:
    """Return what it means that the topics have another number of partitions than there are workers."""
    if workers > partitions:
        return f"{workers} workers on {partitions} partitions: {workers - partitions} will idle until another dies"
    most = -(-partitions // workers)
    return (
        f"{workers} workers on {partitions} partitions: one of them has {most}, so the speed is that of "
        f"{partitions / most:.3g} workers"
    )
