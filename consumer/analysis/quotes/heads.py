"""The lines with which a mail program begins a quoted or forwarded mail, and what they say of it.

Four kinds: a dividing line, header lines (Outlook, Gmail's forwards), a head of Lotus Notes, an attribution
("On … Ann wrote:"). Each look from a line on is bounded, so that a text costs time in proportion to its length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from consumer.analysis.quotes import notes, words
from consumer.analysis.quotes.days import day_in
from consumer.analysis.quotes.lines import Line
from schemas.analysis import Quoted

_BLANKS = 3
_RECIPIENT_LINES, _SENDER_LINES = 40, 3
_HEADER_LINES, _LIST_LINES = 60, 200
_LETTERHEAD_BLANKS = 6
_HEADERS = 3
#: Nobody but a mail program writes all of these, though the sender is missing.
_ADDRESSED = {"to", "cc", "subject"}
_DIVIDER_LINES = 3
_ATTRIBUTION_LINES = 3
_LINE_CHARS, _SHORT_CHARS = 300, 90
_GROUPWISE = re.compile(r">>>\s(?P<sender>.{2,150}?)\s(?P<day>\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\s.{4,12})\s>>>$")


@dataclass(frozen=True, kw_only=True)
class Head:
    """The head of a quoted mail in lines [at, end): what is quoted below, and where it stands.

    Lines with at least `depth` marks belong to it. `subject_at` is the line that holds the subject. An
    `is_sure` head names sender and day, so that nothing is lost where they are said in other words.
    """

    end: int
    depth: int
    kind: Literal["quote", "forward"]
    quoted: Quoted
    subject_at: int | None = None

    @property
    def is_sure(self) -> bool:
        """Whether sender and day are known."""
        return bool(self.quoted.sender and self.quoted.sent_on)


@dataclass(kw_only=True)
class _Fields:
    """Header lines as far as read: their values by role, and the line after the last."""

    end: int
    values: dict[words.Role, str] = field(default_factory=dict)
    subject_at: int | None = None
    is_lotus: bool = False

    @property
    def is_head(self) -> bool:
        named = set(self.values) - {"other"}
        if self.is_lotus:
            return bool(named & {"to", "cc", "subject"})
        return len(named) >= _HEADERS and ("from" in named or named >= _ADDRESSED)


def head_at(lines: list[Line], at: int, written_on: date | None) -> Head | None:
    """Return the head that begins at line *at*; *written_on* is the day of the mail that holds it."""
    if not lines[at].bare:
        return None
    return _divided(lines, at, written_on) or _headed(lines, at, written_on) or _attributed(lines, at, written_on)


def _divided(lines: list[Line], at: int, written_on: date | None) -> Head | None:
    kind = words.divides(lines[at].bare)
    if kind is None:
        return None
    end = _end_of_divider(lines, at)
    divider = " ".join(line.bare for line in lines[at:end])
    below = _after_blanks(lines, end, lines[at].depth)
    fields = _fields(lines, _below_letterhead(lines, below)) if below < len(lines) else _Fields(end=end)
    if not fields.is_head and not ("from" in fields.values and len(fields.values) > 1):
        if not divider.strip("_"):
            return None
        fields = _Fields(end=end)
    return _head(fields, lines[at].depth, kind, written_on)


def _end_of_divider(lines: list[Line], at: int) -> int:
    """Return the line after a dividing line, which a narrow program wrapped into two or three."""
    dashes = lines[at].bare[:2]
    if dashes.isalpha() or lines[at].bare.endswith(dashes):
        return at + 1
    for end in range(at + 1, min(len(lines), at + _DIVIDER_LINES)):
        if not lines[end].bare:
            break
        if lines[end].bare.endswith(dashes):
            return end + 1
    return at + 1


def _headed(lines: list[Line], at: int, written_on: date | None) -> Head | None:
    framed = _GROUPWISE.match(lines[at].text.strip()) if lines[at].text.lstrip().startswith(">>>") else None
    if framed:
        fields = _Fields(end=at + 1, values={"from": framed["sender"], "date": framed["day"]})
        return _head(fields, 0, "quote", written_on)
    fields = _fields(lines, _below_letterhead(lines, at))
    # A memo may begin with such lines: without sender and day they are a quote's only below other words.
    is_below = {"from", "date"} <= set(fields.values) or any(
        not line.blank for line in lines[max(0, at - _BLANKS) : at]
    )
    return _head(fields, lines[at].depth, "quote", written_on) if fields.is_head and is_below else None


def _below_letterhead(lines: list[Line], at: int) -> int:
    """Return the line of "From:" below the name of a company at *at*, as Lotus Notes sets them; else *at*."""
    if not lines[at].text.startswith("\t"):
        return at
    below = _after_blanks(lines, at + 1, lines[at].depth)
    found = words.header_of(lines[below].bare) if below < len(lines) else None
    if found is None or found[0] != "from":
        return at
    following = lines[below + 1].bare if below + 1 < len(lines) else ""
    return below if notes.DATED.match(notes.unwrapped(found[1], following)[:_LINE_CHARS]) else at


def _fields(lines: list[Line], at: int) -> _Fields:
    """Read the header lines from line *at* on, after the two or three with which Lotus Notes begins."""
    fields = _Fields(end=at)
    here = _lotus(lines, at, fields)
    if here == at and words.header_of(lines[at].bare) is None:
        return fields
    depth, role, blanks, others, listed = lines[at].depth, None, 0, 0, 0
    for number in range(here, len(lines)):
        line = lines[number]
        if role == "from" and words.is_mailto(line.bare):
            continue
        if line.depth != depth or number - at - listed > _HEADER_LINES or listed > _LIST_LINES:
            break
        found = words.header_of(line.bare) if line.bare else None
        if found and (found[0] == "other" or found[0] not in fields.values):
            role, blanks, others = found[0], 0, 0
            below = lines[number + 1].bare if number + 1 < len(lines) else ""
            _take(fields, role, notes.unwrapped(found[1], below), number)
            continue
        if found:
            break
        if role in ("to", "cc") and words.lists_people(lines[number - 1].bare, line.bare):
            listed, blanks, fields.end = listed + 1, 0, number + 1
            continue
        blanks, others = blanks + line.blank, others + (not line.blank)
        if _is_over(fields, role, blanks, others):
            break
    return fields


def _is_over(fields: _Fields, role: words.Role | None, blanks: int, others: int) -> bool:
    """Return whether so many blank and other lines below the last header line end the head."""
    if fields.is_lotus and not set(fields.values) & {"to", "cc", "subject"}:
        # Below its sender, Lotus Notes sets telephones and rooms, and then space.
        return blanks > _LETTERHEAD_BLANKS or others > _SENDER_LINES
    return blanks > _BLANKS or bool(others and blanks) or others > _more_lines(fields, role)


def _more_lines(fields: _Fields, role: words.Role | None) -> int:
    """Return over how many more lines the value of a header line may run, before the next header line."""
    if fields.subject_at is not None and "from" in fields.values:
        return int(role == "subject" and "to" not in fields.values)
    return _RECIPIENT_LINES if role in ("to", "cc") else _SENDER_LINES if role == "from" else 1


def _take(fields: _Fields, role: words.Role, value: str, at: int) -> None:
    fields.values[role] = value
    fields.end = at + 1
    if role == "subject":
        fields.subject_at = at
    dated = notes.DATED.match(value[:_LINE_CHARS]) if role == "from" else None
    if dated:
        fields.is_lotus = True
        fields.values |= {"from": dated["sender"], "date": dated["day"]}


def _lotus(lines: list[Line], at: int, fields: _Fields) -> int:
    """Take sender and day of Lotus Notes at line *at*, and what may stand below them; return the line after."""
    sender = notes.sender_at(lines, at)
    if sender is None:
        return at
    below = _after_blanks(lines, sender.end, lines[at].depth)
    if below < len(lines) and words.is_note(lines[below].bare):
        below = _after_blanks(lines, below + 1, lines[at].depth)
    following = words.header_of(lines[below].bare) if below < len(lines) else None
    if not sender.is_all and (following is None or following[0] not in ("to", "cc", "subject", "other")):
        return at
    fields.is_lotus = True
    fields.values = {"date": sender.day} | ({"from": sender.name} if sender.name else {})  # type: ignore[assignment] # keys are roles
    if sender.is_all:
        fields.values["to"] = ""
        fields.end = sender.end
        return len(lines)
    return below


def _after_blanks(lines: list[Line], at: int, depth: int) -> int:
    """Return the first line from *at* on that says something, at most four further, at the same depth."""
    here = at
    while here < min(len(lines), at + _BLANKS + 1) and not lines[here].bare and lines[here].blank:
        here += 1
    return here if here < len(lines) and lines[here].depth == depth else len(lines)


def _attributed(lines: list[Line], at: int, written_on: date | None) -> Head | None:
    end = _attribution_end(lines, at)
    if end is None:
        return None
    said = " ".join(line.bare for line in lines[at:end])
    depth, below = lines[at].depth, end
    while below < min(len(lines), end + _BLANKS) and lines[below].blank:
        below += 1
    is_marked = below < len(lines) and lines[below].depth > depth
    is_telling = words.names_time(said) and (words.names_address(said) or words.says_wrote(said))
    if not is_marked and not is_telling:
        return None
    quoted = Quoted(sender=words.sender_in(said), sent_on=day_in(said, written_on))
    return Head(end=end, depth=depth + is_marked, kind="quote", quoted=quoted)


def _attribution_end(lines: list[Line], at: int) -> int | None:
    """Return the line after an attribution of one to three lines that begins at *at*; None where none does."""
    said = ""
    for here in range(at, min(len(lines), at + _ATTRIBUTION_LINES)):
        line = lines[here]
        if (
            not 0 < len(line.bare) <= _LINE_CHARS
            or line.depth != lines[at].depth
            or (here > at and not words.opens_attribution(said))
        ):
            return None
        said = f"{said} {line.bare}".strip()
        if line.bare.endswith((":", "\uff1a")):
            alone = here == at or not (words.opens_attribution(line.bare) and words.names_time(line.bare))
            return here + 1 if alone and _introduces(said, is_wrapped=here > at) else None
    return None


def _introduces(said: str, *, is_wrapped: bool) -> bool:
    if words.says_wrote(said):
        return words.opens_attribution(said.rstrip(":\uff1a")) or (len(said) <= _SHORT_CHARS and not is_wrapped)
    return words.names_time(said) and words.names_address(said) and words.opens_attribution(said.rstrip(":\uff1a"))


def _head(fields: _Fields, depth: int, kind: Literal["quote", "forward"], written_on: date | None) -> Head:
    values = fields.values
    quoted = Quoted(
        sender=" ".join(values.get("from", "").split())[:160],
        sent_on=day_in(values.get("date", "")[:_LINE_CHARS], written_on),
    )
    return Head(end=fields.end, depth=depth, kind=kind, quoted=quoted, subject_at=fields.subject_at)
