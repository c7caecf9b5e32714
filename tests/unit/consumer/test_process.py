"""One record, bytes to outcome, with a real database and the real analyser; the model is at the network edge."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest
from sqlalchemy import literal, select
from sqlalchemy.exc import OperationalError

from consumer.errors import PermanentError, TransientError
from consumer.process import WrongLedgerError
from schemas.analysis import Analysis, Priority
from schemas.house import HouseRules
from schemas.wire import headers_of_chain
from storage import analyses, mail, outbox, outcomes
from storage.outcomes import OutcomeKind
from storage.tables import AnalysisRow, OutcomeRow
from tests.ledgers import analysis, chain, keep, ledger_id, published
from tests.unit.consumer.stand import BACKLOG, NOW, Stand, at, job_of, record_of, unusable


def test_process_stores_analysis_and_outcome(stand: Stand) -> None:
    """The main job would not be done."""
    outcome = stand.processor.process(job_of(record_of(chain())))
    assert outcome is not None
    assert outcome.kind is OutcomeKind.STORED
    with stand.database.read() as connection:
        row = connection.execute(select(AnalysisRow)).one()
        ended = connection.execute(select(OutcomeRow)).one()
    assert (row.chain_id, row.revision, row.summary) == (chain().chain_id, 1, "This conversation is about About root.")
    assert (ended.kind, ended.analysis_id, ended.chain_id) == ("stored", row.analysis_id, chain().chain_id)
    assert stand.model_calls() == 1


@pytest.mark.usefixtures("untraced")
def test_process_without_a_tracer_stores_no_trace_id(stand: Stand) -> None:
    """`trace CHAIN` would look for a trace of zeros."""
    stand.processor.process(job_of(record_of(chain())))
    with stand.database.read() as connection:
        assert connection.scalar(select(AnalysisRow.trace_id)) is None


def test_process_of_a_redelivered_record_makes_no_model_call(stand: Stand) -> None:
    """After a crash before the commit, the model would work again for what is stored."""
    stand.processor.process(job_of(record_of(chain())))
    again = stand.another_processor().process(job_of(record_of(chain(), 1)))
    assert again is not None
    assert again.kind is OutcomeKind.DUPLICATE
    assert (stand.model.calls, stand.analyses()) == (1, 1)
    assert stand.outcomes() == {0: OutcomeKind.STORED, 1: OutcomeKind.DUPLICATE}


def test_process_of_the_same_record_keeps_its_first_outcome(stand: Stand) -> None:
    """A redelivery would change how a record has ended, and the sum would not add up."""
    for _ in range(2):
        stand.processor.process(job_of(record_of(chain())))
    assert stand.outcomes() == {0: OutcomeKind.STORED}


def test_process_finds_a_result_that_came_meanwhile(stand: Stand) -> None:
    """Two lanes with the same revision would store it twice, or break on the unique key."""
    other = stand.another_processor()
    record = record_of(chain(), partition=BACKLOG)

    def overtake() -> None:
        stand.model.during = lambda: None
        other.process(job_of(record))

    stand.model.during = overtake
    outcome = stand.processor.process(job_of(record_of(chain())))
    assert outcome is not None
    assert outcome.kind is OutcomeKind.DUPLICATE
    assert stand.analyses() == 1


@pytest.mark.parametrize("how", ["published", "analysed", "renamed", "tombstone"])
def test_process_skips_a_superseded_revision(stand: Stand, how: str) -> None:
    """A model call would be spent on what is outdated, and an older revision be put over a newer one."""
    with stand.database.write() as connection:
        match how:
            case "published":
                published(connection, chain(revision=2), 9)
            case "analysed":
                analyses.add(connection, analysis(chain(revision=2)), chain_id=chain().chain_id, trace_id=None)
            case "renamed":
                keep(connection, chain())
                mail.rename_chain(connection, chain().chain_id, chain("older").chain_id)
            case _:
                published(connection, chain(revision=2).model_copy(update={"chain_hash": ""}), 9)
    outcome = stand.processor.process(job_of(record_of(chain())))
    assert outcome is not None
    assert (outcome.kind, outcome.revision) == (OutcomeKind.SUPERSEDED, 1)
    assert stand.model.calls == 0
    assert stand.tries() == 0


def test_process_skips_where_a_newer_revision_is_at_hand(stand: Stand) -> None:
    """A burst of replies would be analysed one by one."""
    outcome = stand.processor.process(job_of(record_of(chain()), newer_at_hand=True))
    assert outcome is not None
    assert outcome.kind is OutcomeKind.SUPERSEDED
    assert stand.model.calls == 0


def test_process_analyses_a_revision_that_is_only_waiting_in_the_outbox(stand: Stand) -> None:
    """A revision that `--hours` holds back for ever would hide the one before it."""
    with stand.database.write() as connection:
        newer = chain(revision=2)
        published(connection, newer, 9)
        connection.exec_driver_sql("UPDATE outbox SET published_at = NULL")
    outcome = stand.processor.process(job_of(record_of(chain())))
    assert outcome is not None
    assert outcome.kind is OutcomeKind.STORED


def test_process_notes_a_tombstone_as_deleted(stand: Stand) -> None:
    """A deletion would be taken for a broken record."""
    outcome = stand.processor.process(job_of(record_of(None, key=b"gone")))
    assert outcome is not None
    assert (outcome.kind, outcome.chain_id) == (OutcomeKind.DELETED, "gone")
    assert stand.outcomes() == {0: OutcomeKind.DELETED}


@pytest.mark.parametrize(
    ("value", "version"),
    [(b"", b"1"), (b"not json", b"1"), (b"{}", b"1"), (b"\xff\xfe", b"1"), (b"[" * 100_000, b"1"), (None, b"2")],
)
def test_process_refuses_what_is_no_chain(stand: Stand, value: bytes | None, version: bytes) -> None:
    """One bad record would stop its partition, or be retried for ever."""
    good = record_of(chain(), value=value)
    record = replace(good, headers=(*good.headers, ("schema-version", version)))
    with pytest.raises(PermanentError, match="mail/0/0"):
        stand.processor.process(job_of(record))
    assert stand.model.calls == 0
    assert stand.outcomes() == {}


def test_process_takes_unknown_and_repeated_headers(stand: Stand) -> None:
    """What another program adds would make a good record a dead letter."""
    record = record_of(chain(), headers=[("x-new", None), ("traceparent", b"\xff"), ("traceparent", b"nonsense")])
    outcome = stand.processor.process(job_of(record))
    assert outcome is not None
    assert outcome.kind is OutcomeKind.STORED


def test_process_stops_at_a_record_of_another_database(stand: Stand) -> None:
    """Mail of one company would be analysed into the database of another."""
    with pytest.raises(WrongLedgerError, match="CHAINMAIL_TOPIC"):
        stand.processor.process(job_of(record_of(chain(), ledger="another")))
    tombstone = record_of(None, headers=[("ledger", b"another")])
    with pytest.raises(WrongLedgerError):
        stand.processor.process(job_of(tombstone))
    assert stand.outcomes() == {}


def test_process_stores_nothing_for_a_lost_partition(stand: Stand) -> None:
    """A zombie's late result would stand beside, or over, the new owner's."""
    assert stand.processor.process(job_of(record_of(chain()), is_live=False)) is None
    assert stand.processor.process(job_of(record_of(None, 1), is_live=False)) is None
    assert (stand.analyses(), stand.outcomes()) == (0, {})


def test_process_writes_result_and_outcome_in_one_transaction(stand: Stand) -> None:
    """A crash between the two would leave an analysis without an outcome, and the sum would not add up."""
    stand.failing("outcome", OperationalError("INSERT", {}, sqlite3.OperationalError("disk is full")))
    job = job_of(record_of(chain()))
    with pytest.raises(OperationalError):
        stand.processor.process(job)
    assert (stand.analyses(), stand.outcomes()) == (0, {})


def test_process_stores_what_a_full_disk_refused_without_another_model_call(stand: Stand) -> None:
    """A ten-minute answer would be thrown away because the database was locked for a moment."""
    stand.failing("outcome", OperationalError("INSERT", {}, sqlite3.OperationalError("disk is full")))
    job = job_of(record_of(chain()))
    with pytest.raises(OperationalError):
        stand.processor.process(job)
    outcome = stand.processor.process(job)
    assert outcome is not None
    assert outcome.kind is OutcomeKind.STORED
    assert (stand.model.calls, stand.tries(), stand.model_calls()) == (1, 1, 1)


def test_process_writes_the_attempt_down_before_it_starts(stand: Stand) -> None:
    """A record that kills its process would be tried for ever."""
    seen: list[int] = []
    stand.model.during = lambda: seen.append(stand.tries())
    stand.processor.process(job_of(record_of(chain())))
    assert seen == [1]


def test_process_holds_no_transaction_while_the_model_works(stand: Stand) -> None:
    """One slow answer would lock the database for everybody."""

    def write_something() -> None:
        with stand.database.write() as connection:
            outcomes.begin_attempt(connection, at(40), now=analysis(chain()).analysed_at)

    stand.model.during = write_something
    stand.processor.process(job_of(record_of(chain())))
    assert stand.tries(40) == 1


def test_process_counts_a_time_out_only_where_the_server_is_well(stand: Stand) -> None:
    """A hanging server would use up the attempts of every record."""
    job = job_of(record_of(chain()))
    stand.model.faults = [TransientError("no answer in time"), TransientError("no answer in time")]
    with pytest.raises(TransientError) as met:
        stand.processor.process(job)
    assert (met.value.counts, stand.tries(), job.attempt.tries) == (True, 1, 1)
    stand.model.down = TransientError("nobody answers", counts=False)
    with pytest.raises(TransientError) as met:
        stand.processor.process(job)
    assert (met.value.counts, stand.tries(), job.attempt.tries) == (False, 1, 1)


@pytest.mark.parametrize("error", [TransientError("slow"), PermanentError("no key")])
def test_process_blames_the_server_where_nobody_says_which_model_answers(stand: Stand, error: Exception) -> None:
    """An attempt would be taken back that was never written, or a good record become a dead letter."""
    job = job_of(record_of(chain()))
    stand.model.faults = [TransientError("slow")]
    with pytest.raises(TransientError):
        stand.processor.process(job)
    fresh = stand.another_processor()
    stand.model.nameless = error
    with pytest.raises(TransientError) as met:
        fresh.process(job_of(record_of(chain())))
    assert not met.value.counts
    assert stand.tries() == 1, "the attempt of before is neither taken back nor counted twice"


def test_process_counts_an_answer_that_was_unusable_twice(stand: Stand) -> None:
    """The dead letter would say that nobody had tried."""
    job = job_of(record_of(chain()))
    stand.model.faults = [unusable(), unusable()]
    with pytest.raises(PermanentError, match="unusable twice"):
        stand.processor.process(job)
    assert (stand.tries(), job.attempt.tries, stand.model.calls) == (1, 1, 2)


def test_process_goes_on_counting_after_a_restart(stand: Stand) -> None:
    """A record that fails would have all its attempts again after every restart."""
    stand.model.faults = [TransientError("slow"), TransientError("slow")]
    with pytest.raises(TransientError):
        stand.processor.process(job_of(record_of(chain())))
    job = job_of(record_of(chain()))
    with pytest.raises(TransientError):
        stand.another_processor().process(job)
    assert (job.attempt.tries, stand.tries()) == (2, 2)


def test_process_lets_the_analysis_follow_a_renamed_chain(stand: Stand) -> None:
    """A result would be stored under an id that nobody looks up any more."""
    older = chain("older")

    def rename() -> None:
        with stand.database.write() as connection:
            keep(connection, chain())
            mail.rename_chain(connection, chain().chain_id, older.chain_id)

    stand.model.during = rename
    stand.processor.process(job_of(record_of(chain())))
    with stand.database.read() as connection:
        assert connection.scalar(select(AnalysisRow.chain_id)) == older.chain_id


def test_headers_of_the_stand_are_the_producers(stand: Stand) -> None:
    """These tests would prove something about records that nobody publishes."""
    assert dict(record_of(chain()).headers) == dict(headers_of_chain(chain(), ledger=ledger_id(), trace={}))


@pytest.mark.parametrize("how", ["analysed", "deleted"])
def test_process_stores_nothing_over_what_came_meanwhile(stand: Stand, how: str) -> None:
    """An older revision would stand over a newer one, or a deleted chain come back."""

    def meanwhile() -> None:
        with stand.database.write() as connection:
            if how == "analysed":
                analyses.add(connection, analysis(chain(revision=2)), chain_id=chain().chain_id, trace_id=None)
            else:
                published(connection, chain(), 0)
                outbox.put_tombstones(connection, chain().chain_id, revision=2, at=NOW)

    stand.model.during = meanwhile
    outcome = stand.processor.process(job_of(record_of(chain())))
    assert outcome is not None
    assert (outcome.kind, outcome.analysis_id) == (OutcomeKind.SUPERSEDED, None)
    assert stand.analyses() == (1 if how == "analysed" else 0)


def test_process_stores_a_revision_while_a_newer_one_only_waits(stand: Stand) -> None:
    """In a chain that gets a mail every minute, nothing would ever be stored."""

    def publish_newer() -> None:
        with stand.database.write() as connection:
            published(connection, chain(revision=2), 9)

    stand.model.during = publish_newer
    outcome = stand.processor.process(job_of(record_of(chain())))
    assert outcome is not None
    assert outcome.kind is OutcomeKind.STORED


def test_process_reads_no_value_that_is_too_large(stand: Stand) -> None:
    """One record of a gigabyte would take the memory of the member, and of the next that tries."""
    record = record_of(chain(), value=b" " * (5 << 20))
    with pytest.raises(PermanentError, match="5242880 bytes"):
        stand.processor.process(job_of(record))


def test_process_applies_the_rules_of_the_house_beside_the_record(stand: Stand) -> None:
    """A VIP would be noticed only after the model has read everything again."""
    rules = HouseRules.model_validate({"keywords": [{"words": ["boxes"], "raise_to": "critical"}]})
    replace(stand.processor, rules=lambda: rules).process(job_of(record_of(chain())))
    with stand.database.read() as connection:
        row = connection.execute(select(AnalysisRow)).one()
    stored = Analysis.model_validate_json(row.record)
    assert (row.priority, row.model_priority) == ("critical", stored.priority.value)
    assert stored.priority is not Priority.CRITICAL
    assert row.house["reasons"] == ['raised to critical: keyword "boxes"']
    assert row.house_version == rules.version


def test_process_takes_the_rules_of_the_moment(stand: Stand) -> None:
    """What is changed in the rules would wait for the next start of the members."""
    rules = [HouseRules(own_currency="EUR"), HouseRules(own_currency="USD")]
    versions = [each.version for each in rules]
    processor = replace(stand.processor, rules=lambda: rules.pop(0))
    for offset, name in enumerate(("one", "two")):
        processor.process(job_of(record_of(chain(name), offset=offset)))
    with stand.database.read() as connection:
        assert list(connection.scalars(select(AnalysisRow.house_version))) == versions


def test_process_of_the_same_content_under_another_chain_id_makes_no_model_call(stand: Stand) -> None:
    """A chain that only got another id would be paid for again."""
    stand.processor.process(job_of(record_of(chain())))
    with stand.database.write() as connection:
        keep(connection, chain())
        mail.rename_chain(connection, chain().chain_id, chain("older").chain_id)
    renamed = chain().model_copy(update={"chain_id": chain("older").chain_id, "revision": 2})
    outcome = stand.processor.process(job_of(record_of(renamed, 1)))
    assert outcome is not None
    assert outcome.kind is OutcomeKind.DUPLICATE
    assert (stand.model.calls, stand.analyses()) == (1, 1)


def test_process_of_a_chain_that_is_again_what_it_was_makes_that_analysis_current(stand: Stand) -> None:
    """After an email has left again, the analysis of what no longer is would be shown for ever."""
    for offset, of in enumerate((chain(), chain(revision=2), chain().model_copy(update={"revision": 3}))):
        stand.processor.process(job_of(record_of(of, offset)))
    assert stand.outcomes()[2] is OutcomeKind.DUPLICATE
    with stand.database.write() as connection:
        keep(connection, chain().model_copy(update={"revision": 3}))
        shown = connection.scalar(
            select(AnalysisRow.chain_hash).where(AnalysisRow.analysis_id == analyses.current(literal(chain().chain_id)))
        )
    assert shown == chain().chain_hash
