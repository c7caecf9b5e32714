"""A group member on a real broker: what it stores, what it commits, what it gives up."""

from __future__ import annotations

import time

import pytest
from kafka import KafkaAdminClient, KafkaConsumer
from kafka.structs import TopicPartition
from sqlalchemy import delete, func, select

from consumer.process import WrongLedgerError
from schemas import wire
from storage.tables import AnalysisRow, AttemptRow, OutcomeRow
from tests.integration.kafka.conftest import Ledger
from tests.mailbox import mail
from tests.servers.fake_model import FakeModel


def _rewind(ledger: Ledger) -> None:
    """Make the (empty) group read everything again."""
    client = KafkaAdminClient(bootstrap_servers=ledger.settings.kafka_bootstrap)
    try:
        client.reset_group_offsets(ledger.settings.group, {TopicPartition(ledger.settings.backlog_topic, 0): 0})
    finally:
        client.close()


def _leave(ledger: Ledger) -> None:
    """Take the static member out of the group, so that it is empty."""
    from chainmail.kafka import Admin
    from consumer.member import instance_id

    admin = Admin(ledger.settings)
    try:
        admin.remove_member(instance_id(ledger.settings, 0))
    finally:
        admin.close()


def _analyses(ledger: Ledger) -> int:
    with ledger.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(AnalysisRow)) or 0


def test_member_stores_every_chain_and_commits_behind_it(ledger: Ledger, model: FakeModel) -> None:
    """A committed offset without a row is a chain that nobody will ever see again."""
    ledger.take(*(mail(number) for number in range(5)))
    ledger.publish()
    with ledger.member():
        assert ledger.wait_for_outcomes(5) == ["stored"] * 5
    assert ledger.committed() == 5
    now = ledger.progress()
    assert (now.published, now.unaccounted, now.waiting, now.in_flight) == (5, 0, 0, 0)
    assert model.call_count == 5


def test_member_commits_nothing_while_the_model_works(ledger: Ledger, model: FakeModel) -> None:
    """A crash in mid-analysis would lose the record."""
    model.delay_s = 1.0
    ledger.take(mail(1))
    ledger.publish()
    with ledger.member():
        deadline_s = time.monotonic() + 20
        while not model.in_flight and time.monotonic() < deadline_s:
            time.sleep(0.02)
        assert model.in_flight == 1
        assert ledger.committed() == 0
        ledger.wait_for_outcomes(1)
    assert ledger.committed() == 1


def test_member_meets_stored_chains_again_without_a_model_call(ledger: Ledger, model: FakeModel) -> None:
    """Every redelivery would cost half a minute of the model and a second row."""
    ledger.take(*(mail(number) for number in range(3)))
    ledger.publish()
    with ledger.member():
        ledger.wait_for_outcomes(3)
    _leave(ledger)
    _rewind(ledger)
    with ledger.database.write() as connection:
        connection.execute(delete(OutcomeRow))
    with ledger.member():
        assert ledger.wait_for_outcomes(3) == ["duplicate"] * 3
    assert model.call_count == 3
    assert _analyses(ledger) == 3


def test_member_trusts_the_database_more_than_the_committed_offset(ledger: Ledger, model: FakeModel) -> None:
    """Rows that a power cut took (synchronous=NORMAL), or an older backup lacks, would never be analysed again."""
    ledger.take(*(mail(number) for number in range(4)))
    ledger.publish()
    with ledger.member():
        ledger.wait_for_outcomes(4)
    _leave(ledger)
    with ledger.database.write() as connection:
        connection.execute(delete(OutcomeRow).where(OutcomeRow.offset >= 2))
        connection.execute(delete(AnalysisRow).where(AnalysisRow.analysis_id >= 3))
    assert ledger.progress().unaccounted == 2
    with ledger.member():
        assert ledger.wait_for_outcomes(4) == ["stored"] * 4
    assert _analyses(ledger) == 4
    assert model.call_count == 6
    assert ledger.progress().unaccounted == 0


def test_member_makes_poison_a_dead_letter_and_goes_on(ledger: Ledger, model: FakeModel) -> None:
    """One bad record would stop the partition, or disappear."""
    version = wire.SCHEMA_VERSION.encode()
    ledger.send(b"not json", key=b"a", schema_version=version, odd=b"\xff")
    ledger.send(b"{}", key=b"b", schema_version=b"99")
    ledger.send(b"", key=b"c", schema_version=version)
    ledger.take(mail(1))
    ledger.publish()
    with ledger.member():
        assert ledger.wait_for_outcomes(4) == ["dead_lettered"] * 3 + ["stored"]
    assert ledger.committed() == 4
    assert model.call_count == 1
    letters = _dead_letters(ledger)
    source = f"{ledger.settings.backlog_topic}/0/0"
    key, value, headers = letters[source]
    assert (key, value) == (source.encode(), b"not json")
    assert headers["odd"] == b"\xff"
    assert headers["dead-letter-key"] == b"a"
    assert headers["dead-letter-error-class"] == b"PermanentError"
    assert b"schema-version 99" in letters[f"{ledger.settings.backlog_topic}/0/1"][2]["dead-letter-error-message"]


