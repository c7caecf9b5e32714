"""Which days are named and what they are, resolved by the definitions of labels."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.analysis.new_text import passages_of
from consumer.analysis.readers import dates
from consumer.analysis.readings import read_chain
from tests.conversations import conversation

WEDNESDAY = date(2026, 10, 14)


def days(text: str, written_on: date | None = WEDNESDAY) -> list[tuple[str, str | None]]:
    """Return the words and the resolved days of *text*."""
    return [(text[item.start : item.end], item.resolved) for item in dates.read(text, written_on)]


def kinds(text: str) -> list[str]:
    """Return the kinds of the days in *text*."""
    return [item.kind for item in dates.read(text, WEDNESDAY)]


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("today", "2026-10-14"),
        ("this afternoon", "2026-10-14"),
        ("tonight", "2026-10-14"),
        ("tomorrow", "2026-10-15"),
        ("yesterday", "2026-10-13"),
        ("heute", "2026-10-14"),
        ("gestern", "2026-10-13"),
        ("bis morgen", "2026-10-15"),
        ("on Friday", "2026-10-16"),
        ("on Monday", "2026-10-19"),
        ("on Wednesday", "2026-10-21"),
        ("this Wednesday", "2026-10-14"),
        ("last Friday", "2026-10-09"),
        ("last Wednesday", "2026-10-07"),
        ("next Monday", "2026-10-19"),
        ("am Freitag", "2026-10-16"),
        ("we met on Monday", "2026-10-12"),
        ("this week", "2026-W42"),
        ("next week", "2026-W43"),
        ("last week", "2026-W41"),
        ("end of the week", "2026-10-16"),
        ("end of the month", "2026-10-31"),
        ("end of next month", "2026-11-30"),
        ("end of February", "2027-02-28"),
        ("end of February 2028", "2028-02-29"),
        ("end of the year", "2026-12-31"),
        ("end of next year", "2027-12-31"),
        ("within two weeks", "2026-10-28"),
        ("in 3 days", "2026-10-17"),
        ("three days ago", "2026-10-11"),
    ],
)
def test_read_resolves_relative_days_from_the_day_of_writing(text: str, resolved: str) -> None:
    """A deadline would be noted for another day than the writer meant."""
    assert [day for _, day in days(text)] == [resolved]


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("2026-10-30", "2026-10-30"),
        ("30 October 2026", "2026-10-30"),
        ("30th of October, 2026", "2026-10-30"),
        ("October 30, 2026", "2026-10-30"),
        ("Oct. 30", "2026-10-30"),
        ("30. Oktober 2026", "2026-10-30"),
        ("30.10.2026", "2026-10-30"),
        ("30.10.26", "2026-10-30"),
        ("30/10/2026", "2026-10-30"),
        ("10/30/2026", "2026-10-30"),
        ("05/05/2026", "2026-05-05"),
        ("10月30日", "2026-10-30"),
        ("2027年1月5日", "2027-01-05"),
        ("29 February 2028", "2028-02-29"),
        ("October 2026", "2026-10"),
    ],
)
def test_read_resolves_calendar_days_in_any_style(text: str, resolved: str) -> None:
    """A date in another country's style would be lost, or be another day."""
    assert [day for _, day in days(f"due {text} for us")] == [resolved]


@pytest.mark.parametrize(("text", "resolved"), [("5 January", "2027-01-05"), ("20 December", "2026-12-20")])
def test_read_takes_the_year_nearest_to_the_mail(text: str, resolved: str) -> None:
    """A date without its year would be eleven months off."""
    assert days(text, date(2026, 12, 28)) == [(text, resolved)]


@pytest.mark.parametrize("text", ["03/04/2026", "1/2/26"])
def test_read_does_not_guess_which_figure_is_the_month(text: str) -> None:
    """The third of April and the fourth of March would be taken for one another."""
    assert days(text) == [(text, None)]


