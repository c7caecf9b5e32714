"""Days named in a text, resolved against the day on which it was written, by rules.

An ambiguous day (03/04/2026) is found but not resolved. Bare weekdays look forward, or back where the
words before them are in the past tense. The day of writing is the sender's own, as the Date header says it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
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
#: The letters with which a month can begin: looked at first, which spares most of the work.
_MONTH = "(?=[adfjmnos])(?:" + "|".join(sorted(map(re.escape, _MONTH_OF), key=len, reverse=True)) + ")"
_WEEKDAYS = (
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
    ["montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"],
)
_WEEKDAY_OF = {name: number for names in _WEEKDAYS for number, name in enumerate(names)}
_WEEKDAY = "(?=[dfmstw])(?:" + "|".join(_WEEKDAY_OF) + ")"
_RELATIVE = {"today": 0, "tonight": 0, "this afternoon": 0, "this evening": 0, "tomorrow": 1, "yesterday": -1}
_RELATIVE |= {"heute": 0, "morgen": 1, "gestern": -1, "this morning": 0}

#: "by", "until" and "before" mean a day only when it follows at once: "by courier this afternoon" is none.
_DEADLINE = re.compile(
    r"\b(?:due|deadline|no later than|not later than|at the latest|expires?|spätestens|frist|fällig|zahlbar|within)\b"
    r"[^.!?;\n]{0,25}$|"
    r"\b(?:by|until|till|before|bis)(?:\s+(?:the|end|of|close|business|cob|eod|noon|midnight|or|before|on|about|around|"
    r"latest|next|this|coming|zum|zur|am|den|dem|ende|\d{1,2}(?::\d\d)?\s?(?:am|pm|uhr)?|(?:mon|tues|wednes|thurs|fri|"
    r"satur|sun)day|\w+tag|mittwoch),?){0,5}\s*$",
    re.IGNORECASE,
)
_MEETING = re.compile(
    r"\b(meet|meeting|call|conference|appointment|visit|hearing|interview|lunch|dinner|workshop|demo|termin|treffen|besprechung)\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(was|were|had|did|sent|received|ordered|placed|delivered|shipped|paid|met|spoke|talked|happened|wrote|since|last|"
    r"dated|went|got|arrived|war|hatte|wurde|seit)\b[^.!?;\n]{0,40}$",
    re.IGNORECASE,
)
_NUMERALS = {word: n for n, word in enumerate("one two three four five six seven eight nine ten".split(), 1)}
_NUMERAL = r"\d{1,3}|" + "|".join(_NUMERALS)
_LEADS = {"next": 1, "last": -1, "nächste": 1, "letzte": -1}
_AROUND = 60
_FRIDAY, _WEEK = 4, 7
_LAST_MONTH = 12
_CENTURY = 100
#: A mail with more of them is a list or a log.
_MOST = 1_000
_ISO_DAY_CHARS = 10
_DAY_BEFORE = re.compile(r"\d(?:st|nd|rd|th|\.)?\s(?:of\s)?$", re.IGNORECASE)
_DAY_BEFORE_CHARS = 8


@dataclass(frozen=True, kw_only=True)
class FoundDate:
    """A day (or week, month, year) at characters [start, end); `resolved` as in `DateMention`."""

    start: int
    end: int
    resolved: str | None
    kind: Kind


def read(text: str, written_on: date | None = None) -> list[FoundDate]:
    """Return the first thousand days named in *text*; *written_on* is its email's own day, if known."""
    found: list[FoundDate] = []
    for start, end, resolved in sorted(_candidates(text, written_on), key=lambda item: (item[0], -item[1])):
        if not found or start >= found[-1].end:
            kind = _kind(text, start, end, resolved, written_on)
            found.append(FoundDate(start=start, end=end, resolved=resolved, kind=kind))
        if len(found) == _MOST:
            break
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
    name, day = match["month"], int(match["d"])
    if name[0].islower():
        return _NO  # "you may 5 times" is no day
    month = int(name) if name.isdigit() else _MONTH_OF[name.lower()]
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
    word = " ".join(match.group().split())
    if word == "Morgen":
        return _NO  # "Guten Morgen": only the small word is tomorrow
    return _shifted(sent, days=_RELATIVE[word.lower()])


def _count(match: re.Match[str], sent: date | None) -> Resolved:
    """A count of days or weeks that fixes a day: within two weeks, three days ago."""
    number = _NUMERALS.get(match["n"].lower()) or int(match["n"])
    days = number * (_WEEK if match["unit"].lower().startswith("w") else 1)
    return _shifted(sent, days=-days if match["ago"] else days)


def _shifted(sent: date | None, *, days: int) -> Resolved:
    if sent is None:
        return True, None
    try:
        return True, (sent + timedelta(days=days)).isoformat()
    except OverflowError:
        return _NO


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
    elif ahead == 0 and lead != "this":
        ahead = _WEEK
    return _shifted(sent, days=ahead)


def _week(match: re.Match[str], sent: date | None) -> Resolved:
    if sent is None:
        return True, None
    shift = _LEADS.get(match["lead"].lower(), 0)
    year, week, _ = (sent + timedelta(weeks=shift)).isocalendar()
    return True, f"{year}-W{week:02d}"


def _month(match: re.Match[str], _: date | None) -> Resolved:
    before = match.string[max(0, match.start() - _DAY_BEFORE_CHARS) : match.start()]
    if not match["month"][0].isupper() or _DAY_BEFORE.search(before):
        return _NO  # a day of that month, or one that it does not have
    return True, f"{match['y']}-{_MONTH_OF[match['month'].lower()]:02d}"


