"""How long a mail that arrives in a followed Maildir takes until the broker has acknowledged its chain."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.acceptance.conftest import PROGRAM
from tests.benchmarks import timeline
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import Ground
from tests.mailbox import mail

ARRIVALS = 50
#: Conversations of the benchmark: each has a first mail and an answer.
_FIRST_NUMBER = 900_000
#: How the names of its mails end: they are removed afterwards, so that the Maildir can be used again.
_OURS = ".benchmark"
_LOOK_S = 0.005
_PATIENCE_S = 60.0
#: A ledger of a million files is looked through before it is followed.
_READY_S = 1_800.0
_PUBLISHED = """
select outbox.topic from outbox join node on node.chain_id = outbox.chain_id
where node.node = ? and outbox.published_at is not null
and outbox.outbox_id = (select max(outbox_id) from outbox where chain_id = node.chain_id)
"""


def maildir(ground: Ground) -> list[Figure]:
    """Follow the Maildir, deliver mails one by one, and wait for each in the ledger."""
    numbers = iter(range(_FIRST_NUMBER, _FIRST_NUMBER + 10_000))
    began_s = time.monotonic()
    with _follower(ground) as process, closing(sqlite3.connect(ground.database)) as ledger:
        _wait_until_it_follows(ground, process, ledger, numbers)
        ready_s = time.monotonic() - began_s
        took_s = [_deliver(ground, process, ledger, number, answer) for number, answer in _arrivals(numbers)]
    for path in (ground.maildir / "new").glob(f"*{_OURS}"):
        path.unlink()
    mails = f"one mail arrives in a Maildir of {ground.files:,}"
    return [
        Figure(f"`ingest --follow` until it follows a Maildir of {ground.files:,}", ready_s, "s", digits=1),
        Figure(f"{mails}: published after, p50", timeline.percentile(took_s, 0.5), "s"),
        Figure("… p95", timeline.percentile(took_s, 0.95), "s", 2, "at most"),
        Figure(f"… the longest of {len(took_s)}", max(took_s), "s"),
    ]


@contextmanager
def _follower(ground: Ground) -> Iterator[subprocess.Popen[bytes]]:
    """Run `chainmail ingest --follow` while the block does."""
    with ground.log.open("ab") as log:
        process = subprocess.Popen(
            [PROGRAM, "ingest", str(ground.maildir), "--follow"],
            env=ground.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        process.wait(_PATIENCE_S)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _wait_until_it_follows(
    ground: Ground, process: subprocess.Popen[bytes], ledger: sqlite3.Connection, numbers: Iterator[int]
) -> None:
    """Deliver mails until one goes to the live topic."""
    deadline_s = time.monotonic() + _READY_S
    while time.monotonic() < deadline_s:
        node = _put(ground.maildir, next(numbers), 0)
        seen_s = time.monotonic() + 1
        while time.monotonic() < seen_s:
            if ground.topic in _topics(ledger, node):
                return
            time.sleep(_LOOK_S)
        assert process.poll() is None, "the program has ended"
    raise AssertionError(f"nothing arrives within {_READY_S:.0f} s")


def _arrivals(numbers: Iterator[int]) -> Iterator[tuple[int, int]]:
    """Yield (conversation, answer): first mails and answers in turn."""
    for _pair in range(ARRIVALS // 2):
        number = next(numbers)
        yield number, 0
        yield number, 1


def _deliver(
    ground: Ground, process: subprocess.Popen[bytes], ledger: sqlite3.Connection, number: int, answer: int
) -> float:
    """Deliver a mail; return the seconds until its chain was acknowledged and that is written down."""
    time.sleep(random.Random(number).uniform(0.1, 0.6))
    began_s = time.monotonic()
    node = _put(ground.maildir, number, answer)
    while not _topics(ledger, node):
        assert time.monotonic() - began_s < _PATIENCE_S, "the mail is not published"
        assert process.poll() is None, "the program has ended"
        time.sleep(_LOOK_S)
    return time.monotonic() - began_s


def _put(folder: Path, number: int, answer: int) -> str:
    """Put a mail into the Maildir as a mail server does; return its Message-ID."""
    name = f"{time.time():.0f}.M{number}A{answer}{_OURS}"
    (folder / "tmp" / name).write_bytes(mail(number, answer))
    (folder / "tmp" / name).rename(folder / "new" / name)
    return f"{number}.{answer}@acme.example"


def _topics(ledger: sqlite3.Connection, node: str) -> list[str]:
    """Return the topics of the newest revision of the chain of *node*, once it is published."""
    return [topic for (topic,) in ledger.execute(_PUBLISHED, (node,))]
