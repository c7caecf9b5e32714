"""An import that is killed at any point and begun again: ten times here, two hundred by `make crash [KILLS=n]`."""

from __future__ import annotations

import os
import random
import secrets
from pathlib import Path

import pytest

from tests.acceptance.crash import verdict
from tests.acceptance.crash.importing import Importer, Stage, Strike, importer
from tests.acceptance.crash.mails import deliver, mails

KILLS = int(os.environ.get("CHAINMAIL_TEST_CRASH_KILLS") or 10)
#: Among all tests always the same strikes, so that a change is to blame for a failure; by itself any.
_USUAL_SEED = 0 if "CHAINMAIL_TEST_CRASH_KILLS" in os.environ else 1
SEED = int(os.environ.get("CHAINMAIL_TEST_CRASH_SEED") or _USUAL_SEED or secrets.randbelow(1_000_000))
#: The mailbox grows twice while the import is being killed, so that what was half published changes, or is no chain
#: any more. The first part is large enough for readers beside the storing process.
PARTS = (1_050, 250, 200)
#: What is struck in each part, in this order.
STRIKES: tuple[tuple[Stage, ...], ...] = (
    ("starting", "storing", "storing", "storing", "publishing", "publishing"),
    ("storing", "publishing"),
    ("storing", "publishing"),
)


@pytest.mark.timeout(60 + 12 * KILLS)
def test_an_import_killed_anywhere_equals_one_in_one_go(kafka_bootstrap: str, tmp_path: Path) -> None:
    """A crash would lose mail, tear chains apart, or leave some that nobody ever analyses."""
    print(f"\n{KILLS} kills, seed {SEED}", flush=True)
    random_, left, number = random.Random(SEED), KILLS, 0
    while left > 0:
        number += 1
        assert number <= 2 * KILLS, "too few imports lived long enough to be killed"
        left -= _round(tmp_path / f"round-{number}", kafka_bootstrap, random_, left)


def _round(folder: Path, bootstrap: str, random_: random.Random, most: int) -> int:
    """Kill one import up to *most* times while its mailbox grows; return how often."""
    arriving, killed = mails(random_, sum(PARTS)), 0
    maildir, given = folder / "maildir", list[bytes]()
    with (
        importer(folder / "crashed", bootstrap, random_, maildir) as crashed,
        importer(folder / "undisturbed", bootstrap, random_, maildir) as undisturbed,
    ):
        for size, stages in zip(PARTS, STRIKES, strict=True):
            deliver(maildir, arriving[len(given) : len(given) + size])
            given = arriving[: len(given) + size]
            for stage in stages:
                killed += killed < most and _strike(crashed, Strike(stage, random_.random()), len(set(given)))
        crashed.finish()
        undisturbed.finish()
        chains = verdict.check(crashed, undisturbed)
        print(f"  {killed} kills: {len(given)} mails, {chains} chains as in one go (seed {SEED})", flush=True)
    return killed


def _strike(crashed: Importer, strike: Strike, delivered: int) -> bool:
    hit = crashed.strike(strike, delivered)
    print(f"  {strike.stage} {strike.share:.0%}: {f'killed, {hit}' if hit else 'it was done before'}", flush=True)
    return hit is not None
