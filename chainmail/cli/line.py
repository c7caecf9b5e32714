"""The producer's stations of one command: mail into the ledger, chains onto the topics, now or as it arrives."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from chainmail.cli import upkeep, workspace
from chainmail.cli.speech import bar, human_bytes, human_duration, say
from chainmail.cli.untrusted import in_a_line
from chainmail.records import BrokerUnreachableError
from chainmail.settings import Settings
from chainmail.turn import turn
from monitor.progress import Progress, progress
from producer.counts import Counts
from producer.exclusion import Exclusion
from producer.publish import Outbox
from producer.run import Intake, newest_of
from producer.sources.source import Source
from storage import outbox
from storage.engine import Database
from storage.outbox import Phase, Selection
from storage.tables import AnalysisRow, RawMail

#: What an analysis takes where nobody has measured yet: the usual model on a usual machine.
_USUAL_ANALYSIS_S = 30.0
#: The same by rules alone.
_USUAL_RULES_S = 0.1
_SHOWN_COMPLAINTS = 10
#: While following, the outbox is looked at this often where chains settle, and where nothing arrives.
_LOOK_S, _QUIET_LOOK_S = 1.0, 15.0
#: A broker that does not answer is asked again after this.
_BROKER_PAUSE_S = 5.0
#: Between two looks for mail that is too old, and for deletions that Kafka has to clean up behind.
_UPKEEP_S = 3_600.0


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
    has_topics: bool = False
    named: int = 0
    kept_up_s: float | None = None

    def ingest(self, sources: Sequence[Source], *, topic: str, tick: Callable[[], None] = lambda: None) -> None:
        """Take all mail of *sources* into the ledger; *tick* is called in between."""
        total = sum(source.count() for source in sources)
        with importing(self.settings, self.stopping.is_set), bar("reading mail", total) as advance:
            for taken in self._intake(topic).take(sources, self.stopping.is_set, total):
                advance(taken)
                tick()
        self._name_complaints()

    def _intake(self, topic: str) -> Intake:
        exclusion = Exclusion.of(self.settings.exclude)
        return Intake(self.database, topic, self.counts, exclusion, self.settings.trace_path)

    def follow(self, sources: Sequence[Source], wish: Wish) -> None:
        """Take what arrives at *sources* and publish it, until stopped; while the broker is down it waits."""
        bell = threading.Event()
        bell.set()  # what waits from before
        with ThreadPoolExecutor(1, "intake") as pool:
            taking = pool.submit(self._intake(self.settings.topic).follow, sources, self.stopping, bell.set)
            taking.add_done_callback(lambda _ended: bell.set())
            look_s = _LOOK_S if self.settings.settle_s else _QUIET_LOOK_S
            while not self.stopping.is_set():
                bell.wait(look_s)
                bell.clear()
                self._name_complaints()
                if not self._published(wish):
                    bell.set()
                    self.stopping.wait(_BROKER_PAUSE_S)
            taking.result()

    def _published(self, wish: Wish) -> bool:
        """Publish what has settled; tell whether the broker took it."""
        try:
            self.publish(self.selection(wish, settle_s=self.settings.settle_s))
        except BrokerUnreachableError as error:
            say(f"{error}; what has arrived waits in the outbox")
            return False
        return True

    def _name_complaints(self) -> None:
        """Name what was no mail or could not be read: all of it in a log, the first here."""
        complaints = [in_a_line(each) for each in self.counts.complaints[self.named :]]
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

    def selection(self, wish: Wish, *, settle_s: float = 0) -> Selection:
        """Return what *wish* means for the mail in the ledger; chains that changed within *settle_s* wait."""
        since_at = None
        if wish.hours is not None:
            since_at = newest_of(self.database, as_of_newest=wish.as_of_newest) - timedelta(hours=wish.hours)
        return Selection(
            since_at=since_at,
            phase=wish.phase,
            without_bulk=tuple(kind for kind, policy in self.settings.bulk_policies.items() if policy == "skip"),
            settled_at=datetime.now(UTC) - timedelta(seconds=settle_s) if settle_s else None,
        )

    def publish(self, selection: Selection, tick: Callable[[], None] = lambda: None) -> None:
        """Publish what waits and is selected.

        Raises:
            BrokerUnreachableError: Nobody took it; it waits in the outbox.
        """
        self._keep_up()
        with self.database.read() as connection:
            total = outbox.count_pending(connection, selection)
            waits = total or outbox.has_pending(connection, selection)
            self.counts.skipped = outbox.count_bulk(connection, selection)
        if not waits:
            return
        self.ensure_topics()
        with bar("publishing chains", total) as advance:
            for count in self.outbox.publish(selection, self.stopping.is_set, _is_publishing):
                self.counts.published += count
                advance(count)
                tick()
        self._name_refused()

    def _name_refused(self) -> None:
        """Say which chains the broker does not take; they stay in the outbox."""
        refused, self.outbox.refused[:] = list(self.outbox.refused), []
        if refused:
            say(
                f"{len(refused)} chains are larger than the broker takes (first: {refused[0]}): raise its "
                "message.max.bytes, or lower CHAINMAIL_MAX_CHAIN_BYTES, then run the same command again"
            )

    def _keep_up(self) -> None:
        """Once an hour, and before anything is published: forget what is too old, clean up behind deletions."""
        if self.kept_up_s is None or time.monotonic() - self.kept_up_s >= _UPKEEP_S:
            upkeep.retain(self.outbox)
            upkeep.clean(self.outbox)
            self.kept_up_s = time.monotonic()

    def ensure_topics(self) -> None:
        """Make sure, once, that the topics exist.

        Raises:
            BrokerUnreachableError: No broker answers.
        """
        if self.has_topics:
            return
        from chainmail.kafka import Admin

        admin = Admin(self.settings)
        try:
            partitions = admin.ensure_topics(self.settings.workers)
        finally:
            admin.close()
        self.has_topics = True
        if partitions != self.settings.workers:
            say(mismatch(self.settings.workers, partitions))

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
            made_by = "code" if self.settings.model_server == "none" else "model"
            seconds = connection.scalar(select(func.avg(AnalysisRow.model_s)).where(AnalysisRow.made_by == made_by))
            size_bytes = connection.scalar(select(func.sum(RawMail.size_bytes))) or 0
        if not waiting:
            say("nothing waits: all chains are analysed")
            return
        source = "measured here" if seconds else "a guess until the first answers"
        usual_s = _USUAL_RULES_S if self.settings.model_server == "none" else _USUAL_ANALYSIS_S
        total_s = waiting * (seconds or usual_s) / self.settings.workers
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
    """Yield the stations; the broker is met when something is published."""
    from chainmail.kafka import Publisher

    publisher = Publisher(settings)
    try:
        yield Line(settings, database, Outbox(database, publisher, settings, ledger_id), stopping, Counts())
    finally:
        publisher.close()


def mismatch(workers: int, partitions: int) -> str:
    """Return what it means that the topics have another number of partitions than there are workers."""
    if workers > partitions:
        return f"{workers} workers on {partitions} partitions: {workers - partitions} will idle until another dies"
    most = -(-partitions // workers)
    return (
        f"{workers} workers on {partitions} partitions: one of them has {most}, so the speed is that of "
        f"{partitions / most:.3g} workers"
    )
