"""What an email says itself, apart from the mail that it quotes or forwards, its signature and its footers.

Comes in: a text, and what the earlier emails of its chain say. Goes out: segments that cover the text. A quote
of an earlier email is *known* and goes; a quote of mail that is not at hand stays, as words of its own sender.
Conservative: what is known goes only where the earlier emails have the same words. When unsure, keep. All
steps take time in proportion to the text, however it is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Literal

from consumer.analysis.quotes.endings import endings
from consumer.analysis.quotes.heads import Head
from consumer.analysis.quotes.layers import Run, runs_of
from consumer.analysis.quotes.lines import Line, lines_of
from consumer.analysis.said import Said
from schemas.analysis import Quoted
from schemas.chain import Chain

Span = tuple[int, int]
Kind = Literal["new", "quote", "forward", "signature", "disclaimer"]

#: This share of a quoted block must be known from earlier emails before it goes.
_KNOWN_SHARE = 0.8
#: Within a known block, a paragraph that is all new, or of so many words and mostly new, is an answer.
_ANSWER_WORDS, _ANSWER_SHARE = 3, 0.5
#: From here on an email is shown in one piece: nobody answers between so many quotes.
_MOST_PASSAGES = 1_000


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Characters [start, end) of a text and what they are.

    `quoted` is the mail whose words a quote or a forward holds, `is_head` tells that they introduce it, `is_known`
    that an earlier email has them.
    """

    start: int
    end: int
    kind: Kind
    quoted: Quoted | None = None
    is_head: bool = False
    is_known: bool = False

    @property
    def is_shown(self) -> bool:
        """Whether it is content, and nowhere else."""
        return self.kind in ("new", "quote", "forward") and not self.is_known


@dataclass(frozen=True, kw_only=True)
class Passage:
    """Characters [start, end) that are read and shown: an email's own words, or of a mail that it holds.

    Where `is_headed`, the lines that name the sender and the day of `quoted` stood before it and are left out.
    """

    start: int
    end: int
    kind: Kind = "new"
    quoted: Quoted | None = None
    is_headed: bool = False


def segments(text: str, earlier: Said, written_on: date | None = None) -> tuple[Segment, ...]:
    """Return what *text* consists of, in order and without gaps; empty for an empty text.

    Args:
        text: The whole text of an email.
        earlier: What the emails before it say.
        written_on: Its day, against which days like 05/04 in the heads of quotes are read.

    Returns:
        Segments of which one is shown wherever the text says anything: where nothing would remain,
        signature and footers are text, and where that is nothing, what is known is said again by its own sender.
    """
    lines, runs = _read(text, written_on)
    found = tuple(_merged(_segments(lines, runs, earlier)))
    if not _says(text, found):
        found = tuple(replace(one, kind="new") if one.kind in ("signature", "disclaimer") else one for one in found)
    return found if _says(text, found) else tuple(replace(one, is_known=False) for one in found)


def new_spans(text: str, earlier: Said, written_on: date | None = None) -> tuple[Span, ...]:
    """Return the character spans of *text* that are shown, in order: all but signature, footers and known quotes."""
    shown = [one for one in segments(text, earlier, written_on) if one.is_shown]
    return tuple(_joined((one.start, one.end) for one in shown))


def passages(text: str, earlier: Said, written_on: date | None = None) -> tuple[Passage, ...]:
    """Return the pieces of *text* that are read and shown, each with the mail whose words it holds, in order."""
    found: list[Passage] = []
    is_headed = False
    for one in segments(text, earlier, written_on):
        if one.is_head and one.is_shown and one.quoted and one.quoted.sender and one.quoted.sent_on:
            is_headed = True
        elif one.is_shown:
            found.append(Passage(start=one.start, end=one.end, kind=one.kind, quoted=one.quoted, is_headed=is_headed))
            is_headed = False
    rest = found[_MOST_PASSAGES:]
    return tuple(found[:_MOST_PASSAGES] + ([Passage(start=rest[0].start, end=rest[-1].end)] if rest else []))


def passages_of(chain: Chain) -> dict[str, tuple[Passage, ...]]:
    """Return, by email id, the passages of each email's text that no earlier email has."""
    earlier = Said()
    found: dict[str, tuple[Passage, ...]] = {}
    for number, email in enumerate(chain.emails, 1):
        found[email.email_id] = passages(email.text, earlier, email.written_on)
        if number < len(chain.emails):
            earlier.add(email.text)
    return found


def slices(text: str, spans: Iterable[Span]) -> str:
    """Return the pieces of *text* at *spans*, joined and trimmed."""
    return "".join(text[start:end] for start, end in spans).strip()


