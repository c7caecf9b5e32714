"""Invitations to text (iCalendar, RFC 5545; iTIP, RFC 5546): what, when with its zone, where, who.

Comes in: the text of a `text/calendar` part. Goes out: lines that a person can read, empty where no event stands.
Times are written as they stand, with the zone that they name: what is not converted is not converted wrongly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: What the methods of iTIP mean to the reader.
_METHODS = {
    "REQUEST": "Invitation",
    "PUBLISH": "Event",
    "REPLY": "Answer to an invitation",
    "CANCEL": "Cancelled",
    "COUNTER": "Proposal of another time",
    "DECLINECOUNTER": "Proposal declined",
    "ADD": "Addition to an invitation",
    "REFRESH": "Question for the newest version",
}
_COMPONENTS = frozenset({"VEVENT", "VTODO", "VJOURNAL"})
_LINE = re.compile(r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^;:"]*))*):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=(?:"([^"]*)"|([^;:"]*))')
_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPED = re.compile(r"\\([\\;,nN])")
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?")
_MAX_CHARS = 200_000
_MAX_EVENTS = 20
_MAX_ATTENDEES = 50
_MAX_VALUE_CHARS = 4_000


@dataclass(frozen=True)
class _Line:
    """One content line (RFC 5545 §3.1), its name in upper case."""

    name: str
    parameters: dict[str, str]
    value: str


def text_of_calendar(text: str) -> str:
    """Return the events of an iCalendar object in words; never raises."""
    lines = [line for raw in _FOLD.sub("", text[:_MAX_CHARS]).splitlines() if (line := _line(raw.strip()))]
    method = next((line.value.upper() for line in lines if line.name == "METHOD"), "PUBLISH")
    kind = _METHODS.get(method, "Event")
    return "\n\n".join("\n".join(_words(event, kind)) for event in _events(lines)[:_MAX_EVENTS])


def _line(raw: str) -> _Line | None:
    found = _LINE.fullmatch(raw)
    if found is None:
        return None
    parameters = {name.upper(): quoted or bare for name, quoted, bare in _PARAMETER.findall(found[2])}
    value = _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], found[3])
    return _Line(found[1].upper(), parameters, value.strip()[:_MAX_VALUE_CHARS])


def _events(lines: list[_Line]) -> list[list[_Line]]:
    """Return the lines of each event, without those of the alarms in it and of the zones beside it."""
    events: list[list[_Line]] = []
    inside: list[str] = []
    for line in lines:
        if line.name == "BEGIN":
            inside.append(line.value.upper())
            if inside[-1] in _COMPONENTS:
                events.append([])
        elif line.name == "END":
            if inside:
                inside.pop()
        elif inside and inside[-1] in _COMPONENTS:
            events[-1].append(line)
    return [event for event in events if event]


def _words(event: list[_Line], kind: str) -> list[str]:
    first: dict[str, _Line] = {}
    for line in event:
        first.setdefault(line.name, line)
    words = [f"{kind}: {first['SUMMARY'].value if 'SUMMARY' in first else '(without a title)'}"]
    when = [_time(first[name]) for name in ("DTSTART", "DTEND") if name in first]
    if when:
        words.append(f"When: {' to '.join(when)}")
    named = (("DUE", "Due"), ("DURATION", "Lasts"), ("RRULE", "Repeats"), ("LOCATION", "Where"), ("STATUS", "Status"))
    for name, label in named:
        if name in first and first[name].value:
            words.append(f"{label}: {_time(first[name]) if name == 'DUE' else first[name].value}")
    if "ORGANIZER" in first:
        words.append(f"Organiser: {_person(first['ORGANIZER'])}")
    attendees = [line for line in event if line.name == "ATTENDEE"]
    words += [f"Attendee: {_person(line)}{_answer(line)}" for line in attendees[:_MAX_ATTENDEES]]
    if len(attendees) > _MAX_ATTENDEES:
        words.append(f"and {len(attendees) - _MAX_ATTENDEES} more attendees")
    return [*words, *(line.value for line in event if line.name in {"DESCRIPTION", "COMMENT"} and line.value)]


def _time(line: _Line) -> str:
    found = _TIME.match(line.value)
    if found is None:
        return line.value
    year, month, day, hour, minute, _second, utc = found.groups()
    if hour is None:
        return f"{year}-{month}-{day}"
    zone = "UTC" if utc else line.parameters.get("TZID", "")
    return f"{year}-{month}-{day} {hour}:{minute}" + (f" ({zone})" if zone else "")


def _person(line: _Line) -> str:
    address = re.sub(r"(?i)^mailto:", "", line.value)
    name = line.parameters.get("CN", "")
    return f"{name} <{address}>" if name and name != address else address


def _answer(line: _Line) -> str:
    answer = line.parameters.get("PARTSTAT", "").replace("-", " ").lower()
    return f" ({answer})" if answer and answer != "needs action" else ""
