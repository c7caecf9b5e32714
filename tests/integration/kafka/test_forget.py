"""Deletion on a real broker: gone from the segments on its disk, and nothing old comes back."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.record import MemoryRecords
from sqlalchemy import func, select

from chainmail.kafka import Admin
from chainmail.kafka_reader import Reader
from chainmail.records import Cleaning, Partition
from consumer.dead_letters import wide_publisher
from consumer.redrive import Ending, Redriver
from producer.forget import Forgetter, OfAddress, OfChain
from producer.publish import Outbox
from producer.sealing import seal
from storage import dead_letters
from storage import mail as ledger_mail
from storage.dead_letters import Letter
from storage.outbox import TOMBSTONES
from storage.tables import AnalysisRow, ChainRow
from tests.integration.kafka.conftest import Ledger
from tests.mailbox import mail
from tests.servers.fake_model import FakeModel

CANARY = "the canary sings at Kestrel Quarry"
PATIENCE_S = 30.0


def forget_chain(ledger: Ledger, message_id: str) -> None:
    """Forget the chain of an email; its tombstones wait."""
    with ledger.database.read() as connection:
        chain_id = ledger_mail.resolve(connection, message_id)
        assert chain_id is not None
        doomed = OfChain(chain_id).find(connection)
    assert Forgetter(ledger.database, ledger.settings).forget(doomed).chains_deleted == 1


def box_of(ledger: Ledger) -> Outbox:
    """Return what publishes."""
    return Outbox(ledger.database, ledger.publisher, ledger.settings, ledger.ledger_id)


def publish_tombstones(ledger: Ledger) -> None:
    """Publish what is deleted, as the command does."""
    for _ in box_of(ledger).publish(TOMBSTONES):
        pass


def analyses(ledger: Ledger) -> int:
    """Return how many analyses are stored."""
    with ledger.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(AnalysisRow)) or 0


def letters(ledger: Ledger) -> list[Letter]:
    """Return all dead letters."""
    topics = (ledger.settings.topic, ledger.settings.backlog_topic)
    with ledger.database.read() as connection:
        return dead_letters.listed(connection, ledger.settings.group, topics)


def wait_for(what: Callable[[], object], timeout_s: float = PATIENCE_S) -> None:
    """Wait until *what* is true."""
    deadline_s = time.monotonic() + timeout_s
    while not what():
        assert time.monotonic() < deadline_s, "waited in vain"
        time.sleep(0.1)


@pytest.fixture
def cleaned(ledger: Ledger) -> Path:
    """Let the broker clean the test's backlog topic within seconds; return the folder of its partition."""
    client = KafkaAdminClient(bootstrap_servers=ledger.settings.kafka_bootstrap)
    quick = {
        "segment.ms": "1000",
        "max.compaction.lag.ms": "1000",
        "min.cleanable.dirty.ratio": "0",
        "delete.retention.ms": "1000",
        "file.delete.delay.ms": "1",
    }
    topic = ledger.settings.backlog_topic
    try:
        (node,) = client.describe_cluster()["brokers"]
        broker = ConfigResource(ConfigResourceType.BROKER, str(node["broker_id"]), {"log.cleaner.backoff.ms": "500"})
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, quick), broker])
        found = client.describe_log_dirs([topic])
        log_dir = next(each["log_dir"] for answer in found for each in answer["log_dirs"] if each["topics"])
    finally:
        client.close()
    folder = Path(log_dir) / f"{topic}-0"
    if not folder.is_dir():
        pytest.skip("the broker keeps its segments on another host, so that they cannot be read")
    return folder


def texts(folder: Path) -> str:
    """Return all keys and values in the segments of a partition, batches unpacked."""
    found = []
    for path in folder.glob("*.log"):
        records = MemoryRecords(path.read_bytes())
        while (batch := records.next_batch()) is not None:
            found += [f"{record.key!r}={record.value!r}" for record in batch]
    return "\n".join(found)


def test_forgotten_chain_is_gone_from_the_segments_on_disk(ledger: Ledger, cleaned: Path) -> None:
    """What somebody wants forgotten would stay readable in the broker's files for ever."""
    ledger.take(mail(1, words=CANARY), mail(2))
    ledger.publish()
    wait_for(lambda: CANARY in texts(cleaned), 5)
    forget_chain(ledger, "1.0@acme.example")
    publish_tombstones(ledger)
    box, quick = box_of(ledger), Cleaning(segment_s=1, lag_s=1)
    with closing(Admin(ledger.settings)) as admin:
        cleaning = admin.cleaning([ledger.settings.backlog_topic])
    assert cleaning == {ledger.settings.backlog_topic: quick}
    assert seal(box, cleaning) == 0, "the segment is too young to be closed"
    wait_for(lambda: seal(box, cleaning) == 1, 5)
    started_s = time.monotonic()

    def only_the_other_chain_is_left() -> bool:
        found = texts(cleaned)  # while the broker swaps its files, neither may be there
        return CANARY not in found and "Order 1002" in found

    wait_for(only_the_other_chain_is_left)
    print(f"gone from the disk {time.monotonic() - started_s:.1f} s after the segment could be closed")
    assert seal(box, cleaning) == 0, "once is enough"


