"""`ingest --follow`, killed while mail arrives: nothing of it may be lost."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.acceptance.crash import verdict
from tests.acceptance.crash.importing import importer
from tests.acceptance.crash.mails import append, deliver, mails

#: There before it begins; arrive before the kill; while it is dead; after it was started again.
PARTS = (60, 80, 20, 40)
_ONE_BY_ONE = 4


@pytest.mark.parametrize("deliver_to", [deliver, append], ids=["maildir", "mbox"])
def test_a_follower_killed_while_mail_arrives_loses_none(
    deliver_to: Callable[[Path, Sequence[bytes]], None], kafka_bootstrap: str, tmp_path: Path
) -> None:
    """Mail that arrived while the program was dying or dead would never be analysed."""
    random_, source = random.Random(7), tmp_path / "source"
    arriving = mails(random_, sum(PARTS))
    there, before, dead, after = (arriving[sum(PARTS[:n]) : sum(PARTS[: n + 1])] for n in range(len(PARTS)))
    deliver_to(source, there)
    with importer(tmp_path / "crashed", source, kafka_bootstrap, random_) as crashed:
        follower = crashed.start("--follow")
        crashed.wait_until_all(len(set(there)))
        for start in range(0, len(before), _ONE_BY_ONE):
            deliver_to(source, before[start : start + _ONE_BY_ONE])
        assert crashed.kill(follower), "it ended before it was killed"
        deliver_to(source, dead)
        follower = crashed.start("--follow")
        deliver_to(source, after)
        crashed.wait_until_all(len(set(arriving)))
        crashed.stop(follower)
        with importer(tmp_path / "undisturbed", source, kafka_bootstrap, random_) as undisturbed:
            undisturbed.finish()
            assert verdict.check(crashed, undisturbed) > 0
