"""From a real Dovecot into a real ledger: mail and cursors in one transaction, whatever ends the program."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from producer.counts import Counts
from producer.ingest import BATCH_MESSAGES
from producer.run import Intake
from producer.sources.imap.ranges import Ranges
from storage.engine import Database
from storage.tables import EmailRow, OutboxRow, RawMail, SourceCursor
from tests.integration.imap.conftest import Mailbox
from tests.ledgers import new_ledger

_PATIENCE_S = 10.0


def intake(database: Database) -> Intake:
    """Return an intake, as a program makes it when it starts."""
    return Intake(database, "email-chains", Counts())


def stored(database: Database) -> tuple[set[str], set[str]]:
    """Return the hashes of all raw mails, and the chains that are to be published."""
    with database.read() as connection:
        raws = set(connection.scalars(select(RawMail.raw_sha256)))
        emails = set(connection.scalars(select(EmailRow.chain_id)))
        waiting = set(connection.scalars(select(OutboxRow.chain_id)))
    assert emails <= waiting
    return raws, waiting


def uids_done_and_kept(database: Database) -> tuple[Ranges, set[int]]:
    """Return what the cursor of the INBOX covers, and the UIDs of the mails that are in the ledger."""
    with database.read() as connection:
        states = connection.execute(select(SourceCursor.source, SourceCursor.state)).all()
        names = connection.scalars(select(RawMail.source)).all()
    done = next((row.state["done"] for row in states if row.source.endswith("/INBOX")), [])
    kept = {int(name.rpartition("=")[2]) for name in names if "/INBOX;" in name}
    return Ranges((first, last) for first, last in done), kept


def test_pull_that_crashes_again_and_again_ends_as_one_that_does_not(box: Mailbox, tmp_path: Path) -> None:
    """A crash would lose the mail that was fetched and not stored, or never get beyond it."""
    count = 4 * BATCH_MESSAGES + 100
    box.fill(range(1, count + 1))
    box.deliver(range(5_000, 5_003), "Sent")
    with closing(new_ledger(tmp_path, "whole.db")) as whole, closing(new_ledger(tmp_path, "crashed.db")) as crashed:
        assert sum(intake(whole).take([box.source()], lambda: False)) == count + 3
        for batches in (1, 1, 2):
            taking = intake(crashed).take([box.source()], lambda: False)
            for _batch in range(batches):
                next(taking)
            del taking  # nobody finishes what was begun
            done, kept = uids_done_and_kept(crashed)
            assert {uid for uid in range(1, count + 1) if uid in done} <= kept
        assert len(kept) < count, "or nothing was interrupted"
        assert count in done, "what is stored is not fetched again"
        list(intake(crashed).take([box.source()], lambda: False))
        assert stored(crashed) == stored(whole)
        assert len(stored(whole)[0]) == count + 3


@contextmanager
def following(taking: Intake, box: Mailbox, taken: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Follow the INBOX while the block runs."""
    stopping = threading.Event()
    thread = threading.Thread(target=taking.follow, args=([box.source("INBOX")], stopping, taken))
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(_PATIENCE_S)
        assert not thread.is_alive()


def wait_for(database: Database, mails: int) -> None:
    """Wait until the ledger has so many raw mails."""
    end_s = time.monotonic() + _PATIENCE_S
    while len(stored(database)[0]) < mails:
        assert time.monotonic() < end_s, f"{len(stored(database)[0])} of {mails} mails"
        time.sleep(0.02)


def test_follow_goes_on_where_the_last_one_ended(box: Mailbox, tmp_path: Path) -> None:
    """Mail that came while nobody followed would be missing, or all of it be fetched anew."""
    box.deliver([1, 2])
    with closing(new_ledger(tmp_path)) as database:
        list(intake(database).take([box.source("INBOX")], lambda: False))
        rang = threading.Event()
        with following(intake(database), box, rang.set):
            box.deliver([3])
            wait_for(database, 3)
            assert rang.wait(_PATIENCE_S), "nobody would publish it"
        box.deliver([4, 5])
        second = intake(database)
        with following(second, box):
            wait_for(database, 5)
        assert (second.counts.emails, second.counts.duplicates) == (2, 0)


@pytest.mark.parametrize("is_moved", [False, True])
def test_mail_that_is_known_is_a_duplicate(box: Mailbox, tmp_path: Path, is_moved: bool) -> None:
    """Mail that was filed away, or a folder that was renumbered, would be analysed twice."""
    box.deliver([1, 2])
    with closing(new_ledger(tmp_path)) as database:
        list(intake(database).take([box.source()], lambda: False))
        before = stored(database)
        with box.client() as client:
            client.create_folder("Filed")
            client.select_folder("INBOX")
            if is_moved:
                client.move([1, 2], "Filed")
            else:
                client.copy([1, 2], "Filed")
        again = intake(database)
        list(again.take([box.source()], lambda: False))
        assert (again.counts.emails, again.counts.duplicates) == (0, 2)
        assert stored(database) == before
