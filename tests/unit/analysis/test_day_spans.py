"""Years, quarters and counts of days as reports and articles tell them."""

from __future__ import annotations

from datetime import date

import pytest

from consumer.analysis.readers import dates

WEDNESDAY = date(2026, 10, 14)


def resolved(text: str) -> list[str | None]:
    """Return what the days in *text* resolve to."""
    return [day.resolved for day in dates.read(text, WEDNESDAY, month_first=True)]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Between 1988 and 1998, sales doubled.", ["1988/1998"]),
        ("between 1988-98 sales doubled", ["1988/1998"]),
        ("output from 2019 through 2024 fell", ["2019/2024"]),
        ("In 2019 and 2024 output fell.", ["2019", "2024"]),
        ("the town's 1998 water plan", ["1998"]),
        ("Is this a 2027 question?", ["2027"]),
        ("her 2027 budget", ["2027"]),
    ],
)
def test_read_knows_years_and_spans_of_them(text: str, days: list[str]) -> None:
    """What a plan or a law is named by is the year in which it was made."""
    assert resolved(text) == days


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("the last quarter of 2025", ["2025-10/2025-12"]),
        ("the last quarter of the year", ["2026-10/2026-12"]),
        ("third- and fourth-quarter earnings", ["2026-07/2026-09", "2026-10/2026-12"]),
        ("the first and second quarters of 2027", ["2027-01/2027-03", "2027-04/2027-06"]),
    ],
)
def test_read_knows_each_quarter_of_a_row(text: str, days: list[str]) -> None:
    """The last quarter of a year is its fourth, and not the one before this."""
    assert resolved(text) == days


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Rent was lower a year ago.", "2025-10"),
        ("He joined three years ago.", "2023"),
        ("We will file within two months.", "2026-12-14"),
        ("We are two weeks out from the launch.", "2026-10-28"),
        ("Could we meet late on 29th?", "2026-10-29"),
        ("She stays until the 23d or so.", "2026-10-23"),
        ("Update: 18/7 - 7 pm", "2026-07-18"),
    ],
)
def test_read_knows_counts_and_numbers_of_days(text: str, day: str) -> None:
    """A year ago is the same month, three years ago may be any of its year."""
    assert resolved(text) == [day]


def test_a_count_from_a_notice_to_come_is_a_deadline_without_a_day() -> None:
    """The day from which it counts is not known."""
    (day,) = dates.read("Please answer within 5 working days of our letter.", WEDNESDAY)
    assert (day.resolved, day.kind) == (None, "deadline")


def test_what_is_over_was_on_the_last_such_day() -> None:
    """From October, the next first of January is nearer than the last."""
    assert resolved("The price on Jan. 1 stood at 40.") == ["2026-01-01"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("The mill follows our November 12 order.", "2025-11-12"),
        ("The November 12 hearing is open.", "2026-11-12"),
        ('"If we cannot, [Wednesday] I may say more," he told them.', "2026-10-14"),
        ("If we cannot, Wednesday I may say more.", "2026-10-21"),
    ],
)
def test_what_bears_a_day_tells_which_is_meant(text: str, day: str) -> None:
    """An order of a day was given on it, and an editor names the day of the report."""
    assert resolved(text) == [day]


@pytest.mark.parametrize(
    "text",
    [
        "a 2000 square foot hall",
        "the firm's 2000 employees",
        "the town's 2000 homes",
        "the town's 1990 Clean Water Act",
        "under Orders 888 and 2000",
        "If the mill went away tomorrow, nobody would notice.",
        "the 'Tonight Show' jokes about it",
        "The board lacks the 2/3 needed.",
        "by the 1/3 rule",
        "Meet me on 5th and Main.",
        "two weeks out of the office",
    ],
)
def test_read_finds_none_in_names_counts_and_suppositions(text: str) -> None:
    """These are no days, though each has the words of one."""
    assert resolved(text) == []
