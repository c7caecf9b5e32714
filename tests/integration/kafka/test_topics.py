"""The topics, the producer and the positions, on a real broker."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from kafka import KafkaAdminClient, KafkaConsumer
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.structs import TopicPartition

from chainmail.kafka import Admin, Publisher
from chainmail.records import BrokerUnreachableError, Partition
from chainmail.settings import Settings
from schemas import wire
from storage import outbox
from storage.outbox import Selection
from tests.integration.kafka.conftest import Ledger, now
from tests.ledgers import pending
from tests.mailbox import mail


def _values(ledger: Ledger) -> list[tuple[bytes | None, bytes | None, dict[str, str]]]:
    consumer = KafkaConsumer(bootstrap_servers=ledger.settings.kafka_bootstrap, enable_auto_commit=False)
    try:
        partition = TopicPartition(ledger.settings.backlog_topic, 0)
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        end = consumer.end_offsets([partition])[partition]
        records = []
        while consumer.position(partition) < end:
            for batch in consumer.poll(timeout_ms=500).values():
                records += [(raw.key, raw.value, wire.header_map(raw.headers)) for raw in batch]
        return records
    finally:
        consumer.close()


def test_topics_have_the_settings_of_the_contract(ledger: Ledger) -> None:
    """What was forgotten would stay on the broker's disk, or a replay would miss chains."""
    client = KafkaAdminClient(bootstrap_servers=ledger.settings.kafka_bootstrap)
    try:
        names = [ledger.settings.topic, ledger.settings.backlog_topic, ledger.settings.dead_letter_topic]
        described = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
        found = {name: described["topic"][name] for name in names}
    finally:
        client.close()
    wanted = {"segment.ms": "86400000", "max.compaction.lag.ms": "86400000"}
    for name in names[:2]:
        assert {key: found[name][key]["value"] for key in wanted} == wanted
        assert found[name]["cleanup.policy"]["value"] == "compact"
    assert set(found[names[2]]["cleanup.policy"]["value"].split(",")) == {"compact", "delete"}
    assert found[names[2]]["retention.ms"]["value"] == str(90 * 86_400_000)


def test_ensure_topics_leaves_existing_topics_as_they_are(ledger: Ledger) -> None:
    """Keys would move to other partitions when somebody starts with more workers."""
    admin = Admin(ledger.settings)
    try:
        assert admin.ensure_topics(7) == 1
    finally:
        admin.close()


def test_publish_sends_each_chain_once_with_the_headers_of_the_contract(ledger: Ledger) -> None:
    """The consumer could not tell which database, revision or trace a record belongs to."""
    ledger.take(mail(1), mail(1, 1), mail(2))
    assert ledger.publish() == 2
    assert ledger.publish() == 0
    records = _values(ledger)
    assert len(records) == 2
    for key, value, headers in records:
        chain = wire.decode(value or b"", headers)
        assert key == chain.chain_id.encode()
        assert headers["ledger"] == ledger.ledger_id
        assert (headers["chain-revision"], headers["chain-hash"]) == ("1", chain.chain_hash)
        assert headers["content-type"] == "application/json"
    assert [len(wire.decode(value or b"", headers).emails) for _, value, headers in records] == [1, 2]


def test_publish_puts_a_tombstone_where_a_chain_got_another_id(ledger: Ledger) -> None:
    """The old id would be analysed for ever, in every replay."""
    first = b"From: a@a.example\nMessage-ID: <p@a.example>\nSubject: x\n\nHello\n"
    ledger.take(first)
    ledger.publish()
    ((old_key, _value, _headers),) = _values(ledger)
    older_root = b"References: <root@a.example> <p@a.example>\nMessage-ID: <q@a.example>\n"
    ledger.take(b"From: b@b.example\n" + older_root + b"Subject: Re: x\n\nHello\n")
    assert ledger.publish() == 1
    now_there = {key: value for key, value, _ in _values(ledger)}
    assert now_there.pop(old_key) is None
    ((new_key, value),) = now_there.items()
    assert new_key != old_key
    assert value is not None


def test_publish_after_a_crash_between_sending_and_marking_sends_again(ledger: Ledger) -> None:
    """A crash at that moment would lose the chain, or leave it in the outbox for ever."""
    ledger.take(mail(1))
    with ledger.database.write() as connection:
        (row,) = pending(connection, Selection(), limit=10)
        outbox.claim(connection, [row.outbox_id], now())
    assert ledger.publish() == 1
    assert ledger.publish() == 0
    assert len(_values(ledger)) == 1


def test_positions_count_the_lag(ledger: Ledger) -> None:
    """`status` would show work that is done, or none where there is some."""
    for number in range(3):
        ledger.send(b"{}", key=str(number).encode())
    admin = Admin(ledger.settings)
    try:
        positions = admin.positions()
    finally:
        admin.close()
    assert positions[Partition(ledger.settings.backlog_topic, 0)].lag == 3
    assert positions[Partition(ledger.settings.topic, 0)].lag == 0


@pytest.mark.parametrize(
    "meet", [Admin, lambda settings: Publisher(settings).send("t", key=b"k", value=b"", headers=[])]
)
def test_a_broker_that_is_away_is_said_with_its_address(meet: Callable[[Settings], object]) -> None:
    """A user would read a stack of the client library and not learn which address was tried."""
    settings = Settings(kafka_bootstrap="127.0.0.1:1")
    with pytest.raises(BrokerUnreachableError, match=r"127\.0\.0\.1:1.*CHAINMAIL_KAFKA_BOOTSTRAP"):
        meet(settings)
