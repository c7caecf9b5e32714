"""The short way of reading a Date header: where it answers, the standard library says the same."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime, parsedate_to_datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from producer.headers import _PLAIN_DATE, _plain_date, date_of

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec jan FEB Foo".split()
_WEEKDAYS = ("", "Mon, ", "tue,  ", "Xyz, ", "Wed,")
_CLOCKS = st.builds("{:02d}:{:02d}:{:02d}".format, st.integers(0, 25), st.integers(0, 61), st.integers(0, 61))
_ZONES = st.builds("{}{:02d}{:02d}".format, st.sampled_from("+-"), st.integers(0, 25), st.integers(0, 61))
_ENDS = ("", " (CET)", " ()", " (A B)", "  ", "\t")


def short_way(text: str) -> datetime | None:
    """Return what the short way answers; None where it leaves a date to the library."""
    found = _PLAIN_DATE.fullmatch(text)
    return _plain_date(*found.groups()) if found else None


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(_WEEKDAYS),
    st.integers(0, 32),
    st.sampled_from(_MONTHS),
    st.integers(1960, 10010) | st.integers(1990, 2040),
    _CLOCKS,
    _ZONES,
    st.sampled_from(_ENDS),
)
@example("Sat, ", 29, "Feb", 2000, "23:59:60", "+0000", "")
@example("", 31, "Dec", 9998, "00:00:00", "-2359", "")
@example("Thu, ", 1, "Jan", 1970, "00:30:00", "+0100", "")
def test_short_way_says_what_the_library_says(
    weekday: str, day: int, month: str, year: int, clock: str, zone: str, end: str
) -> None:
    """A mail would be sent at another time because its date has the usual form."""
    text = f"{weekday}{day} {month} {year} {clock} {zone}{end}"
    when = short_way(text)
    if when is not None:
        library = parsedate_to_datetime(text)
        assert (when, when.utcoffset()) == (library, library.utcoffset())
        assert date_of(text) == when


@settings(max_examples=200, deadline=None)
@given(
    st.datetimes(min_value=datetime.fromisoformat("1971-01-01"), max_value=datetime.fromisoformat("9998-12-01")),
    st.integers(-14 * 60, 14 * 60).filter(bool),
)
def test_short_way_answers_for_what_mailers_write(when: datetime, offset_min: int) -> None:
    """The short way would be no way, and an import ten times as slow in its dates."""
    sent = when.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=offset_min)))
    text = format_datetime(sent)
    assert short_way(text) == sent
    assert date_of(text) == sent


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 2 Nov 2026 08:00:00 -0000",
        "Mon, 2 Nov 2026 08:00:00 GMT",
        "Mon, 2 Nov 26 08:00:00 +0100",
        "Mon, 2 Nov 2026 08:00 +0100",
        "Mon, 2 Nov 2026 08:00:00 +0100 (Central European Time)",
        "2026-11-02T08:00:00+01:00",
        "Mon, 31 Nov 2026 08:00:00 +0100",
        "Mon, 2 Nov 1969 08:00:00 +0100",
        "Mon, \u0662 Nov 2026 08:00:00 +0100",
        "",
    ],
)
def test_short_way_leaves_all_else_to_the_library(text: str) -> None:
    """A zone that is not known, or a form of old mailers, would be read by a pattern that does not know it."""
    assert short_way(text) is None
