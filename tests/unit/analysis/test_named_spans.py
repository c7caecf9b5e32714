"""Weeks, months, quarters, years and seasons, ranges and days told by their number: what they resolve to."""

from __future__ import annotations

from datetime import date

import pytest

from consumer.analysis.readers import dates

WEDNESDAY = date(2026, 10, 14)


def found(text: str, written_on: date | None = WEDNESDAY) -> list[tuple[str, str | None]]:
    """Return the words and the resolved days of *text*."""
    return [(text[day.start : day.end], day.resolved) for day in dates.read(text, written_on)]


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("early next week", "2026-W43"),
        ("end of next week", "2026-10-23"),
        ("the last week of August", "2026-W36"),
        ("the first week of November", "2026-W45"),
        ("this month", "2026-10"),
        ("last month", "2026-09"),
        ("in June", "2026-06"),
        ("in December", "2026-12"),
        ("early November", "2026-11"),
        ("by March", "2027-03"),
        ("we met in November", "2026-11"),
        ("December of 2025", "2025-12"),
        ("Jan-27", "2027-01"),
        ("this quarter", "2026-10/2026-12"),
        ("last quarter", "2026-07/2026-09"),
        ("the third quarter of 2025", "2025-07/2025-09"),
        ("Q1 2027", "2027-01/2027-03"),
        ("2Q26", "2026-04/2026-06"),
        ("the first half of 2027", "2027-01/2027-06"),
        ("last year", "2025"),
        ("later this year", "2026"),
        ("the beginning of this year", "2026-01"),
        ("in 2024", "2024"),
        ("calendar year 2027", "2027"),
        ("the end of 2026", "2026-12-31"),
        ("year end", "2026-12-31"),
        ("two years ago", "2024"),
        ("three months ago", "2026-07"),
        ("2024-2026", "2024/2026"),
        ("next summer", None),
        ("in the fall", None),
        ("spring of 2027", None),
    ],
)
def test_read_resolves_weeks_months_and_years(text: str, resolved: str | None) -> None:
    """A period would be lost, or be that of another year."""
    assert [day for _, day in found(text)] == [resolved]


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("October 21-23", "2026-10-21/2026-10-23"),
        ("21-23 October 2026", "2026-10-21/2026-10-23"),
        ("October 30 through November 2", "2026-10-30/2026-11-02"),
        ("December 30 - January 2, 2027", "2026-12-30/2027-01-02"),
        ("10/21/2026-10/23/2026", "2026-10-21/2026-10-23"),
        ("from Monday to Wednesday", "2026-10-19/2026-10-21"),
        ("next weekend", "2026-10-24/2026-10-25"),
        ("this weekend", "2026-10-17/2026-10-18"),
        ("March through May 2027", "2027-03/2027-05"),
    ],
)
def test_read_takes_a_range_as_one(text: str, resolved: str) -> None:
    """Of a trip of three days only the first, or each for itself, would be noted."""
    assert [day for _, day in found(text)] == [resolved]


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("on the 20th", "2026-10-20"),
        ("on the 2nd.", "2026-11-02"),
        ("we met on the 5th", "2026-10-05"),
        ("Friday the 16th", "2026-10-16"),
        ("Monday, the 2nd, at noon", "2026-11-02"),
    ],
)
def test_read_finds_a_day_by_its_number_alone(text: str, resolved: str) -> None:
    """A meeting on "the 20th" would be on no day."""
    assert [day for _, day in found(text)] == [resolved]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("June 6, 8 and 12", ["2026-06-06", "2026-06-08", "2026-06-12"]),
        ("October 28 and 31", ["2026-10-28", "2026-10-31"]),
        ("in January, February and March of 2027", ["2027-01", "2027-02", "2027-03"]),
        ("for the years 2024, 2025 and 2026", ["2024", "2025", "2026"]),
    ],
)
def test_read_finds_each_of_a_list(text: str, days: list[str]) -> None:
    """Of three days offered all but the first or the last would be lost, or be in another year."""
    assert [day for _, day in found(text)] == days


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("15 octobre 2026", "2026-10-15"),
        ("3 de noviembre de 2026", "2026-11-03"),
        ("4 lipca", "2026-07-04"),
        ("am 3. Dezember", "2026-12-03"),
        ("demain", "2026-10-15"),
        ("übermorgen", "2026-10-16"),
        ("lundi", "2026-10-19"),
        ("nächste Woche", "2026-W43"),
        ("vor drei Wochen", "2026-09-23"),
        ("binnen 10 Tagen", "2026-10-24"),
    ],
)
def test_read_knows_other_languages(text: str, resolved: str) -> None:
    """Only English mail would have days."""
    assert [day for _, day in found(text)] == [resolved]


