"""The tables: the producer's ledger, the consumer's results, and who is at work.

Ledger: `raw_mail`, `email`, `node`, `chain`, `chain_alias`, `source_cursor`, `forgotten`, `outbox`. Results:
`analysis`, `analyser`, `calibration`, `outcome`, `attempt`, `dead_letter`. At work: `worker`. No SQL of one database
only stands here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time, also in databases that keep no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuse naive times: they are somebody's local time, and nobody knows whose."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value}: times are aware UTC")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Say that what the database kept is UTC."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    """All tables of chainmail."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's name
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[str]: JSON,
        list[list[float]]: JSON,
    }


class Ledger(Base):
    """One row: which database this is; records carry its id in their `ledger` header."""

    __tablename__ = "ledger"
    ledger_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    created_at: Mapped[datetime]


class RawMail(Base):
    """The bytes of a message under their SHA-256, zstd-compressed, written before anything is read in them.

    `arrived_at`, `labels` and `thread_keys` are what its container said (IMAP, a postmark, a Maildir file's name): with
    the bytes they are all that parsing needs.
    """

    __tablename__ = "raw_mail"
    raw_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(Text)
    first_seen_at: Mapped[datetime]
    arrived_at: Mapped[datetime | None]
    labels: Mapped[list[str]]
    thread_keys: Mapped[list[str]]
    email_id: Mapped[str | None] = mapped_column(String(64), index=True)
    unreadable_reason: Mapped[str | None] = mapped_column(Text)


class EmailRow(Base):
    """One email; `content` is its JSON, zstd-compressed; the rest is what joining needs.

    `refs` are the nodes it names, `thread_keys` its provider's ids of the conversation, `subject_key` its base subject
    (empty: none that joins), `people` the addresses in it, `seeks` that its subject alone says that it answers;
    `dated` says that `sent_at` is its own word, `ahead` that it lies in the future, `bulk` why it is bulk mail;
    `edition` counts how often a better parser has read it otherwise.
    """

    __tablename__ = "email"
    email_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    node: Mapped[str] = mapped_column(Text)
    refs: Mapped[list[str]]
    chain_id: Mapped[str] = mapped_column(String(32), index=True)
    sent_at: Mapped[datetime | None]
    subject: Mapped[str] = mapped_column(Text)
    cut: Mapped[bool]
    damaged: Mapped[bool]
    edition: Mapped[int]
    thread_keys: Mapped[list[str]]
    subject_key: Mapped[str] = mapped_column(Text)
    seeks: Mapped[bool]
    people: Mapped[list[str]]
    dated: Mapped[bool]
    ahead: Mapped[bool]
    bulk: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    traceparent: Mapped[str | None] = mapped_column(String(64))
    __table_args__ = (Index("ix_email_subject_key", "subject_key", "sent_at"),)


class Node(Base):
    """A Message-ID, of an email or of a ghost, and the chain it belongs to."""

    __tablename__ = "node"
    node: Mapped[str] = mapped_column(Text, primary_key=True)
    chain_id: Mapped[str] = mapped_column(String(32), index=True)


class ChainRow(Base):
    """The newest revision of a chain; `subject_joins` say why emails are in it by their subject alone."""

    __tablename__ = "chain"
    chain_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    revision: Mapped[int]
    chain_hash: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(Text)
    newest_email_at: Mapped[datetime | None] = mapped_column(index=True)
    email_count: Mapped[int]
    completeness: Mapped[float]
    missing: Mapped[list[str]]
    bulk: Mapped[str] = mapped_column(String(16))
    subject_joins: Mapped[list[str]]


class SourceCursor(Base):
    """How far a source was read, moved in the transaction that stores what was read."""

    __tablename__ = "source_cursor"
    source: Mapped[str] = mapped_column(Text, primary_key=True)
    state: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class Forgotten(Base):
    """The hash of a raw mail or an email that was deleted at somebody's wish: it is never taken in again."""

    __tablename__ = "forgotten"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    forgotten_at: Mapped[datetime]


class ChainAlias(Base):
    """A chain id of former times, and the chain that it became."""

    __tablename__ = "chain_alias"
    alias: Mapped[str] = mapped_column(String(32), primary_key=True)
    chain_id: Mapped[str] = mapped_column(String(32), index=True)


class OutboxRow(Base):
    """A revision (or, without a hash, a tombstone) that waits to be published, or was.

    `waiting_since` is when the chain's oldest change that is not published was stored. `chain_id` is the record's key:
    of a dead letter's tombstone, the id of the dead letter.
    """

    __tablename__ = "outbox"
    outbox_id: Mapped[int] = mapped_column(primary_key=True)
    chain_id: Mapped[str] = mapped_column(String(300))
    revision: Mapped[int]
    chain_hash: Mapped[str | None] = mapped_column(String(64))
    topic: Mapped[str] = mapped_column(String(249))
    created_at: Mapped[datetime]
    waiting_since: Mapped[datetime]
    traceparent: Mapped[str | None] = mapped_column(String(64))
    claimed_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    partition: Mapped[int | None]
    offset: Mapped[int | None] = mapped_column(BigInteger)
    __table_args__ = (
        Index("ix_outbox_chain", "chain_id", "revision"),
        Index("ix_outbox_record", "topic", "partition", "offset"),
    )


