"""The forms in which business mail names days: short ones, turns in a month, holidays, other languages."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.analysis.readers import dates

WEDNESDAY = date(2026, 10, 14)


def resolved(text: str, written_on: date = WEDNESDAY) -> list[str | None]:
    """Return what the days in *text* resolve to."""
    return [day.resolved for day in dates.read(text, written_on, month_first=True)]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("by COB 10/16", "2026-10-16"),
        ("w/c 19 October", "2026-W43"),
        ("wk of 10/19", "2026-W43"),
        ("FY26", "2026"),
        ("CY 2027", "2027"),
        ("H1 2027", "2027-01/2027-06"),
        ("2H26", "2026-07/2026-12"),
        ("the 4th qtr", "2026-10/2026-12"),
        ("by EOW", "2026-10-16"),
        ("by EOM", "2026-10-31"),
        ("by EOQ", "2026-12-31"),
        ("by EOY", "2026-12-31"),
        ("tmrw", "2026-10-15"),
        ("within 48 hours", "2026-10-16"),
        ("Nov 3 '26", "2026-11-03"),
        ("2026/11/03", "2026-11-03"),
        ("Nov-3-2026", "2026-11-03"),
        ("November the 3rd", "2026-11-03"),
        ("October 30,2026", "2026-10-30"),
        ("the next academic year", "2027"),
        ("the rest of this week", "2026-W42"),
        ("this am", "2026-10-14"),
        ("on November 3.Then", "2026-11-03"),
        ("by mid-week", "2026-10-14"),
        ("due 11/8", "2026-11-08"),
        ("early '27", "2027"),
        ("this years budget", "2026"),
        ("in mid november", "2026-11"),
        ("the first half of November", "2026-11-01/2026-11-15"),
        ("the second half of November", "2026-11-16/2026-11-30"),
        ("first quarter this year", "2026-01/2026-03"),
        ("20 & 21 October", "2026-10-20/2026-10-21"),
        ("October 20 & 21", "2026-10-20/2026-10-21"),
        ("June/July 2027", "2027-06/2027-07"),
        ("late November - early December", "2026-11/2026-12"),
        ("Friday, November 6 until Thursday, November 12", "2026-11-06/2026-11-12"),
        ("Monday, 11/9 - Friday, 11/13", "2026-11-09/2026-11-13"),
        ("in the next 10-14 days", "2026-10-24/2026-10-28"),
    ],
)
def test_read_knows_short_forms(text: str, day: str) -> None:
    """A deadline in the shorthand of an office would be lost."""
    assert resolved(text) == [day]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("the first Monday in November", "2026-11-02"),
        ("the last Friday of this month", "2026-10-30"),
        ("the second Tuesday of December 2027", "2027-12-14"),
        ("the 15th of next month", "2026-11-15"),
        ("by the 1st of the month", "2026-11-01"),
        ("after the first of the year", "2027-01-01"),
        ("the second week of Nov", "2026-W46"),
        ("the last week in November", "2026-W49"),
        ("two weeks from Friday", "2026-10-30"),
        ("in town on the 27th of next week", "2026-10-27"),
    ],
)
def test_read_counts_turns_in_a_month(text: str, day: str) -> None:
    """The first Monday of a month would be next Monday."""
    assert resolved(text) == [day]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("closed on Christmas Day", "2026-12-25"),
        ("the week after Thanksgiving", "2026-11-26"),
        ("before Labor Day 2027", "2027-09-06"),
        ("after Memorial Day 2026", "2026-05-25"),
        ("New Year's Eve", "2026-12-31"),
        ("Good Friday 2027", "2027-03-26"),
        ("Easter Monday 2026", "2026-04-06"),
        ("Presidents' Day", "2027-02-15"),
    ],
)
def test_read_knows_holidays(text: str, day: str) -> None:
    """An office would be thought open on a holiday that the mail names."""
    assert resolved(text) == [day]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("bis zum 3.11.", "2026-11-03"),
        ("bis Ende Oktober", "2026-10-31"),
        ("Ende nächster Woche", "2026-10-23"),
        ("in KW 45", "2026-W45"),
        ("la semaine prochaine", "2026-W43"),
        ("la próxima semana", "2026-W43"),
    ],
)
def test_read_knows_short_forms_of_other_languages(text: str, day: str) -> None:
    """German, French and Spanish offices would miss their deadlines."""
    assert resolved(text) == [day]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("In May we will move.", "2027-05"),
        ("We shall open on May 4.", "2027-05-04"),
        ("The price peaked on December 28.", "2025-12-28"),
        ("The fair opens on December 28.", "2026-12-28"),
        ("The fair ends on December 28, he said.", "2026-12-28"),
    ],
)
def test_the_tense_tells_the_year_of_a_day_far_off(text: str, day: str) -> None:
    """A plan would lie in the past, or a report in the future."""
    assert resolved(text, date(2026, 10, 14) if "May" in text else date(2026, 7, 1)) == [day]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("either 10/16 or 10/20", ["2026-10-16", "2026-10-20"]),
        ("in late March or April", ["2026-03", "2026-04"]),
        ("a Tuesday deadline", ["2026-10-20"]),
        ("in June/July", ["2026-06", "2026-07"]),
        ("September, October and November", ["2026-09", "2026-10", "2026-11"]),
        ("tomorrow, Thursday", ["2026-10-15"]),
        ("Thursday (tomorrow)", ["2026-10-15"]),
        ("on Thursday\nand Friday, October 22 and 23", ["2026-10-22/2026-10-23"]),
        ("Thursday, October 22, 1-4 p.m.", ["2026-10-22"]),
        ("October 22nd and 23rd, Thursday and Friday", ["2026-10-22/2026-10-23"]),
        ("October 22 or 23", ["2026-10-22", "2026-10-23"]),
        ("Ringwerk Times, October 25, 2026 Sunday, page 7", ["2026-10-25"]),
        ("4. Prices rose in\nAugust\n5. Costs fell", ["2026-08"]),
    ],
)
def test_read_takes_each_day_of_a_list_once(text: str, days: list[str]) -> None:
    """Of two days offered one would be lost, or tomorrow would be next week too."""
    assert resolved(text) == days


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("He asked that they send it on Monday.", "2026-10-19"),
        ("On Monday he decided to sell.", "2026-10-12"),
        ("Buyers can wait, but on Monday it was the sellers that did.", "2026-10-12"),
        ("Until Monday the price held steady.", "2026-10-12"),
        ("They are asking for help, Monday's paper reported.", "2026-10-12"),
        ("The mayor notes in Monday's order that it is so.", "2026-10-12"),
        ("It is on the agenda for Monday's meeting.", "2026-10-19"),
        ("The mayor Monday signed the order that will open it.", "2026-10-12"),
        ("On Monday, Gov. Ann Bee, a farmer, signed it.", "2026-10-12"),
        ("In her news conference Monday, Bee said she will sign.", "2026-10-12"),
        ("But Bee, on a visit Monday, said the town would pay.", "2026-10-12"),
        ("The fair ends Monday, said Ann Bee, the mayor.", "2026-10-19"),
        ("They proposed a plan Monday.", "2026-10-12"),
        ("The proposed plan comes Monday.", "2026-10-19"),
        ("Homes hit by Monday's storm have no light.", "2026-10-12"),
        ("He cut the budget for the fair, which ends Monday.", "2026-10-19"),
        ("It wasn't hot Monday.", "2026-10-12"),
        ("Please put Monday in your diary.", "2026-10-19"),
        ("We will be following up on Monday.", "2026-10-19"),
    ],
)
def test_the_clause_of_a_weekday_tells_which_is_meant(text: str, day: str) -> None:
    """The verb of another clause would move a day by a week."""
    assert resolved(text) == [day]


def test_the_day_after_counts_from_a_day_close_by() -> None:
    """The next day of a tale would count from a date of another paragraph."""
    assert resolved("We land on October 20 and meet the next day.") == ["2026-10-20", "2026-10-21"]
    assert resolved("We land on October 20." + " Then we rest." * 30 + " It opens the next day.") == ["2026-10-20"]


@pytest.mark.parametrize(
    "text",
    [
        "part 10-20-30",
        "section 5.1.2",
        "item #3-4-26",
        "the 20th\ncentury",
        "stronger than today",
        "although today they have none",
        "the Christmas party",
        "in thanksgiving of it",
        "the New York office",
        "within 5 hours",
        "KW 80",
        "an H1 visa",
        "power use soars in summer heat",
        "under the 1971 Ringwerk Clean Air Act",
        "today's shortages",
    ],
)
def test_read_finds_none_in_numbers_and_idioms(text: str) -> None:
    """The record would fill with days that nobody meant."""
    assert resolved(text) == []


_PIECES = (
    "Monday tue, 3 30 31st the of October Nov. may '26 2026 99 - / . 10/30 3.11. 2026-13-45 29 February within 24 "
    "hours two weeks ago from next last this week KW 99 Q4 H2 FY first Friday in month year end EOM Christmas Easter "
    "holiday New Year's Eve of each Tuesday half qtr EOQ days since Ende Oktober semaine prochaine tomorrow "
    "Memorial Day 0000 today ( ) by until at 3pm \n > 9999 年 月 日 1月31日"
).split(" ")


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=14), st.none() | st.dates(), st.none() | st.booleans())
def test_read_takes_any_row_of_such_words(pieces: list[str], written_on: date | None, order: bool | None) -> None:
    """An odd date, or a mail of the year 1 or 9999, would stop the reading of a mail."""
    text = " ".join(pieces)
    for day in dates.read(text, written_on, month_first=order):
        assert 0 <= day.start < day.end <= len(text)
