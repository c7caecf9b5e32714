"""Databases and what stands in them, for tests: made in the order in which the program would make it."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, select, update

from producer.reading import member_of
from schemas.analysis import Analysis, Category, Confidence, ModelUse, Priority, WorkflowState
from schemas.chain import Chain, Completeness, Email, hash_of_emails, hash_of_root
from storage import mail, migrate, outbox
from storage.dead_letters import Letter, LetterState
from storage.engine import Database
from storage.mail import NewEmail, StoredChain
from storage.outbox import Pending, Selection
from storage.packing import pack
from storage.tables import OutboxRow

START_AT = datetime(2026, 11, 2, 8, tzinfo=UTC)
TOPIC = "mail"
ALL = Selection()


@cache
def _template() -> tuple[bytes, str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mail.db"
        database = Database(f"sqlite:///{path}")
        ledger_id = migrate.upgrade(database, Path(folder))
        database.close()
        return path.read_bytes(), ledger_id


def ledger_id() -> str:
    """Return the ledger id of every database of `new_ledger`."""
    return _template()[1]


def new_ledger(folder: Path, name: str = "mail.db") -> Database:
    """Return an empty database with all tables; migrated once and copied, because that takes a while."""
    path = folder / name
    path.write_bytes(_template()[0])
    return Database(f"sqlite:///{path}")


def email(number: int, of: str = "root", text: str = "Please send 12 boxes by Friday.") -> Email:
    """Return email *number* of conversation *of*."""
    return Email(
        email_id=f"{of}-{number}".ljust(64, "0"),
        message_id=f"{number}.{of}@acme.example",
        sent_at=START_AT + timedelta(minutes=number),
        sent_at_from="date",
        subject=f"About {of}",
        text=text,
        text_from="plain",
    )


def chain(of: str = "root", revision: int = 1, text: str = "Please send 12 boxes by Friday.") -> Chain:
    """Return the chain of conversation *of*, which has as many emails as its revision says."""
    emails = tuple(email(number, of, text) for number in range(revision))
    return Chain(
        chain_id=hash_of_root(of),
        revision=revision,
        chain_hash=hash_of_emails([each.email_id for each in emails]),
        subject=f"About {of}",
        newest_email_at=emails[-1].sent_at,
        completeness=Completeness(score=1),
        emails=emails,
    )


def keep(connection: Connection, kept: Chain, *, is_new: bool = True) -> None:
    """Write *kept* as the newest revision of its chain, with the emails that are not there yet."""
    known = mail.chains_of_emails(connection, [each.email_id for each in kept.emails])
    fresh = [each for each in kept.emails if each.email_id not in known]
    mail.add_emails(connection, [new_email(each, kept.chain_id) for each in fresh])
    stored = StoredChain(
        chain_id=kept.chain_id,
        revision=kept.revision,
        chain_hash=kept.chain_hash,
        subject=kept.subject,
        newest_email_at=kept.newest_email_at,
        email_count=len(kept.emails),
        completeness=kept.completeness.score,
        missing=list(kept.completeness.missing),
    )
    mail.save_chains(connection, [stored] if is_new else [], [] if is_new else [stored])
    mail.add_nodes(connection, {each.node: kept.chain_id for each in fresh})


def new_email(of: Email, chain_id: str) -> NewEmail:
    """Return the row of an email in *chain_id*."""
    content = pack(of.model_dump_json(exclude_defaults=True).encode())
    return NewEmail(member=member_of(of), content=content, chain_id=chain_id, traceparent=None)


def pending(connection: Connection, selection: Selection = ALL, limit: int | None = None) -> list[Pending]:
    """Return what waits and is selected, in its order; nobody claims it."""
    ids = outbox.pending(connection, selection, limit=limit)
    columns = [getattr(OutboxRow, name) for name in Pending.__dataclass_fields__]
    rows = {row.outbox_id: Pending(**row._asdict()) for row in connection.execute(select(*columns))}
    return [rows[outbox_id] for outbox_id in ids]


def published(
    connection: Connection, of: Chain, offset: int, *, partition: int = 0, topic: str = TOPIC, at: datetime = START_AT
) -> None:
    """Let a revision have been published and acknowledged."""
    change = outbox.Change(chain_id=of.chain_id, revision=of.revision, chain_hash=of.chain_hash, traceparent=None)
    outbox.put(connection, [change], topic=topic, at=at)
    newest = OutboxRow.published_at.is_(None) & (OutboxRow.chain_id == of.chain_id)
    connection.execute(update(OutboxRow).where(newest).values(published_at=at, partition=partition, offset=offset))


def analysis(
    of: Chain,
    *,
    analyser_id: str = "an-analyser",
    priority: Priority = Priority.NORMAL,
    category: Category = Category.ORDER,
    summary: str = "Twelve boxes are wanted.",
    at: datetime = START_AT,
) -> Analysis:
    """Return an analysis of *of*."""
    return Analysis(
        chain_id=of.chain_id,
        chain_hash=of.chain_hash,
        revision=of.revision,
        analyser_id=analyser_id,
        analysed_at=at,
        summary=summary,
        priority=priority,
        priority_reason="somebody waits",
        category=category,
        workflow_state=WorkflowState.WAITING,
        confidence=Confidence(score=0.75),
        model_use=ModelUse(server="memory", model="tiny", prompt_version="1", calls=1),
    )


def dead_letter(
    offset: int, state: LetterState = LetterState.OPEN, *, topic: str = TOPIC, group: str = "g", error: str = "E"
) -> Letter:
    """Return the dead letter of a record that was never ours, under the key `k`."""
    return Letter(
        group_id=group,
        topic=topic,
        partition=0,
        offset=offset,
        state=state,
        chain_id="k",
        revision=None,
        error_class=error,
        error_message="not a chain",
        answer="",
        attempts=1,
        analyser_id="",
        redrives=0,
        letter_partition=0,
        letter_offset=offset,
        failed_at=START_AT + timedelta(seconds=offset),
        changed_at=START_AT,
    )
