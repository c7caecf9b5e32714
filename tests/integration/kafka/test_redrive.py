"""Dead letters on a real broker: back byte for byte, capped, superseded, crashed, and too large."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.structs import TopicPartition

from chainmail.kafka import LETTER_BYTES, Admin
from chainmail.kafka_reader import Reader
from chainmail.records import Partition, Record, RecordTooLargeError
from consumer.dead_letters import PREFIX, wide_publisher
from consumer.redrive import Ending, Redriver, read_original
from storage import dead_letters, redrives
from storage.dead_letters import Letter
from tests.integration.kafka.conftest import Ledger
from tests.mailbox import mail
from tests.servers.fake_model import FakeModel

FIVE_MB = 5 << 20


@contextmanager
def redriver(ledger: Ledger) -> Iterator[Redriver]:
    """Yield what the command `dead-letters redrive` makes."""
    with closing(Reader(ledger.settings)) as reader, closing(wide_publisher(ledger.settings)) as publisher:
        yield Redriver(database=ledger.database, publisher=publisher, reader=reader, settings=ledger.settings)


def letters(ledger: Ledger) -> list[Letter]:
    """Return all dead letters, the first given up on at the beginning."""
    topics = (ledger.settings.topic, ledger.settings.backlog_topic)
    with ledger.database.read() as connection:
        return dead_letters.listed(connection, ledger.settings.group, topics)


def redrive(ledger: Ledger, *chosen: Letter) -> list[Ending]:
    """Redrive and return what became of each."""
    with redriver(ledger) as made:
        return [each.ending for each in made.redrive(chosen)]


def records(ledger: Ledger) -> list[Record]:
    """Return everything in the backlog topic."""
    with closing(Reader(ledger.settings)) as reader:
        return list(reader.between(Partition(ledger.settings.backlog_topic, 0), 0))


def configure(ledger: Ledger, topic: str, **configs: str) -> None:
    """Set configs of a topic."""
    client = KafkaAdminClient(bootstrap_servers=ledger.settings.kafka_bootstrap)
    try:
        named = {name.replace("_", "."): value for name, value in configs.items()}
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, named)])
    finally:
        client.close()


def max_bytes(ledger: Ledger, topic: str) -> int:
    """Return the largest record batch that a topic takes."""
    client = KafkaAdminClient(bootstrap_servers=ledger.settings.kafka_bootstrap)
    try:
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        return int(
            client.describe_configs([resource], config_filter="all")["topic"][topic]["max.message.bytes"]["value"]
        )
    finally:
        client.close()


def accounts(ledger: Ledger) -> dict[str, int]:
    """Return the terms of the reconcile line that are not 0, once it has been made sure that they add up."""
    now = ledger.progress().as_json()
    names = ("stored", "duplicate", "superseded", "dead_lettered", "deleted", "in_flight", "waiting")
    assert now["published"] == sum(now[name] for name in names)
    assert now["unaccounted"] == 0
    return {name: now[name] for name in ("published", *names) if now[name]}


def send_large(ledger: Ledger, size: int) -> bytes:
    """Put a record of *size* bytes that cannot be compressed on the backlog topic; return its value."""
    configure(ledger, ledger.settings.backlog_topic, max_message_bytes=str(2 * size))
    value = random.Random(5).randbytes(size)
    with closing(wide_publisher(ledger.settings)) as publisher:
        publisher.send(ledger.settings.backlog_topic, key=b"large", value=value, headers=[("x", b"1")])()
    return value


def test_poison_comes_back_byte_for_byte_and_is_parked_after_the_last_redrive(ledger: Ledger) -> None:
    """What is redriven would not be what was given up on, or it would go round for ever."""
    ledger.settings = ledger.settings.model_copy(update={"max_redrives": 2})
    value, key = b"\x80\xff\x00 not a chain {", b"\xff\x00key"
    headers = [
        ("traceparent", b"00-11111111111111111111111111111111-2222222222222222-01"),
        ("X-\u00e4", b"\xfe\x00"),
        ("traceparent", b"00-33333333333333333333333333333333-4444444444444444-01"),
        ("x", b"1"),
        ("x", b"2"),
        ("Baggage", b"a=b"),
        ("redrive-count", b"junk"),
        ("empty", b""),
    ]
    ledger.publisher.send(ledger.settings.backlog_topic, key=key, value=value, headers=headers)()
    kept = [("X-\u00e4", b"\xfe\x00"), ("x", b"1"), ("x", b"2"), ("empty", b"")]
    for redrives_so_far in (1, 2):
        with ledger.member():
            ledger.wait_for_outcomes(redrives_so_far)
        assert redrive(ledger, letters(ledger)[-1]) == [Ending.REDRIVEN]
        back = records(ledger)[-1]
        assert (back.offset, back.key, back.value) == (redrives_so_far, key, value)
        assert list(back.headers) == [*kept, ("redrive-count", str(redrives_so_far).encode())]
        assert accounts(ledger) == {"published": redrives_so_far + 1, "dead_lettered": redrives_so_far, "waiting": 1}
    with ledger.member():
        ledger.wait_for_outcomes(3)
    assert redrive(ledger, letters(ledger)[-1]) == [Ending.PARKED]
    assert len(records(ledger)) == 3
    assert accounts(ledger) == {"published": 3, "dead_lettered": 3}
    assert ledger.progress().letters == {"open": 0, "redriven": 2, "parked": 1, "superseded": 0}


def test_redriven_chains_are_stored_once_the_model_is_mended(ledger: Ledger, model: FakeModel) -> None:
    """A bad afternoon of the model would cost its chains for good."""
    model.faults[:] = ["garbage"] * 6
    ledger.take(*(mail(number) for number in range(3)))
    ledger.publish()
    with ledger.member():
        given_up = ledger.wait_for_outcomes(3).count("dead_lettered")
        model.faults.clear()
        assert given_up
        assert redrive(ledger, *letters(ledger)) == [Ending.REDRIVEN] * given_up
        ledger.wait_for_outcomes(3 + given_up)
    assert accounts(ledger) == {"published": 3 + given_up, "stored": 3, "dead_lettered": given_up}
    assert ledger.progress().letters["redriven"] == given_up
    assert ledger.committed() == 3 + given_up


def test_older_revision_is_closed_and_nothing_is_sent(ledger: Ledger, model: FakeModel) -> None:
    """The topic would hold the older revision as the chain's last word."""
    model.faults[:] = ["garbage"] * 2
    ledger.take(mail(1))
    ledger.publish()
    with ledger.member():
        assert ledger.wait_for_outcomes(1) == ["dead_lettered"]
    ledger.take(mail(1, 1))
    ledger.publish()
    assert redrive(ledger, *letters(ledger)) == [Ending.SUPERSEDED]
    assert len(records(ledger)) == 2
    model.faults.clear()
    with ledger.member():
        ledger.wait_for_outcomes(2)
    assert accounts(ledger) == {"published": 2, "stored": 1, "dead_lettered": 1}
    assert ledger.progress().letters == {"open": 0, "redriven": 0, "parked": 0, "superseded": 1}


