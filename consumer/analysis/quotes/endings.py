"""What stands below a text and is none of it: signatures, lines that a telephone adds, lawyers' footers."""

from __future__ import annotations

import re
from itertools import islice
from typing import Literal

from consumer.analysis.quotes import words
from consumer.analysis.quotes.lines import Line

Ending = Literal["signature", "disclaimer"]

_MARK = re.compile(r"--[ \xa0]?$")
#: A longer tail is no signature but mail that somebody divided with dashes.
_SIGNATURE_LINES = 12
#: A text with more marks uses them for something else.
_MARKS = 5
#: So many paragraphs and lines of footers are looked for, from below.
_FOOTERS, _FOOTER_LINES = 6, 40


def endings(lines: list[Line], *, begins_text: bool) -> list[tuple[int, Ending]]:
    """Return where endings begin in *lines*, which one person wrote without a break: (line, what), in order.

    Each runs to the next, the last to the end. The first line of a mail (*begins_text*) never begins one: something
    of every mail is text.
    """
    end, found = len(lines), list[tuple[int, Ending]]()
    first = 1 if begins_text else 0
    for _ in range(_FOOTERS):
        start, kind = _footer(lines, end)
        if kind is None or start < first:
            break
        found.append((start, kind))
        end = start
    marked = _signature(lines, first, end)
    if marked is not None:
        found.append((marked, "signature"))
    return found[::-1]


def _footer(lines: list[Line], end: int) -> tuple[int, Ending | None]:
    """Return where the last paragraph before line *end* begins, and what it is where it is a footer."""
    while end and lines[end - 1].blank:
        end -= 1
    if not end:
        return 0, None
    if words.is_mobile_signature(lines[end - 1].bare):
        return end - 1, "signature"
    start = end - 1
    while start and not lines[start - 1].blank and end - start < _FOOTER_LINES:
        start -= 1
    return start, "disclaimer" if words.is_disclaimer(" ".join(line.text for line in lines[start:end])) else None


def _signature(lines: list[Line], first: int, end: int) -> int | None:
    """Return the line of the signature mark between *first* and *end*, if what follows is short enough for one."""
    marks = (at for at in range(first, end) if _MARK.match(lines[at].text))
    for at in islice(marks, _MARKS):
        said = (line for line in islice(lines, at + 1, end) if not line.blank)
        if len(list(islice(said, _SIGNATURE_LINES + 1))) <= _SIGNATURE_LINES:
            return at
    return None
