"""One record, bytes to outcome: decode → superseded? → stored already? → analyse → store.

Nothing outside this module decides a record's fate. No database transaction is open while the
model works.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from opentelemetry import trace
from opentelemetry.trace import SpanKind
from sqlalchemy import Connection

from chainmail import telemetry
from chainmail.kafka import Record
from consumer.analysis.analyse import Analyser
from consumer.errors import PermanentError
from schemas import wire
from schemas.analysis import Analysis
from schemas.chain import Chain
from storage import analyses, outcomes
from storage.engine import Database
from storage.outcomes import Coordinates, Outcome, OutcomeKind


class WrongLedgerError(RuntimeError):
    """A record belongs to another database: one topic pair belongs to one database."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One record in hand; `is_live` tells whether its partition is still ours, `newer_at_hand` whether to skip it."""

    record: Record
    is_live: Callable[[], bool]
    newer_at_hand: Callable[[], bool]


@dataclass(frozen=True, kw_only=True)
class Processor:
    """What turns records into outcomes for one group."""

    database: Database
    analyser: Analyser
    group_id: str
    ledger_id: str

    def process(self, job: Job) -> Outcome | None:
        """Return how the record ended, or None where its partition was lost meanwhile.

        Raises:
            TransientError: Not now; the attempt is noted.
            PermanentError: Never: it has to become a dead letter.
            WrongLedgerError: The member must stop.
        """
        headers = wire.header_map(job.record.headers)
        self._check_ledger(job.record, headers.get("ledger"))
        if job.record.value is None:
            return self._store(job, Outcome(kind=OutcomeKind.DELETED, chain_id=_key(job.record)))
        chain = _decoded(job.record, headers)
        settled = self._settled(job, chain)
        if settled is not None:
            return self._store(job, settled)
        return self._analyse(job, chain)

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
            if analyses.is_superseded(connection, chain_id=chain.chain_id, revision=chain.revision):
                return superseded
            analysis_id = analyses.find(
                connection,
                chain_id=chain.chain_id,
                chain_hash=chain.chain_hash,
                analyser_id=self.analyser.analyser_id,
            )
        if analysis_id is None:
            return None
        return replace(superseded, kind=OutcomeKind.DUPLICATE, analysis_id=analysis_id)

    def _analyse(self, job: Job, chain: Chain) -> Outcome | None:
        at = self.coordinates(job.record)
        with self.database.write() as connection:
            attempt = outcomes.begin_attempt(connection, at, now=datetime.now(UTC))
        trace.get_current_span().set_attribute(telemetry.ATTEMPT, attempt)
        analysis = self.analyser.analyse(chain)
        known = Outcome(kind=OutcomeKind.STORED, chain_id=chain.chain_id, revision=chain.revision)
        return self._store(job, known, analysis)

    def _store(self, job: Job, outcome: Outcome, analysis: Analysis | None = None) -> Outcome | None:
        """Write result and outcome in one transaction, unless the partition was lost meanwhile."""
        at = self.coordinates(job.record)
        span = telemetry.tracer().start_as_current_span(
            "store analysis" if analysis else "store outcome",
            kind=SpanKind.CLIENT,
            attributes={telemetry.DB_SYSTEM: self.database.engine.dialect.name, telemetry.DB_OPERATION: "INSERT"},
        )
        with span as current, self.database.write() as connection:
            current.set_attribute(telemetry.LOCK_WAIT_S, connection.info["lock_wait_s"])
            if not job.is_live():
                return None
            if analysis is not None:
                outcomes.count_calls(connection, at, analysis.model_use.calls)
                outcome = _with_analysis(connection, outcome, analysis)
            outcomes.add(connection, at, outcome, ended_at=datetime.now(UTC))
        return outcome


def _with_analysis(connection: Connection, outcome: Outcome, analysis: Analysis) -> Outcome:
    found = analyses.find(
        connection,
        chain_id=analysis.chain_id,
        chain_hash=analysis.chain_hash,
        analyser_id=analysis.analyser_id,
    )
    trace_id = format(trace.get_current_span().get_span_context().trace_id, "032x")
    kind = OutcomeKind.STORED if found is None else OutcomeKind.DUPLICATE
    analysis_id = analyses.add(connection, analysis, trace_id=trace_id) if found is None else found
    return replace(outcome, kind=kind, analysis_id=analysis_id)


def _decoded(record: Record, headers: dict[str, str]) -> Chain:
    try:
        return wire.decode(record.value or b"", headers)
    except wire.DecodeError as error:
        raise PermanentError(f"record {record}: {error}") from error


def _key(record: Record) -> str | None:
    return record.key.decode("utf-8", "replace")[:64] if record.key is not None else None
