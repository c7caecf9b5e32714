"""Days above what was pasted into a mail, and days that nobody says: stamps, menus, addresses."""

from __future__ import annotations

from datetime import date

import pytest

from consumer.analysis.readers import dates

WEDNESDAY = date(2026, 10, 14)


def resolved(text: str, *, month_first: bool | None = True) -> list[str | None]:
    """Return what the days in *text* resolve to."""
    return [day.resolved for day in dates.read(text, WEDNESDAY, month_first=month_first)]


@pytest.mark.parametrize(
    "head",
    [
        "October 9, 2026",
        "FOR IMMEDIATE RELEASE: October 9, 2026",
        "Friday, 9 October 2026",
        "OCT 09, 2026",
        "10/09/2026",
        "October 9, 2026  Harbour Gazette",
    ],
)
def test_what_stands_below_a_letterhead_was_written_on_its_day(head: str) -> None:
    """The yesterday of a letter would be that of the mail into which it was pasted."""
    text = f"Please see below.\n\n{head}\n\nDear Sir,\nthe crane arrived yesterday and runs since Monday.\n"
    assert resolved(text)[-2:] == ["2026-10-08", "2026-10-05"]


@pytest.mark.parametrize(
    "line",
    [
        "October 9, 2026 was the day when we met",
        "October 9, 2026 $1,200.00",
        "March 9, 2026",
        "October 9, 2027",
        "03/09/2026",
    ],
)
def test_other_lines_with_a_day_are_no_letterheads(line: str) -> None:
    """A sentence, a row of a table, or a day long gone would move all the days below it."""
    assert resolved(f"{line}\n\nThe crane arrived yesterday.\n")[-1] == "2026-10-13"


def test_rows_of_days_are_no_letterheads() -> None:
    """Below a list of days, its last would be taken for the day of writing."""
    text = "October 7, 2026\nOctober 8, 2026\nOctober 9, 2026\nThe crane arrived yesterday.\n"
    assert resolved(text)[-1] == "2026-10-06"


@pytest.mark.parametrize(
    "text",
    [
        "Oct 12 17:42:14 harbour gate[112]: opened",
        "by mail.example.org; Mon, 12 Oct 2026 17:42:14 -0400",
        "Date: 2026-10-12T17:42:14-04:00",
        "https://example.org/notes/2026-10-12.html",
        "[IMAGE] Sunday [IMAGE]",
        "STORIES BY DATE 10/13 | 10/12 | 10/11",
        "Copyright 1997-2026 Harbour Press",
        "the kernel 2.4.9 and later",
        "the Sunday Times",
        "backup-2024-09:59",
        "Merry Christmas!",
        "the 2nd to last line",
        "Bitte melden Sie sich hier an und nicht dort.",
    ],
)
def test_read_finds_no_day_that_nobody_says(text: str) -> None:
    """Stamps, menus and names of papers would stand among the days of a mail."""
    assert resolved(text) == []


def test_hier_is_yesterday_in_french() -> None:
    """The French would lose their yesterday to the Germans' here."""
    assert resolved("Nous avons reçu la facture hier soir.") == ["2026-10-13"]


@pytest.mark.parametrize(
    "text",
    [
        "nothing like what is in place today",
        "not so locked down as it is today",
        "today's situation on the market",
        "the leaders of tomorrow",
        "Buy your spare parts today!",
        "our 2025 Survey of Harbour Trends",
        "the 2026 Goals",
        "the end of the year review",
        "a couple of weeks ago",
        "in a day or two",
        "over the next week and a half of rain",
        "less than a year ago",
        "the agency has three offices in town today",
        "They write twice weekly, once on Wednesday.",
        "the Summer 2025 Parts Response Program",
    ],
)
def test_read_finds_no_day_in_what_fixes_none(text: str) -> None:
    """Nowadays, titles and vague counts would be told as days."""
    assert resolved(text) == []


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("The mill is closed on November 9 and opens on the following Tuesday.", "2026-11-10"),
        ("They arrive on November 5 and stay until the following week.", "2026-W46"),
        ("They come on November 5 and leave the next day.", "2026-11-06"),
        ("three rooms are booked, there are two meetings today", "2026-10-14"),
    ],
)
def test_what_follows_counts_from_the_day_named_before(text: str, last: str) -> None:
    """The Tuesday after a holiday would be that of this week."""
    assert resolved(text)[-1] == last