def test_crash_between_acknowledgement_and_row_gives_one_result(ledger: Ledger, model: FakeModel) -> None:
    """The chain would be analysed twice, or the letter stay half redriven for ever."""
    model.faults[:] = ["garbage"] * 2
    ledger.take(mail(1))
    ledger.publish()
    with ledger.member():
        assert ledger.wait_for_outcomes(1) == ["dead_lettered"]
    model.faults.clear()
    (letter,) = letters(ledger)
    with redriver(ledger) as crashed:
        original = read_original(crashed.reader, letter, ledger.settings)
        assert original is not None
        with ledger.database.write() as connection:
            redrives.judge(
                connection,
                letter,
                topic=ledger.settings.backlog_topic,
                max_redrives=3,
                is_kept=True,
                now=datetime.now(UTC),
            )
        crashed.put_back(letter, original)
    assert ledger.progress().letters["open"] == 1
    assert redrive(ledger, *letters(ledger)) == [Ending.REDRIVEN]
    calls = model.call_count
    with ledger.member():
        first, *twice = ledger.wait_for_outcomes(3)
    assert (first, twice.count("stored")) == ("dead_lettered", 1)
    assert set(twice) < {"stored", "duplicate", "superseded"}, "superseded where both were at hand"
    assert model.call_count == calls + 1
    assert accounts(ledger)["published"] == 3
    assert ledger.progress().letters == {"open": 0, "redriven": 1, "parked": 0, "superseded": 0}


