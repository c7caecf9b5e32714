"""The stage of one case: a database, topics and a group of its own, the model server, and the program as processes.

What a case did to the program is undone before `settle`; then `verdict.check` looks at what is left.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from kafka.partitioner.default import murmur2
from sqlalchemy import func, select

from chainmail.kafka import Admin, Publisher
from chainmail.records import BrokerUnreachableError, Partition, Position
from chainmail.settings import PREFIX, Settings
from producer.counts import Counts
from producer.ingest import Ledger, ingest
from producer.publish import Outbox
from producer.sources.source import RawMail
from schemas.chain import hash_of_root
from storage import migrate
from storage.engine import Database
from storage.outbox import Selection
from storage.tables import OutcomeRow
from tests.acceptance.conftest import PROGRAM, clean_environment, descendants, running_with
from tests.mailbox import mail
from tests.servers.fake_model import FakeModel
from tests.servers.kafka import OwnBroker

#: Longest wait for something that takes seconds on a quiet machine.
PATIENCE_S = 60.0
_LOOK_S = 0.05


def partition_of(key: bytes, partitions: int) -> int:
    """Return where the Kafka client puts a key."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions


def chain_id(number: int) -> str:
    """Return the chain id of `tests.mailbox.mail(number)`."""
    return hash_of_root(f"{number}.0@acme.example")


