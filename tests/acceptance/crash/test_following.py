"""`ingest --follow`, killed while mail arrives: nothing of it may be lost."""

from __future__ import annotations

import random
from pathlib import Path

from tests.acceptance.crash import verdict
from tests.acceptance.crash.importing import importer
from tests.acceptance.crash.mails import append, deliver, mails

#: There before it begins; arrive before the kill; while it is dead; after it was started again.
PARTS = (60, 80, 20, 40)
_AT_ONCE = 4


def test_a_follower_killed_while_mail_arrives_loses_none(kafka_bootstrap: str, tmp_path: Path) -> None:
    """Mail that arrived in a Maildir or an mbox while the program was dying or dead would never be analysed."""
    random_, maildir, mbox = random.Random(7), tmp_path / "maildir", tmp_path / "mbox"
    arriving = mails(random_, sum(PARTS))
    there, before, dead, after = (arriving[sum(PARTS[:n]) : sum(PARTS[: n + 1])] for n in range(len(PARTS)))

    def arrive(contents: list[bytes]) -> None:
        for start in range(0, len(contents), _AT_ONCE):
            deliver(maildir, contents[start : start + _AT_ONCE : 2])
            append(mbox, contents[start + 1 : start + _AT_ONCE : 2])

    arrive(there)
    with (
        importer(tmp_path / "crashed", kafka_bootstrap, random_, maildir, mbox) as crashed,
        importer(tmp_path / "undisturbed", kafka_bootstrap, random_, maildir, mbox) as undisturbed,
    ):
        follower = crashed.start("--follow")
        crashed.wait_until_all(follower, len(set(there)))
        arrive(before)
        assert crashed.kill(follower), "it ended before it was killed"
        arrive(dead)
        follower = crashed.start("--follow")
        arrive(after)
        crashed.wait_until_all(follower, len(set(arriving)))
        crashed.stop(follower)
        undisturbed.finish()
        assert verdict.check(crashed, undisturbed) > 0