@lru_cache(maxsize=4)
def _read(text: str, written_on: date | None) -> tuple[list[Line], list[Run]]:
    """Return the lines of *text* and whose they are: what depends on no other email is looked for once."""
    lines = lines_of(text)
    return lines, runs_of(lines, written_on)


def _segments(lines: list[Line], runs: list[Run], earlier: Said) -> Iterator[Segment]:
    for run, is_known in _known_runs(lines, runs, earlier):
        if run.head is None:
            yield from _own(lines, run)
        elif run.is_head:
            yield from _heading(lines, run, run.head, is_known=is_known)
        else:
            yield from _body(lines, run, run.head, earlier if is_known else None)


def _known_runs(lines: list[Line], runs: list[Run], earlier: Said) -> list[tuple[Run, bool]]:
    """Return the *runs* of *lines*, each with whether it is known: a head is what stands below it."""
    found: list[tuple[Run, bool]] = []
    is_known_below = False
    for run in reversed(runs):
        is_known = is_known_below
        if not run.is_head:
            share = earlier.share([line.text for line in lines[run.start : run.end]]) if run.head else None
            is_known = share >= _KNOWN_SHARE if share is not None else (is_known_below and run.head is not None)
        found.append((run, is_known))
        is_known_below = is_known
    return found[::-1]


def _own(lines: list[Line], run: Run) -> Iterator[Segment]:
    """Yield what the writer wrote in *run*, then signature and footers."""
    start = run.start
    kind: Kind = "new"
    for at, ending in endings(lines[run.start : run.end], begins_text=run.start == 0):
        yield from _piece(lines, start, run.start + at, kind)
        start, kind = run.start + at, ending
    yield from _piece(lines, start, run.end, kind)


def _heading(lines: list[Line], run: Run, head: Head, *, is_known: bool) -> Iterator[Segment]:
    """Yield the head of a quote; its subject is part of what is quoted, for a fact may stand in it."""
    at = head.subject_at
    if at is None or is_known or not head.is_sure:
        yield from _piece(lines, run.start, run.end, head.kind, head.quoted, is_head=True, is_known=is_known)
        return
    yield from _piece(lines, run.start, at, head.kind, head.quoted, is_head=True)
    yield from _piece(lines, at, at + 1, head.kind, head.quoted)
    yield from _piece(lines, at + 1, run.end, head.kind, head.quoted, is_head=True)


def _body(lines: list[Line], run: Run, head: Head, known: Said | None) -> Iterator[Segment]:
    """Yield the words of a quoted mail; where they are *known*, the answers that somebody wrote below are new."""
    if known is None:
        yield from _piece(lines, run.start, run.end, head.kind, head.quoted)
        return
    start = run.start
    for first, last in _paragraphs(lines, run):
        if _answers(lines[first:last], known):
            yield from _piece(lines, start, first, head.kind, head.quoted, is_known=True)
            yield from _piece(lines, first, last, "new")
            start = last
    yield from _piece(lines, start, run.end, head.kind, head.quoted, is_known=True)


def _paragraphs(lines: list[Line], run: Run) -> Iterator[Span]:
    start = run.start
    for at in range(run.start, run.end + 1):
        if at == run.end or lines[at].blank:
            if at > start:
                yield start, at
            start = at + 1


def _answers(paragraph: list[Line], known: Said) -> bool:
    """Return whether a paragraph within a known block is none of it."""
    if any(line.depth for line in paragraph):
        return False
    said = [line.text for line in paragraph]
    share = known.share(said)
    if share is None or share >= _ANSWER_SHARE:
        return False
    return share == 0 or len(" ".join(said).split()) >= _ANSWER_WORDS


def _piece(
    lines: list[Line],
    start: int,
    end: int,
    kind: Kind,
    quoted: Quoted | None = None,
    *,
    is_head: bool = False,
    is_known: bool = False,
) -> Iterator[Segment]:
    """Yield lines [start, end) as a segment, if they are any."""
    if start < end:
        yield Segment(
            start=lines[start].start,
            end=lines[end - 1].end,
            kind=kind,
            quoted=quoted,
            is_head=is_head,
            is_known=is_known,
        )


def _merged(found: Iterable[Segment]) -> Iterator[Segment]:
    """Yield *found*, neighbours that differ in nothing as one."""
    last: Segment | None = None
    for one in found:
        if last is not None and _is_alike(last, one):
            last = replace(last, end=one.end)
            continue
        if last is not None:
            yield last
        last = one
    if last is not None:
        yield last


def _is_alike(one: Segment, other: Segment) -> bool:
    return one.quoted is other.quoted and (one.kind, one.is_head, one.is_known) == (
        other.kind,
        other.is_head,
        other.is_known,
    )


def _says(text: str, found: Iterable[Segment]) -> bool:
    return any(one.is_shown and text[one.start : one.end].strip() for one in found)


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
