"""Days named in a text, resolved against the day on which it was written, by rules.

An ambiguous day (03/04/2026) is found but not resolved. Bare weekdays look forward, or back where the
words before them are in the past tense. The time zone is the sender's: days are taken as written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

Kind = Literal["deadline", "meeting", "past", "period", "other"]

_ENGLISH = "January February March April May June July August September October November December"
_GERMAN = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
_MONTHS = tuple(names.lower().split() for names in (_ENGLISH, _GERMAN))
_MONTH_OF = {
    form: number
    for names in _MONTHS
    for number, name in enumerate(names, 1)
    for form in (name, name[:3], "sept" if name.startswith("sept") else name)
}
_MONTH = "|".join(sorted(map(re.escape, _MONTH_OF), key=len, reverse=True))
_WEEKDAYS = (
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
    ["montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"],
)
_WEEKDAY_OF = {name: number for names in _WEEKDAYS for number, name in enumerate(names)}
_WEEKDAY = "|".join(_WEEKDAY_OF)
_RELATIVE = {"today": 0, "tonight": 0, "this afternoon": 0, "this evening": 0, "tomorrow": 1, "yesterday": -1}
_RELATIVE |= {"heute": 0, "morgen": 1, "gestern": -1, "this morning": 0}

_DEADLINE = re.compile(
    r"\b(by|until|till|due|deadline|before|no later than|not later than|latest|expires?|bis|spätestens|frist|fällig)"
    r"\b[^.!?;\n]{0,25}$",
    re.IGNORECASE,
)
_MEETING = re.compile(
    r"\b(meet|meeting|call|conference|appointment|visit|hearing|lunch|dinner|workshop|demo|termin|treffen|besprechung)\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(was|were|had|did|sent|received|ordered|placed|delivered|shipped|paid|met|spoke|talked|happened|wrote|since|last|"
    r"dated|went|got|arrived|war|hatte|wurde|seit)\b[^.!?;\n]{0,40}$",
    re.IGNORECASE,
)
_AROUND = 60
_FRIDAY, _WEEK = 4, 7
_LAST_MONTH = 12
_CENTURY = 100


@dataclass(frozen=True, kw_only=True)
class FoundDate:
    """A day (or week, month, year) at characters [start, end); `resolved` as in `DateMention`."""

    start: int
    end: int
    resolved: str | None
    kind: Kind


def read(text: str, sent_at: datetime | None = None) -> list[FoundDate]:
    """Return the days named in *text*; *sent_at* is when its email was sent (None: relative days stay open)."""
    sent = sent_at.date() if sent_at else None
    found: list[FoundDate] = []
    for start, end, resolved in sorted(_candidates(text, sent), key=lambda item: (item[0], -item[1])):
        if not found or start >= found[-1].end:
            kind = _kind(text, start, end, resolved, sent)
            found.append(FoundDate(start=start, end=end, resolved=resolved, kind=kind))
    return found


def _candidates(text: str, sent: date | None) -> Iterator[tuple[int, int, str | None]]:
    for pattern, resolve in _RULES:
        for match in pattern.finditer(text):
            usable, resolved = resolve(match, sent)
            if usable:
                yield match.start(), match.end(), resolved


Resolved = tuple[bool, str | None]
_NO: Resolved = (False, None)


def _day(year: int, month: int, day: int) -> Resolved:
    """Return the ISO day; unusable where the calendar has none."""
    try:
        return True, date(year, month, day).isoformat()
    except ValueError:
        return _NO


def _iso(match: re.Match[str], _: date | None) -> Resolved:
    return _day(int(match["y"]), int(match["m"]), int(match["d"]))


def _named(match: re.Match[str], sent: date | None) -> Resolved:
    """A day with the month's name; without a year the one nearest to the mail."""
    month, day = _MONTH_OF[match["month"].lower()], int(match["d"])
    if not match["month"][0].isupper():
        return _NO  # "you may 5 times" is no day
    if match["y"]:
        return _day(int(match["y"]), month, day)
    if sent is None:
        return True, None
    years = [sent.year - 1, sent.year, sent.year + 1]
    days = [resolved for year in years for _, resolved in [_day(year, month, day)] if resolved]
    if not days:
        return _NO
    return True, min(days, key=lambda iso: abs((date.fromisoformat(iso) - sent).days))