@pytest.mark.parametrize(
    "text",
    [
        "31 February 2026",
        "you may 5 times",
        "Guten Morgen Frau Brandt",
        "10.0.0.12",
        "at 14:00",
        "soon, ASAP, for two weeks",
        "room 12",
    ],
)
def test_read_finds_no_day_where_none_is_named(text: str) -> None:
    """The record would fill with days that nobody named."""
    assert days(text) == []


def test_read_takes_a_weekday_with_its_date_as_one_day() -> None:
    """Monday the second of November would also be next Monday."""
    assert days("by Monday, 2 November 2026") == [("Monday, 2 November 2026", "2026-11-02")]
    assert days("Montag, den 2. November") == [("Montag, den 2. November", "2026-11-02")]


def test_read_takes_both_of_two_offered_days() -> None:
    """Of two days offered for a meeting the first would be lost."""
    assert [day for _, day in days("on 17 or 18 November")] == ["2026-11-17", "2026-11-18"]


def test_read_leaves_the_full_stop_to_the_sentence() -> None:
    """Evidence would end in the next sentence's mark."""
    assert days("by 26 October.") == [("26 October", "2026-10-26")]


def test_read_leaves_relative_days_open_without_a_day_of_writing() -> None:
    """Undated mail would get days counted from nowhere."""
    text = "tomorrow, next week, on Friday, within two days, end of the month, 2026-10-30"
    assert [day for _, day in days(text, None)] == [None, None, None, None, None, "2026-10-30"]


@pytest.mark.parametrize(
    "text",
    [
        "by Friday",
        "by 5pm on Friday",
        "by the end of the month",
        "before the close of business tomorrow",
        "no later than 30 October",
        "due on 30 October",
        "the offer is valid until 15 November 2026",
        "bis 18.11.2026",
        "zahlbar bis zum 18.11.2026",
        "within two weeks",
    ],
)
def test_read_knows_a_deadline(text: str) -> None:
    """What is due would not be seen to be due."""
    assert kinds(text) == ["deadline"]


@pytest.mark.parametrize("text", ["by courier this afternoon", "the painting by Anna arrives tomorrow"])
def test_read_takes_no_other_by_for_a_deadline(text: str) -> None:
    """A means of transport would make a matter urgent."""
    assert kinds(text) == ["other"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("we met on Monday", "past"),
        ("your order of 1 September", "past"),
        ("due on 1 October", "past"),
        ("last week", "past"),
        ("the meeting is on Friday", "meeting"),
        ("can we call tomorrow", "meeting"),
        ("next week", "period"),
        ("this week", "period"),
        ("in November 2026", "period"),
        ("it ends on 31.12.2026", "other"),
    ],
)
def test_read_says_what_a_day_is(text: str, kind: str) -> None:
    """Meetings, periods and what is over would be mixed with what is due."""
    assert kinds(text) == [kind]


def test_read_chain_counts_from_the_senders_own_day() -> None:
    """In the evening of America "tomorrow" would be two days ahead, because UTC is there already."""
    text = "Please answer by tomorrow."
    chain = conversation({"text": text, "sent_on": date(2026, 10, 13)})
    readings = read_chain(chain, passages_of(chain))
    assert [day.resolved for day in readings.dates] == ["2026-10-14"]


@settings(max_examples=150, deadline=None)
@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 12, 31)))
def test_read_gives_back_the_day_that_was_written(day: date) -> None:
    """Some day of some year would be read as another."""
    english, german = f"{day.day} {day:%B} {day.year}", f"{day.day}.{day.month}.{day.year}"
    for text in (day.isoformat(), english, german):
        assert [item.resolved for item in dates.read(f"it is due on {text}", WEDNESDAY)] == [day.isoformat()]


@settings(max_examples=150, deadline=None)
@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 12, 1)), st.sampled_from(["Friday", "Sunday"]))
def test_read_puts_a_bare_weekday_within_the_week_ahead(written_on: date, weekday: str) -> None:
    """A weekday would be two weeks off, or another weekday, at some boundary of month or year."""
    resolved = date.fromisoformat(dates.read(f"on {weekday}", written_on)[0].resolved or "")
    assert 1 <= (resolved - written_on).days <= 7
    assert f"{resolved:%A}" == weekday
