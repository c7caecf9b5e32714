"""Raw mail into a real ledger."""

from __future__ import annotations

import mailbox
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from producer.counts import Counts
from producer.ingest import BATCH_BYTES, BATCH_MESSAGES, Ledger, ingest
from producer.run import Intake
from producer.sources.recognise import open_source
from producer.sources.source import Found, LeftOut, RawMail, UnreadableSource
from storage.engine import Database
from storage.packing import unpack
from storage.tables import EmailRow, OutboxRow
from storage.tables import RawMail as RawRow
from tests.integration.producer.ledger_state import revisions, shapes

TOPIC = "email-chains.backlog"


def raw(number: int, *refs: int, body: str = "hello", message_id: bool = True) -> bytes:
    """Return mail *number*, which answers others."""
    lines = [
        f"From: ann{number}@x.example",
        f"Date: Mon, 2 Nov 2026 {8 + number % 12:02}:00:00 +0000",
        f"Subject: Mail {number}",
        *([f"Message-ID: <{number}@x.example>"] if message_id else []),
        *([f"References: {' '.join(f'<{ref}@x.example>' for ref in refs)}"] if refs else []),
    ]
    return ("\n".join([*lines, "", body]) + "\n").encode()


#: Three chains, one of a mail without a Message-ID, with what containers like to change.
MAILS = [
    raw(1),
    raw(2, 1, body="yes\n\nFrom now on\n>From then\n"),
    raw(3, 1, 2, body="no blank at the end"),
    raw(4, body="unrelated\n\n\n"),
    raw(5, message_id=False, body="no id\nFrom me\n\n"),
]


def take(database: Database, mails: Iterable[Found]) -> Counts:
    """Ingest all and return the counts."""
    counts = Counts()
    for _taken in ingest(Ledger(database, TOPIC, counts), mails):
        pass
    return counts


def named(*contents: bytes) -> Iterator[RawMail]:
    """Return mails with the names m0, m1 and so on."""
    return (RawMail(f"m{number}", content) for number, content in enumerate(contents))


def test_ingest_keeps_the_bytes_and_counts(ledger: Database) -> None:
    """Mail could not be read again by a better parser, or the numbers would not add up."""
    counts = take(ledger, named(*MAILS))
    assert counts.as_json() == {
        "messages": 5,
        "emails": 5,
        "duplicates": 0,
        "unreadable": 0,
        "not_mail": 0,
        "chains": 3,
        "published": 0,
    }
    with ledger.read() as connection:
        rows = connection.execute(select(RawRow.source, RawRow.content, RawRow.size_bytes)).all()
    assert {(row.source, unpack(row.content), row.size_bytes) for row in rows} == {
        (f"m{number}", content, len(content)) for number, content in enumerate(MAILS)
    }


def test_ingest_again_changes_nothing(ledger: Database) -> None:
    """Importing the same mail twice would publish and analyse it twice."""
    take(ledger, named(*MAILS))
    before = (shapes(ledger), revisions(ledger))
    with ledger.read() as connection:
        outbox_before = connection.execute(select(OutboxRow)).all()
    counts = take(ledger, named(*MAILS))
    with ledger.read() as connection:
        assert connection.execute(select(OutboxRow)).all() == outbox_before
    assert (shapes(ledger), revisions(ledger)) == before
    assert (counts.emails, counts.duplicates, counts.chains) == (0, 5, set(before[0]))


def test_ingest_counts_duplicates_of_every_kind(ledger: Database) -> None:
    """The same mail twice in one folder, or over two routes, would be two emails."""
    other_route = b"Received: by elsewhere; Mon, 2 Nov 2026 09:00:00 +0000\n" + MAILS[0]
    counts = take(ledger, named(MAILS[0], MAILS[0], other_route))
    assert (counts.emails, counts.duplicates) == (1, 2)
    again = take(ledger, named(b"X-Seen: yes\n" + MAILS[0]))
    assert (again.emails, again.duplicates, again.chains) == (0, 1, set(shapes(ledger)))
    with ledger.read() as connection:
        assert connection.scalar(select(func.count()).select_from(RawRow)) == 3
        assert connection.scalar(select(func.count()).select_from(EmailRow)) == 1


def test_ingest_names_what_it_leaves_out(ledger: Database) -> None:
    """Files would be missing and nobody would know which."""
    things: list[RawMail | UnreadableSource] = [
        *named(b"", b"no mail", b"no mail", MAILS[0]),
        UnreadableSource("z.zip!a", "cannot be unpacked: why"),
    ]
    counts = take(ledger, things)
    assert (counts.messages, counts.emails, counts.unreadable, counts.not_mail) == (2, 1, 1, 3)
    assert sorted(counts.complaints) == [
        "m0: not mail: empty",
        "m1: not mail: no header of RFC 5322 found",
        "m2: not mail: no header of RFC 5322 found",
        "z.zip!a: cannot be unpacked: why",
    ]
    with ledger.read() as connection:
        assert connection.scalar(select(func.count()).select_from(RawRow)) == 1


def test_ingest_goes_batch_by_batch(ledger: Database) -> None:
    """One transaction would hold the lock for a whole archive, or a mail between two batches would be lost."""
    mails = named(*(raw(number) for number in range(2 * BATCH_MESSAGES + 1)))
    counts = Counts()
    assert list(ingest(Ledger(ledger, TOPIC, counts), mails)) == [BATCH_MESSAGES, BATCH_MESSAGES, 1]
    assert counts.emails == 2 * BATCH_MESSAGES + 1


