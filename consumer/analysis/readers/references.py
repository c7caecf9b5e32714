"""Numbers and addresses by which things are found again: orders, invoices, tickets, URLs, phones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from consumer.analysis.readers import addresses, identifiers, phones
from consumer.analysis.readers.reference import FoundReference

__all__ = ["FoundReference", "read"]

#: A mail with more of them is a list or a log.
_MOST = 1_000


def read(text: str, written_on: date | None = None) -> list[FoundReference]:  # noqa: ARG001 - one signature for all readers
    """Return the first thousand references of *text*, in their order; overlapping ones once."""
    found: list[FoundReference] = []
    for item in sorted(_all(text), key=lambda item: (item.start, -item.end)):
        if not found or item.start >= found[-1].end:
            found.append(item)
        if len(found) == _MOST:
            break
    return found


def _all(text: str) -> Iterator[FoundReference]:
    yield from addresses.read(text)
    yield from phones.read(text)
    yield from identifiers.read(text)