@pytest.mark.parametrize(
    "text",
    [
        "in today's market",
        "USA Today wrote",
        "every Monday",
        "Mon-Fri",
        "a 1/2 page",
        "24/7 support",
        "for the 5th floor",
        "the 3rd quarterly report",
        "it may be",
        "Mr. Stephen April signs",
        "over the next month",
        "room 2026",
        "at $2026 each",
        "Report Name: March 2026",
        "the file 12-3-26 letter.doc",
        "we march on",
        "price falls in fall of demand",
    ],
)
def test_read_finds_none_in_names_lengths_and_habits(text: str) -> None:
    """The record would fill with days that nobody meant."""
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("Thanks for the call on Monday.", "2026-10-12"),
        ("He sent it on Monday.", "2026-10-12"),
        ("We have moved the call to Monday.", "2026-10-19"),
        ("It was finished, so we will ship on Monday.", "2026-10-19"),
        ("She asked everyone to answer by Monday.", "2026-10-19"),
        ("He said late Wednesday that it is over.", "2026-10-14"),
        ("Monday of last week", "2026-10-05"),
        ("Thursday of next week", "2026-10-22"),
    ],
)
def test_read_asks_the_verb_which_weekday_is_meant(text: str, resolved: str) -> None:
    """Last Monday would be next Monday, or the other way round."""
    assert [day for _, day in found(text)] == [resolved]


def test_read_finds_nothing_twice() -> None:
    """A weekday beside its date, or today beside its date, would be another day."""
    assert found("today, October 14, and Monday - October 19") == [
        ("today, October 14", "2026-10-14"),
        ("Monday - October 19", "2026-10-19"),
    ]


def test_read_leaves_out_the_letterhead_and_the_dateline() -> None:
    """The mail's own day would be among the days that it names."""
    letter = "Wednesday, October 14, 2026\n\nDear Ben,\nplease see me on October 14, 2026 in the office."
    assert found(letter) == [("October 14, 2026", "2026-10-14")]
    assert found("RINGWERK, Oct. 14 (Agency) -- The mill closes in May 2027.") == [("May 2027", "2027-05")]


def test_read_resolves_a_day_without_its_year_near_the_quoting_mail() -> None:
    """Mail quoted without its day would name days of no year."""
    day = dates.read("Please come on 3 November.", None, near=WEDNESDAY)[0]
    assert day.resolved == "2026-11-03"
    assert dates.read("Please come on Friday.", None, near=WEDNESDAY)[0].resolved == "2026-10-16"
    assert dates.read("We shall see this year.", None, near=WEDNESDAY)[0].resolved == "2026"
    assert dates.read("Please come tomorrow.", None, near=WEDNESDAY)[0].resolved is None


@pytest.mark.parametrize(
    ("order", "resolved"),
    [(True, "2026-03-04"), (False, "2026-04-03"), (None, None)],
    ids=["month first", "day first", "unknown"],
)
def test_read_takes_figures_in_the_writers_order(order: bool | None, resolved: str | None) -> None:
    """The fourth of March and the third of April would be taken for one another."""
    assert [day.resolved for day in dates.read("due 3/4/2026", WEDNESDAY, month_first=order)] == [resolved]


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("until 10/25/2026 and 3/4/2026", True),
        ("until 25/10/2026 and 3/4/2026", False),
        ("3/4/2026 at 5 pm", True),
        ("3/4/2026", None),
    ],
)
def test_month_first_learns_from_other_figures(text: str, order: bool | None) -> None:
    """Each ambiguous day would stay open though its neighbour tells how it is meant."""
    assert dates.month_first(text) is order


def test_a_weekday_tells_which_figure_is_the_month() -> None:
    """A day that its weekday fixes would stay open."""
    assert found("Tuesday, 3/11/2026") == [("Tuesday, 3/11/2026", "2026-11-03")]


@pytest.mark.parametrize("day", ["May 4, 1892", "4 May 1892"])
def test_read_takes_a_year_long_gone_from_the_text_around(day: str) -> None:
    """An anniversary would be told of the year of the mail."""
    text = f"The mill opened on {day}, in the rain."
    told = dates.told_years(text)
    assert [day.resolved for day in dates.read(text, WEDNESDAY, told=told)] == ["1892-05-04"]


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("today, Monday, the 30th of October", "2026-10-30"),
        ("on the 16th, 17th or 18th of November", "2026-11-18"),
        ("between june of 2025 and now", "2025-06"),
        ("since the mid to late 1980s", None),
        ("'98-'99 was cold", "1998/1999"),
        ("30 business hours after receipt of our letter", None),
        ("within the next twenty-five business days", "2026-11-08"),
        ("the beginning of the next calendar year", "2027"),
        ("İstanbul, 30 October", "2026-10-30"),
    ],
)
def test_read_looks_far_enough_before_the_word_that_names_a_day(text: str, resolved: str | None) -> None:
    """Of a long name of a day only its end would be read, or nothing."""
    assert [day for _, day in found(text)][-1] == resolved
