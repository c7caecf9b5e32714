"""One group member as a process: `python -m consumer.member SLOT` (started by the supervisor).

Exit codes: 0 stopped when asked · 1 a fault that a restart may mend · 2 one that it will not.
"""

from __future__ import annotations

import hashlib
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil
from filelock import FileLock, Timeout
from sqlalchemy.exc import OperationalError

from chainmail import settings as settings_module
from chainmail import telemetry
from chainmail.children import when_parent_ends, when_signalled
from chainmail.records import BrokerUnreachableError
from chainmail.settings import Settings, SettingsError
from chainmail.span_store import SqliteSpanExporter
from consumer.analysis import by_code as rules
from consumer.analysis.analyse import Analyser
from consumer.analysis.by_code import CodeAnalyser
from consumer.analysis.calibration import CalibratedAnalyser
from consumer.analysis.models.pool import ModelPool
from consumer.analysis.models.select import model_server
from consumer.cancellation import Cancellation, cancellable
from consumer.curves import curves_of
from consumer.dead_letters import DeadLetterBox
from consumer.desk import Desk
from consumer.errors import PermanentError, TransientError
from consumer.house_file import HouseFile
from consumer.letter_limit import TooManyDeadLettersError
from consumer.meter import Meter
from consumer.process import Processor, WrongLedgerError
from consumer.warming import warm_up
from consumer.worker import Worker
from storage import migrate, workers
from storage.engine import Database
from storage.workers import Beat

_LOG = logging.getLogger("chainmail.member")
_BEAT_S = 1.0
#: What a member needs to leave once its work has ended, also where the broker is gone.
_LEAVE_S = 20.0


class SlotTakenError(RuntimeError):
    """Another process holds the slot: two members must not share a group id (the broker would let both run)."""


def worker_id(slot: int) -> str:
    """Return the name of the member in *slot* on this host."""
    return f"{socket.gethostname()}-{slot}"


def instance_id(settings: Settings, slot: int) -> str:
    """Return the static group id of a slot: the same after a restart, different for every home."""
    home = hashlib.sha256(str(settings.home_path).encode()).hexdigest()[:8]
    return f"chainmail-{socket.gethostname()}-{home}-{slot}"


def slot_lock(settings: Settings, slot: int) -> FileLock:
    """Return the lock of a slot, not held yet."""
    folder = settings.home_path / "slots"
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / f"{slot}.lock")


def hold_slot(settings: Settings, slot: int) -> FileLock:
    """Return the held lock of a slot.

    Raises:
        SlotTakenError: Another process holds it.
    """
    lock = slot_lock(settings, slot)
    try:
        # A member whose run was killed may still be finishing what it has in flight.
        lock.acquire(timeout=settings.grace_s + _LEAVE_S)
    except Timeout as error:
        raise SlotTakenError(f"slot {slot} of {settings.home_path} is held by another process") from error
    return lock


class Heart:
    """Leaves the member's beat in the database, about once a second, from its own thread."""

    def __init__(
        self, database: Database, desk: Desk, settings: Settings, *, worker: str, server: ModelPool | None
    ) -> None:
        self._database, self._desk, self._settings = database, desk, settings
        self._worker, self._server = worker, server
        self.is_warming = False
        self._started_at = datetime.now(UTC)
        self._stopped = threading.Event()
        self._process = psutil.Process()

    def start(self) -> None:
        """Beat until `stop`."""
        threading.Thread(target=self._run, name="heart", daemon=True).start()

    def stop(self) -> None:
        """Leave a last beat that says that the member has stopped."""
        self._stopped.set()
        self._beat("stopped")

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._beat("warming" if self.is_warming else self._desk.state)
            self._stopped.wait(_BEAT_S)

    def _beat(self, state: str) -> None:
        in_flight = self._desk.in_flight
        key = in_flight[0].record.key if in_flight else None
        beat = Beat(
            worker_id=self._worker,
            pid=os.getpid(),
            state=state,
            partitions=[str(partition) for partition in self._desk.partitions],
            chain_id=key.decode("utf-8", "replace") if key else None,
            in_flight=len(in_flight),
            slots=self._settings.in_flight,
            since_at=self._desk.since_at,
            completed=self._desk.completed,
            failed=self._desk.failed,
            model_busy_s=self._desk.model_busy_s,
            counters=self._desk.meter.amounts(),
            breakers=self._desk.breakers | (self._server.breakers() if self._server else {}),
            model_name=self._server.name if self._server else rules.NAME,
            model_server=self._settings.model_server,
            rss_bytes=self._process.memory_info().rss,
            started_at=self._started_at,
            beat_at=datetime.now(UTC),
        )
        try:
            with self._database.write() as connection:
                workers.leave_beat(connection, beat)
        except OperationalError as error:
            _LOG.warning("no beat left: %s", error.orig)


def run(settings: Settings, slot: int, on_stop: Callable[[Callable[[], None]], None]) -> None:
    """Be the member of *slot* until stopped; *on_stop* is given what stops it."""
    lock = hold_slot(settings, slot)
    database = Database(settings.db_url)
    ledger_id = migrate.check(database)
    meter = Meter()
    server = model_server(settings, meter=meter) if settings.model_server != "none" else None
    maker = Analyser(server, settings, meter=meter) if server else CodeAnalyser()
    analyser = CalibratedAnalyser(maker, curves_of(database))
    processor = Processor(
        database=database,
        analyser=analyser,
        group_id=settings.group,
        ledger_id=ledger_id,
        rules=HouseFile(settings).rules,
    )
    desk = Desk(settings, processor, DeadLetterBox(settings), worker_id=worker_id(slot), meter=meter)
    worker = Worker(settings, database, desk, instance_id=instance_id(settings, slot))
    warming = Cancellation()

    def stop() -> None:
        warming.throw()
        worker.stop()

    on_stop(stop)
    heart = Heart(database, desk, settings, worker=worker_id(slot), server=server)
    heart.is_warming = server is not None
    heart.start()
    try:
        if server:
            with cancellable(warming):
                warm_up(server, settings)
        heart.is_warming = False
        worker.run()
    finally:
        heart.stop()
        analyser.close()
        database.close()
        lock.release()


def main() -> int:
    """Run as a process; returns the exit code."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s", level=logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    slot = int(sys.argv[1])
    settings = settings_module.load()
    exporter = SqliteSpanExporter(Path(settings.trace_path))
    provider = telemetry.configure(f"member-{slot}", [exporter, *telemetry.exporters_of_environment()])
    try:
        run(settings, slot, _stop_on_signals)
    except (
        TooManyDeadLettersError,
        WrongLedgerError,
        SlotTakenError,
        SettingsError,
        PermanentError,
        migrate.OutdatedDatabaseError,
    ) as error:
        _LOG.error("%s", error)
        return 2
    except (BrokerUnreachableError, TransientError) as error:
        _LOG.error("%s", error)
        return 1
    finally:
        provider.shutdown()
    return 0


def _stop_on_signals(stop: Callable[[], None]) -> None:
    """First SIGTERM or SIGINT, or the parent's end: stop. A second signal leaves at once."""
    when_signalled(lambda _: stop(), lambda number: os._exit(128 + number))
    when_parent_ends(stop)


if __name__ == "__main__":
    sys.exit(main())
