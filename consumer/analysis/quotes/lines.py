"""A text as lines: where each stands, how deep it is quoted, and what it says beside marks and margins."""

from __future__ import annotations

import re
from typing import NamedTuple

_MARKS = re.compile(r"[\s>|]*")
#: Longer lines are prose: no client names so many receivers in one line.
LINE_CHARS = 2_000
#: Marks that do not show and stand around dates and names of Windows clients.
_INVISIBLE = str.maketrans("", "", "\u200e\u200f\u202a\u202c\u2066\u2069\ufeff")
#: GroupWise frames its attribution in marks that are no quote.
_FRAMED = re.compile(r">{3}\s\S.{4,200}\s>{3}$")


class Line(NamedTuple):
    """A line at characters [start, end); `bare` without marks and margins, empty where too long to introduce.

    A `blank` line says nothing, with marks or without.
    """

    start: int
    end: int
    text: str
    bare: str
    depth: int
    blank: bool


def lines_of(text: str) -> list[Line]:
    """Return the lines of *text*, none left out."""
    lines, start = [], 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        depth, marked = _marks(line) if ">" in line else (0, 0)
        said = line[marked:].strip()
        bare = said if end - start <= LINE_CHARS else ""
        if not bare.isascii():
            bare = bare.translate(_INVISIBLE)
        blank = not (line.strip(" \t\r\n\xa0>|") if depth else said)
        lines.append(Line(start, end, line.rstrip("\r\n"), bare, depth, blank))
        start = end
    return lines


def _marks(line: str) -> tuple[int, int]:
    """Return how deep *line* is quoted, and how many characters its marks take."""
    marks = _MARKS.match(line).group()  # type: ignore[union-attr] # it matches anything
    if marks.startswith(">>>") and len(line) <= LINE_CHARS and _FRAMED.match(line.strip()):
        return 0, len(marks)
    # A bar is a mark where a mark stands before it: "> | text"; alone it is a table.
    depth = marks.count(">")
    return depth, len(marks) if depth else 0
