"""Lines that head a mail within a text: they name who wrote when, and say nothing of the matter.

Most are known by their segment (`consumer.analysis.new_text`); here are those that stand within a passage because the
mail that they head could not be told apart.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache

from consumer.analysis.quotes import words
from consumer.analysis.quotes.lines import Line, lines_of

Spans = tuple[tuple[int, int], ...]

#: "Ann Bee 05/31/2001 11:55 AM", "<ann@example.org> on 11/28/2000 03:49:57": a line of Lotus Notes, wrapped or not.
_STAMPED = re.compile(
    r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4},?\s{1,3}\d{1,2}:\d\d(?::\d\d)?\s{0,3}(?:[ap]m)?(?:\W{0,9}$|\s{1,20}To:)",
    re.IGNORECASE,
)
#: A head set as a table: "Ben Hill    To: …", "09/20/2000    cc:", "11:46 AM". Or its day at the end of a line.
_TABLED = re.compile(
    r"\d{1,2}/\d{1,2}/\d{2,4}\s{2,99}(?:b?cc|to|subject):|@\S{1,99}\s{1,3}on\s{1,3}\d{1,2}/\d{1,2}/\d{2,4}$|"
    r"\bto:\s{2,99}\d{1,2}/\d{1,2}/\d{2,4}$",
    re.IGNORECASE,
)
_TRANSPORT = re.compile(r"\d\d:\d\d:\d\d\s[+-]\d{4}\b|^(?:received|message-id|return-path|x-[\w-]+):", re.IGNORECASE)
#: "09/12/2000 10:33 AM" and nothing else; "From: Ann Bee   05/09/2001 08:16 AM"; a day above a clock.
_STAMP = r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}"
_CLOCK = r"\d{1,2}:\d\d(?::\d\d)?\s{0,3}(?:[ap]m)?"
_ALONE = re.compile(rf"(?:from:\s[^\d\n]{{3,60}}\s)?{_STAMP},?\s{{1,3}}{_CLOCK}$", re.IGNORECASE)
_BEGINS_WITH_DAY = re.compile(rf"{_STAMP}(?:\s{{2}}|$)")
_BEGINS_WITH_CLOCK = re.compile(rf"{_CLOCK}(?:\s{{2}}|$)", re.IGNORECASE)
_FOLDED = re.compile(r"\bid\s\S{1,80};")
#: No head says who and when without one of these.
_HINT = re.compile(r"[:\d]")
_NEAR = 4
_STAMPED_CHARS = 200


@lru_cache(maxsize=16)
def head_spans(text: str) -> Spans:
    """Return the spans of the lines of *text* that head a mail, in order."""
    if not _HINT.search(text):
        return ()
    lines = [line for line in lines_of(text) if line.bare]
    roles = [_role(line) for line in lines]
    return tuple((line.start, line.end) for at, line in enumerate(lines) if _is_head(lines, roles, at))


def within(spans: Spans, start: int) -> bool:
    """Return whether character *start* lies in one of *spans*."""
    at = bisect_right(spans, start, key=lambda span: span[0]) - 1
    return at >= 0 and start < spans[at][1]


def _role(line: Line) -> words.Role | None:
    found = words.header_of(line.bare)
    return found[0] if found else None


def _is_stamp(said: str, below: str) -> bool:
    """Return whether a line is but a day and a clock, or begins with a day above a line that begins with a clock."""
    if not ("/" in said or "." in said or "-" in said):
        return False
    if ":" in said and _ALONE.match(said):
        return True
    return _BEGINS_WITH_DAY.match(said) is not None and _BEGINS_WITH_CLOCK.match(below) is not None


def _is_transport(said: str) -> bool:
    """Return whether a line is of those that servers write above a mail, or one of a head set as a table."""
    if "/" in said and _TABLED.search(said):
        return True
    return (":" in said and _TRANSPORT.search(said) is not None) or (";" in said and _FOLDED.search(said) is not None)


def _is_head(lines: list[Line], roles: list[words.Role | None], at: int) -> bool:
    bare, role = lines[at].bare, roles[at]
    said = bare[:_STAMPED_CHARS]
    if _is_stamp(said, lines[at + 1].bare if at + 1 < len(lines) else ""):
        return True
    if role is not None and role != "other":
        beside = {*roles[max(0, at - 2) : at], *roles[at + 1 : at + 3]}
        return bool(beside & {"from", "to", "cc", "subject"} - {role}) or (role == "subject" and at == 0)
    if words.divides(bare) or _is_transport(said):
        return True
    if at and bare[:2].upper() in ("AM", "PM") and words.divides(lines[at - 1].bare):
        return True
    stamped = _STAMPED.search(said) if ":" in said else None
    if stamped is None:
        return False
    below = {role for role in roles[at + 1 : at + 1 + _NEAR] if role}
    is_last = at + 1 == len(lines)
    return is_last or "@" in bare or stamped[0].endswith(":") or bool(below & {"to", "cc", "subject"})
