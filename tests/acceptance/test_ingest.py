"""`ingest` as its user meets it: servers that are away, a full disk, two at once, mail that is left out or waits."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from chainmail.kafka_reader import Reader
from chainmail.records import Partition
from chainmail.settings import Settings
from tests.acceptance.conftest import PROGRAM, Chainmail
from tests.mailbox import write_folder

_PATIENCE_S = 40.0


@pytest.fixture
def own(kafka_bootstrap: str) -> dict[str, str]:
    """Return settings of a broker with topics of this test's own."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    return {"CHAINMAIL_KAFKA_BOOTSTRAP": kafka_bootstrap, "CHAINMAIL_TOPIC": name, "CHAINMAIL_GROUP": name}


def mail(number: int, extra: str = "", sender: str = "ann@acme.example") -> bytes:
    """Return a mail of a conversation of its own."""
    return (
        f"From: {sender}\nTo: bo@acme.example\nDate: Mon, 2 Nov 2026 08:00:00 +0000\nSubject: Order {number}\n"
        f"Message-ID: <{number}.own@acme.example>\n{extra}\nPlease send {number} boxes.\n"
    ).encode()


def rows(folder: Path, query: str) -> list[Any]:
    """Return what the ledger says."""
    with closing(sqlite3.connect(folder / "mail.db")) as connection:
        return connection.execute(query).fetchall()


def maildir(path: Path) -> Path:
    """Make an empty Maildir."""
    for name in ("cur", "new", "tmp"):
        (path / name).mkdir(parents=True)
    return path


def deliver(box: Path, name: str, content: bytes) -> None:
    """Deliver as a mail server does."""
    (box / "tmp" / name).write_bytes(content)
    os.rename(box / "tmp" / name, box / "new" / name)  # noqa: PTH104 - as mail servers do it


def values(own: dict[str, str]) -> list[bytes]:
    """Return what was published."""
    settings = Settings(kafka_bootstrap=own["CHAINMAIL_KAFKA_BOOTSTRAP"], topic=own["CHAINMAIL_TOPIC"])
    reader = Reader(settings)
    try:
        parts = [Partition(settings.backlog_topic, number) for number in range(4)]
        return [record.value or b"" for part in parts for record in reader.between(part, 0)]
    finally:
        reader.close()


def test_ingest_takes_mail_while_the_broker_is_away_and_publishes_it_later(
    chainmail: Chainmail, own: dict[str, str]
) -> None:
    """An hour without Kafka would be an hour without mail, or a day's import to do again."""
    mails = write_folder(chainmail.folder / "mails", 5)
    away = own | {"CHAINMAIL_KAFKA_BOOTSTRAP": "127.0.0.1:1"}
    out, err = chainmail.run("ingest", str(mails), "--json", code=3, **away)
    assert '"emails": 5' in out
    assert "127.0.0.1:1" in err
    assert "waits in the outbox" in err
    again = chainmail.json("ingest", str(mails), **own)
    assert (again["emails"], again["duplicates"], again["published"]) == (0, 5, 5)


def test_full_disk_stops_ingest_in_words_and_it_goes_on_where_it_was(chainmail: Chainmail, own: dict[str, str]) -> None:
    """Half an archive would be missing without a word, or a traceback be all that is said."""
    mails = chainmail.folder / "mails"
    mails.mkdir()
    for number in range(400):
        (mails / f"{number}.eml").write_bytes(mail(number) + os.urandom(3_000).hex().encode())
    limited = (
        "import os, resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY)); "
        "os.execv(sys.argv[1], sys.argv[1:])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", limited, PROGRAM, "ingest", str(mails)],
        env=chainmail.environment | own,
        cwd=chainmail.folder,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    assert "no room is left" in ended.stderr or "cannot be read or written" in ended.stderr
    assert "Traceback" not in ended.stderr
    kept = rows(chainmail.folder, "SELECT count(*) FROM email")[0][0]
    assert kept < 400
    again = chainmail.json("ingest", str(mails), **own)
    assert (again["emails"], again["duplicates"], again["published"]) == (400 - kept, kept, 400)


