"""A trace put together and drawn."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from chainmail import telemetry
from chainmail.span_store import StoredLink, StoredSpan
from monitor.traces import Trace, assemble, to_json
from monitor.waterfall import Axis, human, render

SECOND = 1_000_000_000
TRACE, MAIL = "a" * 32, "b" * 32


def span(
    name: str,
    start_s: float,
    end_s: float,
    *,
    number: int | None = None,
    parent: int | None = None,
    trace: str = TRACE,
    message_id: str | None = None,
    links: tuple[StoredLink, ...] = (),
    status: str = "OK",
) -> StoredSpan:
    """Return a stored span; without a number its name is its id."""
    return StoredSpan(
        trace_id=trace,
        span_id=name if number is None else str(number),
        parent_id=None if parent is None else str(parent),
        name=name,
        kind="INTERNAL",
        role="member",
        pid=1,
        start_ns=int(start_s * SECOND),
        end_ns=int(end_s * SECOND),
        status=status,
        status_message="TransientError" if status == "ERROR" else None,
        attributes={telemetry.MESSAGE_ID: message_id} if message_id else {},
        links=links,
    )


def trace(*spans: StoredSpan) -> Trace:
    """Return a trace of *spans*."""
    return Trace(trace_id=TRACE, spans=spans, linked=())


def drawn(of: Trace, width: int) -> list[str]:
    """Return the lines of the drawing."""
    console = Console(width=width, file=io.StringIO())
    console.print(render(of, width))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


class Store:
    """A span reader that holds what it is given."""

    def __init__(self, *spans: StoredSpan) -> None:
        self.spans = spans

    def spans_of_trace(self, trace_id: str) -> list[StoredSpan]:
        """Return the spans of a trace."""
        return [each for each in self.spans if each.trace_id == trace_id]


WHOLE = (
    span("ingest email", 0, 1, number=1, message_id="last@b"),
    span(
        "send mail",
        2,
        3,
        number=2,
        parent=1,
        links=(
            StoredLink(trace_id=MAIL, span_id="9"),
            StoredLink(trace_id=MAIL, span_id="8"),
            StoredLink(trace_id=TRACE, span_id="1"),
        ),
    ),
    span("queue wait mail", 3, 10, number=3, parent=2),
    span("slot wait", 10, 14, number=4, parent=2),
    span("process mail", 14, 24, number=5, parent=2),
    span("chat tiny", 15, 23, number=6, parent=5),
    span("store analysis", 23, 24, number=7, parent=5),
    span("commit mail", 24, 25, number=8, parent=5),
)


def test_assemble_finds_the_other_mail_of_the_chain() -> None:
    """`trace` would name only the email that came last, or name one twice."""
    linked = span("ingest email", 0, 1, number=9, trace=MAIL, message_id="first@b")
    child = span("parse", 0, 1, number=10, parent=9, trace=MAIL)
    found = assemble(Store(*WHOLE, linked, child), TRACE)  # type: ignore[arg-type] # reads as the store does
    assert found.spans == WHOLE
    assert found.linked == (linked,)
    assert [each["span_id"] for each in json.loads(json.dumps(to_json(found)))["linked"]] == ["9"]


def test_json_has_the_spans_whole() -> None:
    """`trace --json` could not be written, or leave out what a program needs."""
    found = json.loads(json.dumps(to_json(trace(*WHOLE))))
    assert list(found) == ["trace_id", "spans", "linked", "stages_s", "unaccounted_share"]
    assert found["spans"][1]["links"][0] == {"trace_id": MAIL, "span_id": "9", "attributes": {}}
    assert (found["spans"][2]["duration_s"], found["spans"][2]["start_at"]) == (7.0, "1970-01-01T00:00:03+00:00")


def test_tree_puts_children_behind_their_parent_by_start() -> None:
    """The drawing would not read from top to bottom."""
    shown = [(depth, each.span_id) for depth, each in trace(*reversed(WHOLE)).tree()]
    assert shown == [(0, "1"), (1, "2"), (2, "3"), (2, "4"), (2, "5"), (3, "6"), (3, "7"), (3, "8")]


def test_tree_shows_a_span_whose_parent_was_lost() -> None:
    """Half a trace would not be drawn because one batch of spans was dropped."""
    assert [each.span_id for _, each in trace(*WHOLE[2:]).tree()] == ["3", "4", "5", "6", "7", "8"]


def test_stages_add_up_where_time_went() -> None:
    """The line below the drawing would name the wrong culprit."""
    again = span("retry wait", 25, 27, number=20)
    stages = trace(*WHOLE, again).stages()
    assert list(stages.items())[:2] == [("the model", 8.0), ("waiting in the topic", 7.0)]
    assert stages["waiting for a free slot"] == 4.0
    assert stages["waiting for the next attempt"] == 2.0


def test_unaccounted_share_is_the_time_without_a_span() -> None:
    """A hole in the trace would go unnoticed."""
    assert trace(span("a", 0, 6), span("b", 8, 10)).unaccounted_share() == pytest.approx(0.2)
    assert trace(span("a", 0, 6), span("b", 2, 10)).unaccounted_share() == 0
    parent = span("root", 0, 10, number=1)
    child = span("leaf", 4, 5, number=2, parent=1)
    assert trace(parent, child).unaccounted_share() == pytest.approx(0.9), "a parent covers nothing by itself"
    assert trace(span("a", 3, 3)).unaccounted_share() == 0
    assert trace(span("a", 5, 3), span("b", 5, 6)).unaccounted_share() == pytest.approx(0.0), "two clocks"


moments = st.integers(0, 10**18)


@given(st.lists(st.tuples(moments, moments), min_size=1, max_size=12))
@settings(deadline=None)
def test_unaccounted_share_is_a_share(pairs: list[tuple[int, int]]) -> None:
    """The line would say minus 300 %."""
    spans = [span(str(n), 0, 0, number=n) for n in range(len(pairs))]
    made = trace(
        *(
            StoredSpan(**{**vars(each), "start_ns": min(pair), "end_ns": max(pair)})
            for each, pair in zip(spans, pairs, strict=True)
        )
    )
    assert -1e-9 <= made.unaccounted_share() <= 1


@pytest.mark.parametrize("width", range(60, 201, 10))
def test_waterfall_fits_every_terminal(width: int) -> None:
    """A narrow terminal would show broken lines, or an exception."""
    odd = (
        span("process [red]mail[/] " + "x" * 99, 14, 14, number=30, parent=2, status="ERROR"),
        span("backwards", 20, 19, number=31, parent=5),
    )
    linked = (span("ingest email", 0, 1, number=9, trace=MAIL, message_id="first[0]@b"),)
    whole = Trace(trace_id=TRACE, spans=(*WHOLE, *odd), linked=linked)
    lines = drawn(whole, width)
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    assert "first[0]@b" in text
    assert "[red]mail" in text, "a name is no markup"
    rows = [line for line in lines if "━" in line]
    assert len(rows) == len(whole.spans)


def test_waterfall_draws_the_model_behind_the_queue() -> None:
    """The bars would not show the order of events."""
    bars = [line for line in drawn(trace(*WHOLE), 120) if "━" in line]
    lines = {line.split()[0]: (line.index("━"), line.rindex("━")) for line in bars}
    assert lines["queue"][1] <= lines["slot"][0] + 1
    assert lines["slot"][1] <= lines["chat"][0]
    assert lines["chat"][1] <= lines["commit"][0]


@given(st.lists(moments, min_size=1, max_size=20), st.integers(16, 150))
@settings(deadline=None)
def test_axis_is_monotonic_and_within_its_width(at: list[int], width: int) -> None:
    """Bars would overlap, or leave the screen."""
    axis = Axis(at)
    ordered = sorted(at)
    starts = [axis.bar(moment, ordered[-1], width).index("━") for moment in ordered]
    assert starts == sorted(starts)
    assert all(1 <= len(axis.bar(first, last, width)) <= width for first in ordered for last in ordered)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 µs"), (0.00025, "250 µs"), (0.0125, "12.5 ms"), (9.5, "9.5 s"), (150, "2.5 min"), (9_000, "2.5 h")],
)
def test_durations_have_their_unit(seconds: float, words: str) -> None:
    """Milliseconds would be read as seconds."""
    assert human(seconds) == words
