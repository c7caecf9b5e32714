"""One record, bytes to outcome: decode → superseded? → stored already? → analyse → store.

Nothing outside this module decides a record's fate. No database transaction is open while the
model works.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from opentelemetry import trace
from opentelemetry.trace import SpanKind
from sqlalchemy import Connection

from chainmail import telemetry
from chainmail.records import Record
from consumer.analysis import house
from consumer.analysis.analyser import ChainAnalyser
from consumer.dead_letters import Posted, number_in
from consumer.errors import PermanentError, TransientError
from consumer.storing import holds_forgotten, store
from schemas import wire
from schemas.analysis import Analysis
from schemas.chain import Chain
from schemas.house import Housed, HouseRules
from storage import analyses, dead_letters, migrate, outbox, outcomes
from storage.dead_letters import Letter, LetterState
from storage.engine import Database
from storage.outcomes import Coordinates, Outcome, OutcomeKind


class WrongLedgerError(RuntimeError):
    """A record belongs to another database: one topic pair belongs to one database."""


#: A record whose attempts ended so often with their process is given up.
_MAX_KILLS = 3
#: What no producer of ours publishes is not read: it might take more memory than there is.
_MAX_VALUE_BYTES = 4 << 20


class KillerError(PermanentError):
    """The record has killed its process too often."""


@dataclass
class Attempt:
    """Where a record is between its tries; the table has the same, and survives the process.

    `tries` is how many count so far. An attempt is open from when it was written down until its end was:
    a database that fails in between ends nothing, so that the same attempt goes on, with `analysis` where
    only storing is left.
    """

    tries: int = 0
    kills: int = 0
    is_open: bool = False
    analysis: Analysis | None = None
    housed: Housed | None = None


@dataclass(frozen=True, kw_only=True)
class Job:
    """One record in hand; `is_live` tells whether its partition is still ours, `newer_at_hand` whether to skip it."""

    record: Record
    is_live: Callable[[], bool]
    newer_at_hand: Callable[[], bool]
    attempt: Attempt = field(default_factory=Attempt)


@dataclass(frozen=True, kw_only=True)
class Processor:
    """What turns records into outcomes for one group; *rules* are those of the house, asked for at each analysis."""

    database: Database
    analyser: ChainAnalyser
    group_id: str
    ledger_id: str
    rules: Callable[[], HouseRules] = HouseRules

    def process(self, job: Job) -> Outcome | None:
        """Return how the record ended, or None where its partition was lost meanwhile.

        Raises:
            TransientError: Not now; an attempt that had begun is noted.
            PermanentError: Never: it has to become a dead letter.
            WrongLedgerError: The member must stop.
        """
        headers = wire.header_map(job.record.headers)
        self._check_ledger(job.record, headers.get("ledger"))
        if job.record.value is None:
            return self.settle(job, Outcome(kind=OutcomeKind.DELETED, chain_id=key_of(job.record)))
        chain = _decoded(job.record, headers)
        if job.attempt.analysis is None:
            settled = self._settled(job, chain)
            if settled is not None:
                return self.settle(job, settled)
            job.attempt.analysis = self._analysed(job, chain)
            job.attempt.housed = house.apply(job.attempt.analysis, chain, self.rules())
        known = Outcome(kind=OutcomeKind.STORED, chain_id=chain.chain_id, revision=chain.revision)
        return self.settle(job, known, job.attempt.analysis)

    def ended(self, record: Record) -> Outcome | None:
        """Return how a redelivered record ended before, or None where it has not."""
        with self.database.read() as connection:
            kind = outcomes.kind_of(connection, self.coordinates(record))
        return Outcome(kind=kind, chain_id=key_of(record)) if kind is not None else None

    def settle(
        self,
        job: Job,
        outcome: Outcome,
        analysis: Analysis | None = None,
        letter: Letter | None = None,
        *,
        letter_topic: str = "",
    ) -> Outcome | None:
        """Write result and outcome in one transaction; None (and nothing written) where the partition was lost.

        Nothing is kept of mail that was forgotten meanwhile: a dead letter in *letter_topic* gets its tombstone.
        """
        at = self.coordinates(job.record)
        attributes = {telemetry.DB_SYSTEM: self.database.engine.dialect.name, telemetry.DB_OPERATION: "INSERT"}
        name = "store analysis" if analysis else "store outcome"
        with (
            telemetry.span(name, kind=SpanKind.CLIENT, attributes=attributes) as current,
            self.database.write() as connection,
        ):
            current.set_attribute(telemetry.LOCK_WAIT_S, connection.info["lock_wait_s"])
            if not job.is_live():
                return None
            now = datetime.now(UTC)
            is_forgotten = (analysis or letter) is not None and _is_forgotten(connection, job.record)
            if is_forgotten:
                outcome = replace(outcome, kind=OutcomeKind.DELETED, reason=None)
            if analysis is not None:
                outcomes.close_attempt(connection, at, calls=analysis.model_use.calls)
                if not is_forgotten:
                    outcome = _with_analysis(connection, outcome, analysis, job.attempt.housed)
            elif outcome.kind is OutcomeKind.DUPLICATE:
                _carry(connection, job.record, outcome)
            if letter is not None and is_forgotten:
                outbox.put_letter_tombstones(connection, [letter.letter_id], topic=letter_topic, at=now)
            elif letter is not None:
                dead_letters.put(connection, letter)
            outcomes.add(connection, at, outcome, ended_at=now)
        return outcome

    def bury(self, job: Job, posted: Posted, answer: str) -> Outcome | None:
        """Note that a record is a dead letter, which the broker has acknowledged; None where the partition was lost."""
        source, headers = posted.letter, wire.header_map(job.record.headers)
        chain_id = key_of(job.record)
        letter = Letter(
            **vars(self.coordinates(job.record)),
            state=LetterState.OPEN,
            chain_id=chain_id,
            revision=number_in(headers, "chain-revision"),
            error_class=source.error_class,
            error_message=source.error_message,
            answer=answer,
            attempts=source.attempts,
            analyser_id=source.analyser_id,
            redrives=source.redrives,
            letter_partition=posted.partition,
            letter_offset=posted.offset,
            failed_at=source.failed_at,
            changed_at=source.failed_at,
        )
        reason = f"{source.error_class}: {source.error_message}"
        outcome = Outcome(kind=OutcomeKind.DEAD_LETTERED, chain_id=chain_id, revision=letter.revision, reason=reason)
        return self.settle(job, outcome, letter=letter, letter_topic=posted.topic)

    def dead_letters_in_a_row(self, limit: int) -> int:
        """Return with how many dead letters in a row the group's work has ended so far, up to *limit*."""
        with self.database.read() as connection:
            return outcomes.dead_letters_in_a_row(connection, self.group_id, limit=limit)

    def probe_database(self) -> None:
        """Return where the database can be written; raise its error otherwise."""
        with self.database.write() as connection:
            migrate.touch(connection)

    def coordinates(self, record: Record) -> Coordinates:
        """Return the key of the record's outcome and attempt rows."""
        return Coordinates(
            group_id=self.group_id,
            topic=record.partition.topic,
            partition=record.partition.number,
            offset=record.offset,
        )

    def _check_ledger(self, record: Record, ledger: str | None) -> None:
        if ledger is not None and ledger != self.ledger_id:
            raise WrongLedgerError(
                f"record {record} belongs to database {ledger}, this one is {self.ledger_id}: "
                "use that database, or another topic (CHAINMAIL_TOPIC)"
            )

    def _settled(self, job: Job, chain: Chain) -> Outcome | None:
        """Return the outcome of a record that needs no model call."""
        superseded = Outcome(kind=OutcomeKind.SUPERSEDED, chain_id=chain.chain_id, revision=chain.revision)
        if job.newer_at_hand():
            return superseded
        with self.database.read() as connection:
            if holds_forgotten(connection, chain):
                return replace(superseded, kind=OutcomeKind.DELETED)
            if analyses.is_superseded(connection, chain_id=chain.chain_id, revision=chain.revision):
                return superseded
            analysis_id = analyses.find(
                connection,
                chain_id=chain.chain_id,
                chain_hash=chain.chain_hash,
                analyser_id=self._analyser_id(),
            )
        if analysis_id is None:
            return None
        return replace(superseded, kind=OutcomeKind.DUPLICATE, analysis_id=analysis_id)

    def _analyser_id(self) -> str:
        """Ask which model answers; a failure is the server's, because nothing of the record was tried yet."""
        try:
            return self.analyser.analyser_id
        except (TransientError, PermanentError) as error:
            wait_s = getattr(error, "retry_after_s", None)
            raise TransientError(str(error), counts=False, retry_after_s=wait_s) from error

    def _analysed(self, job: Job, chain: Chain) -> Analysis:
        try:
            self._begin(job)
            return self.analyser.analyse(chain)
        except TransientError as error:
            error.counts = error.counts and self._server_answers()
            self._end(job, error, counts=error.counts)
            raise
        except PermanentError as error:
            self._end(job, error, counts=True)
            raise

    def _server_answers(self) -> bool:
        """Tell whether a failed call may be the record's own doing: the server is well without it."""
        try:
            self.analyser.probe()
        except (TransientError, PermanentError):
            return False
        return True

    def _begin(self, job: Job) -> None:
        """Write the attempt down before it starts, so that a record which kills its process is found out."""
        if not job.attempt.is_open:
            with self.database.write() as connection:
                tried = outcomes.begin_attempt(connection, self.coordinates(job.record), now=datetime.now(UTC))
            job.attempt.tries, job.attempt.kills, job.attempt.is_open = tried.attempts, tried.kills, True
        trace.get_current_span().set_attribute(telemetry.ATTEMPT, job.attempt.tries)
        if job.attempt.kills >= _MAX_KILLS:
            raise KillerError(
                f"its process ended {job.attempt.kills} times while it was analysed: look at the members' logs "
                "(out of memory, a crash of a native library), then redrive it"
            )

    def _end(self, job: Job, error: Exception, *, counts: bool) -> None:
        at = self.coordinates(job.record)
        with self.database.write() as connection:
            outcomes.end_attempt(connection, at, counts=counts, error=f"{type(error).__name__}: {error}")
        job.attempt.tries -= not counts
        job.attempt.is_open = False


