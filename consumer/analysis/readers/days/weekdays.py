"""Weekdays alone: the next one, or the last where the sentence looks back."""

from __future__ import annotations

import re
from datetime import date

from consumer.analysis.readers.days.leads import FULL_WEEKDAY, NOT_AFTER
from consumer.analysis.readers.days.meaning import OPEN, Meaning, Rule, Writing, between, rules, shifted
from consumer.analysis.readers.days.names import ENGLISH_MONTH, WEEKDAY, WEEKDAY_OF
from consumer.analysis.readers.days.tense import looks_back

_WEEK, _WEDNESDAY = 7, 2
_SHORTEST_NAME = 5
#: Short forms that are words, names or companies too: days only beside a date.
_NEVER_ALONE = frozenset(["sat", "sun"])
#: "tomorrow, Thursday", "Thursday (tomorrow)": the other word says which.
_TODAY_BEFORE = re.compile(r"\b(?:today|tomorrow|tonight|yesterday),?\s\(?$", re.IGNORECASE)
_TODAY_AFTER = re.compile(r",?\s\(?(?:today|tomorrow|tonight|yesterday)\b", re.IGNORECASE)
_TODAY_CHARS = 15
#: "twice weekly, once on Wednesday": on each of them.
_HABIT = re.compile(r"\b(?:weekly|(?:each|every|twice\sa|once\sa)\sweek)\b[^.!?\n]{0,30}$", re.IGNORECASE)
_HABIT_CHARS = 60
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
    if _HABIT.search(found.string, max(0, found.start() - _HABIT_CHARS), found.start()):
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
    # What an editor puts between brackets, a report of the same day calls by its weekday.
    is_inserted = found.string.endswith("[", 0, found.start())
    return ahead if is_inserted else ahead or _WEEK


def _following(found: re.Match[str], _: Writing) -> Meaning | None:
    """The weekday that follows the day named before."""
    wanted = WEEKDAY_OF[found["weekday"].lower()]

    def after(on: date) -> Meaning | None:
        return shifted(on, (wanted - on.weekday()) % _WEEK or _WEEK)

    return Meaning(resolved=None, is_relative=True, follows=after)


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


_LEAD = (
    r"(?:(?P<lead>this (?:past|coming)|this|next|last|past|coming|diesen|nächste[nr]|letzte[nr]|vergangenen)"
    r" )?"
)
_OF_WEEK = r"(?P<next_week>,? (?:of )?next week\b)?(?P<last_week>,? (?:of )?last week\b)?"
#: "Thursday and Friday, 18-19 October": the date says which.
_NO_DATE = rf"(?!\s{{0,3}}(?:and|or|&|-|/|to|through)\s?(?:{WEEKDAY}),? (?:{ENGLISH_MONTH})\b)"

#: "the Sunday Times", "Monday Night Football".
_NO_NAME = (
    r"(?!(?-i: (?:Times|Telegraph|Mirror|Express|Herald|Post|Mail|Independent|Magazine|Opinion|Sections?|SECTIONS?|"
    r"Edition|Night (?:Football|Live))\b))"
)

#: "a Tuesday deadline" is on one Tuesday, "a Tuesday" on any.
_NOUN = (
    r" (?:deadline|meeting|call|hearing|conference|vote|session|interview|report|story|article|filing|ruling|order|"
    r"statement|speech|letter|announcement|press|news|briefing)s?\b"
)


def _mid_week(_: re.Match[str], writing: Writing) -> Meaning | None:
    """Wednesday: that of this week until it is over."""
    return shifted(writing.near, (_WEDNESDAY - writing.near.weekday()) % _WEEK) if writing.near else OPEN


RULES: tuple[Rule, ...] = rules(
    ("week", r"\bmid[\s-]?week\b", _mid_week),
    ("weekday", rf"\b(?:the )?following {FULL_WEEKDAY}", _following),
    (
        "weekday",
        rf"\b{FULL_WEEKDAY}\.?\s{{0,9}}(?:-|\u2013|through|thru|to|bis)\s{{0,9}}(?P<until>{WEEKDAY})\b",
        _through,
    ),
    (
        "weekday",
        rf"(?<=\ba\s)(?P<lead>){FULL_WEEKDAY}(?={_NOUN})(?P<next_week>)(?P<last_week>)",
        _weekday,
    ),
    (
        "weekday",
        rf"{NOT_AFTER}(?<![-/])\b{_LEAD}{FULL_WEEKDAY}(?!-(?:{WEEKDAY})){_NO_DATE}{_NO_NAME}{_OF_WEEK}",
        _weekday,
    ),
)
