"""Deletion in a real ledger: as if the mail had never been, and nothing of it left in the files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from sqlalchemy import insert, select, update

from chainmail import telemetry
from chainmail.settings import Settings
from chainmail.span_store import SpanReader, SqliteSpanExporter, TraceStoreError
from producer.counts import Counts
from producer.forget import Before, Doomed, Forgetter, Gone, OfAddress, OfChain, Wish
from producer.ingest import Ledger, ingest
from producer.sources.source import RawMail
from schemas.chain import hash_of_root
from storage import analyses, dead_letters, forgetting, outcomes
from storage import mail as ledger_mail
from storage.engine import Database
from storage.outcomes import Coordinates, Outcome, OutcomeKind
from storage.tables import AttemptRow, ChainAlias, DeadLetterRow, Node, OutboxRow, OutcomeRow
from storage.tables import RawMail as RawRow
from tests.integration.producer.ledger_state import aliases, shapes
from tests.integration.producer.test_join import MAILBOX, publish_all, take
from tests.ledgers import analysis, chain, dead_letter
from tests.mailbox import START_AT, mail

CANARY = "canary-of-Kestrel-Quarry"
BACKLOG = "email-chains.backlog"


@contextmanager
def opened(database: Database) -> Iterator[Forgetter]:
    """Yield what deletes in *database*, with a home beside its file."""
    assert database.path is not None
    yield Forgetter(database, Settings(db=str(database.path)))


def forget(database: Database, wish: Wish) -> Gone:
    """Forget as the command does, and make sure that it would have told so before."""
    with opened(database) as forgetter:
        with database.read() as connection:
            doomed = wish.find(connection)
        expected = forgetter.look(doomed)
        gone = forgetter.forget(doomed)
        assert forgetter.overwrite()
    seen = {name: count for name, count in vars(gone).items() if name not in {"tombstones", "log_lines"}}
    assert seen == {name: getattr(expected, name) for name in seen}
    return gone


def ingested(database: Database, *mails: bytes) -> Counts:
    """Take *mails* in as an import does."""
    counts = Counts()
    raws = [RawMail(f"folder/{number}.eml", content) for number, content in enumerate(mails)]
    for _ in ingest(Ledger(database, BACKLOG, counts), raws):
        pass
    return counts


def outbox_of(database: Database, chain_id: str) -> list[tuple[str, int, bool, bool]]:
    """Return (topic, revision, is a tombstone, waits) of a key's rows, oldest first."""
    query = select(OutboxRow).where(OutboxRow.chain_id == chain_id).order_by(OutboxRow.outbox_id)
    with database.read() as connection:
        return [
            (row.topic, row.revision, row.chain_hash is None, row.published_at is None)
            for row in connection.execute(query)
        ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.sampled_from([one.email_id for one in MAILBOX])))
def test_forgetting_some_equals_never_having_had_them(new_ledger: Callable[[], Database], gone: set[str]) -> None:
    """A forgotten email would live on in a node or a subject, or cost a chain that it had nothing to do with."""
    database, other = new_ledger(), new_ledger()
    take(database, MAILBOX)
    publish_all(database)
    take(other, [one for one in MAILBOX if one.email_id not in gone])
    with database.read() as connection:
        emails = ledger_mail.chains_of_emails(connection, gone)
    with opened(database) as forgetter:
        forgetter.forget(Doomed(emails={email_id: chain_id or "" for email_id, chain_id in emails.items()}))
    assert shapes(database) == shapes(other)
    assert set(aliases(database).values()) <= set(shapes(database))
    database.close()
    other.close()


def test_shortened_chain_is_published_again_after_tombstones_in_both_lanes(ledger: Database) -> None:
    """The old record would stay in the lane without the new revision, or the tombstone delete the new one."""
    ingested(ledger, mail(1), mail(1, 1))
    publish_all(ledger)
    gone = forget(ledger, OfAddress("BO@norden.example "))
    assert (gone.emails, gone.raw_mails, gone.chains_deleted, gone.chains_shortened, gone.tombstones) == (1, 1, 0, 1, 2)
    (chain_id,) = shapes(ledger)
    assert outbox_of(ledger, chain_id) == [
        (BACKLOG, 1, False, False),
        ("email-chains", 2, True, True),
        (BACKLOG, 2, True, True),
        (BACKLOG, 2, False, True),
    ]