def even(count: int, partitions: int, start: int = 0) -> list[int]:
    """Return *count* numbers of conversations, from *start*, as many of them in each partition."""
    left = Counter(dict.fromkeys(range(partitions), -(-count // partitions)))
    found: list[int] = []
    number = start
    while len(found) < count:
        home = partition_of(chain_id(number).encode(), partitions)
        if left[home]:
            left[home] -= 1
            found.append(number)
        number += 1
    return found


def wait_for(what: Callable[[], Any], why: str, timeout_s: float = PATIENCE_S) -> Any:
    """Wait until *what* is true and return it; *why* says what was waited for in vain."""
    deadline_s = time.monotonic() + timeout_s
    while not (found := what()):
        assert time.monotonic() < deadline_s, f"in {timeout_s:.0f} s not seen: {why}"
        time.sleep(_LOOK_S)
    return found


def _listens(process: subprocess.Popen[bytes]) -> bool:
    """Say whether *process* catches SIGTERM: while Python starts, it ends it as it ends any program (proc(5))."""
    status = Path(f"/proc/{process.pid}/status").read_text("ascii")
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1)


@dataclass
class Stage:
    """Everything of one case; `repeats_allowed` grows by what was in flight at each fault."""

    folder: Path
    broker: OwnBroker
    model: FakeModel
    settings: Settings
    database: Database
    ledger_id: str
    workers: int
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    prefix: Sequence[str] = ()
    sent: int = 0
    repeats_allowed: int = 0
    published: int = 0
    next_number: int = 0

    # The program.

    def start(self, *, home: str = "", workers: int | None = None) -> subprocess.Popen[bytes]:
        """Start a supervisor with members; another *home* than the database's own makes it another host's."""
        folder = {PREFIX + "HOME": str(self.folder / home)} if home else {}
        words = [*self.prefix, PROGRAM, "work", "--workers", str(workers or self.workers)]
        with (self.folder / f"work{home}.log").open("ab") as log:
            process = subprocess.Popen(
                words,
                cwd=self.folder,
                env=self.environment | folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    @property
    def environment(self) -> dict[str, str]:
        """What the program finds its settings in."""
        fields = self.settings.model_dump(exclude_unset=True)
        return {**clean_environment(), **{PREFIX + name.upper(): str(value) for name, value in fields.items()}}

    def members(self, supervisor: subprocess.Popen[bytes] | None = None) -> list[psutil.Process]:
        """Return the member processes (of one supervisor), in the order of their slots."""
        of = [supervisor] if supervisor else self.running
        found = [member for each in of for member in running_with(each.pid, "consumer.member")]
        return sorted(found, key=lambda member: member.cmdline()[-1:] if member.is_running() else [])

    def stop(self, patience_s: float = PATIENCE_S) -> None:
        """End all supervisors in order (SIGTERM) and wait; what was killed already is left alone."""
        for process in self.running:
            wait_for(lambda process=process: process.poll() is not None or _listens(process), "a start or an end")
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.running:
            code = process.wait(patience_s)
            assert code in {0, 1}, f"exit code {code}\n{self.logs()}"
        self.running.clear()

    def close(self) -> None:
        """Kill what still runs."""
        for process in self.running:
            signal_all(list(reversed(descendants(process.pid))), signal.SIGKILL)
            process.kill()
            process.wait()
        self.database.close()

    def logs(self, lines: int = 15) -> str:
        """Return the ends of all logs, for a failure's words."""
        homes = self.folder.rglob("*.log")
        tails = {path: path.read_text("utf-8", "replace").splitlines()[-lines:] for path in sorted(homes)}
        return "\n".join(f"--- {path.relative_to(self.folder)}\n" + "\n".join(tail) for path, tail in tails.items())

    # The work.

    def publish(self, mails: Sequence[bytes], *, live: bool = False) -> None:
        """Take *mails* into the ledger and publish what waits, to the backlog or to the live topic."""
        topic = self.settings.topic if live else self.settings.backlog_topic
        raws = [RawMail(f"mail-{self.published + number}", content) for number, content in enumerate(mails)]
        self.published += len(raws)
        for _taken in ingest(Ledger(self.database, topic, Counts()), raws):
            pass
        with self.publisher() as publisher:
            outbox = Outbox(self.database, publisher, self.settings, self.ledger_id)
            self.sent += sum(outbox.publish(Selection()))

    def publish_chains(self, count: int, start: int = 0) -> list[int]:
        """Publish *count* conversations of one email, evenly over the partitions; return their numbers."""
        numbers = even(count, self.partitions, start)
        self.next_number = numbers[-1] + 1
        self.publish([mail(number) for number in numbers])
        return numbers

    @contextlib.contextmanager
    def publisher(self) -> Iterator[Publisher]:
        """Yield a connected publisher."""
        publisher = Publisher(self.settings)
        try:
            yield publisher
        finally:
            publisher.close()

    @property
    def partitions(self) -> int:
        """How many partitions each chain topic has."""
        return self.settings.workers

    def ended(self) -> int:
        """Return how many records have an outcome."""
        with self.database.read() as connection:
            return connection.scalar(select(func.count()).select_from(OutcomeRow)) or 0

    def positions(self) -> dict[Partition, Position]:
        """Return the group's positions."""
        admin = Admin(self.settings)
        try:
            return admin.positions()
        finally:
            admin.close()

    # Waiting.

    def wait_busy(self, calls: int | None = None) -> None:
        """Wait until every member has begun (or *calls* completions were), and one is in flight."""
        wanted = self.workers if calls is None else self.model.call_count + calls
        self.wait_for(
            lambda: self.model.call_count >= wanted and self.model.in_flight, f"{wanted} calls, one in flight"
        )

    def settle(self, timeout_s: float = PATIENCE_S) -> None:
        """Wait until every record has ended and is committed."""
        self.wait_for(lambda: self.ended() >= self.sent, "an outcome for every record", timeout_s)
        self.wait_for(self._all_committed, "every offset committed", timeout_s)

    def _all_committed(self) -> bool:
        try:
            return all(position.committed == position.end for position in self.positions().values() if position.end)
        except BrokerUnreachableError:  # it has only just come back
            return False

    def wait_for(self, what: Callable[[], Any], why: str, timeout_s: float = PATIENCE_S) -> Any:
        """As the function of this name, with the logs in a failure's words."""
        try:
            return wait_for(what, why, timeout_s)
        except AssertionError as error:
            raise AssertionError(f"{error}; {self.ended()} of {self.sent} have ended\n{self.logs()}") from None

    def in_flight_of(self, members: int) -> int:
        """Return how many analyses *members* members can have in flight: what a fault of theirs may repeat."""
        return members * self.settings.in_flight


@contextlib.contextmanager
def stage(
    folder: Path, broker: OwnBroker, *, workers: int = 2, partitions: int | None = None, **settings: Any
) -> Iterator[Stage]:
    """Yield a stage with empty topics of *partitions* (as many as workers, unless given) and no member yet."""
    name = f"chaos-{uuid.uuid4().hex[:12]}"
    with FakeModel() as model:
        defaults: dict[str, Any] = {
            "db": str(folder / "mail.db"),
            "kafka_bootstrap": broker.bootstrap,
            "topic": name,
            "group": name,
            "model_server": "openai",
            "model_url": model.url,
            "session_timeout_s": 6.0,
            "workers": partitions or workers,
        }
        known = Settings(**(defaults | settings))
        folder.mkdir(parents=True, exist_ok=True)
        database = Database(known.db_url)
        ledger_id = migrate.upgrade(database, folder / "locks")
        admin = Admin(known)
        try:
            admin.ensure_topics(known.workers)
        finally:
            admin.close()
        made = Stage(folder, broker, model, known, database, ledger_id, workers)
        try:
            yield made
        finally:
            made.close()


def signal_all(processes: Sequence[psutil.Process], number: int) -> None:
    """Send a signal to processes; what has ended meanwhile is left alone."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)
