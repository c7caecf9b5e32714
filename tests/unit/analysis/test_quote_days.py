"""The day in the head of a quoted mail."""

from __future__ import annotations

from datetime import date

import pytest

from consumer.analysis.quotes.days import day_in

_WRITTEN_ON = date(2026, 10, 14)


@pytest.mark.parametrize(
    "head",
    [
        "Mon, 12 Oct 2026 09:14:03 +0200",
        "Monday, October 12th, 2026 9:14 AM",
        "Mon Oct 12 09:14:03 2026",
        "Mon Oct 12 09:14:03 CEST 2026",
        "October-12-26 9:14 AM",
        "2026-10-12 09:14",
        "2026/10/12 9:14",
        "12.10.2026 09:14",
        "12. 10. 2026",
        "12/10/2026 09:14",
        "10/12/2026 09:14 AM",
        "10/12/26 9:14 AM",
        "12 de octubre de 2026",
        "lundi 12 octobre 2026 à 09:14",
        "12 października 2026",
        "12. října 2026",
        "12. lokakuuta 2026",
        "12 октября 2026",
        "12 Ekim 2026",
        "2026年10月12日",
        "2026년 10월 12일",
    ],
)
def test_day_in_reads_the_notations_of_mail_programs(head: str) -> None:
    """Relative days of a forwarded mail would count from another day, or from none."""
    assert day_in(head, _WRITTEN_ON) == date(2026, 10, 12)


@pytest.mark.parametrize(
    ("month", "heads"),
    [
        (1, ["12 janvier 2026", "12 ledna 2026"]),
        (2, ["12 luty 2026", "12 helmikuuta 2026"]),
        (3, ["12. März 2026", "12 maaliskuuta 2026"]),
        (4, ["12 nisan 2026", "12. dubna 2026"]),
        (5, ["12 мая 2026", "12 май 2026", "12 mei 2026"]),
        (6, ["12 juin 2026", "12. června 2026", "12 kesäkuuta 2026"]),
        (7, ["12 juillet 2026", "12. července 2026", "12 heinäkuuta 2026"]),
        (8, ["12 août 2026", "12 Ağustos 2026", "12 sierpnia 2026"]),
        (9, ["12 setembro 2026", "12 września 2026"]),
        (11, ["12 marraskuuta 2025", "12 listopada 2025"]),
        (12, ["12 dicembre 2025", "12 grudnia 2025"]),
    ],
)
def test_day_in_tells_months_apart(month: int, heads: list[str]) -> None:
    """June would be July in the languages that name them alike."""
    days = [day_in(head, _WRITTEN_ON) for head in heads]
    assert [(day.month, day.day) for day in days if day] == [(month, 12)] * len(heads)


@pytest.mark.parametrize("head", ["04/05/2026", "yesterday", "", "31/31/2026", "12 Foo 2026", "30 February 2026"])
def test_day_in_fixes_nothing_that_is_not_said(head: str) -> None:
    """A wrong day is worse than none: all days in the mail would follow it."""
    assert day_in(head, _WRITTEN_ON) is None


def test_day_in_knows_that_a_quoted_mail_is_no_younger_than_the_one_that_holds_it() -> None:
    """Days written in figures would stay open though only one of them can be meant."""
    assert day_in("12/10/2026", date(2026, 11, 1)) == date(2026, 10, 12)
    assert day_in("12/10/2026", None) is None
