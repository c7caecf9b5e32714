"""When rules stand in for the model: pure, no clock of its own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chainmail.cli.stand_in import Outage
from storage.workers import Beat

AT = datetime(2026, 11, 2, 8, tzinfo=UTC)


def beat(models: str) -> Beat:
    """Return the beat of a member whose breaker of the models is in that state."""
    return Beat(
        worker_id="member-0",
        pid=1,
        state="waiting",
        partitions=[],
        chain_id=None,
        in_flight=0,
        slots=1,
        since_at=AT,
        completed=0,
        failed=0,
        model_busy_s=0,
        counters={},
        breakers={"database": "closed", "models": models},
        model_name="",
        model_server="ollama",
        rss_bytes=0,
        started_at=AT,
        beat_at=AT,
    )


@pytest.fixture
def outage() -> Outage:
    """Return an outage that is long after ten seconds."""
    return Outage(patience_s=10)


def test_model_that_is_away_for_long_is_noticed(outage: Outage) -> None:
    """Nobody would stand in, ever."""
    away = [beat("open"), beat("half-open")]
    assert [outage.look(away, now_s) for now_s in (0.0, 9.9, 10.0, 500.0)] == [False, False, True, True]


def test_model_that_comes_back_ends_the_outage(outage: Outage) -> None:
    """Rules would go on beside a model that answers, and a short absence would count as long after an earlier one."""
    assert not outage.look([beat("open")], 0)
    assert not outage.look([beat("closed")], 9)
    assert not outage.look([beat("open")], 12)
    assert outage.look([beat("open")], 22)


@pytest.mark.parametrize("beats", [[], [beat("open"), beat("closed")]])
def test_one_member_with_a_model_is_enough(outage: Outage, beats: list[Beat]) -> None:
    """A member that starts, or one host of many that answers, is no outage."""
    assert not any(outage.look(beats, now_s) for now_s in (0.0, 100.0))
