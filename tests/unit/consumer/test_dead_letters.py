"""What a dead letter says, and that the original is in it untouched."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chainmail.records import BrokerUnreachableError
from chainmail.settings import Settings
from consumer.dead_letters import PREFIX, DeadLetterBox
from consumer.errors import PermanentError, TransientError
from schemas.dead_letter import DeadLetter
from tests.ledgers import chain
from tests.unit.consumer.stand import MemoryTopic, header, record_of

SETTINGS = Settings(topic="mail")
ERROR = PermanentError("not a chain: value: broken — kaputt")


def box(topic: MemoryTopic) -> DeadLetterBox:
    """Return a box over *topic*."""
    return DeadLetterBox(SETTINGS, topic)  # type: ignore[arg-type] # the network edge


def test_letter_carries_the_original_untouched() -> None:
    """What cannot be put back as it was cannot be redriven."""
    topic = MemoryTopic()
    record = record_of(chain(), 7, key=b"\xff\x00key", value=b"\x80 not utf-8", headers=[("x", b"1"), ("x", b"2")])
    letter = box(topic).put(record, ERROR, attempts=3, analyser_id="a1").letter
    (sent,) = topic.sent
    assert sent["topic"] == "mail.dead-letters"
    assert sent["key"] == b"mail/0/7" == letter.dead_letter_id.encode()
    assert sent["value"] == b"\x80 not utf-8"
    assert tuple(sent["headers"][: len(record.headers)]) == record.headers
    assert (PREFIX + "key", b"\xff\x00key") in sent["headers"]


def test_letter_can_be_read_back_from_its_headers() -> None:
    """`dead-letters show` could not say what was wrong, nor redrive know where it came from."""
    topic = MemoryTopic()
    before = datetime.now(UTC)
    put = box(topic).put(record_of(chain(), 7), ERROR, attempts=3, analyser_id="a1").letter
    names = {name.removeprefix(PREFIX).replace("-", "_") for name, _ in topic.sent[0]["headers"] if PREFIX in name}
    fields = {name: header(topic.sent[0], PREFIX + name.replace("_", "-")) for name in names}
    read = DeadLetter.model_validate_strings(fields)
    assert read == put
    assert (read.error_class, read.error_message) == ("PermanentError", "not a chain: value: broken — kaputt")
    assert (read.topic, read.partition, read.offset, read.attempts) == ("mail", 0, 7, 3)
    assert timedelta(0) <= read.failed_at - before < timedelta(minutes=1)


def test_letter_of_a_record_without_a_key_has_none() -> None:
    """It would be redriven under the key "None"."""
    topic = MemoryTopic()
    box(topic).put(replace(record_of(chain()), key=None), ERROR, attempts=0, analyser_id="")
    assert header(topic.sent[0], PREFIX + "key") is None


def test_letter_bounds_a_long_message() -> None:
    """A header of megabytes would be refused by the broker, and the record never given up."""
    topic = MemoryTopic()
    box(topic).put(record_of(chain()), PermanentError("x" * 100_000), attempts=0, analyser_id="")
    assert len(header(topic.sent[0], PREFIX + "error-message") or "") == 2_000


def test_put_says_transient_where_the_broker_does_not_acknowledge() -> None:
    """The record would be closed without being anywhere."""
    with pytest.raises(TransientError, match="not acknowledged") as met:
        box(MemoryTopic(refuses=True)).put(record_of(chain()), ERROR, attempts=0, analyser_id="")
    assert not met.value.counts


def test_put_says_transient_where_no_broker_is_reached() -> None:
    """A broker that is away at the first dead letter would stop the member."""

    def unreachable(_settings: Settings) -> MemoryTopic:
        raise BrokerUnreachableError("no answer")

    made = DeadLetterBox(SETTINGS, unreachable)  # type: ignore[arg-type] # the network edge
    with pytest.raises(TransientError):
        made.put(record_of(chain()), ERROR, attempts=0, analyser_id="")
    made.close()
