"""Days told from the day of writing: today and its neighbours, weekends, counts of days, weeks, months and years."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import partial

from consumer.analysis.readers.days.meaning import (
    OPEN,
    Meaning,
    Rule,
    Writing,
    between,
    month,
    months_on,
    rules,
    shifted,
)
from consumer.analysis.readers.days.names import NUMBER, number_of
from consumer.analysis.readers.days.tense import looks_back

_DAYS = {
    "today": 0,
    "tonight": 0,
    "this morning": 0,
    "this am": 0,
    "this mornings": 0,
    "this afternoon": 0,
    "this evening": 0,
    "tomorrow": 1,
    "tommorrow": 1,
    "tmrw": 1,
    "day after tomorrow": 2,
    "yesterday": -1,
    "last night": -1,
    "day before yesterday": -2,
    "heute": 0,
    "morgen": 1,
    "übermorgen": 2,
    "gestern": -1,
    "vorgestern": -2,
    "aujourd'hui": 0,
    "demain": 1,
    "hier": -1,
    "hoy": 0,
    "mañana": 1,
    "ayer": -1,
}
#: Nobody means a single day by these: "today's market".
_NOWADAYS = (
    r"(?!['\u2019]?s?\s+(?:\w+\s+)?(?:market|world|environment|econom|business|standard|technolog|society|climate|industr|"
    r"consumer|customer|workforce|workplace|youth|generation|shortage|crisis|problem|challenge|"
    r"realit|circumstance|situation|condition|landscape|rule)\w*|\s+than\b|(?-i:\s+Show\b))"
)
#: "Restructuring Today reports": a paper's name in a sentence, and no heading that ends in its day.
_TITLE = re.compile(r"[A-Z][\w'\u2019-]*[ \t]+$")
#: "stronger than today", "although today they have": nowadays too.
_THEN = re.compile(
    r"\b(?:than|although|though|existing|exists?|even|like|unlike|in\s(?:place|use|force|effect)|being\sused|"
    r"as\s(?:it|they|we)\s(?:is|are)|they\sdo|kids|people|families|women|men|companies)\s+$",
    re.IGNORECASE,
)
#: "the agency has three offices today": it has them for long, unless they are on a calendar.
_HAS = re.compile(
    r"\b(?:has|have|there\sare)\s(?:\d{1,9}|one|two|three|four|five|six|seven|eight|nine|ten|many|several|over)\s"
    r"(?!(?:\w{1,20}\s){0,3}(?:meeting|call|hearing|interview|visit|vote|deadline)s?\b)(?:[^\s.;]{1,20}\s){1,9}$",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"[ \t]+[a-z]|['\u2019]s\b|,[ \t]")
#: "Become a member today!"
_ADVERT = re.compile(
    r"(?:^|[.!?:]\s{1,3}|\n\s*)(?:click\s+here\s+to|buy|get\s+started|become\s+a|sign\s+up|join|subscribe|enroll|shop|"
    r"order\s+yours?|register)"
    r"\b[\w\s]{0,20}$",
    re.IGNORECASE,
)
#: "if the mill went away tomorrow": some day or other.
_SUPPOSED = re.compile(
    r"\b(?:if|suppose)\s[\w\s'\u2019-]{1,40}\s(?:went|left|quit|\w{2,20}ed)(?:\s(?:away|down|out|off|up))?\s$",
    re.IGNORECASE,
)
#: "the leaders of tomorrow".
_FUTURE = re.compile(r"\b(?!(?:end|morning|afternoon|evening|night|rest|as|part)\b)[a-z]{2,20}\sof\s+$", re.IGNORECASE)
_FRENCH = re.compile(
    r"\b(?:nous|vous|je|j'ai|il|elle|avons|avez|est|été|les|une|pour|que|qui|soir|matin)\b", re.IGNORECASE
)
_GERMANIC = re.compile(r"\b(?:sie|ich|wir|der|das|und|ist|ein|het|een|van|wij|ik|niet)\b", re.IGNORECASE)
_TITLE_CHARS = 40
_SUPPOSED_CHARS = 80
#: "within 9 days of each delivery" is a habit.
_EACH = re.compile(r"\s(?:the\s\w+\sof\s)?(?:each|every|any)\b", re.IGNORECASE)
_VAGUE = re.compile(r"\s(?:or\s(?:two|so)|and\sa\shalf)\b", re.IGNORECASE)
_COUPLE = re.compile(r"(?:a\s+)?couple\b", re.IGNORECASE)
_SATURDAY, _WEEK, _MONTHS = 5, 7, 12
_WEDNESDAY = 2
_FEW = 4
_DAY_HOURS = 24
_FIRST_YEAR, _LAST_YEAR = 1, 9999
_WORDS = "|".join(sorted((re.escape(words).replace(r"\ ", r" ") for words in _DAYS), key=len, reverse=True))
_UNITS = {
    "day": "days? tage[n]? jours? días?",
    "week": "weeks? wochen? semaines? semanas?",
    "month": "months? monaten? mois mes(?:es)?",
    "year": "years? jahren? ans? años?",
    "hour": "hours? hrs? stunden heures horas",
}


def _is_paper(found: re.Match[str]) -> bool:
    if not found.group()[0].isupper():
        return False
    start = found.start()
    before = _TITLE.search(found.string, max(0, start - _TITLE_CHARS), start)
    return before is not None and _GOES_ON.match(found.string, found.end()) is not None


def _is_advert(found: re.Match[str]) -> bool:
    start = found.start()
    return _ADVERT.search(found.string, max(0, start - _TITLE_CHARS), start) is not None


def _is_nowadays(found: re.Match[str]) -> bool:
    text, start = found.string, found.start()
    is_then = _THEN.search(text, max(0, start - _TITLE_CHARS), start) is not None
    return is_then or _HAS.search(text, max(0, start - _SUPPOSED_CHARS), start) is not None


def _is_future(found: re.Match[str]) -> bool:
    start = found.start()
    return _FUTURE.search(found.string, max(0, start - _TITLE_CHARS), start) is not None


def _is_french(found: re.Match[str]) -> bool:
    """Return whether French stands around "hier", which is "here" in German and Dutch."""
    around = found.string[max(0, found.start() - _SUPPOSED_CHARS) : found.end() + _SUPPOSED_CHARS]
    return _FRENCH.search(around) is not None and _GERMANIC.search(around) is None


def _is_supposed(found: re.Match[str]) -> bool:
    start = found.start()
    return _SUPPOSED.search(found.string, max(0, start - _SUPPOSED_CHARS), start) is not None


def _word(found: re.Match[str], writing: Writing) -> Meaning | None:
    words = " ".join(found["word"].split())
    if words.lower() == "today" and (_is_paper(found) or _is_advert(found) or _is_nowadays(found)):
        return None
    if words.lower() == "tomorrow" and (_is_supposed(found) or _is_future(found)):
        return None
    if words in ("Morgen", "MORGEN"):
        return None  # "Guten Morgen": only the small word is tomorrow
    if words.lower() == "hier" and not _is_french(found):
        return None
    return shifted(writing.on, _DAYS[words.lower()])


def _weekend(found: re.Match[str], writing: Writing) -> Meaning | None:
    """Saturday and Sunday: of this week, of the next, or of that before."""
    if writing.on is None:
        return OPEN
    lead = " ".join(found["lead"].lower().split())
    saturday = _SATURDAY - writing.on.weekday()
    is_past = lead in ("last", "past", "this past")
    may_be_past = "the" in lead or (lead == "this" and writing.on.weekday() <= _WEDNESDAY)
    if is_past or (may_be_past and looks_back(found.string, found.start(), found.end())):
        saturday -= _WEEK
    elif lead == "next":
        saturday += _WEEK
    return between(shifted(writing.on, saturday), shifted(writing.on, saturday + 1))


def _count(found: re.Match[str], writing: Writing) -> Meaning | None:
    """A count that fixes a day, or the month or year so long ago: within two weeks, three days ago."""
    named = found.groupdict()
    if named.get("since"):
        return None if _EACH.match(found.string, found.end()) else Meaning(resolved=None)
    if _is_vague(found):
        return None
    on = writing.on or (writing.near if named.get("year") else None)
    if on is None:
        return OPEN
    number = number_of(found["n"]) * (-1 if named.get("ago") else 1)
    if named.get("n1"):
        return _between(found, on, number)
    return _counted(named, on, number)


def _is_vague(found: re.Match[str]) -> bool:
    """Return whether a count of days or weeks fixes none: "a couple of weeks ago", "in a day or two"."""
    is_short = found.groupdict().get("day") or found.groupdict().get("week")
    return bool(is_short and (_COUPLE.match(found["n"]) or _VAGUE.match(found.string, found.end())))


def _counted(named: Mapping[str, str | None], on: date, number: int) -> Meaning | None:
    """Return the day so many days, weeks or months from *on*, or the month or year so long ago."""
    if named.get("until"):
        return months_on(on, number)
    if named.get("year") and abs(number) > 1:
        year = on.year + number
        return Meaning(resolved=f"{year:04d}", is_relative=True) if _FIRST_YEAR <= year <= _LAST_YEAR else None
    if named.get("month") or named.get("year"):
        resolved = month(on.year, on.month + number * (_MONTHS if named.get("year") else 1))
        return Meaning(resolved=resolved, is_relative=True) if resolved > "0001" else None
    return shifted(on, number * (_WEEK if named.get("week") else 1))


def _hours(found: re.Match[str], writing: Writing) -> Meaning | None:
    """So many whole days told in hours; fewer hours end on a day that nobody can know."""
    days, rest = divmod(number_of(found["n"]), _DAY_HOURS)
    if rest or not days:
        return None
    return Meaning(resolved=None) if found["since"] else shifted(writing.on, days)


def _since_event(_: re.Match[str], __: Writing) -> Meaning | None:
    """So many days after a day that nobody can know."""
    return Meaning(resolved=None)


def _next_days(found: re.Match[str], writing: Writing) -> Meaning | None:
    """From tomorrow on so many days, from today on so many weeks; more of them are but a length of time."""
    if writing.on is None:
        return OPEN
    number = number_of(found["n"])
    if number > _FEW:
        return None
    weeks = bool(found["week"])
    return between(shifted(writing.on, 0 if weeks else 1), shifted(writing.on, number * (_WEEK if weeks else 1)))


def _day_after(_: re.Match[str], __: Writing) -> Meaning | None:
    return Meaning(resolved=None, is_relative=True, follows=partial(shifted, days=1))


def _between(found: re.Match[str], on: date, number: int) -> Meaning | None:
    """Return from the one to the other of two counts of days or weeks."""
    each = _WEEK if found["week"] else 1
    return between(shifted(on, number_of(found["n1"]) * each), shifted(on, number * each))


def _unit(*names: str) -> str:
    return "(?:" + "|".join(f"(?P<{name}>(?:{'|'.join(_UNITS[name].split())})\\b)" for name in names) + ")"


_NUMBER = rf"(?P<n>(?:{NUMBER})) "
#: Of two counts: "60 to 90 days".
_FIRST = rf"(?:(?P<n1>{NUMBER})(?: (?:to|or) |\s?[-\u2013]\s?))?"
_FIRST_FIGURE = r"(?:(?P<n1>\d{1,3})\s?(?:[-\u2013]|to|or)\s?)?"
_WORKING = r"(?:(?:business|working|calendar) )?"
#: Counted from another day than that of the mail, which nobody can know.
_SINCE = (
    r"(?P<since> (?:of|from|after|following|nach|ab)\b"
    r"(?! (?:your )?(?:receipt of )?(?:this|today|now)\b))?"
)
_EVENT = (
    r"(?:(?:the|its|their|your) )?(?:date|publication|issuance|receipt|signing|execution|closing|delivery|completion|"
    r"approval|notice|effective date)\b(?: of (?:the )?(?:\w+ )?(?:date|order|notice|issuance|receipt)\b)?"
)

RULES: tuple[Rule, ...] = rules(
    ("word", rf"(?<!guten\s)(?<!USA\s)\b(?P<word>{_WORDS})\b{_NOWADAYS}", _word),
    (
        "word",
        r"\b(?P<lead>this (?:past|coming)|over the|the|this|next|last|past|coming) weekend\b",
        _weekend,
    ),
    (
        "count",
        (
            rf"\b(?!in one day)(?:within|in|binnen|innerhalb von|dans) (?:the |den |les )?"
            rf"(?:next |nächsten )?{_FIRST_FIGURE}{_NUMBER}{_WORKING}{_unit('day', 'week')}{_SINCE}"
        ),
        _count,
    ),
    (
        "count",
        rf"\b(?P<until>within) (?:the )?(?:next )?{_NUMBER}{_unit('month')}{_SINCE}",
        _count,
    ),
    (
        "count",
        rf"\b(?:within|in the next|binnen|innerhalb von) (?:the )?(?:next )?{_NUMBER}{_unit('hour')}{_SINCE}",
        _hours,
    ),
    (
        "count",
        rf"\b{_FIRST}{_NUMBER}{_unit('day', 'week')} (?:from (?:today|now)|hence|out(?= (?:to|from)\b))\b",
        _count,
    ),
    (
        "count",
        rf"(?<!less\sthan\s)(?<!more\sthan\s)\b{_NUMBER}{_unit('day', 'week', 'month', 'year')} (?P<ago>ago)\b",
        _count,
    ),
    (
        "count",
        rf"\b(?:{NUMBER}) {_WORKING}(?:days?|weeks?|months?|years?|hours?) (?:from|after|following|of) {_EVENT}",
        _since_event,
    ),
    (
        "count",
        rf"\b(?:over|during) (?P<at>the next {_FIRST}{_NUMBER}{_unit('day', 'week')})",
        _next_days,
    ),
    ("day", r"\b(?P<at>the (?:next|following) day)\b", _day_after),
    ("count", rf"\b(?P<ago>vor|il y a|hace) {_NUMBER}{_unit('day', 'week', 'month', 'year')}", _count),
)
