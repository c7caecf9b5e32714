"""The local trace database."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags

from chainmail import span_store, telemetry
from chainmail.span_store import SpanReader, SqliteSpanExporter, TraceStoreError, prune

BEGAN_AT = datetime(2026, 11, 3, tzinfo=UTC)
OK, FAILURE = SpanExportResult.SUCCESS, SpanExportResult.FAILURE


def context(trace: int, number: int) -> SpanContext:
    """Return the context of a span."""
    return SpanContext(trace, number, is_remote=False, trace_flags=TraceFlags(1))


def span(
    trace: int,
    number: int = 1,
    *,
    parent: int | None = None,
    message_id: str | None = None,
    chain_id: str | None = None,
    links: Sequence[int] = (),
    at: datetime = BEGAN_AT,
    name: str = "ingest email",
) -> ReadableSpan:
    """Return a finished span of one second."""
    start_ns = int(at.timestamp() * 1e9)
    attributes = {telemetry.MESSAGE_ID: message_id, telemetry.CHAIN_ID: chain_id, "count": 3}
    return ReadableSpan(
        name=name,
        context=context(trace, number),
        parent=context(trace, parent) if parent else None,
        kind=SpanKind.CLIENT,
        resource=Resource({"chainmail.role": "producer"}),
        attributes={key: value for key, value in attributes.items() if value is not None},
        links=[Link(context(linked, 1), {"why": "reply"}) for linked in links],
        start_time=start_ns,
        end_time=start_ns + 1_000_000_000,
    )


def store(path: Path, *spans: ReadableSpan) -> None:
    """Write *spans* as one process would."""
    exporter = SqliteSpanExporter(path)
    assert exporter.export(spans) is OK
    exporter.shutdown()


def hexed(trace: int) -> str:
    """Return a trace id as it is stored."""
    return format(trace, "032x")


def test_spans_come_back_as_they_were(tmp_path: Path) -> None:
    """`trace` would draw something else than what happened."""
    path = tmp_path / "home" / "traces.db"
    store(path, span(1, 2, parent=1, name="parse"), span(1, links=[9], message_id="a@b", chain_id="c"))
    with SpanReader(path) as reader:
        first, second = sorted(reader.spans_of_trace(hexed(1)), key=lambda each: each.span_id)
    assert (first.name, first.kind, first.role, first.status) == ("ingest email", "CLIENT", "producer", "UNSET")
    assert first.attributes == {telemetry.MESSAGE_ID: "a@b", telemetry.CHAIN_ID: "c", "count": 3}
    assert [(link.trace_id, dict(link.attributes)) for link in first.links] == [(hexed(9), {"why": "reply"})]
    assert (first.parent_id, second.parent_id, second.links) == (None, format(1, "016x"), ())
    assert second.end_ns - second.start_ns == 1_000_000_000


def test_batch_written_twice_is_there_once(tmp_path: Path) -> None:
    """An exporter that tries again would double every bar."""
    path = tmp_path / "traces.db"
    batch = [span(1, links=[9]), span(1, 2)]
    store(path, *batch)
    store(path, *batch)
    with SpanReader(path) as reader:
        assert [len(each.links) for each in reader.spans_of_trace(hexed(1))] == [1, 0]


def test_message_finds_its_ingest_and_the_traces_that_link_to_it(tmp_path: Path) -> None:
    """`trace MESSAGE-ID` would find only the email that came last."""
    path = tmp_path / "traces.db"
    later = BEGAN_AT + timedelta(hours=1)
    store(path, span(1, message_id="a@b"), span(2, message_id="other@b", links=[1], at=later), span(3))
    with SpanReader(path) as reader:
        assert reader.trace_ids_of_message("a@b") == [hexed(2), hexed(1)]
        assert reader.trace_ids_of_message("nobody@b") == []


def test_chain_finds_the_traces_of_its_revisions_newest_first(tmp_path: Path) -> None:
    """`trace CHAIN` would show a revision of last month."""
    path = tmp_path / "traces.db"
    store(path, span(1, chain_id="c"), span(2, chain_id="c", at=BEGAN_AT + timedelta(days=1)), span(3, chain_id="d"))
    with SpanReader(path) as reader:
        assert reader.trace_ids_of_chain("c") == [hexed(2), hexed(1)]


def test_message_id_of_broken_mail_is_stored_and_found(tmp_path: Path) -> None:
    """One lone surrogate would cost the whole batch."""
    path = tmp_path / "traces.db"
    store(path, span(1, message_id="\udcff@b"), span(2, message_id="a@b"))
    with SpanReader(path) as reader:
        assert reader.trace_ids_of_message("\udcff@b") == [hexed(1)]
        assert reader.trace_ids_of_message("a@b") == [hexed(2)]


def test_reader_of_nothing_is_empty_and_makes_nothing(tmp_path: Path) -> None:
    """`trace` before the first run would fail, or leave a file."""
    with SpanReader(tmp_path / "traces.db") as reader:
        assert reader.spans_of_trace(hexed(1)) == []
        assert reader.trace_ids_of_chain("c") == []
        assert reader.dropped() == 0
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "empty.db").touch()
    with SpanReader(tmp_path / "empty.db") as reader:
        assert reader.dropped() == 0
    assert (tmp_path / "empty.db").stat().st_size == 0


def _theirs(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE spans (name TEXT)")
        connection.commit()


def _of_a_later_version(path: Path) -> None:
    store(path, span(1))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA user_version = 2")


def _text(path: Path) -> None:
    path.write_text("not a database at all\n" * 300)


@pytest.mark.parametrize("make", [_theirs, _of_a_later_version, _text])
def test_file_of_others_is_left_untouched_and_losses_are_counted(tmp_path: Path, make: object) -> None:
    """Somebody's file would be written into, or the program stop for a trace."""
    path = tmp_path / "traces.db"
    make(path)  # type: ignore[operator] # one of the functions above
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    exporter = SqliteSpanExporter(path)
    assert exporter.export([span(1), span(2)]) is FAILURE
    assert exporter.dropped == 2
    exporter.shutdown()
    with pytest.raises(TraceStoreError, match="move it away"):
        SpanReader(path)
    with pytest.raises(TraceStoreError, match="move it away"):
        prune(path, BEGAN_AT)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