def test_ingest_takes_few_large_mails_at_once(ledger: Database) -> None:
    """A hundred mails with large attachments would fill the memory and hold the lock for seconds."""
    mails = named(*(raw(number, body="x" * (BATCH_BYTES // 2)) for number in range(3)))
    assert list(ingest(Ledger(ledger, TOPIC, Counts()), mails)) == [2, 1]


def test_ingest_stops_between_batches(ledger: Database) -> None:
    """Ctrl-C would wait for the end of an archive, or leave half a batch."""
    counts = Counts()
    mails = named(*(raw(number) for number in range(3 * BATCH_MESSAGES)))
    assert list(ingest(Ledger(ledger, TOPIC, counts), mails, stop=lambda: counts.emails > 0)) == [BATCH_MESSAGES]
    assert counts.emails == BATCH_MESSAGES


def test_two_imports_at_once_take_each_mail_once(new_ledger: Callable[[], Database]) -> None:
    """Two people importing the same archive would end one of the imports with an error of the database."""
    first = new_ledger()
    second = Database(first.url)
    contents = [raw(number, number // 2) for number in range(1, 150)]
    results: list[Counts] = []
    threads = [
        threading.Thread(target=lambda database=database: results.append(take(database, named(*contents))))
        for database in (first, second)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    second.close()
    assert sum(counts.emails for counts in results) == 149
    assert [counts.messages for counts in results] == [149, 149]


def test_mail_known_only_since_we_looked_is_a_duplicate(new_ledger: Callable[[], Database]) -> None:
    """The same, where the other import commits while this one parses."""
    first = new_ledger()
    second = Database(first.url)

    def mails() -> Iterator[RawMail]:
        yield from named(*MAILS)

    class Slow(Database):
        """A ledger that somebody else writes to between our look and our lock."""

        @contextmanager
        def write(self) -> Iterator[Connection]:
            """Let the other import go first."""
            take(second, mails())
            with super().write() as connection:
                yield connection

    counts = take(Slow(first.url), mails())
    second.close()
    assert (counts.emails, counts.duplicates) == (0, 5)
    assert counts.chains == set(shapes(first))


def write_maildir(folder: Path) -> Path:
    """Write the mails as a Maildir, by another program's hand."""
    box = mailbox.Maildir(folder, create=True)
    for content in MAILS[:3]:
        box.add(content)
    sent = box.add_folder("Sent")
    for content in MAILS[3:]:
        sent.add(content)
    return folder


def write_mbox(path: Path) -> Path:
    """Write the mails as an mbox, by another program's hand."""
    box = mailbox.mbox(path)
    for content in MAILS:
        box.add(content)
    box.close()
    return path


def write_crlf_folder(folder: Path) -> Path:
    """Write the mails as files with the line ends of SMTP, in folders."""
    for number, content in enumerate(MAILS):
        path = folder / f"{number % 2}" / f"mail {number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.replace(b"\n", b"\r\n"))
    return folder


def write_zip(path: Path) -> Path:
    """Write the mails into a zip: some as files, some as an mbox."""
    box = write_mbox(path.with_suffix(".mbox"))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(box, "archive/box")
        for number, content in enumerate(MAILS[:2]):
            archive.writestr(f"single/{number}.eml", content)
    return path


WRITERS: dict[str, Callable[[Path], Path]] = {
    "maildir": lambda folder: write_maildir(folder / "maildir"),
    "mbox": lambda folder: write_mbox(folder / "box"),
    "folder": lambda folder: write_crlf_folder(folder / "mails"),
    "zip": lambda folder: write_zip(folder / "mails.zip"),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_containers_give_the_same_chains(new_ledger: Callable[[], Database], tmp_path: Path, kind: str) -> None:
    """Chain ids would depend on how somebody's archive happens to be stored."""
    plain, other = new_ledger(), new_ledger()
    take(plain, named(*MAILS))
    counts = take(other, open_source(str(WRITERS[kind](tmp_path))).mails())
    # `maildirfolder` marks a subfolder; it is looked at and named, as all that is no mail.
    assert (counts.emails, counts.unreadable, counts.not_mail) == (5, 0, 1 if kind == "maildir" else 0)
    assert shapes(other) == shapes(plain)


def test_containers_of_the_same_mail_give_each_email_once(ledger: Database, tmp_path: Path) -> None:
    """An archive beside the live mailbox would double every conversation."""
    intake = Intake(ledger, TOPIC, Counts())
    sources = [open_source(str(write(tmp_path))) for write in WRITERS.values()]
    assert sum(intake.take(sources, lambda: False)) == 6 + 5 + 5 + 7
    assert (intake.counts.emails, intake.counts.duplicates, len(intake.counts.chains)) == (5, 17, 3)
    assert set(revisions(ledger).values()) == {1}


def test_what_a_source_leaves_out_is_counted_and_nothing_of_it_is_kept(ledger: Database) -> None:
    """Nobody would see that an account's own `exclude` takes mail away."""
    counts = take(ledger, [*named(raw(1)), LeftOut("imaps://ann@x.example/INBOX;UID=2")])
    assert (counts.messages, counts.emails, counts.excluded) == (1, 1, 1)
    with ledger.read() as connection:
        assert connection.scalar(select(func.count()).select_from(RawRow)) == 1