def test_second_import_says_that_it_waits_for_the_first(chainmail: Chainmail, own: dict[str, str]) -> None:
    """Two imports at once would share their counts, or one would end with an error."""
    pipe = chainmail.folder / "slow.eml"
    os.mkfifo(pipe)
    mails = write_folder(chainmail.folder / "mails", 3)
    first = chainmail.start("ingest", str(pipe), "--kind", "eml", "--json", **own)
    chainmail.wait_for((chainmail.folder / "mail.db.home" / "locks" / "import.pid").exists)
    second = chainmail.start("ingest", str(mails), "--json", **own)
    assert second.stderr is not None
    said = ""
    while "waiting" not in said:
        said += second.stderr.readline()
    assert f"another import (pid {first.pid}) is at work" in said
    with pipe.open("wb") as file:
        file.write(mail(77))
    assert '"emails": 1' in chainmail.finish(first)[0]
    assert '"emails": 3' in chainmail.finish(second)[0]


def test_left_out_mail_is_never_stored(chainmail: Chainmail, own: dict[str, str]) -> None:
    """What a works council was promised would not hold."""
    box = chainmail.folder / "mails"
    (box / "Private").mkdir(parents=True)
    (box / "1.eml").write_bytes(mail(1))
    (box / "2.eml").write_bytes(mail(2, sender="eva@hr.example"))
    (box / "Private" / "3.eml").write_bytes(mail(3))
    counts = chainmail.json("ingest", str(box), "--exclude", "@hr.example", "--exclude", "Private", **own)
    assert (counts["messages"], counts["emails"], counts["excluded"]) == (1, 1, 1)
    assert rows(chainmail.folder, "SELECT count(*) FROM raw_mail") == [(1,)]


@pytest.mark.parametrize(
    ("policy", "published", "text"), [("analyse", 2, True), ("headers", 2, False), ("skip", 1, True)]
)
def test_newsletters_go_the_way_that_was_set(
    chainmail: Chainmail, own: dict[str, str], policy: str, published: int, text: bool
) -> None:
    """A thousand newsletters would take the model's night, or somebody's order be skipped with them."""
    box = chainmail.folder / "mails"
    box.mkdir()
    (box / "1.eml").write_bytes(mail(1))
    (box / "2.eml").write_bytes(mail(2, extra="List-Unsubscribe: <mailto:off@shop.example>\nPrecedence: bulk\n"))
    counts = chainmail.json("ingest", str(box), CHAINMAIL_BULK_NEWSLETTERS=policy, **own)
    assert (counts["emails"], counts["published"], counts.get("skipped", 0)) == (2, published, 2 - published)
    sent = values(own)
    bulk = [value for value in sent if b"2.own@acme.example" in value]
    assert any(b"Please send 1 boxes" in value for value in sent)
    assert all((b"Please send 2 boxes" in value) is text for value in bulk)


def test_burst_of_replies_is_one_revision(chainmail: Chainmail, own: dict[str, str]) -> None:
    """Each of five replies within a minute would be half a minute of the model."""
    box = maildir(chainmail.folder / "box")
    following = chainmail.start("ingest", str(box), "--follow", "--settle", "3", **own)
    chainmail.wait_for((chainmail.folder / "mail.db.home" / "locks" / "import.pid").exists)
    for number in range(4):
        refs = "References: <1.own@acme.example>\n" if number else ""
        deliver(box, str(number), mail(number + 1, extra=refs))
        time.sleep(0.4)  # each arrives by itself, all before the chain is quiet
    done = "SELECT email_count FROM outbox JOIN chain USING (chain_id, revision) WHERE published_at IS NOT NULL"
    chainmail.wait_for(lambda: rows(chainmail.folder, done))
    assert rows(chainmail.folder, done) == [(4,)]
    assert rows(chainmail.folder, "SELECT count(*) FROM outbox") == [(1,)]
    following.terminate()
    chainmail.finish(following)
