"""A mail account from the command line to the topics: the first look, and mail as it arrives."""

from __future__ import annotations

import sqlite3
import time
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.acceptance.conftest import Chainmail
from tests.servers.dovecot import PASSWORD, Dovecot


def mail(number: int) -> bytes:
    """Return a mail of a conversation of its own."""
    return (
        f"From: ann@acme.example\nTo: bo@acme.example\nDate: Mon, 2 Nov 2026 08:00:00 +0000\nSubject: Order {number}\n"
        f"Message-ID: <{number}.imap@acme.example>\n\nPlease send {number} boxes.\n"
    ).encode()


def published(folder: Path) -> list[tuple[Any, ...]]:
    """Return (topic, when published) of all chains that the broker has acknowledged, oldest first."""
    query = "SELECT topic, published_at FROM outbox WHERE published_at IS NOT NULL ORDER BY outbox_id"
    with closing(sqlite3.connect(folder / "mail.db")) as connection:
        return connection.execute(query).fetchall()


def test_account_is_imported_and_followed_to_the_topics(
    chainmail: Chainmail, mail_server: Dovecot, kafka_bootstrap: str
) -> None:
    """Mail would reach the ledger and nobody, wait for minutes, or queue behind an archive."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    own = {"CHAINMAIL_KAFKA_BOOTSTRAP": kafka_bootstrap, "CHAINMAIL_TOPIC": name, "CHAINMAIL_GROUP": name}
    for number in range(3):
        mail_server.deliver(name, mail(number))
    source = f"{mail_server.url(name)}?ca_file={mail_server.ca_file}"
    following = chainmail.start("ingest", source, "--follow", CHAINMAIL_IMAP_PASSWORD=PASSWORD, **own)
    chainmail.wait_for((chainmail.folder / "mail.db.home" / "locks" / "import.pid").exists)  # the tables are there
    chainmail.wait_for(lambda: len(published(chainmail.folder)) == 3)
    time.sleep(2)  # until it listens
    delivered_s = time.monotonic()
    mail_server.deliver(name, mail(9))
    chainmail.wait_for(lambda: len(published(chainmail.folder)) == 4)
    print(f"delivered to published: {time.monotonic() - delivered_s:.2f} s")
    assert [topic for topic, _ in published(chainmail.folder)] == [f"{name}.backlog"] * 3 + [name]
    following.terminate()
    chainmail.finish(following)
