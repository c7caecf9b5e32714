"""What the command line says: durations, sizes, sums, mismatches, moments."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import typer

from chainmail.cli.line import mismatch
from chainmail.cli.options import moment
from chainmail.cli.speech import human_bytes, human_duration
from chainmail.cli.tables import money
from schemas.analysis import Money


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (89, "89 s"), (90, "1.5 min"), (3_600, "60 min"), (5_400, "1.5 h"), (187_200, "2.2 days")],
)
def test_human_duration_uses_the_unit_that_people_would(seconds: float, words: str) -> None:
    """An estimate of two days would be read out in seconds."""
    assert human_duration(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 B"), (999, "999 B"), (1_000, "1 kB"), (2_500_000, "2 MB"), (84_100_000_000, "84.1 GB")]
)
def test_human_bytes_uses_the_unit_that_people_would(count: float, words: str) -> None:
    """The free disk would be read out in bytes."""
    assert human_bytes(count) == words


@pytest.mark.parametrize(
    ("sums", "words"),
    [
        ([], ""),
        ([("EUR", "19575.00")], "EUR 19,575"),
        ([("EUR", "10"), ("GBP", "2350.4")], "GBP 2,350 +"),
        ([(None, "5")], "? 5"),
    ],
)
def test_money_shows_the_largest_sum_and_that_there_are_others(sums: list[tuple[str | None, str]], words: str) -> None:
    """A person would take one of several sums for all that is at stake."""
    assert money([Money(currency=currency, value=Decimal(value)) for currency, value in sums]) == words


@pytest.mark.parametrize(
    ("workers", "partitions", "words"),
    [(3, 4, "the speed is that of 2 workers"), (6, 4, "2 will idle"), (1, 4, "the speed is that of 1 workers")],
)
def test_mismatch_says_what_workers_on_other_partitions_are_worth(workers: int, partitions: int, words: str) -> None:
    """Three workers on four partitions look like three and are two."""
    assert words in mismatch(workers, partitions)


def test_moment_takes_a_date_for_utc() -> None:
    """`--since` would mean another day on every machine."""
    assert moment("2026-11-24") == datetime(2026, 11, 24, tzinfo=UTC)
    assert moment("2026-11-24T08:00+02:00") == datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert moment(None) is None


def test_moment_refuses_other_words_with_an_example() -> None:
    """A mistyped date would list all chains, or none."""
    with pytest.raises(typer.BadParameter, match="2026-11-24"):
        moment("yesterday")
