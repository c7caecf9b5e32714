"""Where code reads: the first subject of a chain, and the passages of each email, each with its own day of writing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Literal, Protocol, TypeVar

from consumer.analysis.evidence import evidence_at
from consumer.analysis.instructions import instructs
from consumer.analysis.new_text import Passage
from schemas.analysis import Evidence
from schemas.chain import Chain, Email


class Found(Protocol):
    """Something at characters [start, end) of what was read."""

    @property
    def start(self) -> int:
        """The first character."""
        ...

    @property
    def end(self) -> int:
        """The one after the last."""
        ...


_F = TypeVar("_F", bound=Found)
#: Reads a text, written on a day that may be unknown.
Read = Callable[[str, date | None], Sequence[_F]]
Passages = Mapping[str, tuple[Passage, ...]]


def each(chain: Chain, passages: Passages, read: Read[_F]) -> Iterator[tuple[Email, _F, Evidence]]:
    """Yield what *read* finds in the first subject and in the passages of each email, oldest first."""
    first = chain.emails[0]
    yield from in_subject(first, read)
    for email in chain.emails:
        yield from found_in(email, "text", passages[email.email_id], read)


def in_subject(email: Email, read: Read[_F]) -> Iterator[tuple[Email, _F, Evidence]]:
    """Yield what *read* finds in the subject of *email*."""
    yield from found_in(email, "subject", (Passage(start=0, end=len(email.subject)),), read)


def found_in(
    email: Email, field: Literal["text", "subject"], passages: tuple[Passage, ...], read: Read[_F]
) -> Iterator[tuple[Email, _F, Evidence]]:
    """Yield what *read* finds in *passages* of a field, but for words to whoever sorts the mail."""
    text: str = getattr(email, field)
    for passage in passages:
        written_on = email.written_on if passage.quoted is None else passage.quoted.sent_on
        for item in read(text[passage.start : passage.end], written_on):
            start, end = passage.start + item.start, passage.start + item.end
            if not instructs(text, start, end):
                yield email, item, evidence_at(email, field, start, end, passages)
