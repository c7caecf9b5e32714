"""One ledger, one topic and one group a test, on a real broker and a model server of set behaviour."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from chainmail.kafka import Admin, Publisher
from chainmail.settings import Settings
from consumer import member
from monitor.progress import Progress, progress
from producer import ingest as ingesting
from producer.counts import Counts
from producer.publish import Outbox
from producer.sources.source import RawMail
from storage import migrate, workers
from storage.engine import Database
from storage.outbox import Selection
from storage.tables import OutcomeRow
from tests.servers.fake_model import FakeModel


@dataclass
class Ledger:
    """A database with its topics, and the stations over them."""

    settings: Settings
    database: Database
    ledger_id: str
    publisher: Publisher
    counts: Counts = field(default_factory=Counts)

    def take(self, *mails: bytes) -> None:
        """Ingest *mails* as an import."""
        raws = [RawMail(f"mail-{number}", content) for number, content in enumerate(mails)]
        for _taken in ingesting.ingest(ingesting.Ledger(self.database, self.settings.backlog_topic, self.counts), raws):
            pass

    def publish(self) -> int:
        """Publish what waits; return how many chains."""
        outbox = Outbox(self.database, self.publisher, self.settings, self.ledger_id)
        return sum(outbox.publish(Selection()))

    def send(self, value: bytes | None, *, key: bytes = b"k", **headers: bytes) -> int:
        """Put a record of any content on the backlog topic; return its offset."""
        named = [(name.replace("_", "-"), content) for name, content in headers.items()]
        acknowledged = self.publisher.send(self.settings.backlog_topic, key=key, value=value, headers=named)
        self.publisher.flush()
        return acknowledged()[1]

    @contextmanager
    def member(self, slot: int = 0) -> Iterator[None]:
        """Run a group member while the block does; its error, if any, is raised at the end."""
        stops: list[Callable[[], None]] = []
        errors: list[BaseException] = []

        def run() -> None:
            try:
                member.run(self.settings, slot, stops.append)
            except BaseException as error:  # noqa: BLE001 - raised in the test's own thread below
                errors.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            for stop in stops:
                stop()
            thread.join(30)
        if errors:
            raise errors[0]

    def outcomes(self) -> list[str]:
        """Return how the records ended, in the order of their offsets."""
        with self.database.read() as connection:
            query = select(OutcomeRow.kind).order_by(OutcomeRow.topic, OutcomeRow.partition, OutcomeRow.offset)
            return list(connection.scalars(query))

    def wait_for_outcomes(self, count: int, timeout_s: float = 30) -> list[str]:
        """Wait until *count* records have ended, and return how."""
        deadline_s = time.monotonic() + timeout_s
        while len(found := self.outcomes()) < count:
            assert time.monotonic() < deadline_s, f"only {found} of {count}"
            time.sleep(0.05)
        return found

    def wait_for_state(self, state: str, timeout_s: float = 10) -> bool:
        """Wait until a member's beat says *state*; return whether it did in time."""
        deadline_s = time.monotonic() + timeout_s
        while time.monotonic() < deadline_s:
            with self.database.read() as connection:
                if state in {beat.state for beat in workers.beats(connection)}:
                    return True
            time.sleep(0.05)
        return False

    def group_size(self) -> int:
        """Return how many members are in the group."""
        admin = Admin(self.settings)
        try:
            return len(admin.static_members())
        finally:
            admin.close()

    def progress(self) -> Progress:
        """Return the state of the work, with the broker's offsets."""
        admin = Admin(self.settings)
        try:
            positions = admin.positions()
        finally:
            admin.close()
        with self.database.read() as connection:
            return progress(connection, self.settings, positions)

    def committed(self) -> int:
        """Return the sum of the committed next offsets."""
        admin = Admin(self.settings)
        try:
            return sum(position.committed or 0 for position in admin.positions().values())
        finally:
            admin.close()


@pytest.fixture
def model() -> Iterator[FakeModel]:
    """Return a model server that answers at once."""
    with FakeModel() as found:
        yield found


@pytest.fixture
def ledger(kafka_bootstrap: str, model: FakeModel, tmp_path: Path) -> Iterator[Ledger]:
    """Return an empty ledger with one partition a topic."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    settings = Settings(
        db=str(tmp_path / "mail.db"),
        kafka_bootstrap=kafka_bootstrap,
        topic=name,
        group=name,
        model_server="openai",
        model_url=model.url,
        session_timeout_s=6,
        workers=1,
    )
    database = Database(settings.db_url)
    ledger_id = migrate.upgrade(database, tmp_path)
    admin = Admin(settings)
    try:
        admin.ensure_topics(1)
    finally:
        admin.close()
    publisher = Publisher(settings)
    try:
        yield Ledger(settings, database, ledger_id, publisher)
    finally:
        publisher.close()
        database.close()


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)
