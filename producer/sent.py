"""When a mail was sent: by its Date, else by its newest Received, else by what its container says.

Comes in: the header block, and when the mail was delivered where its container knows. Goes out: `Sent`. A time in the
future of the arrival is kept and flagged: senders' clocks run wrong, and spammers want to be on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from producer import headers
from producer.encoding import decode
from producer.headers import Block
from schemas.chain import SentAtFrom

#: Zones that are named wrongly make half a day; more is a wrong clock.
_TOLERANCE = timedelta(days=1)
#: Relays write their fields on top; who forges hundreds is not read to the end.
_MAX_FIELDS = 20


@dataclass(frozen=True, kw_only=True)
class Sent:
    """When a mail was sent, by whose clock, and what is wrong with it."""

    at: datetime | None = None
    at_from: SentAtFrom = "none"
    on: date | None = None
    utc_offset_s: int | None = None
    ahead: bool = False
    defects: tuple[str, ...] = ()


def sent(block: Block, *, arrived_at: datetime | None, now: datetime) -> Sent:
    """Return when the mail of *block* was sent.

    Args:
        block: Its headers.
        arrived_at: When it was delivered, as its container says (INTERNALDATE, postmark), or None. Aware.
        now: Nothing has arrived later than this. Aware.
    """
    dated = _first_date(block, b"date")
    received = _first_date(block, b"received")
    defects = ("the date could not be read",) if dated is None and block.first(b"date") else ()
    when, at_from = _choose(dated, received, arrived_at)
    if when is None:
        return Sent(defects=defects)
    ahead = when - min(received or arrived_at or now, now) > _TOLERANCE
    return Sent(
        at=when.astimezone(UTC),
        at_from=at_from,
        on=when.date() if at_from == "date" else None,
        utc_offset_s=_offset_s(when) if at_from == "date" else None,
        ahead=ahead,
        defects=(*defects, "the date lies in the future of the arrival") if ahead else defects,
    )


def _offset_s(when: datetime) -> int | None:
    offset = when.utcoffset()
    return int(offset.total_seconds()) if offset is not None else None


def _choose(
    dated: datetime | None, received: datetime | None, arrived_at: datetime | None
) -> tuple[datetime | None, SentAtFrom]:
    if dated is not None:
        return dated, "date"
    if received is not None:
        return received, "received"
    return arrived_at, "arrived" if arrived_at is not None else "none"


def _first_date(block: Block, name: bytes) -> datetime | None:
    """Return the time of the topmost field *name* with one; in Received behind the last `;` (RFC 5321 §4.4)."""
    for value in block.fields.get(name, ())[:_MAX_FIELDS]:
        found = headers.date_of(decode(value.rpartition(b";")[2])[0])
        if found is not None:
            return found
    return None
