"""Days named in a text, resolved against the day on which it was written, by rules.

Rules by family (`readers.days`) find candidates; of those that overlap the first and longest counts. What cannot be
fixed stays null: seasons, days told from an unknown day, figures that may be 3 April or 4 March. The day of writing is
the sender's own, as the Date header says it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import TypeVar

from consumer.analysis.readers.days import holidays, numbered, quarters, relative, spans, weekdays, written, years
from consumer.analysis.readers.days.anchors import places
from consumer.analysis.readers.days.clock import clock_beside
from consumer.analysis.readers.days.kinds import Kind, kind_of
from consumer.analysis.readers.days.letterheads import letterheads
from consumer.analysis.readers.days.meaning import Meaning, Rule, Writing, single_day, week_of
from consumer.analysis.readers.heads import head_spans, within

_FAMILIES = (written, relative, numbered, weekdays, spans, quarters, years, holidays)
_RULES = tuple(rule for family in _FAMILIES for rule in family.RULES)
#: A mail with more of them is a list or a log.
_MOST = 1_000
_LINE_CHARS = 100
#: A mail that says it was written at an end of the calendar does not know its day, nor what lies beside it.
_FIRST_YEAR, _LAST_YEAR = 10, 9_900
#: Only so far behind a day "the next day" counts from it.
_NEAR_CHARS = 300
#: What a day is until another place tells that people meet on it.
_PLAIN: tuple[Kind, ...] = ("period", "other")
_WEIGHTY: tuple[Kind, ...] = ("deadline", "meeting")
_MARKS = re.compile(r"^[ \t]*>[> \t]*", re.MULTILINE)
#: How a report goes on behind its day: "Oct. 10 (Agency) --".
_DATELINE = re.compile(r"\s{0,3}(?:\([^()]{2,40}\)|/[\w ]{2,30}/)?\s{0,3}(?:--|\u2013|\u2014|\([A-Z])")
#: Two words in small letters, one after the other: a sentence.
_PROSE = re.compile(r"\b[a-z]{2,}\s+[a-z]{2,}\b|\b(?:on|by|until|till|for|due|is|at|today|tonight)\b")
_WEEK_OF = re.compile(
    r"\b(?:the\s+)?(?:w[/.]?[cbe]|(?:week|wk)\s+(?:of|beginning|starting|ending|commencing)\s+(?:on\s+)?(?:the\s+)?)\s*$",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\bname\s?:[^:]{0,30}$", re.IGNORECASE)
_FILE = re.compile(r"[\w -]{0,40}\.(?:docx?|xlsx?|pdf|pptx?|txt|csv|zip)\b", re.IGNORECASE)

_FURNITURE_CHARS = 20
#: What computers write behind a day: its time to the second, or the rest of an address ("2001-05-02.html").
_STAMP = re.compile(r"(?:\s{1,2}|T)\d\d:\d\d:\d\d(?!\s?[ap]\.?m)|\.(?:html?|php|aspx?|jsp|pdf)\b", re.IGNORECASE)
#: A day alone between two pictures, or in a row of figures between bars: "[IMAGE] Sunday [IMAGE]", "5/24 | 5/23 |".
_MENUS = (
    (re.compile(r"\]\s{1,9}$"), re.compile(r"\s{1,9}\[")),
    (re.compile(r"\d\s?\|\s{0,3}$"), re.compile("")),
    (re.compile(""), re.compile(r"\s{0,3}\|\s?\d{1,2}/\d{1,2}\b")),
)

month_first = written.month_first
told_years = written.told_years
_Candidate = tuple[int, int, Meaning]


@dataclass(frozen=True, kw_only=True)
class FoundDate:
    """A day (or week, month, year) at characters [start, end); `resolved`, `time` and `zone` as in `DateMention`.

    It is relative where the same words mean another day in another mail; `wording` is what they are.
    """

    start: int
    end: int
    resolved: str | None
    kind: Kind
    time: str | None = None
    zone: str | None = None
    is_relative: bool = False
    wording: str = ""


def read(
    text: str,
    written_on: date | None = None,
    *,
    near: date | None = None,
    month_first: bool | None = None,
    told: Mapping[str, str] | None = None,
) -> list[FoundDate]:
    """Return the first thousand days named in *text*.

    Args:
        text: What one person wrote.
        written_on: The day of its email, if known.
        near: A day not far from it, if it is not known: that of the mail that quotes it.
        month_first: Whether 3/4 is in March; None where that is not known.
        told: The days that are told with their year around *text* (`told_years`).
    """
    written_on, near = (on if on and _FIRST_YEAR < on.year < _LAST_YEAR else None for on in (written_on, near))
    writing = Writing(on=written_on, near=written_on or near, month_first=month_first)
    text = _MARKS.sub(lambda found: " " * len(found.group()), text)
    named = (
        one
        for one in _beside_others(text, _longest(text, writing), told or {})
        if not (
            _repeats_head(text, *one, written_on) or _is_name(text, one[0], one[1]) or _is_furniture(text, *one[:2])
        )
    )
    return [_found(text, *one, writing) for one in islice(named, _MOST)]


def _longest(text: str, writing: Writing) -> Iterator[_Candidate]:
    """Yield what may be days, of those that overlap the first and longest."""
    heads = head_spans(text)
    until = 0
    for start, end, meaning in sorted(_candidates(text, writing), key=lambda one: (one[0], -one[1])):
        if start >= until and not within(heads, start):
            until = end
            yield start, end, meaning


def _beside_others(text: str, found: Iterable[_Candidate], told: Mapping[str, str]) -> Iterator[_Candidate]:
    """Yield *found*, with what the days named around them tell of them: their year, the day after, the week of one."""
    last: Meaning | None = None
    until = 0
    for start, end, one in found:
        if one.follows:
            named = single_day(last) if last and start - until <= _NEAR_CHARS else None
            if named and (after := one.follows(named)):
                yield start, end, after
            continue
        until = end
        last = replace(one, resolved=told.get((one.resolved or "")[5:], one.resolved)) if one.is_nearest else one
        before = _WEEK_OF.search(text, max(0, start - _LINE_CHARS), start)
        known = week_of(last) if before else None
        yield (before.start(), end, known) if before and known else (start, end, last)


def _candidates(text: str, writing: Writing) -> Iterator[_Candidate]:
    begins = places(text)
    parts = [(0, writing), *_letters(text, writing)]
    for rule in _RULES:
        if rule.anchor not in begins:
            continue
        for found in islice(_matches(rule, text, begins[rule.anchor]), _MOST):
            meaning = rule.resolve(found, _in_force(parts, found.start()))
            if meaning is not None:
                yield found.start("at" if rule.has_place else 0), found.end(), meaning


def _letters(text: str, writing: Writing) -> Iterator[tuple[int, Writing]]:
    """Yield where a pasted letter or article begins, and what is known of its writing."""
    if writing.on is not None:
        for start, day in letterheads(text, writing.on):
            yield start, replace(writing, on=day, near=day)


def _in_force(parts: Sequence[tuple[int, Writing]], start: int) -> Writing:
    return parts[bisect_right(parts, start, key=lambda part: part[0]) - 1][1]


def _matches(rule: Rule, text: str, begins: Iterable[int]) -> Iterator[re.Match[str]]:
    """Yield what *rule* finds at *begins*, one behind the other."""
    until = 0
    for begin in begins:
        if begin >= until and (found := rule.pattern.match(text, begin)):
            until = found.end()
            yield found


def _found(text: str, start: int, end: int, meaning: Meaning, writing: Writing) -> FoundDate:
    clock = clock_beside(text, start, end)
    return FoundDate(
        start=start,
        end=end,
        resolved=meaning.resolved,
        kind=kind_of(
            text, start, end, meaning, writing.near, is_sure=writing.on is not None, has_clock=clock is not None
        ),
        time=clock.time if clock else None,
        zone=clock.zone if clock else None,
        is_relative=meaning.is_relative,
        wording=" ".join(text[start:end].lower().replace("-", " ").removeprefix("the ").split()),
    )


def _repeats_head(text: str, start: int, end: int, meaning: Meaning, written_on: date | None) -> bool:
    """Return whether a day is but the mail's own, as a letterhead or the dateline of a report repeats it."""
    if written_on is None or meaning.is_relative or meaning.resolved != written_on.isoformat():
        return False
    before = text[max(0, start - _LINE_CHARS) : start].rpartition("\n")[2]
    after = text[end : end + _LINE_CHARS].partition("\n")[0]
    return _DATELINE.match(after) is not None or not _PROSE.search(f"{before} {text[start:end]} {after}")


