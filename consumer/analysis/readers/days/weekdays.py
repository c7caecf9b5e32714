"""Weekdays alone, and days told by their number in the month: the next, or the last where the sentence looks back."""

from __future__ import annotations

import re
from datetime import date, timedelta

from consumer.analysis.readers.days.meaning import OPEN, Meaning, Rule, Writing, between, day, rules, shifted
from consumer.analysis.readers.days.names import ENGLISH_MONTH, WEEKDAY, WEEKDAY_OF
from consumer.analysis.readers.days.tense import looks_back

_WEEK = 7
#: Months to look through for one with such a day, and for one in which it is that weekday.
_MONTHS = 12
_SHORTEST_NAME = 5
#: Short forms that are words, names or companies too: days only beside a date.
_NEVER_ALONE = frozenset(["sat", "sun"])
#: "tomorrow, Thursday", "Thursday (tomorrow)": the other word says which.
_TODAY_BEFORE = re.compile(r"\b(?:today|tomorrow|tonight|yesterday),?\s\(?$", re.IGNORECASE)
_TODAY_AFTER = re.compile(r",?\s\(?(?:today|tomorrow|tonight|yesterday)\b", re.IGNORECASE)
_TODAY_CHARS = 15
_LAST_LEADS = frozenset(["last", "past", "this past", "letzten", "letzter", "vergangenen"])
_NEXT_LEADS = frozenset(["next", "nächsten", "nächster"])
_THIS_LEADS = frozenset(["this", "this coming", "diesen", "coming"])


def _weekday(found: re.Match[str], writing: Writing) -> Meaning | None:
    name = found["weekday"]
    if _TODAY_BEFORE.search(found.string, max(0, found.start() - _TODAY_CHARS), found.start()):
        return None
    if _TODAY_AFTER.match(found.string, found.end()):
        return None
    if name.lower() in _NEVER_ALONE or (len(name) < _SHORTEST_NAME and not (name[0].isupper() and not name.isupper())):
        return None
    if writing.near is None:
        return OPEN
    return shifted(writing.near, _days_to(found, writing.near))


def _days_to(found: re.Match[str], on: date) -> int:
    """Return in how many days the weekday is that is meant."""
    wanted = WEEKDAY_OF[found["weekday"].lower()]
    lead = " ".join((found["lead"] or "").lower().split())
    ahead = (wanted - on.weekday()) % _WEEK
    if found["next_week"]:
        return _WEEK - on.weekday() + wanted
    if lead in _LAST_LEADS or found["last_week"]:
        return ahead - _WEEK if lead or not found["last_week"] else wanted - on.weekday() - _WEEK
    if lead in _NEXT_LEADS:
        return _WEEK - on.weekday() + wanted
    if lead in _THIS_LEADS:
        return ahead
    if looks_back(found.string, found.start(), found.end()):
        return ahead - _WEEK if ahead else 0
    return ahead or _WEEK


def _through(found: re.Match[str], writing: Writing) -> Meaning | None:
    """From a weekday to a later one: both of the coming days, or of this week after "this"."""
    if len(found["weekday"]) < _SHORTEST_NAME:
        return None  # hours of work: "Mon-Fri"
    if writing.near is None:
        return OPEN
    wanted, until = WEEKDAY_OF[found["weekday"].lower()], WEEKDAY_OF[found["until"].lower()]
    start = (wanted - writing.near.weekday()) % _WEEK or _WEEK
    if looks_back(found.string, found.start(), found.end()):
        start -= _WEEK
    return between(shifted(writing.near, start), shifted(writing.near, start + (until - wanted) % _WEEK))


