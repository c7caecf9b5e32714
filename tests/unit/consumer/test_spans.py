"""The consumer's part of a trace: every wait is a span, and no span holds mail."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from chainmail import telemetry
from consumer import spans as consumer_spans
from consumer.errors import TransientError
from storage.tables import AnalysisRow
from tests.ledgers import chain
from tests.spans import Spans
from tests.unit.consumer.stand import LIVE, NOW, Stand, record_of, unusable

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE_ID = int("0af7651916cd43dd8448eb211c80319c", 16)


def test_trace_goes_on_from_the_record_to_the_commit(stand: Stand, spans: Spans) -> None:
    """`trace CHAIN` would end at the topic."""
    stand.put(record_of(chain(), headers=[("traceparent", PARENT.encode())]))
    stand.work()
    (done,) = stand.desk.commit({LIVE: 1})
    consumer_spans.committed(done, started_at=datetime.now(UTC), group="testers")
    assert spans.names() == [
        "queue wait mail",
        "poll mail",
        "slot wait",
        "analyse",
        "store analysis",
        "process mail",
        "commit mail",
    ]
    assert {span.context.trace_id for span in spans.all() if span.context} == {TRACE_ID}
    process = spans.one("process mail")
    assert process.kind is SpanKind.CONSUMER
    assert [link.context.trace_id for link in process.links] == [TRACE_ID]
    own = process.get_span_context()
    for name in ("analyse", "store analysis", "commit mail"):
        parent = spans.one(name).parent
        assert parent is not None
        assert own is not None
        assert parent.span_id == own.span_id
    with stand.database.read() as connection:
        assert connection.scalar(select(AnalysisRow.trace_id)) == "0af7651916cd43dd8448eb211c80319c"


def test_process_span_says_what_and_how_it_ended(stand: Stand, spans: Spans) -> None:
    """A trace could not be found by its chain, nor a failed one among the others."""
    stand.put(record_of(chain()))
    stand.work()
    found = dict(spans.one("process mail").attributes or {})
    wanted = {
        "messaging.system": "kafka",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "mail",
        "messaging.destination.partition.id": "0",
        "messaging.kafka.offset": 0,
        "messaging.consumer.group.name": "testers",
        "chainmail.worker.id": "here-0",
        "chainmail.chain.id": chain().chain_id,
        "chainmail.chain.revision": "1",
        "chainmail.outcome": "stored",
        "chainmail.attempt": 1,
    }
    assert found == wanted
    assert telemetry.LOCK_WAIT_S in (spans.one("store analysis").attributes or {})


def test_retry_shows_its_own_wait_and_not_the_first_ones_again(stand: Stand, spans: Spans) -> None:
    """The time in the topic would be counted once for every attempt, and the back-off be a hole."""
    stand.model.faults = [TransientError("slow")]
    stand.put(record_of(chain()))
    stand.work()
    stand.work(seconds=60)
    names = spans.names()
    assert names.count("queue wait mail") == 1
    assert names.count("retry wait") == 1
    assert names.count("process mail") == 2
    first = next(span for span in spans.all() if span.name == "process mail")
    assert first.status.status_code is StatusCode.ERROR
    assert first.status.description == "TransientError"


def test_waits_are_never_negative(spans: Spans, stand: Stand) -> None:
    """The broker's clock may be ahead of ours, and a bar would run backwards."""
    ahead = record_of(chain())
    stand.desk.put([ahead], started_at=NOW, now=NOW - timedelta(minutes=5))
    stand.work()
    assert all((span.end_time or 0) >= (span.start_time or 0) for span in spans.all())


def test_spans_hold_no_mail_whatever_fails(stand: Stand, spans: Spans) -> None:
    """Mail would go to whoever reads the traces, wherever OTLP sends them."""
    word = "Kaltwalzstrasse"
    error = OperationalError(f"INSERT {word}", {"summary": word}, sqlite3.OperationalError("disk is full"))
    stand.failing("outcome", error)
    stand.put(record_of(chain(text=f"{word}: please send 12 boxes.")))
    stand.work()
    stand.work(seconds=2)
    stand.model.faults = [unusable(), f'"{word}']
    stand.put(record_of(chain("other", text=f"{word} again, for EUR 12.50"), 1))
    stand.work()
    stand.put(record_of(chain("third"), 2, value=f"not json, {word}".encode()))
    stand.work()
    assert len(stand.outcomes()) == 3
    assert word not in spans.text()
    assert spans.names().count("store analysis") == 2
