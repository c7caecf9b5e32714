"""What a day is in its mail: a deadline, a meeting, past, a period, or just a day; the first that fits."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal

from consumer.analysis.readers.days.meaning import Meaning, as_far_as
from consumer.analysis.readers.days.tense import looks_back, sentence_after, sentence_before

Kind = Literal["deadline", "meeting", "past", "period", "other"]

#: "by", "until" and "before" mean a day only when it follows at once: "by courier this afternoon" is none.
_DEADLINE = re.compile(
    r"\b(?:due|deadline|no\s+later\s+than|not\s+later\s+than|at\s+the\s+latest|expires?|spätestens|frist|fällig|zahlbar|"
    r"au\s+plus\s+tard|a\s+más\s+tardar|rsvp)\b[^.!?;]{0,40}$|"
    r"\b(?:by|until|till|before|bis|avant\s+le|jusqu['\u2019]au|antes\s+del?)(?:\s+(?:the|end|of|close|business|cob|eod|"
    r"noon|midnight|or|before|on|about|around|latest|next|this|coming|early|late|mid|zum|zur|am|den|dem|ende|"
    r"\d{1,2}(?::\d\d)?\s?(?:[ap]\.?m\.?|uhr)?|(?:mon|tues|wednes|thurs|fri|satur|sun)day|\w+tag|mittwoch),?){0,6}\s*$",
    re.IGNORECASE,
)
_DEADLINE_AFTER = re.compile(r"['\u2019]?s?\s+(?:deadline|due\s+date|cutoff)\b", re.IGNORECASE)
_WITHIN = ("within", "binnen", "innerhalb")
_MEETING = re.compile(
    r"\b(?:meet|meets|meeting|meetings|call|conference|conf|appointment|visit|visiting|hearing|interview|interviews|lunch|"
    r"dinner|breakfast|workshop|demo|session|sessions|seminar|event|reception|trip|fly|flight|arrive|arriving|travel|"
    r"attend|attending|available|availability|schedule|scheduled|reschedule|calendar|get\s+together|join\s+us|presentation|"
    r"speak|teleconference|summit|retreat|off-?site|party|celebration|tour|termin|treffen|besprechung|réunion|rendez-vous|"
    r"reunión|spotkanie)\b",
    re.IGNORECASE,
)
_ISO_DAY_CHARS = 10


def kind_of(text: str, start: int, end: int, meaning: Meaning, written_on: date | None) -> Kind:
    """Return what the day at characters [start, end) of *text* is, by the words around it and the day of writing."""
    resolved = meaning.resolved
    before = sentence_before(text, start)
    gone = _is_gone(text, start, end, resolved, written_on)
    words = text[start:end].lower()
    if not gone and (words.startswith(_WITHIN) or _DEADLINE.search(before) or _DEADLINE_AFTER.match(text, end)):
        return "deadline"
    if gone:
        return "past"
    if _MEETING.search(f"{before} {sentence_after(text, end)}"):
        return "meeting"
    return "period" if meaning.is_span or (resolved and len(resolved) != _ISO_DAY_CHARS) else "other"


def _is_gone(text: str, start: int, end: int, resolved: str | None, written_on: date | None) -> bool:
    """Return whether it was over when written: it is earlier, or the same day or span and told in the past tense."""
    if resolved is None or written_on is None:
        return looks_back(text, start, end) if resolved is None else False
    last = resolved.rpartition("/")[2]
    today = as_far_as(last, written_on)
    return last < today or (resolved.partition("/")[0] <= today and looks_back(text, start, end))