def _numeric(match: re.Match[str], _: date | None) -> Resolved:
    """Day and month in figures; dots mean day first, slashes only tell where one part is above 12."""
    first, second, year = int(match["a"]), int(match["b"]), int(match["y"])
    year += 2000 if year < _CENTURY else 0
    if match["sep"] == "." or first > _LAST_MONTH or first == second:
        return _day(year, second, first)
    if second > _LAST_MONTH:
        return _day(year, first, second)
    return True, None


def _relative(match: re.Match[str], sent: date | None) -> Resolved:
    if sent is None:
        return True, None
    return True, (sent + timedelta(days=_RELATIVE[" ".join(match.group().lower().split())])).isoformat()


def _weekday(match: re.Match[str], sent: date | None) -> Resolved:
    if sent is None:
        return True, None
    wanted = _WEEKDAY_OF[match["weekday"].lower()]
    lead = (match["lead"] or "").strip().lower()
    ahead = (wanted - sent.weekday()) % _WEEK
    if lead == "last" or (not lead and _PAST.search(match.string[max(0, match.start() - _AROUND) : match.start()])):
        ahead -= _WEEK
    elif lead == "next":
        ahead = _WEEK - sent.weekday() + wanted
    elif ahead == 0:
        ahead = _WEEK
    return True, (sent + timedelta(days=ahead)).isoformat()


def _week(match: re.Match[str], sent: date | None) -> Resolved:
    if sent is None:
        return True, None
    shift = {"next": 1, "last": -1, "nächste": 1, "letzte": -1}.get(match["lead"].lower(), 0)
    year, week, _ = (sent + timedelta(weeks=shift)).isocalendar()
    return True, f"{year}-W{week:02d}"


def _end_of_week(_: re.Match[str], sent: date | None) -> Resolved:
    if sent is None:
        return True, None
    return True, (sent + timedelta(days=(_FRIDAY - sent.weekday()) % _WEEK)).isoformat()


def _end_of_month(_: re.Match[str], sent: date | None) -> Resolved:
    if sent is None:
        return True, None
    following = date(sent.year + sent.month // _LAST_MONTH, sent.month % _LAST_MONTH + 1, 1)
    return True, (following - timedelta(days=1)).isoformat()


_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date | None], Resolved]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), resolve)
    for pattern, resolve in (
        (r"(?<![\d-])(?P<y>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?![\d-])", _iso),
        (
            rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?(?P<month>{_MONTH})\b\.?(?:,?\s+(?P<y>(?:19|20)\d\d)\b)?",
            _named,
        ),
        (
            rf"\b(?P<month>{_MONTH})\b\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?![:.]\d)(?:,?\s+(?P<y>(?:19|20)\d\d)\b)?",
            _named,
        ),
        (
            r"(?<![\d/.])(?P<a>\d{1,2})(?P<sep>[/.])(?P<b>\d{1,2})(?P=sep)(?P<y>(?:19|20)\d\d|\d\d)(?![\d/.]\d|\d)",
            _numeric,
        ),
        (r"\b(?:" + "|".join(_RELATIVE).replace(" ", r"\s+") + r")\b", _relative),
        (rf"\b(?P<lead>(?:this|next|last)\s+)?(?P<weekday>{_WEEKDAY})\b", _weekday),
        (r"\b(?P<lead>this|next|last|diese|nächste|letzte)\s+(?:week|woche)\b", _week),
        (r"\bend\s+of\s+(?:the|this)\s+week\b|\bende\s+der\s+woche\b", _end_of_week),
        (r"\bend\s+of\s+(?:the|this)\s+month\b|\bmonatsende\b", _end_of_month),
    )
)


def _kind(text: str, start: int, end: int, resolved: str | None, sent: date | None) -> Kind:
    """Return what the day is, by the words before and around it."""
    before = text[max(0, start - _AROUND) : start]
    gone = resolved is not None and sent is not None and "W" not in resolved and resolved < sent.isoformat()
    if _DEADLINE.search(before) and not gone:
        return "deadline"
    if gone:
        return "past"
    sentence = re.split(r"[.!?;\n]", before)[-1] + " " + re.split(r"[.!?;\n]", text[end : end + _AROUND])[0]
    if _MEETING.search(sentence):
        return "meeting"
    return "period" if resolved and "W" in resolved else "other"