def test_message_id_that_others_refer_to_stays_as_a_ghost(ledger: Database) -> None:
    """The reply to a forgotten mail would lose its chain and its later replies."""
    ingested(ledger, mail(1), mail(1, 1))
    before = set(shapes(ledger))
    forget(ledger, OfAddress("ann@acme.example"))
    (found,) = shapes(ledger).items()
    assert {found[0]} == before
    assert found[1].nodes == {"1.0@acme.example", "1.1@acme.example"}
    assert found[1].completeness < 1


def test_whole_chain_goes_with_its_former_ids(ledger: Database) -> None:
    """A link to a former id would lead to what is forgotten, or its record stay in the topic."""
    by_name = {one.email_id: one for one in MAILBOX}
    take(ledger, [by_name["id-b2"]], [by_name["id-a1"], by_name["id-a2"]])
    publish_all(ledger)
    take(ledger, [by_name["id-c1"], by_name["id-c2"], by_name["id-bridge"]])
    publish_all(ledger)
    former = hash_of_root("c1@x.example")
    with ledger.write() as connection:
        connection.execute(ChainAlias.__table__.insert().values(alias=former, chain_id=hash_of_root("a1@x.example")))
        connection.execute(OutboxRow.__table__.insert().values(**_published(former)))
    gone = forget(ledger, OfChain(hash_of_root("a1@x.example")))
    assert (gone.chains_deleted, gone.emails) == (1, 5)
    assert set(shapes(ledger)) == {hash_of_root("b1@x.example")}
    assert aliases(ledger) == {}
    assert [row[2:] for row in outbox_of(ledger, former)] == [(False, False), (True, True), (True, True)]


def _published(chain_id: str) -> dict[str, object]:
    now = datetime.now(UTC)
    times = dict.fromkeys(("created_at", "waiting_since", "claimed_at", "published_at"), now)
    return {
        "chain_id": chain_id,
        "revision": 1,
        "chain_hash": "h",
        "topic": BACKLOG,
        "partition": 0,
        "offset": 99,
    } | times


def test_chain_that_was_never_published_needs_no_tombstone(ledger: Database) -> None:
    """Retention of an archive that was never published would write as many deletions of nothing."""
    ingested(ledger, mail(1))
    (chain_id,) = shapes(ledger)
    assert forget(ledger, OfChain(chain_id)).tombstones == 0
    assert outbox_of(ledger, chain_id) == []


def test_results_go_and_coordinates_stay(ledger: Database) -> None:
    """An analysis, an error or a dead letter would quote what is forgotten, or the sum not add up any more."""
    kept = chain()
    ingested(ledger, mail(1))
    publish_all(ledger)
    (chain_id,) = shapes(ledger)
    at = Coordinates(group_id="g", topic=BACKLOG, partition=0, offset=1)
    letter = dead_letter(7, topic=BACKLOG)
    with ledger.write() as connection:
        connection.execute(update(OutboxRow).values(topic=BACKLOG, partition=0, offset=1))
        for each in (kept.model_copy(update={"chain_id": chain_id}), chain("other")):
            analyses.add(connection, analysis(each, summary=CANARY), chain_id=each.chain_id, trace_id=None)
        outcomes.begin_attempt(connection, at, now=START_AT)
        outcomes.end_attempt(connection, at, counts=True, error=CANARY)
        ended = Outcome(kind=OutcomeKind.DEAD_LETTERED, chain_id=chain_id, reason=CANARY)
        outcomes.add(connection, at, ended, ended_at=START_AT)
        dead_letters.put(connection, letter)
        connection.execute(update(DeadLetterRow).values(chain_id=chain_id))
    gone = forget(ledger, OfChain(chain_id))
    assert (gone.analyses, gone.dead_letters) == (1, 1)
    with ledger.read() as connection:
        assert analyses.find(connection, **_key(chain("other"))) is not None
        assert connection.execute(select(OutcomeRow.kind, OutcomeRow.reason)).one() == ("dead_lettered", None)
        assert connection.execute(select(AttemptRow.attempts, AttemptRow.last_error)).one() == (1, None)
        assert connection.execute(select(DeadLetterRow)).all() == []
    assert outbox_of(ledger, letter.letter_id) == [("email-chains.dead-letters", 0, True, True)]