def test_bytes_that_retention_took_are_said_and_the_letter_stays(ledger: Ledger) -> None:
    """It would be called redriven although nobody has it any more."""
    ledger.send(b"junk")
    with ledger.member():
        ledger.wait_for_outcomes(1)
    (letter,) = letters(ledger)
    client = KafkaAdminClient(bootstrap_servers=ledger.settings.kafka_bootstrap)
    try:
        partition = TopicPartition(ledger.settings.dead_letter_topic, letter.letter_partition)
        client.delete_records({partition: letter.letter_offset + 1})
    finally:
        client.close()
    assert redrive(ledger, letter) == [Ending.GONE]
    assert letters(ledger) == [letter]


def test_record_of_five_megabytes_becomes_a_letter_and_comes_back(ledger: Ledger) -> None:
    """A large record would be taken for a broker that is away, and stop its partition for ever."""
    value = send_large(ledger, FIVE_MB)
    with ledger.member():
        assert ledger.wait_for_outcomes(1) == ["dead_lettered"]
    assert ledger.committed() == 1
    assert redrive(ledger, *letters(ledger)) == [Ending.REDRIVEN]
    assert records(ledger)[-1].value == value


def test_letter_leaves_out_a_value_that_its_topic_does_not_take(ledger: Ledger) -> None:
    """Where an administrator allows 1 MB, the partition would stand still at the first large record."""
    value = send_large(ledger, FIVE_MB)
    configure(ledger, ledger.settings.dead_letter_topic, max_message_bytes="1000000")
    with ledger.member():
        assert ledger.wait_for_outcomes(1) == ["dead_lettered"]
    (letter,) = letters(ledger)
    with closing(Reader(ledger.settings)) as reader:
        kept = reader.at(Partition(ledger.settings.dead_letter_topic, letter.letter_partition), letter.letter_offset)
        original = read_original(reader, letter, ledger.settings)
    assert kept is not None
    assert kept.value == b"", "nothing at all would be a tombstone, which compaction removes"
    assert (PREFIX + "value-left-out", str(FIVE_MB).encode()) in kept.headers
    assert original is not None
    assert (original.value, original.left_out_bytes, original.key) == (value, FIVE_MB, b"large")
    assert redrive(ledger, letter) == [Ending.REDRIVEN]
    assert records(ledger)[-1].value == value


def test_letter_that_the_backlog_topic_does_not_take_any_more_is_parked(ledger: Ledger) -> None:
    """The redrive would say that the broker is away, and stop before all the others."""
    send_large(ledger, FIVE_MB)
    ledger.send(b"junk")
    with ledger.member():
        ledger.wait_for_outcomes(2)
    configure(ledger, ledger.settings.backlog_topic, max_message_bytes="1000000")
    assert redrive(ledger, *letters(ledger)) == [Ending.PARKED, Ending.REDRIVEN]
    assert ledger.progress().letters["parked"] == 1


def test_existing_dead_letter_topic_is_widened(ledger: Ledger) -> None:
    """Whoever has used a former version would never get large records out of the way."""
    configure(ledger, ledger.settings.dead_letter_topic, max_message_bytes="1000000")
    with closing(Admin(ledger.settings)) as admin:
        admin.ensure_topics(1)
    assert max_bytes(ledger, ledger.settings.dead_letter_topic) == LETTER_BYTES == 64 * 1024 * 1024
    assert max_bytes(ledger, ledger.settings.backlog_topic) < 2_000_000, "the chain topics stay as they are"


def test_publisher_says_too_large_where_it_is(ledger: Ledger) -> None:
    """A record that can never be sent would be retried as if the broker came back."""
    with pytest.raises(RecordTooLargeError):
        ledger.publisher.send(ledger.settings.backlog_topic, key=b"k", value=b"x" * FIVE_MB, headers=[])()


def test_reader_ends_at_the_end_of_the_start_and_knows_what_is_gone(ledger: Ledger) -> None:
    """A replay would run after what is written meanwhile, or wait for ever for records that retention took."""
    for number in range(5):
        ledger.send(str(number).encode())
    partition = Partition(ledger.settings.backlog_topic, 0)
    with closing(Reader(ledger.settings)) as reader:
        found = []
        for record in reader.between(partition, 1):
            found.append(record.value)
            ledger.send(b"later")
        assert found == [b"1", b"2", b"3", b"4"]
        assert [record.offset for record in reader.between(partition, 2, 4)] == [2, 3]
        assert list(reader.between(partition, 9)) == []
        assert reader.at(partition, 400) is None
        assert reader.at(Partition(ledger.settings.backlog_topic, 77), 0) is None
        assert reader.bounds(partition) == (0, 9)
