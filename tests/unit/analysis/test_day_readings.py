"""The days of a chain: each once a part, in the order and the zone of its writer."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from consumer.analysis.day_readings import days_of
from consumer.analysis.new_text import passages_of
from schemas.analysis import DateMention
from tests.conversations import conversation


def days(*texts: str | dict[str, Any], subject: str = "") -> tuple[DateMention, ...]:
    """Return the days that a conversation names."""
    chain = conversation(*texts, subject=subject)
    return days_of(chain, passages_of(chain))


def test_a_day_is_named_once_with_what_is_said_of_it_anywhere() -> None:
    """A meeting named three times would be three days, or no meeting."""
    text = "About 30 October: we meet on 30 October at 9:00. See you on 30 October."
    assert [(day.resolved, day.kind, day.time) for day in days(text)] == [("2026-10-30", "meeting", "09:00")]


def test_the_words_that_make_a_day_a_deadline_are_its_evidence() -> None:
    """Nobody could see why a day is due."""
    text = "30 October is a holiday here.\n\nYour answer is due by 30 October."
    (first, due) = days(text)
    assert (first.kind, due.kind) == ("other", "deadline")
    assert due.evidence.start > first.evidence.start


def test_own_and_quoted_words_name_a_day_apart() -> None:
    """That somebody else named the day would be lost."""
    text = "Then 30 October.\n\n"
    text += "-----Original Message-----\nFrom: Ben Hill\nSent: 12 October 2026\nTo: Ann\nSubject: x\n\n30 October?\n"
    assert [day.evidence.quoted is None for day in days(text)] == [True, False]


@pytest.mark.parametrize(
    ("subject", "resolved"),
    [("Delivery tomorrow", ["2026-10-15"]), ("Re: Delivery tomorrow", []), ("Re: Delivery 30 October", ["2026-10-30"])],
)
def test_the_subject_of_an_answer_is_older_than_the_mail(subject: str, resolved: list[str]) -> None:
    """Yesterday's "tomorrow" would be tomorrow's."""
    assert [day.resolved for day in days("Fine with me.", subject=subject)] == resolved


@pytest.mark.parametrize(
    ("offset_s", "text", "resolved"),
    [
        (-21_600, "Please send the boxes, due 3/4/2026.", "2026-03-04"),
        (3_600, "Please send the boxes, due 3/4/2026.", None),
        (-21_600, "Vence 3/4/2026, saludos", None),
        (None, "Please send the boxes, due 3/4/2026.", None),
    ],
)
def test_english_from_america_puts_the_month_first(offset_s: int | None, text: str, resolved: str | None) -> None:
    """American days in figures would stay open, or Spanish ones be turned round."""
    assert [day.resolved for day in days({"text": text, "utc_offset_s": offset_s})] == [resolved]


@pytest.mark.parametrize(("offset_s", "zone"), [(-25_200, "-07:00"), (19_800, "+05:30"), (0, "+00:00"), (None, None)])
def test_a_time_without_zone_is_of_the_writers(offset_s: int | None, zone: str | None) -> None:
    """Nobody could tell when a meeting is in his own time."""
    (day,) = days({"text": "We meet on Friday at 10:00.", "utc_offset_s": offset_s, "sent_on": date(2026, 10, 14)})
    assert (day.time, day.zone) == ("10:00", zone)


def test_a_quoted_time_is_not_of_the_zone_of_him_who_quotes() -> None:
    """A call from another continent would be hours off."""
    (day,) = days({"text": "Below.\n\n> We meet on 30 October at 10:00.\n", "utc_offset_s": 3_600})
    assert (day.time, day.zone) == ("10:00", None)
