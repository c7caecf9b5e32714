"""Invitations to text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producer.calendar_part import text_of_calendar

INVITATION = """BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:19701025T030000
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
SUMMARY;LANGUAGE=de:Preise f\\, Ringe
DTSTART;TZID=Europe/Berlin:20261102T090000
DTEND;TZID=Europe/Berlin:20261102T093000
LOCATION:Room 4
ORGANIZER;CN="Weber, Ann":mailto:ann@x.example
ATTENDEE;CN=Bo;PARTSTAT=ACCEPTED:MAILTO:bo@x.example
ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:cy@x.exam
 ple
DESCRIPTION:Bring the list.\\nAll of it.
BEGIN:VALARM
DESCRIPTION:Reminder
END:VALARM
END:VEVENT
END:VCALENDAR
"""


def test_invitation_is_said_in_words() -> None:
    """A meeting would be analysed without its time, its zone or its people."""
    expected = """Invitation: Preise f, Ringe
When: 2026-11-02 09:00 (Europe/Berlin) to 2026-11-02 09:30 (Europe/Berlin)
Where: Room 4
Organiser: Weber, Ann <ann@x.example>
Attendee: Bo <bo@x.example> (accepted)
Attendee: cy@x.example
Bring the list.
All of it."""
    assert text_of_calendar(INVITATION) == expected
    assert text_of_calendar(INVITATION.replace("\n", "\r\n")) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("DTSTART:20261102T080000Z", "Event: (without a title)\nWhen: 2026-11-02 08:00 (UTC)"),
        ("DTSTART;VALUE=DATE:20261102", "Event: (without a title)\nWhen: 2026-11-02"),
        ("DTSTART:20261102T0800", "Event: (without a title)\nWhen: 2026-11-02 08:00"),
        ("SUMMARY:s\nDURATION:PT1H\nRRULE:FREQ=DAILY", "Event: s\nLasts: PT1H\nRepeats: FREQ=DAILY"),
        ("SUMMARY:s\nDTSTART:soon", "Event: s\nWhen: soon"),
    ],
)
def test_times_are_written_as_they_stand(lines: str, expected: str) -> None:
    """A meeting would move by the offset of a zone that was guessed."""
    assert text_of_calendar(f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{lines}\nEND:VEVENT\nEND:VCALENDAR") == expected


@pytest.mark.parametrize(
    ("method", "word"), [("CANCEL", "Cancelled"), ("REPLY", "Answer to an invitation"), ("X-NEW", "Event")]
)
def test_method_says_what_the_mail_wants(method: str, word: str) -> None:
    """A cancelled meeting would be read as a new one."""
    text = text_of_calendar(INVITATION.replace("REQUEST", method))
    assert text.startswith(f"{word}: Preise")


@pytest.mark.parametrize("text", ["", "BEGIN:VCALENDAR", "BEGIN:VEVENT\nEND:VEVENT", "hello", "END:VEVENT\nSUMMARY:x"])
def test_calendar_without_an_event_says_nothing(text: str) -> None:
    """Empty calendars would put words into the mail."""
    assert text_of_calendar(text) == ""


def test_calendar_that_was_cut_is_read_as_far_as_it_goes() -> None:
    """A damaged invitation would be lost."""
    assert text_of_calendar(INVITATION[:260]).startswith("Invitation: Preise f, Ringe\nWhen: 2026-11-02 09:00")


def test_calendar_is_bounded() -> None:
    """A forged list of attendees would fill the record."""
    many = "".join(f"ATTENDEE:mailto:a{n}@x\n" for n in range(80))
    found = text_of_calendar(f"BEGIN:VEVENT\n{many}END:VEVENT\n" * 50)
    assert found.count("and 30 more attendees") == 20


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from('BEGIN:VT\n;="\\ ,Z2026T\x00'), max_size=60))
def test_calendar_never_raises(text: str) -> None:
    """One broken invitation would end the import."""
    found = text_of_calendar(f"BEGIN:VEVENT\n{text}\nDTSTART{text}:{text}")
    assert isinstance(found, str)
