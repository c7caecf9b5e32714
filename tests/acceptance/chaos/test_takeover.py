"""A member that stands still until another has its partition, and then goes on as if nothing had been."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from storage.tables import AnalysisRow, OutcomeRow
from tests.acceptance.chaos import verdict
from tests.acceptance.chaos.stage import Stage, signal_all, stage
from tests.servers.kafka import OwnBroker

CALL_S, LATE_S = 0.8, 2.0


def _rows(played: Stage) -> dict[str, list[Any]]:
    with played.database.read() as connection:
        return {
            table.__tablename__: list(connection.execute(select(*table.__table__.columns)))
            for table in (AnalysisRow, OutcomeRow)
        }


def test_the_late_result_of_an_expelled_member_does_nothing(own_broker: OwnBroker, tmp_path: Path) -> None:
    """A machine that woke up from sleep would overwrite, or commit over, what others did meanwhile."""
    with stage(tmp_path / "stage", own_broker, workers=2, session_timeout_s=3.0) as played:
        played.model.delay_s = CALL_S
        played.publish_chains(6)
        played.start()
        played.wait_busy()
        victim = played.members()[:1]
        signal_all(victim, signal.SIGSTOP)
        played.repeats_allowed += played.in_flight_of(1)
        played.settle()  # by the other member alone
        before, committed = _rows(played), played.positions()
        signal_all(victim, signal.SIGCONT)
        time.sleep(LATE_S)
        assert _rows(played) == before
        assert played.positions() == committed
        assert verdict.repeats(played) == 1
        played.publish_chains(4, start=100)
        played.settle()
        assert len(played.members()) == 2
        played.stop()
        verdict.check(played)
