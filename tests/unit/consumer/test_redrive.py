"""What a redriven record looks like, and what becomes of a letter where something is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from chainmail.records import BrokerUnreachableError, Partition, Record, RecordTooLargeError
from chainmail.settings import Settings
from chainmail.telemetry import span_context_of
from consumer.dead_letters import PREFIX, DeadLetterBox, redrives_of
from consumer.errors import PermanentError
from consumer.redrive import Ending, Redriver
from storage import dead_letters
from storage.dead_letters import Letter, LetterState
from storage.engine import Database
from storage.outcomes import OutcomeKind
from tests.ledgers import TOPIC, dead_letter, new_ledger
from tests.spans import Spans
from tests.unit.consumer.stand import LIVE, MemoryTopic, Stand, header, record_of

FORMER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SETTINGS = Settings(topic=TOPIC, group="g")


class NarrowTopic(MemoryTopic):
    """A topic that takes no value of more than ten bytes."""

    def _acknowledged(self) -> tuple[int, int]:
        if len(self.sent[-1]["value"]) > 10:
            self.sent.pop()
            raise RecordTooLargeError("more bytes than Kafka takes in one record")
        return super()._acknowledged()


@dataclass
class MemoryReader:
    """What is kept, by position."""

    kept: dict[tuple[Partition, int], Record] = field(default_factory=dict)

    def at(self, partition: Partition, offset: int) -> Record | None:
        """Return the record."""
        return self.kept.get((partition, offset))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Return an empty database."""
    made = new_ledger(tmp_path)
    yield made
    made.close()


def bury(database: Database, record: Record, topic: MemoryTopic) -> tuple[Letter, MemoryReader]:
    """Let *record* have been given up on; return its letter, and what the broker keeps of both."""
    box = DeadLetterBox(SETTINGS, topic)  # type: ignore[arg-type] # the network edge
    posted = box.put(record, PermanentError("broken"), attempts=1, analyser_id="")
    letter = replace(
        dead_letter(record.offset, topic=record.partition.topic),
        chain_id=record.key.decode("utf-8", "replace") if record.key is not None else None,
        redrives=posted.letter.redrives,
        letter_partition=posted.partition,
        letter_offset=posted.offset,
    )
    with database.write() as connection:
        dead_letters.put(connection, letter)
    (sent,) = topic.sent
    place = Partition(SETTINGS.dead_letter_topic, posted.partition)
    kept = replace(
        record, partition=place, offset=posted.offset, key=sent["key"], headers=sent["headers"], value=sent["value"]
    )
    return letter, MemoryReader({(place, posted.offset): kept, (record.partition, record.offset): record})


def redrive(
    database: Database, letter: Letter, reader: MemoryReader, topic: MemoryTopic | None = None
) -> tuple[Ending, str, MemoryTopic]:
    """Redrive; return the ending, the words, and what was sent."""
    topic = topic or MemoryTopic()
    made = Redriver(database=database, publisher=topic, reader=reader, settings=SETTINGS)  # type: ignore[arg-type] # the network edge
    (ended,) = made.redrive([letter])
    return ended.ending, ended.words, topic


def state(database: Database, letter: Letter) -> LetterState | None:
    """Return the state in the table."""
    with database.read() as connection:
        found = dead_letters.find(connection, letter.coordinates)
    return found.state if found else None


def test_redriven_record_is_the_original_with_one_higher_count(database: Database) -> None:
    """A second count, or headers of the dead letter, would grow with every redrive, and the cap never be met."""
    given: list[tuple[str, bytes | None]] = [("x", b"\xff"), ("redrive-count", b"1"), ("ledger", b"l"), ("x", b"2")]
    letter, reader = bury(database, record_of(None, 4, key=b"\xff\x00", value=b"\x80", headers=given), MemoryTopic())
    ending, _words, topic = redrive(database, letter, reader)
    assert ending is Ending.REDRIVEN
    assert topic.sent == [
        {
            "topic": f"{TOPIC}.backlog",
            "key": b"\xff\x00",
            "value": b"\x80",
            "headers": [("x", b"\xff"), ("ledger", b"l"), ("x", b"2"), ("redrive-count", b"2")],
        }
    ]
    assert state(database, letter) is LetterState.REDRIVEN


