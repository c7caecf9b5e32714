"""What the readers find in one mail as a whole: signatures and quotes too, each value once a part.

The same readers as those of the analysis, over the regions that labels know (`consumer.evaluation.regions`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Generic, Protocol, TypeVar

from consumer.analysis.day_readings import reader_of
from consumer.analysis.instructions import instructs
from consumer.analysis.readers import amounts, dates, references
from consumer.evaluation.items import normalised
from consumer.evaluation.regions import Region
from schemas.chain import Email


class _Spanned(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


_S = TypeVar("_S", bound=_Spanned)
_Reader = Callable[[str, date | None], Sequence[_S]]


@dataclass(frozen=True, kw_only=True)
class Finding(Generic[_S]):
    """What a reader returned, and where it stands: characters [start, end) of the region's field."""

    item: _S
    region: Region
    start: int
    end: int
    words: str


def amounts_in(email: Email, regions: Sequence[Region]) -> list[Finding[amounts.FoundAmount]]:
    """Return the amounts of *email*, each value in a currency once in own words and once in quoted ones."""
    return _once(_read(email, regions, amounts.read), lambda found: (found.item.value, found.item.currency))


def dates_in(email: Email, regions: Sequence[Region]) -> list[Finding[dates.FoundDate]]:
    """Return the days that *email* names, each once a part and where it is named first.

    The words of an answer's subject are older than the mail: there, "today" and the like are passed over.
    """
    found = (
        one
        for one in _read(email, regions, reader_of(email))
        if one.region.field == "text" or one.region.where == "own" or not one.item.is_relative
    )
    return [replace(one, item=day) for day, one in dates.once((one.region.where, one.item, one) for one in found)]


def references_in(email: Email, regions: Sequence[Region]) -> list[Finding[references.FoundReference]]:
    """Return the references of *email*, each once in own words and once in quoted ones."""
    return _once(_read(email, regions, references.read), lambda found: normalised(found.item.kind, found.item.value))


def _read(email: Email, regions: Iterable[Region], read: _Reader[_S]) -> Iterator[Finding[_S]]:
    for region in regions:
        text: str = getattr(email, region.field)
        for item in read(text[region.start : region.end], region.written_on):
            start, end = region.start + item.start, region.start + item.end
            if not instructs(text, start, end):
                yield Finding(item=item, region=region, start=start, end=end, words=text[start:end])


def _once(found: Iterable[Finding[_S]], key: Callable[[Finding[_S]], Hashable]) -> list[Finding[_S]]:
    first: dict[Hashable, Finding[_S]] = {}
    for one in found:
        first.setdefault((one.region.where, key(one)), one)
    return list(first.values())
