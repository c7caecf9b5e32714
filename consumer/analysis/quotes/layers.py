"""Whose words each line of a text are: the writer's own, or those of a mail that it quotes, at any depth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from consumer.analysis.quotes.heads import Head, head_at
from consumer.analysis.quotes.lines import Line
from schemas.analysis import Quoted

#: Lines that a mark quotes and nobody introduces.
_UNKNOWN = Quoted()
#: A head begins with a line that divides, or that GroupWise frames, or it names sender or day with a colon:
_RULES = frozenset(one + other for one in "-_*=" for other in "-_*=")
_FRAME = ">>>"
#: in this line of it at the latest, below a letterhead and blank lines.
_COLON_LINES = 6


@dataclass(frozen=True, kw_only=True)
class Run:
    """Lines [start, end) with the words of one mail: `head` is that of the quote, None in the writer's own.

    With `is_head` they are the head itself, which the mail program wrote.
    """

    start: int
    end: int
    head: Head | None
    is_head: bool = False


def runs_of(lines: list[Line], written_on: date | None) -> list[Run]:
    """Return *lines* as runs, in order, none left out; *written_on* is the day of the mail that they are."""
    runs: list[Run] = []
    for start, end, head, is_head in _pieces(lines, written_on):
        if runs and runs[-1].head is head and runs[-1].is_head == is_head:
            start = runs.pop().start  # noqa: PLW2901 - the run goes on
        runs.append(Run(start=start, end=end, head=head, is_head=is_head))
    return runs


def _pieces(lines: list[Line], written_on: date | None) -> Iterator[tuple[int, int, Head | None, bool]]:
    """Yield (start, end, head, is head) line by line; a stack holds the quotes that are open.

    A quote that an answer interrupted goes on below it: *closed* remembers it by its depth.
    """
    open_quotes: list[Head] = []
    closed: dict[int, Head] = {}
    may_begin = may_head(lines)
    at = 0
    while at < len(lines):
        line = lines[at]
        head = head_at(lines, at, written_on) if may_begin[at] else None
        if head is not None:
            _close(open_quotes, head.depth - 1)
            closed.clear()
            open_quotes.append(head)
            yield at, head.end, head, True
            at = head.end
            continue
        base = open_quotes[-1].depth if open_quotes else 0
        if base > line.depth and (line.depth or not line.blank):
            closed.update(_close(open_quotes, line.depth))
            base = open_quotes[-1].depth if open_quotes else 0
        if line.depth > base and not line.blank:
            unknown = Head(end=at, depth=line.depth, kind="quote", quoted=_UNKNOWN)
            open_quotes.append(closed.pop(line.depth, unknown))
        yield at, at + 1, open_quotes[-1] if open_quotes else None, False
        at += 1


def _close(open_quotes: list[Head], depth: int) -> dict[int, Head]:
    """Close the quotes that stand deeper than *depth* and return them by their depth."""
    closed = {}
    while open_quotes and open_quotes[-1].depth > depth:
        head = open_quotes.pop()
        closed[head.depth] = head
    return closed


def may_head(lines: list[Line]) -> list[bool]:
    """Return of each line whether a head can begin there: looking closer costs more than all other lines."""
    found, left = [], 0
    for line in reversed(lines):
        left = _COLON_LINES if ":" in line.bare or "\uff1a" in line.bare else left - 1
        found.append(left > 0 or line.bare[:2] in _RULES or _FRAME in line.text)
    return found[::-1]