def test_redriven_record_starts_a_trace_that_links_to_the_former_one(database: Database, spans: Spans) -> None:
    """A trace of last month would be opened again, or the history of the chain be cut off."""
    given = [("traceparent", FORMER.encode()), ("tracestate", b"a=1"), ("baggage", b"b=2")]
    letter, reader = bury(database, record_of(None, 4, value=b"\x80", headers=given), MemoryTopic())
    _ending, _words, topic = redrive(database, letter, reader)
    (sent,) = topic.sent
    span = spans.one(f"send {TOPIC}.backlog")
    assert span.context is not None
    assert span.parent is None
    assert [format(link.context.trace_id, "032x") for link in span.links] == [FORMER.split("-")[1]]
    assert span_context_of({"traceparent": header(sent, "traceparent") or ""}).span_id == span.context.span_id
    names = [name for name, _value in sent["headers"]]
    assert names.count("traceparent") == 1
    assert not {"tracestate", "baggage"} & set(names)


def test_copied_dead_letter_is_not_read_as_ours(database: Database) -> None:
    """Somebody who puts a dead letter back by hand would decide what we take for its key and its value."""
    copied = [(PREFIX + "key", b"other"), (PREFIX + "value-left-out", b"9")]
    letter, reader = bury(database, record_of(None, 4, key=b"k", value=b"\x80", headers=copied), MemoryTopic())
    _ending, _words, topic = redrive(database, letter, reader)
    assert [(sent["key"], sent["value"], sent["headers"][:-1]) for sent in topic.sent] == [(b"k", b"\x80", [])]


def test_value_that_was_left_out_comes_from_the_source(database: Database) -> None:
    """A letter without its value would be redriven as an empty record."""
    letter, reader = bury(database, record_of(None, 4, value=b"x" * 11), NarrowTopic())
    _ending, _words, topic = redrive(database, letter, reader)
    assert topic.sent[0]["value"] == b"x" * 11
    letter_again, reader = bury(database, record_of(None, 5, value=b"x" * 11), NarrowTopic())
    del reader.kept[(LIVE, 5)]
    ending, words, topic = redrive(database, letter_again, reader)
    assert (ending, topic.sent) == (Ending.GONE, [])
    assert "park" in words


def test_other_record_at_the_place_of_the_letter_is_not_redriven(database: Database) -> None:
    """After a topic was made anew, somebody else's bytes would be put into the chain topic."""
    letter, reader = bury(database, record_of(None, 4, value=b"\x80"), MemoryTopic())
    place = (Partition(SETTINGS.dead_letter_topic, letter.letter_partition), letter.letter_offset)
    reader.kept[place] = replace(reader.kept[place], key=b"mail/0/5")
    assert redrive(database, letter, reader)[0] is Ending.GONE
    assert state(database, letter) is LetterState.OPEN


def test_record_without_a_key_is_parked_in_words(database: Database) -> None:
    """It would be refused by the topic each time, as if the broker were away."""
    record = replace(record_of(None, 4, value=b"\x80"), key=None)
    letter, reader = bury(database, record, MemoryTopic())
    ending, words, topic = redrive(database, letter, reader)
    assert (ending, topic.sent) == (Ending.PARKED, [])
    assert "no key" in words


def test_record_that_the_topic_does_not_take_is_parked_and_says_what_to_set(database: Database) -> None:
    """It would stay half redriven, and every later redrive stop at it."""
    letter, reader = bury(database, record_of(None, 4, value=b"x" * 11), MemoryTopic())
    ending, words, _topic = redrive(database, letter, reader, NarrowTopic())
    assert ending is Ending.PARKED
    assert f"max.message.bytes of {TOPIC}.backlog" in words
    assert state(database, letter) is LetterState.PARKED


def test_redrive_that_is_not_acknowledged_is_finished_by_the_next(database: Database) -> None:
    """A broker that goes away in mid-redrive would lose the record, or leave it as if nothing had been sent."""
    letter, reader = bury(database, record_of(None, 4, value=b"\x80"), MemoryTopic())
    with pytest.raises(BrokerUnreachableError):
        redrive(database, letter, reader, MemoryTopic(refuses=True))
    assert state(database, letter) is LetterState.REDRIVING
    assert redrive(database, letter, reader)[0] is Ending.REDRIVEN


@pytest.mark.parametrize(
    ("count", "read"),
    [("2", 2), ("", 0), ("-1", 0), ("two", 0), ("9" * 30, 0), ("9" * 6_000, 0), ("999999999", 999_999_999)],
)
def test_redrives_of_reads_what_anybody_may_have_written(count: str, read: int) -> None:
    """A number that no database keeps would end the member at this record, again and again."""
    assert redrives_of({"redrive-count": count}) == read


def test_record_with_a_number_that_no_database_keeps_is_given_up_like_others(stand: Stand) -> None:
    """One header of somebody's would end every member that reads it."""
    headers = [("chain-revision", b"9" * 30), ("redrive-count", b"9" * 30)]
    stand.put(record_of(None, 0, value=b"junk", headers=headers))
    stand.work()
    assert stand.outcomes() == {0: OutcomeKind.DEAD_LETTERED}
