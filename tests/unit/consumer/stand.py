"""A desk on a test stand: real database, real analyser; model server and dead-letter topic at the network edge."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from chainmail.records import BrokerUnreachableError, Partition, Record
from chainmail.settings import Settings
from consumer.analysis.analyse import Analyser
from consumer.analysis.models.server import Capabilities, ModelIdentity, Prompt, RawCompletion
from consumer.cancellation import AbandonedError, current
from consumer.dead_letters import DeadLetterBox
from consumer.desk import Desk
from consumer.errors import TransientError
from consumer.process import Job, Processor
from schemas import wire
from schemas.chain import Chain
from storage import outcomes
from storage.engine import Database
from storage.outcomes import Coordinates, OutcomeKind
from storage.tables import AnalysisRow, AttemptRow, OutcomeRow
from tests.ledgers import TOPIC, ledger_id, new_ledger
from tests.servers.fake_answer import answer_to

GROUP = "testers"
LIVE, BACKLOG = Partition(TOPIC, 0), Partition(f"{TOPIC}.backlog", 0)
NOW = datetime(2026, 11, 3, 9, tzinfo=UTC)


class MemoryModel:
    """A model server without a network; each call takes the next of `faults` (None: none) and raises it."""

    options: Mapping[str, Any] = {"seed": 1}
    name = "tiny"
    provider = "memory"

    def __init__(self) -> None:
        self.faults: list[Exception | str | None] = []
        self.calls = 0
        self.probes = 0
        self.down: Exception | None = None
        self.nameless: Exception | None = None
        self.cancelled = 0
        self.during: Callable[[], object] = lambda: None

    def complete(self, prompt: Prompt, schema: Mapping[str, Any], max_tokens: int) -> RawCompletion:
        """Answer from the mail in the prompt, or fail as ordered; `during` happens meanwhile."""
        assert max_tokens > 0
        self.calls += 1
        self.during()
        if current().is_thrown:
            self.cancelled += 1
            raise AbandonedError
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, Exception):
            raise fault
        answer = answer_to({"messages": prompt.messages, "format": dict(schema)})
        return RawCompletion(text=answer if fault is None else fault, finish="stop", output_tokens=9)

    def identity(self) -> ModelIdentity:
        """Say which model answers."""
        if self.nameless:
            raise self.nameless
        return ModelIdentity(server="memory", model="tiny", digest="d1")

    def capabilities(self) -> Capabilities:
        """Hold to schemas, and say no more."""
        return Capabilities(schema=True, logprobs=False)

    def probe(self) -> None:
        """Be alive, unless `down`."""
        self.probes += 1
        if self.down:
            raise self.down

    def close(self) -> None:
        """Hold nothing."""


class Killed(BaseException):
    """What `kill -9` is to a slot: nothing after it happens, not even an end of the attempt."""


@dataclass
class MemoryTopic:
    """A publisher that keeps what it is given; while `refuses` nothing is acknowledged."""

    refuses: bool = False
    sent: list[dict[str, Any]] = field(default_factory=list)
    before_ack: Callable[[], object] = lambda: None
    closed: bool = False

    def __call__(self, _settings: Settings) -> MemoryTopic:
        """Connect."""
        return self

    def send(self, topic: str, **record: Any) -> Callable[[], tuple[int, int]]:
        """Take a record."""
        self.sent.append({"topic": topic, **record})
        return self._acknowledged

    def _acknowledged(self) -> tuple[int, int]:
        if self.refuses:
            self.sent.pop()
            raise BrokerUnreachableError("no answer from Kafka")
        self.before_ack()
        return 0, len(self.sent) - 1

    def flush(self) -> None:
        """Wait for nothing."""

    def close(self) -> None:
        """Disconnect."""
        self.closed = True


class Stand:
    """Everything of a member but the poll thread; time stands until `now_s` is moved."""

    def __init__(self, folder: Path, **flags: Any) -> None:
        self.now_s = 1_000.0
        self.settings = Settings(topic=TOPIC, group=GROUP, model_server="openai", **flags)
        self.database: Database = new_ledger(folder)
        self.model = MemoryModel()
        self.letters = MemoryTopic()
        self.restart()

    def restart(self) -> None:
        """Be a process that has just started, on the same database."""
        self.processor = self.another_processor()
        self.desk = Desk(
            self.settings,
            self.processor,
            DeadLetterBox(self.settings, self.letters),  # type: ignore[arg-type] # the network edge
            worker_id="here-0",
            clock=lambda: self.now_s,
        )
        self.desk.assign([LIVE, BACKLOG])
        with self.database.read() as connection:
            self.desk.suspect(LIVE, outcomes.suspects(connection, GROUP, LIVE.topic, LIVE.number))

    def another_processor(self) -> Processor:
        """Return the processor of a process that has just started."""
        analyser = Analyser(self.model, self.settings)
        return Processor(database=self.database, analyser=analyser, group_id=GROUP, ledger_id=ledger_id())

    def put(self, *records: Record) -> None:
        """Let *records* have been polled."""
        self.desk.put(records, started_at=NOW, now=NOW)

    def work(self, seconds: float = 0.0) -> int:
        """Do all that is due, *seconds* later; return how many things that was."""
        self.now_s += seconds
        done = 0
        while self.desk.step():
            done += 1
            assert done < 1_000, "the desk does not come to rest"
        return done

    def outcomes(self, partition: Partition = LIVE) -> dict[int, OutcomeKind]:
        """Return the outcomes of a partition by offset."""
        same = (OutcomeRow.topic == partition.topic, OutcomeRow.partition == partition.number)
        with self.database.read() as connection:
            rows = connection.execute(select(OutcomeRow.offset, OutcomeRow.kind).where(*same))
            return {offset: OutcomeKind(kind) for offset, kind in rows}

    def tries(self, offset: int = 0) -> int:
        """Return how many attempts the table has for a record."""
        with self.database.read() as connection:
            return outcomes.attempts_of(connection, at(offset))

    def analyses(self) -> int:
        """Return how many analyses are stored."""
        with self.database.read() as connection:
            return connection.scalar(select(func.count()).select_from(AnalysisRow)) or 0

    def model_calls(self, offset: int = 0) -> int | None:
        """Return how many model calls the table has for a record."""
        with self.database.read() as connection:
            query = select(AttemptRow.model_calls).where(AttemptRow.offset == offset)
            found: int | None = connection.scalar(query)
            return found

    def failing(self, table: str, error: Exception, times: int = 1, how: str = "INSERT INTO") -> None:
        """Let the next *times* inserts into (or updates of) *table* fail with *error*."""
        left = [error] * times

        def refuse(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if left and statement.startswith(f"{how} {table}"):
                raise left.pop()

        event.listen(self.database.engine, "before_cursor_execute", refuse)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    """Return a stand of one slot."""
    made = Stand(tmp_path)
    yield made
    made.database.close()


def at(offset: int, partition: Partition = LIVE) -> Coordinates:
    """Return the coordinates of a record for the group."""
    return Coordinates(group_id=GROUP, topic=partition.topic, partition=partition.number, offset=offset)


def record_of(
    chain: Chain | None,
    offset: int = 0,
    *,
    partition: Partition = LIVE,
    key: bytes | None = None,
    ledger: str | None = None,
    value: bytes | None = None,
    headers: Sequence[tuple[str, bytes | None]] = (),
) -> Record:
    """Return the record that the producer would publish for *chain*; None is a tombstone or, with *value*, junk."""
    written = wire.headers_of_chain(chain, ledger=ledger or ledger_id(), trace={}) if chain else []
    return Record(
        partition=partition,
        offset=offset,
        published_at=NOW,
        key=key if key is not None else (chain.chain_id.encode() if chain else b"some-chain"),
        headers=(*written, *headers),
        value=wire.encode(chain) if chain and value is None else value,
    )


def job_of(record: Record, *, is_live: bool = True, newer_at_hand: bool = False) -> Job:
    """Return *record* in hand."""
    return Job(record=record, is_live=lambda: is_live, newer_at_hand=lambda: newer_at_hand)


def header(letter: dict[str, Any], name: str) -> str | None:
    """Return a header of a sent record, the last of its name."""
    found = [value.decode() for key, value in letter["headers"] if key == name]
    return found[-1] if found else None


def unusable() -> str:
    """Return an answer that is JSON and of no use."""
    return json.dumps({"summary": ""})


def refusal(retry_after_s: float | None = None) -> TransientError:
    """Return the error of a server that takes no request."""
    return TransientError("no model server: start it", counts=False, retry_after_s=retry_after_s)


def locked() -> OperationalError:
    """Return the error of a database that is locked."""
    return OperationalError("INSERT", {}, sqlite3.OperationalError("database is locked"))
