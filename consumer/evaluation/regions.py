"""Whose words each part of a mail is, as the labels count them: its own, with its signature, or quoted.

The analysis leaves signatures out and reads a quoted mail where it stands whole; a label of a single mail counts
all that this mail shows, but for the header lines of what it quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from consumer.analysis.new_text import Segment, segments
from consumer.analysis.quotes.articles import article_start
from consumer.analysis.quotes.words import header_of
from consumer.analysis.said import Said
from consumer.evaluation.items import TextField, Where
from schemas.analysis import Quoted
from schemas.chain import Email

#: So much of an address is a name: "lena" of "lenabrandt@…".
_NAME_CHARS = 4
#: Below so many articles that their sender signs, all is the sender's: nobody pastes more, but to cost time.
_MOST_ARTICLES = 20
#: Above its title an article may stand below a signature.
_TITLE_LINES = 12
_ANSWER = re.compile(r"\s*(?:re|fwd?|aw|wg|tr|rv|sv|vs|antw|odp|r|i|enc)\s*(?:\[\d+\])?\s*[:\uff1a]", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Region:
    """Characters [start, end) of a field, the day on which they were written, and the mail whose words they are.

    `head` holds the header lines of that mail, where it is quoted with any.
    """

    field: TextField = "text"
    start: int
    end: int
    where: Where
    written_on: date | None
    quoted: Quoted | None = None
    head: str = ""

    def holds(self, field: TextField, start: int, end: int) -> bool:
        """Tell whether characters [start, end) of *field* lie within."""
        return self.field == field and self.start <= start and end <= self.end


def regions_of(email: Email) -> tuple[Region, ...]:
    """Return the regions of *email*: the subject, then the text in its order, without the heads of quotes."""
    joined = _joined(_text_regions(email))
    found = tuple(part for region in joined for part in _without_article(email, region))
    if not email.subject:
        return found
    where: Where = "quoted" if _is_quoted(email.subject, found) else "own"
    subject = Region(field="subject", start=0, end=len(email.subject), where=where, written_on=email.written_on)
    return (subject, *found)


def _text_regions(email: Email) -> Iterator[Region]:
    head = ""
    for one in segments(email.text, Said(), email.written_on):
        words = email.text[one.start : one.end]
        if one.kind not in ("quote", "forward"):
            head = ""
            yield Region(start=one.start, end=one.end, where="own", written_on=email.written_on)
        elif one.is_head:
            head = f"{head}\n{words}" if head else words
        else:
            start = _after_subject(one, words) if head else one.start
            head += email.text[one.start : start]
            if start < one.end:
                day = one.quoted.sent_on if one.quoted else None
                yield Region(start=start, end=one.end, where="quoted", written_on=day, quoted=one.quoted, head=head)
                head = ""


def _after_subject(one: Segment, words: str) -> int:
    """Return where the words of a quoted mail begin: a line with its subject is one of its header lines."""
    line, newline, _ = words.partition("\n")
    header = header_of(line.lstrip("> \t"))
    return one.start + len(line + newline) if header and header[0] == "subject" else one.start


def _joined(found: Iterator[Region]) -> Iterator[Region]:
    """Yield *found*, with neighbours in the writer's own words as one: a signature belongs to what it signs."""
    last: Region | None = None
    for one in found:
        if last is not None and last.where == one.where == "own" and last.end == one.start:
            last = replace(last, end=one.end)
            continue
        if last is not None:
            yield last
        last = one
    if last is not None:
        yield last


def _without_article(email: Email, region: Region) -> Iterator[Region]:
    """Yield *region*, parted where the sender's words end and an article begins that he pasted."""
    for _ in range(_MOST_ARTICLES):
        at = article_start(email.text, region.start, region.end) if region.where == "own" else None
        if at is None:
            break
        if at > region.start:
            yield replace(region, end=at)
        back = _signed_at(email, at, region.end)
        yield replace(region, start=at, end=back, where="quoted")
        if back == region.end:
            return
        region = replace(region, start=back)
    yield region


def _signed_at(email: Email, start: int, end: int) -> int:
    """Return where below an article, pasted at *start*, its sender signs: by name or address, alone in a line."""
    if email.sender is None:
        return end
    name, address = email.sender.name.lower(), email.sender.address.lower()
    at = start
    for number, line in enumerate(email.text[start:end].splitlines(keepends=True)):
        said = line.strip(" \t\r\n,-").lower()
        is_short = len(said) >= _NAME_CHARS and said.isalpha() and address.startswith(said)
        if number >= _TITLE_LINES and said and (is_short or said in (name, name.partition(" ")[0], address)):
            return at
        at += len(line)
    return end


def _is_quoted(subject: str, found: tuple[Region, ...]) -> bool:
    """Return whether a subject is another mail's: an answer's, or one that a quoted header repeats."""
    said = " ".join(subject.split()).lower()
    heads = " ".join(" ".join(one.head for one in found).split()).lower()
    return _ANSWER.match(subject) is not None or (bool(said) and said in heads)
