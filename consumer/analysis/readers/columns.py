"""Figures of a column whose sign of money stands at its first line alone, as in accounts: "$209", and "169" below.

Careful: a form has prices and quantities one below the other. A column has several figures, written alike, and no
label with a colon before them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from consumer.analysis.readers.numbers import NUMBER, number, plain

if TYPE_CHECKING:
    from consumer.analysis.readers.amounts import FoundAmount

_ROW = re.compile(rf"[^\n:]{{0,200}}?(?:\t|  )[ \t]{{0,60}}(?P<number>{NUMBER})[ \t]{{0,40}}$")
_YEAR = re.compile(r"(?:19|20)\d\d$")
_DECIMALS = re.compile(r"[.,]\d{1,2}$")
#: What stands between a sign and the words of its line, and how wide a heading within a column is.
_GAP = re.compile(r"\t|  ")
_ROWS, _ROW_CHARS, _HEADING_CHARS = 60, 300, 40
_LEAST_ROWS = 2


def with_columns(text: str, found: Sequence[FoundAmount]) -> list[FoundAmount]:
    """Return *found* with the bare figures that stand below money at the end of a line, in the same column."""
    starts = {one.start for one in found}
    columns = [list(_below(text, one)) for at, one in enumerate(found) if _heads(text, found, at)]
    rows = [row for column in columns if len(column) >= _LEAST_ROWS for row in column if row.start not in starts]
    return sorted([*found, *rows], key=lambda one: one.start)


def _heads(text: str, found: Sequence[FoundAmount], at: int) -> bool:
    """Return whether *found[at]* ends its line, stands apart from the words of it, and no money follows in the next."""
    one = found[at]
    line_start, line_end = text.rfind("\n", 0, one.start) + 1, _line_end(text, one.end)
    next_starts = found[at + 1].start if at + 1 < len(found) else len(text)
    return (
        not text[one.end : line_end].strip()
        and text[line_start : one.start].strip() != ""
        and _GAP.search(text, max(line_start, one.start - 3), one.start) is not None
        and next_starts > _line_end(text, line_end + 1)
    )


def _below(text: str, first: FoundAmount) -> Iterator[FoundAmount]:
    """Yield the figures below *first*, up to a line that is neither one of the column nor a short heading in it."""
    at = _line_end(text, first.end) + 1
    has_decimals = _DECIMALS.search(text[first.start : first.end]) is not None
    for _ in range(_ROWS):
        end = _line_end(text, at)
        line = text[at : min(end, at + _ROW_CHARS)]
        row = _ROW.match(line)
        if row is None and (not 0 < len(line.strip()) <= _HEADING_CHARS or line.strip()[-1] in ".:;,?!"):
            return
        if row and (_YEAR.match(row["number"]) or (_DECIMALS.search(row["number"]) is not None) != has_decimals):
            return
        if row:
            value = plain(number(row["number"]))
            yield replace(first, start=at + row.start("number"), end=at + row.end("number"), value=value, scale="")
        at = end + 1
        if at >= len(text):
            return


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end