def _end_of_week(_: re.Match[str], sent: date | None) -> Resolved:
    return _shifted(sent, days=(_FRIDAY - sent.weekday()) % _WEEK if sent else 0)


def _end_of_month(match: re.Match[str], sent: date | None) -> Resolved:
    return _last_day(sent.year, sent.month + (1 if _is_next(match) else 0)) if sent else (True, None)


def _end_of_named_month(match: re.Match[str], sent: date | None) -> Resolved:
    """The last day of the next month of that name, or of the year's that is named."""
    month = _MONTH_OF[match["month"].lower()]
    if match["y"]:
        return _last_day(int(match["y"]), month)
    return _last_day(sent.year + (1 if month < sent.month else 0), month) if sent else (True, None)


def _last_day(year: int, month: int) -> Resolved:
    following = date(year + month // _LAST_MONTH, month % _LAST_MONTH + 1, 1)
    return True, (following - timedelta(days=1)).isoformat()


def _end_of_year(match: re.Match[str], sent: date | None) -> Resolved:
    return _last_day(sent.year + (1 if _is_next(match) else 0), _LAST_MONTH) if sent else (True, None)


def _is_next(match: re.Match[str]) -> bool:
    return match["lead"] is not None


_YEAR = r"(?P<y>(?:19|20)\d\d)\b"
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th|\.)?"
_OF_MONTH = rf"(?:of\s+)?(?P<month>{_MONTH})\b(?:\.?,?\s+{_YEAR})?"
#: "Monday, 2 November" is one day, and the figures say which.
_DATED = (
    rf"(?!,?\s+(?:the\s+|den\s+)?(?:\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:of\s+)?(?:{_MONTH})|"
    rf"(?:{_MONTH})\.?\s+\d|\d+[./-]\d))"
)
_WHICH = r"(?:the|this|(?P<lead>next))"
_PATTERNS: tuple[tuple[str, Callable[[re.Match[str], date | None], Resolved]], ...] = (
    (r"(?<![\d-])(?P<y>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?![\d-])", _iso),
    (rf"\b{_DAY}\s+{_OF_MONTH}", _named),
    (rf"\b{_DAY}(?=\s?(?:[-\u2013]|or|and|to|bis|und|oder)\s?\d{{1,2}}(?:st|nd|rd|th|\.)?\s+{_OF_MONTH})", _named),
    (rf"\b(?P<month>{_MONTH})\b\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?![:.]\d)(?:,?\s+{_YEAR})?", _named),
    (r"(?<!\d)(?:(?P<y>(?:19|20)\d\d)年)?(?P<month>\d{1,2})月(?P<d>\d{1,2})日", _named),
    (r"(?<![\d/.])(?P<a>\d{1,2})(?P<sep>[/.])(?P<b>\d{1,2})(?P=sep)(?P<y>(?:19|20)\d\d|\d\d)(?![\d/.]\d|\d)", _numeric),
    (r"\b(?<!guten )(?:" + "|".join(_RELATIVE).replace(" ", r"\s+") + r")\b", _relative),
    (rf"\b(?P<lead>(?:this|next|last)\s+)?(?P<weekday>{_WEEKDAY})\b{_DATED}", _weekday),
    (r"\b(?P<lead>this|next|last|diese|nächste|letzte)\s+(?:week|woche)\b", _week),
    (r"\bend\s+of\s+(?:the\s+|this\s+)?week\b|\bende\s+der\s+woche\b", _end_of_week),
    (rf"\bend\s+of\s+(?:{_WHICH}\s+)?month\b|\bmonatsende\b|\bende\s+des\s+monats\b", _end_of_month),
    (rf"\bend\s+of\s+(?P<month>{_MONTH})\b(?:\s+{_YEAR})?", _end_of_named_month),
    (rf"\bend\s+of\s+(?:{_WHICH}\s+)?year\b|\bjahresende\b", _end_of_year),
    (rf"\b(?P<month>{_MONTH})\s+{_YEAR}(?!-)", _month),
    (
        rf"\b(?:within|in|binnen)\s+(?:the\s+next\s+)?(?P<n>{_NUMERAL})\s+(?P<unit>days?|weeks?|wochen?|tagen?)\b(?P<ago>)",
        _count,
    ),
    (rf"\b(?P<n>{_NUMERAL})\s+(?P<unit>days?|weeks?)\s+(?P<ago>ago)\b", _count),
)
_RULES = tuple((re.compile(pattern, re.IGNORECASE), resolve) for pattern, resolve in _PATTERNS)


def _kind(text: str, start: int, end: int, resolved: str | None, sent: date | None) -> Kind:
    """Return what the day is, by the words before and around it."""
    before = text[max(0, start - _AROUND) : start]
    is_span = resolved is not None and len(resolved) != _ISO_DAY_CHARS
    gone = bool(resolved and sent and resolved < _as(resolved, sent))
    within = text[start:end].lower().startswith(("within", "binnen"))
    if (within or _DEADLINE.search(before)) and not gone:
        return "deadline"
    if gone:
        return "past"
    sentence = re.split(r"[.!?;\n]", before)[-1] + " " + re.split(r"[.!?;\n]", text[end : end + _AROUND])[0]
    if _MEETING.search(sentence):
        return "meeting"
    return "period" if is_span else "other"


def _as(form: str, day: date) -> str:
    """Return *day* in the *form* of a resolved one: a day, a week or a month."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}" if "W" in form else day.isoformat()[: len(form)]