class AnalysisRow(Base):
    """One analysis; `record` is the whole `schemas.analysis.Analysis` as JSON, untouched by the rules of the house.

    `priority` is the one that counts; `model_priority` that of the record; `house` (a `schemas.house.Housed`, or
    empty) what made the difference, by the rules of `house_version`.
    """

    __tablename__ = "analysis"
    analysis_id: Mapped[int] = mapped_column(primary_key=True)
    chain_id: Mapped[str] = mapped_column(String(32))
    chain_hash: Mapped[str] = mapped_column(String(64))
    revision: Mapped[int]
    analyser_id: Mapped[str] = mapped_column(String(64))
    priority: Mapped[str] = mapped_column(String(16), index=True)
    category: Mapped[str] = mapped_column(String(16), index=True)
    confidence: Mapped[float]
    summary: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    repairs: Mapped[int]
    model_s: Mapped[float]
    analysed_at: Mapped[datetime]
    trace_id: Mapped[str | None] = mapped_column(String(32))
    record: Mapped[str] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(String(8))
    model_priority: Mapped[str] = mapped_column(String(16))
    house: Mapped[dict[str, Any]]
    house_version: Mapped[str] = mapped_column(String(16))
    __table_args__ = (UniqueConstraint("chain_id", "chain_hash", "analyser_id", name="uq_analysis_once"),)


class AnalyserRow(Base):
    """What made analyses: a model with its prompt and options, or rules; written with the first analysis by it.

    `promoted_at` is set for one at most: its analyses are the current ones wherever there are some.
    """

    __tablename__ = "analyser"
    analyser_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    made_by: Mapped[str] = mapped_column(String(8))
    server: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    model_digest: Mapped[str] = mapped_column(Text)
    prompt_version: Mapped[str] = mapped_column(String(64))
    options: Mapped[dict[str, Any]]
    schema_version: Mapped[str] = mapped_column(String(16))
    first_at: Mapped[datetime]
    promoted_at: Mapped[datetime | None]


class CalibrationRow(Base):
    """How far the confidence of a model with a prompt is right, fitted on labelled chains.

    `points` are pairs (raw score, share that was right); `ece` and `brier` are the errors before and after.
    """

    __tablename__ = "calibration"
    model_digest: Mapped[str] = mapped_column(String(128), primary_key=True)
    prompt_version: Mapped[str] = mapped_column(String(64), primary_key=True)
    fitted_at: Mapped[datetime]
    chains: Mapped[int]
    ece_raw: Mapped[float]
    ece_fitted: Mapped[float]
    brier_raw: Mapped[float]
    brier_fitted: Mapped[float]
    points: Mapped[list[list[float]]]


class OutcomeRow(Base):
    """How a record ended, for one group: written in the transaction of its result."""

    __tablename__ = "outcome"
    group_id: Mapped[str] = mapped_column(String(249), primary_key=True)
    topic: Mapped[str] = mapped_column(String(249), primary_key=True)
    partition: Mapped[int] = mapped_column(primary_key=True)
    offset: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), index=True)
    chain_id: Mapped[str | None] = mapped_column(String(64))
    revision: Mapped[int | None]
    analysis_id: Mapped[int | None] = mapped_column(ForeignKey("analysis.analysis_id", ondelete="SET NULL"))
    reason: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[datetime] = mapped_column(index=True)


class AttemptRow(Base):
    """How often a record was tried; written before the try, so that it survives the process.

    `is_open` while a try is going on; a try that never ended has killed its process: `kills` counts those.
    """

    __tablename__ = "attempt"
    group_id: Mapped[str] = mapped_column(String(249), primary_key=True)
    topic: Mapped[str] = mapped_column(String(249), primary_key=True)
    partition: Mapped[int] = mapped_column(primary_key=True)
    offset: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    attempts: Mapped[int]
    is_open: Mapped[bool]
    kills: Mapped[int]
    model_calls: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(Text)


class DeadLetterRow(Base):
    """A record given up on: why, where its bytes are (on the dead-letter topic), and what became of it.

    Written in the transaction of its outcome. `state` is open, redriving, redriven, parked or superseded.
    """

    __tablename__ = "dead_letter"
    group_id: Mapped[str] = mapped_column(String(249), primary_key=True)
    topic: Mapped[str] = mapped_column(String(249), primary_key=True)
    partition: Mapped[int] = mapped_column(primary_key=True)
    offset: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    chain_id: Mapped[str | None] = mapped_column(String(64))
    revision: Mapped[int | None]
    error_class: Mapped[str] = mapped_column(String(64), index=True)
    error_message: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int]
    analyser_id: Mapped[str] = mapped_column(String(64))
    redrives: Mapped[int]
    letter_partition: Mapped[int]
    letter_offset: Mapped[int] = mapped_column(BigInteger)
    failed_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class WorkerRow(Base):
    """The last beat of one member; `counters` and `breakers` are what metrics are made of."""

    __tablename__ = "worker"
    worker_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    pid: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    partitions: Mapped[list[str]]
    chain_id: Mapped[str | None] = mapped_column(String(64))
    in_flight: Mapped[int]
    slots: Mapped[int]
    since_at: Mapped[datetime]
    completed: Mapped[int]
    failed: Mapped[int]
    model_busy_s: Mapped[float]
    counters: Mapped[dict[str, Any]]
    breakers: Mapped[dict[str, Any]]
    model_name: Mapped[str] = mapped_column(Text)
    model_server: Mapped[str] = mapped_column(String(16))
    rss_bytes: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