def _key(of: object) -> dict[str, str]:
    return {"chain_id": of.chain_id, "chain_hash": of.chain_hash, "analyser_id": "an-analyser"}  # type: ignore[attr-defined] # a chain


def test_dead_letter_that_a_crash_left_without_a_row_has_its_tombstone(ledger: Database) -> None:
    """A member that died between broker and database would leave the mail in the dead-letter topic for 90 days."""
    ingested(ledger, mail(1))
    publish_all(ledger)
    (chain_id,) = shapes(ledger)
    with ledger.write() as connection:
        connection.execute(update(OutboxRow).values(topic=BACKLOG, partition=0, offset=5))
        at = Coordinates(group_id="g", topic=BACKLOG, partition=0, offset=5)
        outcomes.begin_attempt(connection, at, now=START_AT)
    forget(ledger, OfChain(chain_id))
    assert outbox_of(ledger, f"{BACKLOG}/0/5") == [("email-chains.dead-letters", 0, True, True)]


def test_forgotten_mail_is_not_taken_in_again(ledger: Database) -> None:
    """The next import, or the mailbox that is followed, would bring it all back."""
    copy = mail(1).replace(b"\n\n", b"\nX-Route: another\n\n", 1)
    ingested(ledger, mail(1), mail(2))
    forget(ledger, OfAddress("ann@acme.example"))
    counts = ingested(ledger, mail(1), copy, mail(2), mail(3))
    assert (counts.forgotten, counts.emails, counts.duplicates) == (3, 1, 0)
    assert counts.as_json()["forgotten"] == 3


def test_before_takes_chains_that_are_old_as_a_whole(ledger: Database) -> None:
    """Retention would cut a conversation that goes on, or delete what has just come in with a broken clock."""
    undated = mail(7).replace(b"Date:", b"X-Date:")
    ingested(ledger, mail(1), mail(2), mail(2, 1), undated)
    chains = {name: hash_of_root(f"{name}.0@acme.example") for name in ("1", "2", "7")}
    assert set(shapes(ledger)) == set(chains.values())
    newest_of_1 = START_AT + timedelta(hours=1)
    assert not forget(ledger, Before(newest_of_1))
    assert forget(ledger, Before(newest_of_1 + timedelta(seconds=1))).emails == 1
    assert set(shapes(ledger)) == {chains["2"], chains["7"]}
    assert forget(ledger, Before(START_AT + timedelta(hours=3))).chains_deleted == 1
    assert set(shapes(ledger)) == {chains["7"]}


def test_mail_that_nobody_could_read_goes_by_the_address_in_its_headers(ledger: Database) -> None:
    """What the parser gave up on would stay, whoever asks for its deletion."""
    ingested(ledger, mail(1), mail(2))
    with ledger.write() as connection:
        first = connection.scalar(select(RawRow.raw_sha256).where(RawRow.source == "folder/0.eml"))
        emails = ledger_mail.chains_of_nodes(connection, ["1.0@acme.example"])
        assert emails
        connection.execute(update(RawRow).where(RawRow.raw_sha256 == first).values(email_id=None))
    assert forget(ledger, OfAddress("nobody@acme.example")) == Gone()
    with ledger.read() as connection:
        assert OfAddress("ann@acme.example").find(connection).raws == {first}


