"""Whatever damage makes of the links between mails: the same chains, in any order of arrival, in any batches.

`make fuzz SECONDS=600` runs longer. A failure names seed and case; the same two give the same mails again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from producer.counts import Counts
from producer.ingest import Ledger, ingest
from producer.sources.source import RawMail
from tests.fuzz.mutations import mutated
from tests.integration.producer.ledger_state import shapes
from tests.ledgers import new_ledger

SECONDS = float(os.environ.get("CHAINMAIL_TEST_FUZZ_SECONDS") or 5)
SEED = int(os.environ.get("CHAINMAIL_TEST_FUZZ_SEED") or 1)
#: Mails of one case: few enough that links meet, many enough that chains join and are joined.
_MOST_MAILS = 40
#: Mail without any of them may be joined by its subject.
_LINKS = ("Message-ID", "In-Reply-To", "References")
_SUBJECTS = (
    *(
        "Northgate mesh gloves with titanium rings",
        "Re: Northgate mesh gloves with titanium rings",
        "AW: northgate  mesh gloves with titanium rings",
    ),
    *("Fwd: hello", "", "Re: [list] tensile testing of welded wire"),
)
_PEOPLE = ("ann@acme.example", "bo@acme.example", "cy@acme.example", "list@acme.example")
_ARRIVED_AT = datetime(2026, 11, 2, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def seeds() -> list[bytes]:
    """Return conversations: those of the corpora where they are at hand, and one of our own."""
    folder = Path(__file__).parents[3] / "shared" / "corpora" / "notmuch"
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in {".json", ".md"}]
    return [*(path.read_bytes() for path in files if path.stat().st_size < 30_000), b"Subject: own\n\ntext\n"]


def mail(random: Random, seeds: Sequence[bytes]) -> bytes:
    """Return a mail from the seeds, with links into a small pool: right ones, loops, garbage, or damaged as a whole."""
    raw = random.choice(seeds)
    if random.random() < 0.2:
        return mutated(random, seeds)
    names = [f"<{random.randrange(12)}@acme.example>" for _ in range(4)]
    links = [name for name in _LINKS if random.random() < 0.6]
    fields = [f"{name}: {garbled(random, names[: 1 + number])}" for number, name in enumerate(links)]
    people = random.sample(_PEOPLE, 3)
    day = random.randrange(1, 29)
    fields += [
        f"Subject: {random.choice(_SUBJECTS)}",
        f"From: {people[0]}",
        f"To: {', '.join(people[1:])}",
        f"Date: {day} Oct 2026 08:00:00 +0000" if random.random() < 0.9 else "Date: never",
    ]
    kept = [field for field in fields if random.random() < 0.95]
    return "\n".join(kept).encode() + b"\n\n" + raw.partition(b"\n\n")[2][:200]


def garbled(random: Random, ids: Sequence[str]) -> str:
    """Return ids as mail programs write them, and as they should not."""
    joined = " ".join(random.sample(ids, len(ids)))
    return random.choice(
        (joined, joined, joined, joined.replace("@", ""), f"Your message of today {joined}", "<>", joined[:-3])
    )


def taken(folder: Path, name: str, mails: Sequence[bytes], random: Random) -> object:
    """Take *mails* into a new ledger, in batches of any size, and return its chains."""
    database = new_ledger(folder, name)
    try:
        waiting = [RawMail(f"m{number}", content, _ARRIVED_AT) for number, content in enumerate(mails)]
        while waiting:
            size = random.randint(1, len(waiting))
            batch, waiting = waiting[:size], waiting[size:]
            assert sum(ingest(Ledger(database, "t", Counts()), batch)) == len(batch)
        return shapes(database)
    finally:
        database.close()


@pytest.mark.timeout(SECONDS * 3 + 300)
def test_chains_are_those_of_the_set_of_mails(seeds: list[bytes], tmp_path: Path) -> None:
    """The order in which folders are read would decide who reads whose mail."""
    deadline = time.monotonic() + SECONDS
    case = 0
    while time.monotonic() < deadline:
        case += 1
        random = Random(f"{SEED}/{case}")
        mails = [mail(random, seeds) for _ in range(random.randint(2, _MOST_MAILS))]
        one_go = taken(tmp_path, "one.db", mails, Random(0))
        shuffled = random.sample(mails, len(mails)) + random.choices(mails, k=3)
        assert taken(tmp_path, "other.db", shuffled, random) == one_go, f"seed {SEED}, case {case}"
    print(f"{case} mailboxes, seed {SEED}")
    assert case > 0
