"""Sources on disk, followed: what appears is found, what was missed is swept up."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from producer.sources.mbox import Mbox
from producer.sources.recognise import open_source
from producer.sources.source import QUIET, RawMail, Source, no_cursors
from producer.sources.watching import Sweep

POSTMARK = b"From ann@x.example Mon Nov  2 08:00:00 2026\n"
_PATIENCE_S = 20.0


def mail(number: int) -> bytes:
    """Return a mail."""
    return b"Message-ID: <%d@x.example>\nSubject: s\n\nhello %d\n" % (number, number)


def deliver(box: Path, name: str, content: bytes) -> None:
    """Deliver as a mail server does: written in `tmp`, then moved."""
    (box / "tmp" / name).write_bytes(content)
    os.rename(box / "tmp" / name, box / "new" / name)  # noqa: PTH104 - as mail servers do it


def maildir(path: Path) -> Path:
    """Make an empty Maildir."""
    for name in ("cur", "new", "tmp"):
        (path / name).mkdir(parents=True)
    return path


class Follower:
    """Follows a source in a thread and keeps what it yields."""

    def __init__(self, source: Source) -> None:
        self.stopping = threading.Event()
        self.found: list[RawMail] = []
        self.quiet = threading.Event()
        self._source = source
        self.thread = threading.Thread(target=self._follow)

    def _follow(self) -> None:
        for item in self._source.follow(no_cursors, self.stopping):
            if item is QUIET:
                self.quiet.set()
            elif isinstance(item, RawMail):
                self.found.append(item)

    def wait_for(self, *contents: bytes) -> None:
        """Wait until these mails were found."""
        end_s = time.monotonic() + _PATIENCE_S
        while not set(contents) <= {found.content for found in self.found}:
            assert time.monotonic() < end_s, f"only {self.found} came"
            time.sleep(0.01)


@contextmanager
def following(source: Source) -> Iterator[Follower]:
    """Follow *source* while the block runs."""
    follower = Follower(source)
    follower.thread.start()
    try:
        assert follower.quiet.wait(_PATIENCE_S)
        yield follower
    finally:
        follower.stopping.set()
        follower.thread.join(_PATIENCE_S)
    assert not follower.thread.is_alive()


def test_maildir_is_followed_from_its_opening_on(tmp_path: Path) -> None:
    """Mail that arrives while the first look goes on, or afterwards, or into a new folder, would wait for a restart."""
    box = maildir(tmp_path / "box")
    deliver(box, "1604300000.old", mail(1))
    source = open_source(str(box))
    deliver(box, "1604300001.early", mail(2))
    with following(source) as follower:
        follower.wait_for(mail(2))
        deliver(box, "1604300002.late", mail(3))
        follower.wait_for(mail(3))
        maildir(box / ".Sent")
        deliver(box / ".Sent", "1604300003.sent", mail(4))
        follower.wait_for(mail(4))
    by_content = {found.content: found for found in follower.found}
    arrived_at = by_content[mail(3)].arrived_at
    assert arrived_at is not None
    assert arrived_at.timestamp() == 1_604_300_002


def test_undelivered_and_left_out_mail_is_not_followed(tmp_path: Path) -> None:
    """Half a mail would be taken while the server writes it, or the mail of a folder that was left out."""
    box = maildir(tmp_path / "box")
    maildir(box / ".Private")
    source = open_source(str(box), leaves_out=lambda folder: folder == ".Private/new")
    with following(source) as follower:
        (box / "tmp" / "half").write_bytes(mail(1)[:20])
        deliver(box / ".Private", "1604300000.private", mail(2))
        deliver(box, "1604300001.last", mail(3))
        follower.wait_for(mail(3))
    assert {found.content for found in follower.found} == {mail(3)}


def test_growing_mbox_is_followed_from_its_last_message(tmp_path: Path) -> None:
    """Every new mail would have the whole archive read again, or be missed."""
    path = tmp_path / "box"
    path.write_bytes(b"".join(POSTMARK + mail(number) + b"\n" for number in range(50)))
    source = Mbox(path)
    assert len(list(source.mails())) == 50
    with following(source) as follower:
        follower.found.clear()
        with path.open("ab") as file:
            file.write(POSTMARK + mail(50) + b"\n")
        follower.wait_for(mail(50))
    assert {found.content for found in follower.found} == {mail(49), mail(50)}
    assert {found.name for found in follower.found} == {f"{path}#50", f"{path}#51"}


def test_mbox_that_was_written_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    """After its owner cleaned up an archive, new mail would be cut in its middle."""
    path = tmp_path / "box"
    path.write_bytes(b"".join(POSTMARK + mail(number) + b"\n" for number in range(9)))
    source = Mbox(path)
    assert len(list(source.mails())) == 9
    path.write_bytes(POSTMARK + mail(100) + b"\n" + POSTMARK + b"Subject: long\n\n" + b"x\n" * 9_999)
    with following(source) as follower:
        follower.wait_for(mail(100))
    assert b"Subject: long\n\n" in b"".join(found.content for found in follower.found)


def test_sweep_finds_what_nobody_reported(tmp_path: Path) -> None:
    """What arrives on a network drive, which reports nothing, would be missed."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    sweep = Sweep(tmp_path, time.time())
    assert sweep.new() == []
    (tmp_path / "a" / "b" / "one").write_bytes(mail(1))
    assert sweep.new() == [tmp_path / "a" / "b" / "one"]


def test_sweep_passes_over_folders_in_which_nothing_changed(tmp_path: Path) -> None:
    """Half a million files would be looked at every half minute."""
    for name in ("old", "busy"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mail").write_bytes(mail(1))
    long_ago = time.time() - 900
    for path in (tmp_path / "old" / "mail", tmp_path / "old", tmp_path):
        os.utime(path, (long_ago, long_ago))
    sweep = Sweep(tmp_path, time.time() - 60)
    first = sweep.new()
    assert first == [tmp_path / "busy" / "mail"]
