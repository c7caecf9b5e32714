"""The days that the emails of a chain name, each once among their own words and once among quoted ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial

from consumer.analysis.places import Passages, Read, found_in, in_subject
from consumer.analysis.readers import dates
from consumer.analysis.readers.dates import FoundDate
from schemas.analysis import DateMention, Evidence
from schemas.chain import Chain, Email

#: A chain with more is a list or a log file, and nobody reads them all.
_MOST = 100
#: A subject that an earlier mail gave: its "today" is another day.
_ANSWER = re.compile(r"\s*(?:re|fwd?|aw|wg|tr|rv|sv|vs|antw|odp|r|i)\s*(?:\[\d+\])?\s*[:\uff1a]", re.IGNORECASE)
#: English is written west of the Atlantic with the month first; other languages there are not.
_AMERICA_S = -4 * 3_600
_ENGLISH = re.compile(r"\b(?:the|and|you|for)\b", re.IGNORECASE)
_ENGLISH_CHARS = 2_000


def days_of(chain: Chain, passages: Passages) -> tuple[DateMention, ...]:
    """Return the days that *chain* names, in the order of first mention."""
    found = dates.once(
        (evidence.quoted is None, day, (email, evidence)) for email, day, evidence in _mentions(chain, passages)
    )
    return tuple(_mention(email, day, evidence) for day, (email, evidence) in found)[:_MOST]


def _mentions(chain: Chain, passages: Passages) -> Iterator[tuple[Email, FoundDate, Evidence]]:
    for number, email in enumerate(chain.emails):
        read = reader_of(email)
        if number == 0:
            is_answer = _ANSWER.match(email.subject) is not None
            yield from (one for one in in_subject(email, read) if not (is_answer and one[1].is_relative))
        yield from found_in(email, "text", passages[email.email_id], read)


def reader_of(email: Email) -> Read[FoundDate]:
    """Return what reads the days in a part of *email*, as its writers order figures, near its own day."""
    told = dates.told_years(email.text)
    return partial(_read, near=email.written_on, month_first=_month_first(email), told=told)


def _read(
    text: str, written_on: date | None, *, near: date | None, month_first: bool | None, told: Mapping[str, str]
) -> list[FoundDate]:
    return dates.read(text, written_on, near=near, month_first=month_first, told=told)


def _month_first(email: Email) -> bool | None:
    """Return whether the writer puts the month before the day in figures: by other figures, else by their clock."""
    told = dates.month_first(email.text)
    if told is not None or email.utc_offset_s is None or email.utc_offset_s > _AMERICA_S:
        return told
    return True if _ENGLISH.search(email.text[:_ENGLISH_CHARS]) else None


def _mention(email: Email, found: FoundDate, evidence: Evidence) -> DateMention:
    return DateMention(
        resolved=found.resolved,
        time=found.time,
        zone=found.zone or (_offset(email) if found.time and evidence.quoted is None else None),
        kind=found.kind,
        evidence=evidence,
    )


def _offset(email: Email) -> str | None:
    """Return the offset of the writer's clock, as ISO 8601 writes it."""
    if email.utc_offset_s is None:
        return None
    sign = "-" if email.utc_offset_s < 0 else "+"
    hours, minutes = divmod(int(timedelta(seconds=abs(email.utc_offset_s)).total_seconds()) // 60, 60)
    return f"{sign}{hours:02d}:{minutes:02d}"