def test_analysis_in_flight_does_not_come_back(ledger: Ledger, model: FakeModel) -> None:
    """A model at work while its mail is forgotten would write the mail down again."""
    model.delay_s = 1.0
    ledger.take(mail(1, words=CANARY))
    ledger.publish()
    with ledger.member():
        wait_for(lambda: model.in_flight)
        forget_chain(ledger, "1.0@acme.example")
        assert ledger.wait_for_outcomes(1) == ["deleted"]
        publish_tombstones(ledger)
        assert ledger.wait_for_outcomes(3) == ["deleted"] * 3, "the record, and a tombstone in each lane"
    assert analyses(ledger) == 0
    assert model.call_count == 1
    now = ledger.progress().as_json()
    assert (now["published"], now["deleted"], now["unaccounted"], now["waiting"]) == (3, 3, 0, 0)


def test_records_that_wait_are_not_analysed_once_forgotten(ledger: Ledger, model: FakeModel) -> None:
    """A queue of a day would be analysed to the end, whatever was deleted meanwhile."""
    ledger.take(mail(1, words=CANARY), mail(2), mail(2, 1))
    ledger.publish()
    forget_chain(ledger, "1.0@acme.example")
    with ledger.database.read() as connection:
        doomed = OfAddress("bo@norden.example").find(connection)
    gone = Forgetter(ledger.database, ledger.settings).forget(doomed)
    assert (gone.chains_deleted, gone.chains_shortened, gone.emails) == (0, 1, 1)
    with ledger.member():
        assert ledger.wait_for_outcomes(2) == ["deleted", "deleted"]
        assert model.call_count == 0
        ledger.publish()
        ledger.wait_for_outcomes(7)
    assert model.call_count == 1, "the chain that lost one of its emails, without it"
    with ledger.database.read() as connection:
        (row,) = connection.execute(select(ChainRow.revision, ChainRow.email_count))
        analysed = connection.scalar(select(AnalysisRow.revision))
    assert (row.revision, row.email_count, analysed) == (2, 1, 2)
    assert ledger.progress().as_json()["unaccounted"] == 0


def test_later_reply_to_a_forgotten_chain_is_new_mail(ledger: Ledger, model: FakeModel) -> None:
    """Whoever goes on with a conversation would never be answered: its revisions would count as outdated."""
    ledger.take(mail(1, words=CANARY))
    ledger.publish()
    forget_chain(ledger, "1.0@acme.example")
    ledger.take(mail(1, words=CANARY), mail(1, 1))
    assert (ledger.counts.forgotten, ledger.counts.emails) == (1, 2)
    ledger.publish()
    with ledger.member():
        kinds = ledger.wait_for_outcomes(4)
    assert kinds.count("stored") == model.call_count == analyses(ledger) == 1
    assert CANARY not in str(model.calls)


def test_redrive_and_replay_bring_nothing_back(ledger: Ledger, model: FakeModel) -> None:
    """An old dead letter, or a topic that is read again, would write down what was forgotten."""
    model.faults[:] = ["garbage"] * 2
    ledger.take(mail(1, words=CANARY))
    ledger.publish()
    with ledger.member():
        assert ledger.wait_for_outcomes(1) == ["dead_lettered"]
    (letter,) = letters(ledger)
    forget_chain(ledger, "1.0@acme.example")
    assert letters(ledger) == []
    publish_tombstones(ledger)
    with closing(Reader(ledger.settings)) as reader, closing(wide_publisher(ledger.settings)) as publisher:
        redriver = Redriver(
            database=ledger.database, publisher=publisher, reader=reader, settings=ledger.settings
        )  # listed before, redriven after
        assert [each.ending for each in redriver.redrive([letter])] == [Ending.GONE]
        written = reader.between(Partition(ledger.settings.dead_letter_topic, letter.letter_partition), 0)
        ours = [record.value for record in written if record.key == letter.letter_id.encode()]
    assert ours[-1] is None, "the dead letter has its tombstone"
    again = dataclasses.replace(ledger, settings=ledger.settings.model_copy(update={"group": "another-group"}))
    with again.member():
        kinds = ledger.wait_for_outcomes(4)
    assert set(kinds) <= {"dead_lettered", "deleted", "superseded"}
    assert (analyses(ledger), model.call_count) == (0, 2)
