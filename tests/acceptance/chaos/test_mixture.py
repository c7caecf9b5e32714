"""All faults at random: 30 seconds of them here, as long as wished with `make chaos SECONDS=600 [SEED=n]`."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import pytest

from tests.acceptance.chaos import mixture, verdict
from tests.acceptance.chaos.stage import stage
from tests.servers.kafka import OwnBroker

SECONDS = float(os.environ.get("CHAINMAIL_TEST_CHAOS_SECONDS") or 30)
#: Among all tests always the same faults, so that a change is to blame for a failure; by itself any.
_USUAL_SEED = 0 if "CHAINMAIL_TEST_CHAOS_SECONDS" in os.environ else 1
SEED = int(os.environ.get("CHAINMAIL_TEST_CHAOS_SEED") or _USUAL_SEED or secrets.randbelow(1_000_000))
WORKERS, CALL_S = 3, 0.4
#: So many are published at first, and again when they run out: every fault has to meet work.
CHAINS = 160


@pytest.mark.timeout(SECONDS * 2 + 400)
def test_a_random_mixture_of_faults_loses_nothing(own_broker: OwnBroker, tmp_path: Path) -> None:
    """Two faults that meet would do what each alone does not."""
    lines = [f"mixture of {SECONDS:.0f} s, seed {SEED}"]

    def say(line: str) -> None:
        lines.append(line)
        print(line, flush=True)

    print(f"\n{lines[0]}", flush=True)
    settings = {"session_timeout_s": 4.0, "model_timeout_s": 3.0, "grace_s": 3.0, "in_flight": 2}
    with stage(tmp_path / "stage", own_broker, workers=WORKERS, partitions=4, **settings) as played:
        played.model.delay_s = CALL_S
        played.publish_chains(CHAINS)
        played.start()
        played.wait_busy()
        try:
            struck = mixture.play(played, SEED, SECONDS, say, more=CHAINS)
        except Exception as error:
            raise AssertionError("\n".join([*lines, str(error)])) from error
        assert struck, "a mixture of nothing proves nothing"
        say(
            f"{struck} faults on {played.sent} records: {dict(verdict.outcomes(played))}, none lost, none twice; "
            f"{verdict.repeats(played)} calls repeated, {played.repeats_allowed} allowed (seed {SEED})"
        )