def test_losses_are_reported_in_the_file_once_it_can_be_written(tmp_path: Path) -> None:
    """Nobody would know that a trace has holes."""
    path = tmp_path / "traces.db"
    path.mkdir()
    exporter = SqliteSpanExporter(path)
    assert exporter.export([span(1), span(2), span(3)]) is FAILURE
    path.rmdir()
    assert exporter.export([span(4)]) is OK
    assert exporter.export([span(5)]) is OK
    exporter.shutdown()
    with SpanReader(path) as reader:
        assert reader.dropped() == 3
        assert len(reader.spans_of_trace(hexed(5))) == 1


def test_exporter_goes_on_after_shutdown(tmp_path: Path) -> None:
    """A span that ends late, at exit, would raise into the program."""
    path = tmp_path / "traces.db"
    exporter = SqliteSpanExporter(path)
    exporter.export([span(1)])
    exporter.shutdown()
    exporter.shutdown()
    assert exporter.force_flush()
    assert exporter.export([span(2)]) is OK
    exporter.shutdown()


def test_prune_removes_whole_old_traces_and_spares_linked_mail(tmp_path: Path) -> None:
    """A chain of today would lose the emails that it began with, or half a trace stay for ever."""
    path = tmp_path / "traces.db"
    today = BEGAN_AT + timedelta(days=30)
    store(
        path,
        span(1),
        span(1, 2, links=[7]),
        span(2, message_id="first@b"),
        span(3, links=[2], at=today),
        span(4),
        span(4, 2, at=today),
    )
    assert prune(path, today) == 2
    with SpanReader(path) as reader:
        left = {trace: len(reader.spans_of_trace(hexed(trace))) for trace in (1, 2, 3, 4)}
    assert left == {1: 0, 2: 1, 3: 1, 4: 2}
    assert prune(path, today) == 0
    assert prune(tmp_path / "absent.db", today) == 0


def test_forget_takes_whole_traces_and_what_links_to_them(tmp_path: Path) -> None:
    """The Message-ID of forgotten mail would stay in its trace, or others lose theirs."""
    path = tmp_path / "traces.db"
    store(path, span(1, message_id="gone@x"), span(1, 2, parent=1), span(2, message_id="kept@x", links=[1]))
    store(path, span(3, chain_id="chain"), span(4, chain_id="other"))
    found, spans = span_store.traces_of(path, chain_ids=["chain", "none"], message_ids=["gone@x"])
    assert (len(found), spans) == (2, 3)
    assert span_store.forget(path, found) == 3
    span_store.empty_log(path)
    with SpanReader(path) as reader:
        assert reader.trace_ids_of_message("gone@x") == []
        (kept,) = reader.trace_ids_of_message("kept@x")
        assert reader.spans_of_trace(kept)[0].links == ()
        assert len(reader.trace_ids_of_chain("other")) == 1
    assert b"gone@x" not in path.read_bytes()


def test_forget_without_a_trace_database_makes_none(tmp_path: Path) -> None:
    """Every dry run would leave a file."""
    path = tmp_path / "traces.db"
    assert span_store.traces_of(path, chain_ids=["chain"], message_ids=["a@x"]) == (set(), 0)
    assert span_store.forget(path, {"a" * 32}) == 0
    span_store.empty_log(path)
    assert not path.exists()
