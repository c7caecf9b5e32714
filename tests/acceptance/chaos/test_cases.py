"""Every fault of the table, while the program works."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.chaos import verdict
from tests.acceptance.chaos.cases import CASES, Case
from tests.acceptance.chaos.stage import stage
from tests.servers.kafka import OwnBroker


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_fault_loses_nothing_and_repeats_only_what_was_in_flight(
    case: Case, own_broker: OwnBroker, tmp_path: Path
) -> None:
    """A fault that every user meets one day would lose mail, store it twice, or pay the model for it again."""
    with stage(
        tmp_path / "stage", own_broker, workers=case.workers, partitions=case.partitions, **case.settings
    ) as played:
        played.model.delay_s = case.call_s
        played.publish_chains(case.chains)
        played.start()
        played.wait_busy()
        case.fault(played)
        played.settle()
        played.stop()
        case.then(played)
        verdict.check(played, case.outcomes)