def _numbered(found: re.Match[str], writing: Writing) -> Meaning | None:
    """Return the nearest day of that number ahead, or back; beside a weekday one that falls on it."""
    if writing.near is None:
        return OPEN
    number, weekday = int(found["d"]), (found.groupdict().get("weekday") or "").lower()
    is_past = looks_back(found.string, found.start(), found.end())
    for step in range(_MONTHS):
        first = _month_away(writing.near, -step if is_past else step)
        meant = day(first.year, first.month, number)
        resolved = date.fromisoformat(meant.resolved or "") if meant else None
        is_right = resolved is not None and (resolved <= writing.near if is_past else resolved >= writing.near)
        if resolved and is_right and (not weekday or resolved.weekday() == WEEKDAY_OF[weekday]):
            return Meaning(resolved=resolved.isoformat(), is_relative=True)
    return None


def _month_away(on: date, months: int) -> date:
    """Return the first day of a month that lies so many *months* after that of *on*."""
    first = on.replace(day=1)
    for _ in range(abs(months)):
        first = (
            (first + timedelta(days=31)).replace(day=1) if months > 0 else (first - timedelta(days=1)).replace(day=1)
        )
    return first


_LEAD = (
    r"(?:(?P<lead>this (?:past|coming)|this|next|last|past|coming|diesen|nächste[nr]|letzte[nr]|vergangenen)"
    r" )?"
)
#: Of any week, or part of a name.
_NOT_AFTER = "".join(
    rf"(?<!{word}\s)" for word in ("every", "each", "any", "per", "black", "good", "ash", "palm", "a", "jeden", "most")
)
_OF_WEEK = r"(?P<next_week>,? (?:of )?next week\b)?(?P<last_week>,? (?:of )?last week\b)?"
_FULL = rf"(?P<weekday>{WEEKDAY})\b"
_ORDINAL = r"(?P<d>\d{1,2})(?:st|nd|rd|th)\b"
#: Words that may follow a day without a month; all others make it the fifth of something.
_NO_NOUN = (
    r"(?=\s{0,9}(?:[.,;:!?)(/\n-]|$|\s(?:at|in|and|or|is|are|was|were|will|would|to|from|if|for|as|but|so|because|when|"
    r"instead|works?|should|can|could|with|by|through|thru|then|that|we|i|you)\b))"
)

#: "the 16th - 17th of August": one of two days of a month.
_NO_RANGE = rf"(?!\s?(?:-|\u2013|/|to|or|and) ?\d{{1,2}}(?:st|nd|rd|th) (?:of )?(?:{ENGLISH_MONTH})\b)"
#: "Thursday and Friday, 18-19 October": the date says which.
_NO_DATE = rf"(?!\s?(?:and|or|&|-|/|to|through)\s?(?:{WEEKDAY}),? (?:{ENGLISH_MONTH})\b)"

RULES: tuple[Rule, ...] = rules(
    ("weekday", rf"\b{_FULL}\.?\s{{0,9}}(?:-|\u2013|through|thru|to|bis)\s{{0,9}}(?P<until>{WEEKDAY})\b", _through),
    (
        "weekday",
        (
            rf"{_NOT_AFTER}\b(?:this |next )?{_FULL}\.?,?(?: (?:morning|afternoon|evening|night),?)? "
            rf"(?:the )?{_ORDINAL}(?!\s(?:of\s)?[a-z]*(?:floor|quarter))"
        ),
        _numbered,
    ),
    ("ordinal", rf"\bthe {_ORDINAL}{_NO_RANGE}{_NO_NOUN}", _numbered),
    (
        "ordinal",
        r"(?<=\bthe\s)(?P<d>\d{1,2})(?:st|nd|rd|th)?(?= (?:or|and) (?:the )?\d{1,2}(?:st|nd|rd|th)\b)",
        _numbered,
    ),
    ("ordinal", rf"(?<=\band\s)(?P<d>\d{{1,2}})(?:st|nd|rd|th)\b{_NO_NOUN}", _numbered),
    (
        "weekday",
        rf"{_NOT_AFTER}(?<![-/])\b{_LEAD}{_FULL}(?!-(?:{WEEKDAY})){_NO_DATE}{_OF_WEEK}",
        _weekday,
    ),
)