def _dead_letters(ledger: Ledger) -> dict[str, tuple[bytes, bytes | None, dict[str, bytes]]]:
    settings = ledger.settings
    consumer = KafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, enable_auto_commit=False)
    try:
        partitions = [TopicPartition(settings.dead_letter_topic, number) for number in range(4)]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        found = {}
        while any(consumer.position(partition) < ends[partition] for partition in partitions):
            for batch in consumer.poll(timeout_ms=500).values():
                found |= {raw.key.decode(): (raw.key, raw.value, dict(raw.headers)) for raw in batch}
        return found
    finally:
        consumer.close()


def test_member_takes_a_tombstone_as_an_outcome(ledger: Ledger) -> None:
    """A deleted chain would count as a fault, or as lost."""
    ledger.send(None, key=b"gone", ledger=ledger.ledger_id.encode())
    with ledger.member():
        assert ledger.wait_for_outcomes(1) == ["deleted"]
    assert ledger.committed() == 1


def test_member_skips_a_revision_that_a_newer_one_has_overtaken(ledger: Ledger, model: FakeModel) -> None:
    """The model would work on what nobody wants any more, and an older result could cover a newer one."""
    ledger.take(mail(1))
    ledger.publish()
    ledger.take(mail(1, 1))
    ledger.publish()
    with ledger.member():
        assert ledger.wait_for_outcomes(2) == ["superseded", "stored"]
    assert model.call_count == 1


def test_member_stops_in_words_at_a_record_of_another_ledger(ledger: Ledger, model: FakeModel) -> None:
    """Two databases on one topic would eat each other's chains."""
    ledger.send(b"{}", ledger=b"somebody-elses", schema_version=b"1")
    with pytest.raises(WrongLedgerError, match="CHAINMAIL_TOPIC"), ledger.member():
        time.sleep(5)
    assert ledger.committed() == 0
    assert ledger.outcomes() == []
    assert model.call_count == 0


def test_member_loads_the_model_before_it_joins(ledger: Ledger, model: FakeModel) -> None:
    """The first mail would wait for the load, in a partition that another member could work on."""
    model.question_delay_s = 1.0
    ledger.take(mail(1))
    ledger.publish()
    with ledger.member():
        assert ledger.wait_for_state("warming")
        assert ledger.group_size() == 0
        assert ledger.wait_for_outcomes(1) == ["stored"]
    assert len(model.questions) == 2, "asked once a process"
    assert model.call_count == 1


def test_member_that_still_loads_the_model_stops_at_once(ledger: Ledger, model: FakeModel) -> None:
    """A stop would wait for a minute, or for a server that hangs."""
    model.question_delay_s = 60.0
    with ledger.member():
        assert ledger.wait_for_state("warming")
        began_s = time.monotonic()
    assert time.monotonic() - began_s < 10
    assert ledger.wait_for_state("stopped")


def test_member_joins_without_a_model(ledger: Ledger, model: FakeModel) -> None:
    """A model server that is down at the start would keep all records from all members."""
    model.down = True
    ledger.send(None, key=b"gone", ledger=ledger.ledger_id.encode())
    with ledger.member():
        assert ledger.wait_for_outcomes(1) == ["deleted"]


def test_member_tries_again_what_the_model_server_refused(ledger: Ledger, model: FakeModel) -> None:
    """A busy model server would use up a record's attempts."""
    model.faults.extend(["503", "429", "503"])
    ledger.take(mail(1))
    ledger.publish()
    with ledger.member():
        assert ledger.wait_for_outcomes(1, timeout_s=60) == ["stored"]
    with ledger.database.read() as connection:
        assert connection.scalar(select(AttemptRow.attempts)) == 1


def test_member_takes_its_partition_back_long_before_its_session_ends(ledger: Ledger) -> None:
    """A restarted worker would wait for its session time-out."""
    with ledger.member():
        ledger.send(None, key=b"one", ledger=ledger.ledger_id.encode())
        ledger.wait_for_outcomes(1)
    ledger.send(None, key=b"two", ledger=ledger.ledger_id.encode())
    with ledger.member():
        assert ledger.wait_for_outcomes(2, timeout_s=5) == ["deleted"] * 2


def test_member_joins_again_while_it_has_work_at_hand(ledger: Ledger, model: FakeModel) -> None:
    """A host that comes, or the partition of one that died, would wait until the others have nothing to do."""
    model.delay_s = 1.0
    ledger.take(*(mail(number) for number in range(20)))
    ledger.publish()
    client = KafkaAdminClient(bootstrap_servers=ledger.settings.kafka_bootstrap)

    def group() -> tuple[str, int]:
        described = client.describe_groups([ledger.settings.group])[ledger.settings.group]
        return described["group_state"], len(described["members"])

    try:
        with ledger.member():
            ledger.wait_for_outcomes(1)
            with ledger.member(slot=1):
                deadline_s = time.monotonic() + 10
                while group() != ("Stable", 2):
                    assert time.monotonic() < deadline_s, group()
                    time.sleep(0.1)
                assert len(ledger.outcomes()) < 12, "it joined only when its work at hand was done"
    finally:
        client.close()
    assert not any(call.cancelled for call in model.calls), "its partition stayed"