def test_interrupted_deletion_is_repeated_as_a_whole(ledger: Database) -> None:
    """After a crash in the middle nobody could say any more which spans and log lines belong to what is gone."""
    assert ledger.path is not None
    ingested(ledger, mail(1, words=CANARY))
    before = shapes(ledger)
    with opened(ledger) as forgetter:
        traces = forgetter.settings.trace_path
        traces.parent.mkdir()
        traces.write_bytes(b"not a database at all, and longer than a header of one" * 4)
        with ledger.read() as connection:
            doomed = OfAddress("ann@acme.example").find(connection)
        with pytest.raises(TraceStoreError):
            forgetter.forget(doomed)
        assert shapes(ledger) == before
        traces.unlink()
        assert forgetter.forget(doomed).emails == 1
        assert not forgetter.forget(doomed), "what is gone is not counted again"
    assert shapes(ledger) == {}


def test_nothing_of_forgotten_mail_is_left_in_any_file(ledger: Database) -> None:
    """Whoever gets hold of the disk would read in free pages what its owner believes to be gone."""
    assert ledger.path is not None
    home = Path(f"{ledger.path}.home")
    (home / "logs").mkdir(parents=True)
    log = home / "logs" / "ingest.log"
    log.write_text(f"folder/0.eml: cut: {CANARY}\nfolder/1.eml: another\n")
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(SqliteSpanExporter(home / "traces.db")))
    for message_id in (f"{CANARY}@acme.example", "1.0@acme.example"):
        with provider.get_tracer("t").start_as_current_span("ingest", attributes={telemetry.MESSAGE_ID: message_id}):
            pass
    provider.shutdown()
    secret = mail(0, words=f"The secret is {CANARY}. " + os.urandom(3_000).hex())
    secret = secret.replace(b"<0.0@", f"<{CANARY}@".encode()).replace(b"steel rings", CANARY.encode())
    ingested(ledger, secret, *(mail(number) for number in range(1, 30)))
    chain_id = hash_of_root(f"{CANARY}@acme.example")
    publish_all(ledger)
    with ledger.write() as connection:
        of = chain().model_copy(update={"chain_id": chain_id})
        analyses.add(connection, analysis(of, summary=CANARY), chain_id=chain_id, trace_id=None)
        packed = connection.scalars(select(RawRow.content).where(RawRow.source == "folder/0.eml")).one()
    pieces = [packed[start : start + 24] for start in range(0, len(packed) - 24, 300)]
    assert len(pieces) > 5
    assert left(ledger.path, [CANARY.encode(), *pieces]) == len(pieces) + 1, "all of it is there before"
    gone = forget(ledger, OfChain(chain_id))
    assert (gone.emails, gone.spans, gone.log_lines) == (1, 1, 1)
    assert left(ledger.path, [CANARY.encode(), *pieces]) == 0
    assert log.read_text().split() == ["folder/1.eml:", "another"]
    with SpanReader(home / "traces.db") as reader:
        assert len(reader.trace_ids_of_message("1.0@acme.example")) == 1


def left(database: Path, pieces: list[bytes]) -> int:
    """Return how many of *pieces* stand in any file of the database and its home."""
    files = [path for path in database.parent.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"mail.db", "traces.db", "ingest.log"}
    content = b"".join(path.read_bytes() for path in files)
    return sum(piece in content for piece in pieces)


def test_keys_that_sqlite_moved_between_pages_are_overwritten_too(ledger: Database) -> None:
    """Subjects and Message-IDs would stay in the gaps of index pages, where a delete does not find them."""
    assert ledger.path is not None
    dice = Random(1)
    words = [f"{dice.getrandbits(64):016x}-{CANARY}" + "x" * dice.randrange(90) for _ in range(8_000)]
    for start in range(0, len(words), 100):
        with ledger.write() as connection:
            connection.execute(insert(Node), [{"node": word, "chain_id": "c"} for word in words[start : start + 100]])
    gone = set(dice.sample(words, 4_000))
    with ledger.write() as connection:
        forgetting.delete_nodes(connection, gone)
    assert ledger.overwrite_deleted(("email", "node"))
    content = ledger.path.read_bytes()
    assert [word for word in gone if word[:16].encode() in content] == []
    assert words[0][:16].encode() in content or words[0] in gone
