"""The time of day that stands beside a day, and the zone that it is told in."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HALF_DAY, _HOURS, _MINUTES = 12, 24, 60
#: "1:30" to "6:00" of a working day, without AM or PM.
_LAST_AFTERNOON = 6
_ZONE = (
    r"(?:\s?\(?(?P<zone>(?:[ECMP][SDP]?T|GMT|UTC|CES?T|BST|IST)\b|(?:eastern|central|mountain|pacific)\b"
    r"(?:\s(?:standard|daylight|prevailing))?(?:\stime\b)?|[A-Z][a-z]+\stime\b))?"
)
_CLOCK = r"(?P<h{0}>\d{{1,2}})(?:[:.](?P<m{0}>[0-5]\d))?(?:\s{{0,3}}(?P<half{0}>[ap])\.?m\b\.?|\s?(?P<uhr{0}>uhr|h\b))?"
_TIME = re.compile(
    r"(?<![\d:.$/-])(?:" + _CLOCK.format(1) + r"(?:\s?(?:-|\u2013|to|until|till|bis)\s?" + _CLOCK.format(2) + r")?|"
    r"\b(?P<noon>noon|midnight)\b)(?![\d:%/]|[.,-]\d)" + _ZONE,
    re.IGNORECASE,
)
#: No time of day is told without one of these.
_HINT = re.compile(r"\d|noon|midnight", re.IGNORECASE)
#: Only so near to a day, and with nothing between but such words, a time is that day's.
_AFTER_CHARS, _BEFORE_CHARS = 60, 45
_BETWEEN_AFTER = re.compile(
    r"[\s,;:()@-]*(?:(?:at|time|from|by|around|about|approximately|beginning|starting|morning|afternoon|evening|night|um|gegen|à|"
    r"after|before|between|no later than|the|first)[\s,:@(-]*){0,4}$",
    re.IGNORECASE,
)
_BETWEEN_BEFORE = re.compile(r"[\s,()]*(?:(?:on|of|for|this|the|am|le|el|next)\s*){0,2}$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Clock:
    """A time as `DateMention.time` writes it, and its zone as the mail names it."""

    time: str
    zone: str | None = None


def clock_beside(text: str, start: int, end: int) -> Clock | None:
    """Return the time of day that belongs to the day at characters [start, end) of *text*, if one is told."""
    after = text[end : end + _AFTER_CHARS]
    for found in _TIME.finditer(after) if _HINT.search(after) else ():
        if not _BETWEEN_AFTER.match(after[: found.start()]):
            break
        if (clock := _clock(found)) is not None:
            return clock
    before = text[max(0, start - _BEFORE_CHARS) : start]
    for found in reversed(list(_TIME.finditer(before))) if _HINT.search(before) else ():
        clock = _clock(found)
        if clock is not None:
            return clock if _BETWEEN_BEFORE.match(before[found.end() :]) else None
    return None


def _clock(found: re.Match[str]) -> Clock | None:
    zone = found["zone"]
    if found["noon"]:
        return Clock(time="12:00" if found["noon"].lower() == "noon" else "00:00", zone=zone)
    until = _told(found, 2, None)
    half = found["half2"] if found["h2"] else None
    begin = _told(found, 1, half if until and not found["half1"] else None)
    if begin is None:
        return None
    if until is None:
        return Clock(time=begin, zone=zone)
    if begin > until and half and not found["half1"]:
        begin = _told(found, 1, "a") or begin
    return Clock(time=f"{begin}-{until}" if begin < until else begin, zone=zone)


def _told(found: re.Match[str], which: int, half: str | None) -> str | None:
    """Return the hour and minute of one side; None where figures alone are no time of day."""
    hour, minute = found[f"h{which}"], found[f"m{which}"]
    half = (found[f"half{which}"] or half or "").lower()
    if hour is None or not (minute or half or found[f"uhr{which}"]):
        return None
    number = int(hour)
    if half and not 1 <= number <= _HALF_DAY:
        return None
    if half:
        number = number % _HALF_DAY + (_HALF_DAY if half == "p" else 0)
    elif len(hour) == 1 and 1 <= number <= _LAST_AFTERNOON and not found[f"uhr{which}"]:
        number += _HALF_DAY
    return f"{number:02d}:{minute or '00'}" if number < _HOURS and int(minute or 0) < _MINUTES else None
