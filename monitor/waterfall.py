"""A trace drawn for the terminal: one line a span, with a bar where it lay in time.

Time is not to scale: between two neighbouring moments the axis grows with the logarithm of what lies
between them, so that a wait of hours leaves room for the milliseconds beside it.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from itertools import pairwise

from rich.console import Group
from rich.table import Table
from rich.text import Text

from chainmail import telemetry
from monitor.traces import Trace, duration_s

_NAME_WIDTH = 40
_LEAST_NAME = 12
_LEAST_BAR = 16
#: The column of durations, with its margins.
_BETWEEN = 14


def render(trace: Trace, width: int) -> Group:
    """Return the drawing for a terminal of *width* columns."""
    axis = Axis([moment for span in trace.spans for moment in (span.start_ns, span.end_ns)])
    name_width = max(_LEAST_NAME, min(_NAME_WIDTH, width - _LEAST_BAR - _BETWEEN))
    bar_width = max(_LEAST_BAR, width - name_width - _BETWEEN)
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(width=name_width, no_wrap=True, overflow="ellipsis")
    table.add_column(width=10, justify="right", no_wrap=True)
    table.add_column(width=bar_width, no_wrap=True)
    for depth, span in trace.tree():
        failed = span.status == "ERROR"
        words = f"{span.name} FAILED: {span.status_message or ''}" if failed else span.name
        name = Text("  " * depth + " ".join(words.split()), style="red" if failed else "")
        table.add_row(name, human(duration_s(span)), axis.bar(span.start_ns, span.end_ns, bar_width))
    began = datetime.fromtimestamp(trace.start_ns / 1e9, UTC)
    total = human((trace.end_ns - trace.start_ns) / 1e9)
    head = Text(f"trace {trace.trace_id}  {began:%Y-%m-%d %H:%M:%S} UTC  {total}  (axis: logarithmic between events)")
    return Group(head, table, Text(_where(trace)), *_linked(trace))


class Axis:
    """Moments (ns) to positions from 0 to 1, monotonic, gaps drawn by their logarithm."""

    def __init__(self, moments: list[int]) -> None:
        ordered = sorted(set(moments))
        self._at = {ordered[0]: 0.0}
        position = 0.0
        for before, after in pairwise(ordered):
            position += math.log1p((after - before) / 1e6)
            self._at[after] = position
        self._length = position or 1.0

    def bar(self, start_ns: int, end_ns: int, width: int) -> str:
        """Return the bar of a span; at least one mark."""
        first = int(self._at[start_ns] / self._length * (width - 1))
        last = int(self._at[end_ns] / self._length * (width - 1))
        return " " * first + "━" * max(1, last - first)


def human(seconds: float) -> str:
    """Return a duration with its unit."""
    for unit, size, limit in (("µs", 1e-6, 1e-3), ("ms", 1e-3, 1.0), ("s", 1.0, 120.0), ("min", 60.0, 7_200.0)):
        if seconds < limit:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 3_600:.3g} h"


def _where(trace: Trace) -> str:
    stages = trace.stages()
    total = sum(stages.values()) or 1.0
    parts = ", ".join(f"{seconds / total:.0%} {stage}" for stage, seconds in stages.items() if seconds / total >= 0.005)  # noqa: PLR2004 - rounds to 0 %
    return (
        f"where its time went: {parts or 'nothing measured'}; not covered by any span: {trace.unaccounted_share():.0%}"
    )


def _linked(trace: Trace) -> list[Text]:
    lines = [Text("the chain's other emails:")] if trace.linked else []
    for span in trace.linked:
        began = datetime.fromtimestamp(span.start_ns / 1e9, UTC)
        name = " ".join(str(span.attributes[telemetry.MESSAGE_ID]).split())
        words = f"  ingested {began:%H:%M:%S} in {human(duration_s(span)):7}  {name}"
        lines.append(Text(words, no_wrap=True, overflow="ellipsis"))
    return lines
