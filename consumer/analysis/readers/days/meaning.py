"""What words may mean as a day: the day of writing goes in, ISO forms come out."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from consumer.analysis.readers.days.anchors import Anchor

_CENTURY, _LAST_CENTURY = 100, 70
_MONTHS = 12
#: Bounded, so that a page of blanks costs no more than its length.
_BLANK = r"\s{1,9}"


@dataclass(frozen=True, kw_only=True)
class Writing:
    """What is known of how a text was written.

    `on` is its day, `near` one not far from it, which tells the year of a day without one. `month_first` tells
    whether its writer puts the month before the day in figures.
    """

    on: date | None
    near: date | None = None
    month_first: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """A resolved day or span, as in `DateMention`; relative where the words mean another day in another mail.

    `is_nearest`: a day without its year, taken for that nearest to the mail. `follows`: what is meant after the day
    that is named before it, as "the next day" or "the following week".
    """

    resolved: str | None
    is_relative: bool = False
    is_span: bool = False
    is_nearest: bool = False
    follows: Callable[[date], Meaning | None] | None = None


#: None: the words name no day.
Resolve = Callable[[re.Match[str], Writing], Meaning | None]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A pattern, looked for around *anchor* words, and what its matches mean."""

    anchor: Anchor
    pattern: re.Pattern[str]
    resolve: Resolve
    has_place: bool


OPEN = Meaning(resolved=None, is_relative=True)


def rules(*given: tuple[Anchor, str, Resolve]) -> tuple[Rule, ...]:
    """Return *given* compiled, without regard to capitals; a blank stands for any white space, a line's end too.

    Where a pattern has a group `at`, the day stands there, and what is before it only introduces it.
    """
    patterns = (re.compile(pattern.replace(" ", _BLANK), re.IGNORECASE) for _, pattern, _ in given)
    return tuple(
        Rule(anchor=anchor, pattern=pattern, resolve=resolve, has_place="at" in pattern.groupindex)
        for (anchor, _, resolve), pattern in zip(given, patterns, strict=True)
    )


def day(year: int, month: int, number: int) -> Meaning | None:
    """Return the day; None where the calendar has none."""
    try:
        return Meaning(resolved=date(year, month, number).isoformat())
    except ValueError:
        return None


def full_year(figures: str) -> int:
    """Return the year of two or four *figures*, with an apostrophe or without."""
    year = int(figures.lstrip("'\u2019"))
    return year if year >= _CENTURY else year + (1900 if year >= _LAST_CENTURY else 2000)


def shifted(on: date | None, days: int) -> Meaning | None:
    """Return the day so many *days* after the day of writing."""
    if on is None:
        return OPEN
    try:
        return Meaning(resolved=(on + timedelta(days=days)).isoformat(), is_relative=True)
    except OverflowError:
        return None


def months_on(on: date, months: int) -> Meaning | None:
    """Return the day so many *months* after *on*: of the same number, or the last of a shorter month."""
    year, number = divmod(on.year * _MONTHS + on.month - 1 + months, _MONTHS)
    meant = day(year, number + 1, min(on.day, monthrange(year, number + 1)[1])) if year > 0 else None
    return replace(meant, is_relative=True) if meant else None


def between(first: Meaning | None, last: Meaning | None) -> Meaning | None:
    """Return the span from one day to a later one."""
    if first is None or last is None or not first.resolved or not last.resolved or first.resolved >= last.resolved:
        return None
    return Meaning(resolved=f"{first.resolved}/{last.resolved}", is_relative=first.is_relative)


def week(on: date | None, weeks: int = 0) -> Meaning | None:
    """Return the ISO week so many *weeks* after that of *on*."""
    if on is None:
        return OPEN
    year, number, _ = (on + timedelta(weeks=weeks)).isocalendar()
    return Meaning(resolved=f"{year}-W{number:02d}", is_relative=True)


def single_day(meant: Meaning) -> date | None:
    """Return the day, where it is a single one."""
    try:
        return date.fromisoformat(meant.resolved or "")
    except ValueError:
        return None


def week_of(meant: Meaning) -> Meaning | None:
    """Return the week in which a single day lies."""
    on = single_day(meant)
    return week(on) if on else None


def month(year: int, number: int) -> str:
    """Return the month; a *number* outside of the year counts on into its neighbours."""
    return f"{year + (number - 1) // _MONTHS:04d}-{(number - 1) % _MONTHS + 1:02d}"


def last_of_month(iso: str) -> str:
    """Return the last day of the month *iso* (YYYY-MM)."""
    year, number = int(iso[:4]), int(iso[5:7])
    return f"{iso}-{monthrange(year, number)[1]:02d}"


def as_far_as(form: str, on: date) -> str:
    """Return *on* in the *form* of a resolved day: a day, a week, a month or a year."""
    year, number, _ = on.isocalendar()
    return f"{year}-W{number:02d}" if "W" in form else on.isoformat()[: len(form)]