def _is_name(text: str, start: int, end: int) -> bool:
    """Return whether a day stands in the name of a file or of a document."""
    before = text[max(0, start - _LINE_CHARS) : start].rpartition("\n")[2]
    after = text[end : end + _LINE_CHARS].partition("\n")[0]
    in_brackets = "<<" in before and (">>" in after or before.rstrip(" -").endswith(">>"))
    return in_brackets or _NAMED.search(before) is not None or _FILE.match(after) is not None


def _is_furniture(text: str, start: int, end: int) -> bool:
    """Return whether a day stands in a server's stamp or in the menu of a page, and nobody says it."""
    before, after = text[max(0, start - _FURNITURE_CHARS) : start], text[end : end + _FURNITURE_CHARS]
    if _STAMP.match(after):
        return True
    return any(left.search(before) and right.match(after) for left, right in _MENUS)


_T = TypeVar("_T")


def once(found: Iterable[tuple[Hashable, FoundDate, _T]]) -> list[tuple[FoundDate, _T]]:
    """Return each day once a part, where it is named first, and what it is there.

    It is a meeting too where a later place tells so. What is due on a day and who meets on it are two entries: the
    words that set each of them must be found.

    Args:
        found: The part of a mail in which a day stands, the day, and what the caller knows of it.
    """
    first: dict[Hashable, tuple[FoundDate, _T]] = {}
    for part, day, rest in found:
        key = (part, day.resolved or day.wording)
        known = first.get(key)
        if known is None:
            first[key] = (day, rest)
        elif "deadline" in (day.kind, known[0].kind) and day.kind != known[0].kind and day.kind in _WEIGHTY:
            first.setdefault((key, day.kind), (day, rest))
        else:
            first[key] = (_joined(known[0], day), known[1])
    return list(first.values())


def _joined(known: FoundDate, again: FoundDate) -> FoundDate:
    timed = again if known.time is None else known
    kind = again.kind if again.kind == "meeting" and known.kind in _PLAIN else known.kind
    return replace(known, kind=kind, time=timed.time, zone=timed.zone)
