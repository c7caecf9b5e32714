"""What code alone finds in a chain: amounts, dates and references, each with its evidence.

Only what an email says itself is read: what it quotes from an earlier one was read there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar

from consumer.analysis.new_text import Span
from consumer.analysis.readers import amounts, dates, references
from schemas.analysis import Amount, DateMention, Evidence, Reference
from schemas.chain import Chain, Email


class _Found(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


_F = TypeVar("_F", bound=_Found)
_Read = Callable[[str, datetime | None], list[_F]]
#: A chain with more of a kind is a list or a log file, and nobody reads them all.
_MOST = 100
_WHAT_FOR_CHARS = 120


@dataclass(frozen=True, kw_only=True)
class Readings:
    """The claims that need no model."""

    amounts: tuple[Amount, ...]
    dates: tuple[DateMention, ...]
    references: tuple[Reference, ...]


def read_chain(chain: Chain, spans: Mapping[str, tuple[Span, ...]]) -> Readings:
    """Return what the readers find in the *spans* of the texts, and in the subjects; each value once."""
    found_amounts = (amount_of(email, item, evidence) for email, item, evidence in _each(chain, spans, amounts.read))
    found_dates = (
        DateMention(resolved=item.resolved, kind=item.kind, evidence=evidence)
        for _, item, evidence in _each(chain, spans, dates.read)
    )
    found_references = (
        Reference(kind=item.kind, value=item.value, evidence=evidence)
        for _, item, evidence in _each(chain, spans, references.read)
    )
    return Readings(
        amounts=once(found_amounts, lambda amount: (amount.value, amount.currency, amount.kind)),
        dates=once(found_dates, lambda day: (day.resolved or day.evidence.quote.lower(), day.kind)),
        references=once(found_references, lambda reference: (reference.kind, reference.value)),
    )


def amount_of(email: Email, item: amounts.FoundAmount, evidence: Evidence) -> Amount:
    """Return the amount *item* of *email*, with the line in which it stands as what it is for."""
    text = getattr(email, evidence.field)
    line_start = text.rfind("\n", 0, evidence.start) + 1
    line_end = text.find("\n", evidence.end)
    line = " ".join(text[line_start : line_end if line_end >= 0 else len(text)].split())
    return Amount(
        value=item.value,
        currency=item.currency,
        kind=item.kind,
        what_for=line[:_WHAT_FOR_CHARS],
        evidence=evidence,
    )


_T = TypeVar("_T")


def once(items: Iterator[_T], key: Callable[[_T], object]) -> tuple[_T, ...]:
    """Return the first item of each *key*, at most as many as anybody reads."""
    first: dict[object, _T] = {}
    for item in items:
        first.setdefault(key(item), item)
    return tuple(first.values())[:_MOST]


def _each(chain: Chain, spans: Mapping[str, tuple[Span, ...]], read: _Read[_F]) -> Iterator[tuple[Email, _F, Evidence]]:
    for email in chain.emails:
        quoted = partial(Evidence, email_id=email.email_id)
        for item in read(email.text, email.sent_at):
            if any(start <= item.start and item.end <= end for start, end in spans[email.email_id]):
                quote = email.text[item.start : item.end]
                yield email, item, quoted(quote=quote, start=item.start, end=item.end)
    first = chain.emails[0]
    for item in read(first.subject, first.sent_at):
        quote = first.subject[item.start : item.end]
        yield (
            first,
            item,
            Evidence(quote=quote, email_id=first.email_id, field="subject", start=item.start, end=item.end),
        )
