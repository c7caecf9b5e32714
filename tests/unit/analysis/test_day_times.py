"""The time of day beside a day, and its zone."""

from __future__ import annotations

from datetime import date

import pytest

from consumer.analysis.readers import dates

WEDNESDAY = date(2026, 10, 14)


@pytest.mark.parametrize(
    ("text", "time", "zone"),
    [
        ("Friday at 10:00", "10:00", None),
        ("Friday, 3 p.m. CST", "15:00", "CST"),
        ("at 4 pm tomorrow", "16:00", None),
        ("by 5:00 pm on Tuesday, 20 October", "17:00", None),
        ("October 20, from 8 to 11:30 a.m. Pacific time", "08:00-11:30", "Pacific time"),
        ("October 20, from 11 to 1:30 pm", "11:00-13:30", None),
        ("October 20 from 4-6  p.m.", "16:00-18:00", None),
        ("tomorrow at noon", "12:00", None),
        ("Friday at 1:30", "13:30", None),
        ("am Freitag um 14 Uhr", "14:00", None),
        ("Friday, 9:30 AM Houston time", "09:30", "Houston time"),
        ("Friday. At 10:00 we open.", None, None),
        ("Friday, 25 boxes", None, None),
        ("Friday at 27:90", None, None),
        ("Friday at 10% off", None, None),
        ("on Friday", None, None),
    ],
)
def test_a_day_has_the_time_beside_it(text: str, time: str | None, zone: str | None) -> None:
    """A meeting would be at another hour, or a figure would be one."""
    (day,) = dates.read(text, WEDNESDAY)
    assert (day.time, day.zone) == (time, zone)
