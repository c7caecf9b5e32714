"""Text made comparable: what a person would call the same words, whatever the mail program did to them.

Compatibility forms (Unicode NFKD, UAX #15), quote marks, dashes, runs of white space, soft line wraps
with their `>` marks, and invisible characters are folded; case is not.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

#: Code points that typists and mail programs use for one another.
_DOUBLE_QUOTES = (0xAB, 0xBB, *range(0x201C, 0x2020), 0x2033, 0x301D, 0x301E)
_SINGLE_QUOTES = (0xB4, *range(0x2018, 0x201C), 0x2032, 0x2039, 0x203A)
_DASHES = (*range(0x2010, 0x2016), 0x2212)
MARKS = {
    chr(point): mark
    for mark, points in (('"', _DOUBLE_QUOTES), ("'", _SINGLE_QUOTES), ("-", _DASHES))
    for point in points
}


@dataclass(frozen=True)
class Folded:
    """Folded text; `starts[i]` and `ends[i]` bound the original characters behind its i-th."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]


def fold(text: str, *, line_start: bool = True) -> Folded:
    """Return *text* folded; *line_start* tells whether `>` marks at its very beginning are quote marks."""
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    leading = line_start
    for position, char in enumerate(text):
        leading = char in "\r\n" or (leading and (char == ">" or char.isspace()))
        for folded in " " if leading else _fold_char(char):
            if folded == " " and (not out or out[-1] == " "):
                continue
            out.append(folded)
            starts.append(position)
            ends.append(position + 1)
    while out and out[-1] == " ":
        out.pop()
    return Folded("".join(out), tuple(starts[: len(out)]), tuple(ends[: len(out)]))


def _fold_char(char: str) -> str:
    if char < "\x7f":
        return "'" if char == "`" else (" " if char.isspace() else char)
    if unicodedata.category(char) == "Cf":
        return ""
    if char in MARKS:
        return MARKS[char]
    expanded = unicodedata.normalize("NFKD", char)
    return "".join(" " if part.isspace() else MARKS.get(part, part) for part in expanded)