def _with_analysis(connection: Connection, outcome: Outcome, analysis: Analysis, housed: Housed | None) -> Outcome:
    kind, analysis_id = store(connection, analysis, housed)
    return replace(outcome, kind=kind, analysis_id=analysis_id)


def _carry(connection: Connection, record: Record, outcome: Outcome) -> None:
    """Let what is stored for the same content count for the revision of *record*."""
    chain_hash = wire.header_map(record.headers).get("chain-hash")
    if outcome.chain_id and outcome.revision and chain_hash:
        analyses.carry(connection, chain_id=outcome.chain_id, chain_hash=chain_hash, revision=outcome.revision)


def _is_forgotten(connection: Connection, record: Record) -> bool:
    """Tell whether a record holds mail that was deleted at somebody's wish; what no chain is holds none of ours."""
    try:
        chain = _decoded(record, wire.header_map(record.headers))
    except PermanentError:
        return False
    return holds_forgotten(connection, chain)


def _decoded(record: Record, headers: dict[str, str]) -> Chain:
    value = record.value or b""
    if len(value) > _MAX_VALUE_BYTES:
        raise PermanentError(f"record {record}: {len(value)} bytes are more than the {_MAX_VALUE_BYTES} that are read")
    try:
        return wire.decode(value, headers)
    except wire.DecodeError as error:
        raise PermanentError(f"record {record}: {error}") from error


def key_of(record: Record) -> str | None:
    """Return the record's key as the outcome table keeps it."""
    return record.key.decode("utf-8", "replace")[:64] if record.key is not None else None
