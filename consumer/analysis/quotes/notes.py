"""How Lotus Notes names sender and day above a quoted mail: in one line or two, wrapped, or in a column beside."""

from __future__ import annotations

import re
from typing import NamedTuple

from consumer.analysis.quotes import words
from consumer.analysis.quotes.lines import Line

_MOST_CHARS = 120
_ZONE = r"(?:\s(?:[A-Z]{3,4}(?![A-Z])|[+-]\d{4}))?"
_TIME = rf"\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{2,4}},?\s{{1,3}}\d{{1,2}}:\d\d(?::\d\d)?(?:\s?[AP]M)?{_ZONE}"
_DAY = re.compile(rf"{_TIME}$", re.IGNORECASE)
DATED = re.compile(
    rf"(?P<sender>\S.{{1,150}}?)(?:\s{{1,80}}on\s{{1,9}}|\s{{2,80}}|\s-\s|\s)(?P<day>{_TIME})", re.IGNORECASE
)
#: What a narrow program put into the next line: a time, or the half of the day in which it is.
_WRAPPED = re.compile(r"(?:\d{1,2}:\d\d(?::\d\d)?\s?)?[AP]M$", re.IGNORECASE)
_DAY_LINES = 4
#: Sender, day, receivers and subject in one line.
_ALL_IN_ONE = re.compile(r"(?:\sPlease respond to\s.{1,160}?)?\s{1,9}To:\s.*\scc:\s.*\sSubject:(?:\s|$)")
#: A column of sender and day, and one of the other header lines.
_RIGHT = re.compile(r"(?P<left>.{0,60}?)(?:^|\s{2,80})(?P<name>To|cc|Subject):(?:\s|$)")
_LEFT = re.compile(r"\s{0,60}(?P<left>\S.{0,40}?)(?:\s{3,}|$)")
_COLUMNS = ["To", "cc", "Subject"]
_COLUMN_LINES, _ABOVE_LINES = 40, 5


class Sender(NamedTuple):
    """Who wrote, and when, as it stands there; the line after both, and whether the whole head is read with them."""

    name: str
    day: str
    end: int
    is_all: bool = False


def sender_at(lines: list[Line], at: int) -> Sender | None:
    """Return the sender and day that begin at line *at*; None where none do."""
    first = lines[at].bare
    one = DATED.match(first) if "Subject:" in first else None
    if one and _ALL_IN_ONE.match(first, one.end()):
        return Sender(one["sender"], one["day"], at + 1, is_all=True)
    return _in_lines(lines, at) if len(first) <= _MOST_CHARS and not words.header_of(first) else None


def unwrapped(said: str, below: str) -> str:
    """Return *said* with what *below* holds of its time, where a narrow program wrapped it."""
    return f"{said} {below}" if _WRAPPED.match(below) else said


def _in_lines(lines: list[Line], at: int) -> Sender | None:
    first = lines[at].bare
    if _is_day(first):
        return Sender("", first, at + 1)
    following = lines[at + 1].bare if at + 1 < len(lines) else ""
    said = unwrapped(first, following)
    end = at + 1 if said == first else at + 2
    if ":" in said and (one := DATED.match(said)) and one.end() == len(said):
        return Sender(one["sender"], one["day"], end)
    window = range(at + 1, min(len(lines), at + _DAY_LINES))
    here = next((line for line in window if _is_day(lines[line].bare)), None)
    if here is None or any(line.bare and not words.header_of(line.bare) for line in lines[at + 1 : here]):
        return _columned(lines, at)
    return Sender(first, lines[here].bare, here + 1)


def _is_day(line: str) -> bool:
    """Return whether *line* is a day and a time."""
    return line[:1].isdigit() and _DAY.match(line) is not None


def _columned(lines: list[Line], at: int) -> Sender | None:
    """Return what the left one of two columns says, down to the line of the subject in the right one."""
    above = lines[at : at + _ABOVE_LINES]
    if not any("  To:" in line.text for line in above) or (at and not lines[at - 1].blank):
        return None
    left: list[str] = []
    names: list[str] = []
    for number, line in enumerate(lines[at : at + _COLUMN_LINES], at):
        right = _RIGHT.match(line.text)
        if right:
            names.append(right["name"])
        elif line.blank:
            return None
        side = right["left"] if right else _beside(line.text, is_first=not names)
        left.append(side.strip())
        if names == _COLUMNS:
            said = " ".join(filter(None, left))
            dated = DATED.search(said)
            return Sender(dated["sender"], dated["day"], number + 1, is_all=True) if dated else None
        if names != _COLUMNS[: len(names)]:
            return None
    return None


def _beside(line: str, *, is_first: bool) -> str:
    """Return what a line without a header name has in the left column: above the first such name all of it."""
    if is_first:
        return line
    found = _LEFT.match(line) if re.match(r"\s{0,24}\S", line) else None
    return found["left"] if found and found.end() < len(line.rstrip()) else ""
