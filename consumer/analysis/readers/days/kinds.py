"""What a day is in its mail: a deadline, a meeting, past, a period, or just a day; the first that fits."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from consumer.analysis.readers.days.due import is_due
from consumer.analysis.readers.days.meaning import Meaning, as_far_as
from consumer.analysis.readers.days.tense import Sentence, looks_back, sentence_around

Kind = Literal["deadline", "meeting", "past", "period", "other"]

_WORD = re.compile(r"[^\W\d_]+")
_MEETING = frozenset(
    "meet meets meeting meetings call calls conference conferences conf teleconference videoconference appointment "
    "appointments visit visits visiting hearing hearings interview interviews lunch luncheon dinner breakfast brunch "
    "drinks workshop workshops webinar demo session sessions seminar event events reception trip fly flight flights "
    "travel traveling travelling attend attends attending availability calendar diary "
    "agenda presentation symposium keynote speak speaking testify summit retreat offsite celebration picnic banquet "
    "ceremony tour leaving teleconf roadshow panel roundtable forum golf reschedule rescheduled talk kickoff "
    "termin treffen besprechung sitzung réunion reunión spotkanie wylot powrot".split()
)
#: More than one word, or one that needs another beside it.
_MEETING_WORDS = re.compile(
    r"\bget(?:ting)?\s+together\b|\bjoin\s+us\b|\bsee(?:ing)?\s+(?:you|him|her|them)\b|\boff-site\b|\bhappy\s+hour\b|"
    r"\bone-on-one\b|\bkick-off\b|\b(?:how|what)\s+about\b|\b(?:in|out\s+of)\s+town\b|\b(?:drop|stop|come|swing)\s+by\b|\bcatch\s+up\b|\brendez-vous\b|"
    r"\bworks?\s+(?:for|best)\b|\bscheduled?\b(?!\s+to\b)|\bheard\s+(?:again|in)\b|"
    r"\b(?:target|proposed|possible|alternative|available)\s+dates?\b|\bleaves?\s+(?:for|town)\b|"
    r"\b(?:be|am|is|['\u2019]m)\s+(?:back\s+)?in\s+(?-i:[A-Z])|\breturn(?:s|ing)?\s+(?:to|from)\s+(?:the\s+(?:office|states|us)|town|work|(?-i:[A-Z]))|"
    r"\b(?:christmas|holiday|birthday|office|farewell|retirement|cocktail|dinner)\s+party\b|"
    r"\b(?:i|we|he|she|you|they|everyone)(?:['\u2019](?:ll|m|re))?\s+(?:\w+\s+){0,2}(?:available|free)\b|"
    r"\b(?:i|we|he|she|you|they)(?:['\u2019]ll|\s+will|\s+shall|\s+am|['\u2019]m|\s+may)\s+(?:be\s+(?:back\s+)?)?(?:in|at|arriv\w+)\s",
    re.IGNORECASE,
)
#: Needs are met, and calls are for action.
_NO_MEETING = re.compile(
    r"\bmeet(?:s|ing)?\s+(?:\w+\s+){0,3}(?:needs?|demands?|deadlines?|requirements?|obligations?|goals?|targets?|criteria|"
    r"expectations?|standards?|challenges?|costs?)\b|\bcalls?\s+(?:for|upon|options?)\b|\bcalendar\s+(?:day|week|month|quarter|"
    r"year)s?\b|\bevents?\s+(?:of|that)\b|\bvisit\s+(?:our|www|http)|\bspeaks?\s+for\s+itself\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_DAY, _MONTH = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d{4}-\d\d")
#: From one day to another, told as a date: people come together or travel, unless they are away.
_STAY = re.compile(r"\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d")
_AWAY = re.compile(
    r"\b(?:vacation|holidays?|leave|out\s+of\s+(?:the\s+)?office|closed|period|between|data|prices?)\b", re.IGNORECASE
)
#: What is left of a span is never over.
_REST = re.compile(r"later|balance|rest|remainder", re.IGNORECASE)
#: So far from a month or a season a meeting may be told; no year and no quarter is one.
_MONTH_CHARS = 50


def kind_of(
    text: str, start: int, end: int, meaning: Meaning, written_on: date | None, *, is_sure: bool, has_clock: bool
) -> Kind:
    """Return what the day at characters [start, end) of *text* is.

    Args:
        text: What one person wrote.
        start: The first character of the words that name the day.
        end: The one after the last.
        meaning: What they mean.
        written_on: The day of writing, or one near to it.
        is_sure: Whether it is that day: what was due before another may have lain ahead when it was told.
        has_clock: Whether a time of day is told beside it: somebody is to be there.
    """
    said = sentence_around(text, start, end)
    is_long = meaning.is_span or bool(
        meaning.resolved and not _DAY.match(meaning.resolved) and "W" not in meaning.resolved
    )
    is_gone = _is_gone(text, start, end, meaning.resolved, written_on)
    if not (is_gone and is_sure) and is_due(text[start:end], said, is_long=is_long):
        return "deadline"
    if is_gone:
        return "past"
    is_span = meaning.is_span or (meaning.resolved is not None and _DAY.fullmatch(meaning.resolved) is None)
    is_stay = (
        not meaning.is_relative
        and _STAY.fullmatch(meaning.resolved or "") is not None
        and not _AWAY.search(said.before)
    )
    if (has_clock and not is_span) or is_stay or _is_meeting(said, meaning, is_long=is_long):
        return "meeting"
    return "period" if is_span else "other"


def _is_meeting(said: Sentence, meaning: Meaning, *, is_long: bool) -> bool:
    before, after = said
    if is_long:
        if meaning.resolved and not _MONTH.fullmatch(meaning.resolved):
            return False
        before, after = before[-_MONTH_CHARS:], after[:_MONTH_CHARS]
    words = _NO_MEETING.sub(" ", f"{before} {after}")
    return not _MEETING.isdisjoint(_WORD.findall(words.lower())) or _MEETING_WORDS.search(words) is not None


def _is_open_gone(text: str, start: int, end: int, written_on: date | None) -> bool:
    """Return whether a season or another span that cannot be fixed was over: by its year, else by its tense."""
    year = _YEAR.search(text, start, end)
    if year and written_on and int(year[0]) != written_on.year:
        return int(year[0]) < written_on.year
    return looks_back(text, start, end, perfect=False)


def _is_gone(text: str, start: int, end: int, resolved: str | None, written_on: date | None) -> bool:
    """Return whether it was over when written: it is earlier, or the same day or span and told in the past tense."""
    if resolved is None or written_on is None:
        return resolved is None and _is_open_gone(text, start, end, written_on)
    last = resolved.rpartition("/")[2]
    today = as_far_as(last, written_on)
    if last < today:
        return True
    is_now = resolved.partition("/")[0] <= today and not _REST.match(text, start)
    return is_now and looks_back(text, start, end, _DAY.fullmatch(resolved) is not None)
