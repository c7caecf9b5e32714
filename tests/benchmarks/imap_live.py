"""How fast mail comes from a real Dovecot: what arrives while IDLE waits, and what was there before.

Run: python tests/benchmarks/imap_live.py [--arrivals N] [--mails N]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

from producer.counts import Counts
from producer.run import Intake
from producer.sources.imap.patience import Rhythm
from producer.sources.source import RawMail
from tests.integration.imap.conftest import Mailbox, mail
from tests.ledgers import new_ledger
from tests.servers.dovecot import Dovecot, dovecot

_PATIENCE_S = 30.0
_TOPIC = "email-chains"


def main() -> None:
    """Print both figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arrivals", type=int, default=40)
    parser.add_argument("--mails", type=int, default=10_000)
    arguments = parser.parse_args()
    with dovecot() as server, tempfile.TemporaryDirectory() as folder:
        arrivals(server, Path(folder), arguments.arrivals)
        backlog(server, Path(folder), arguments.mails)


def arrivals(server: Dovecot, folder: Path, count: int) -> None:
    """Measure from the end of another client's APPEND to the commit of the mail in the ledger."""
    box, stopping, taken = Mailbox(server), threading.Event(), threading.Event()
    took_ms: list[float] = []
    with closing(new_ledger(folder, "live.db")) as database, box.client() as client:
        source = box.source("INBOX", rhythm=Rhythm(), tls=True)
        intake = Intake(database, _TOPIC, Counts())
        thread = threading.Thread(target=intake.follow, args=([source], stopping, taken.set))
        thread.start()
        time.sleep(1)  # IDLE has begun
        for number in range(count):
            taken.clear()
            client.append("INBOX", mail(number))
            begun_s = time.monotonic()
            if not taken.wait(_PATIENCE_S):
                raise SystemExit(f"mail {number} did not come within {_PATIENCE_S:.0f} s")
            took_ms.append((time.monotonic() - begun_s) * 1000)
            time.sleep(0.05)
        stopping.set()
        thread.join()
    took_ms.sort()
    print(
        f"{count} arrivals, IDLE over TLS, APPEND → stored in the ledger: median {statistics.median(took_ms):.0f} ms, "
        f"p95 {took_ms[int(count * 0.95)]:.0f} ms, slowest {took_ms[-1]:.0f} ms"
    )


def backlog(server: Dovecot, folder: Path, count: int) -> None:
    """Measure a first look: fetched alone, and into the ledger."""
    box = Mailbox(server)
    box.fill(range(count))
    box.source("INBOX").count()
    begun_s = time.monotonic()
    fetched = sum(isinstance(found, RawMail) for found in box.source("INBOX", tls=True).mails())
    fetched_s = time.monotonic() - begun_s
    with closing(new_ledger(folder, "backlog.db")) as database:
        begun_s = time.monotonic()
        intake = Intake(database, _TOPIC, Counts())
        taken = sum(intake.take([box.source("INBOX", tls=True)], lambda: False, count))
        taken_s = time.monotonic() - begun_s
    print(
        f"{fetched} small mails, first look over TLS: fetched {fetched / fetched_s:,.0f} a second, "
        f"into the ledger {taken / taken_s:,.0f} a second"
    )


if __name__ == "__main__":
    main()
