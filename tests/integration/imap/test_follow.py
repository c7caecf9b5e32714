"""Following a mailbox on a real Dovecot: what arrives, when the line holds and when it does not."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from producer.sources.imap.errors import LoginRefusedError
from producer.sources.imap.pulling import MailAccount
from producer.sources.source import QUIET, SourceError
from tests.integration.imap.conftest import QUICK, Mailbox, Shelf
from tests.servers.dovecot import dovecot
from tests.servers.tcp_proxy import TcpProxy, tcp_proxy

#: IDLE alone brings mail: nothing else would for minutes.
IDLE_ALONE = replace(QUICK, sweep_s=300, poll_s=300)
_PATIENCE_S = 10.0


@dataclass
class Follower:
    """A source that is followed in a thread."""

    source: MailAccount
    shelf: Shelf
    stopping: threading.Event = field(default_factory=threading.Event)
    is_quiet: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None

    def run(self) -> None:
        """Follow until stopped."""
        try:
            for found in self.source.follow(self.shelf.load, self.stopping):
                self.shelf.take([found])
                if found is QUIET:
                    self.is_quiet.set()
        except SourceError as error:
            self.error = error

    def wait_for(self, *numbers: int) -> float:
        """Wait until these mails have come; return the seconds that it took."""
        begun_s = time.monotonic()
        self.wait_until(lambda: set(numbers) <= set(self.shelf.numbers))
        return time.monotonic() - begun_s

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for *condition*."""
        end_s = time.monotonic() + _PATIENCE_S
        while not condition():
            assert time.monotonic() < end_s, (self.shelf.numbers, self.error)
            time.sleep(0.005)


@contextmanager
def following(source: MailAccount, shelf: Shelf | None = None) -> Iterator[Follower]:
    """Follow *source* while the block runs; it has to end within two seconds."""
    follower = Follower(source, shelf or Shelf())
    thread = threading.Thread(target=follower.run)
    thread.start()
    try:
        yield follower
    finally:
        follower.stopping.set()
        thread.join(2)
        assert not thread.is_alive(), "it goes on although it was stopped"


def test_mail_that_arrives_comes_at_once_with_idle(box: Mailbox) -> None:
    """Live mail would wait for the next sweep."""
    box.deliver([1])
    with following(box.source("INBOX", rhythm=IDLE_ALONE)) as follower:
        follower.wait_for(1)
        follower.wait_until(follower.is_quiet.is_set)
        time.sleep(0.3)  # IDLE has begun
        with box.client() as client:
            client.append("INBOX", b"Message-ID: <2@x.example>\r\nSubject: live\r\n\r\n")
        assert follower.wait_for(2) < 1
        box.deliver([3, 4])
        follower.wait_for(3, 4)
    assert sorted(follower.shelf.numbers) == [1, 2, 3, 4]
    assert box.said == []


def test_mail_comes_without_idle(box: Mailbox, proxy: TcpProxy) -> None:
    """Servers without IDLE could not be followed."""
    proxy.replaces = {rb"\bIDLE\b": b"NONE"}
    rhythm = replace(QUICK, sweep_s=300)
    with following(box.source("INBOX", port=proxy.port, rhythm=rhythm)) as follower:
        follower.wait_until(follower.is_quiet.is_set)
        box.deliver([1])
        follower.wait_for(1)
    assert b" IDLE" not in proxy.heard


def test_mail_in_other_folders_is_swept_up(box: Mailbox) -> None:
    """Only the INBOX would be followed: sent mail and what filters file away would be missing."""
    with following(box.source()) as follower:
        follower.wait_until(follower.is_quiet.is_set)
        box.deliver([1], "Sent")
        box.deliver([2], "Made/later")
        follower.wait_for(1, 2)
        box.deliver([3], "Junk")
        box.deliver([4], "Sent")
        follower.wait_for(4)
    assert sorted(follower.shelf.numbers) == [1, 2, 4]


def test_mail_that_arrives_goes_before_the_backlog(box: Mailbox) -> None:
    """This morning's mail would wait until years of it are fetched."""
    box.fill(range(1, 1_001))
    shelf = Shelf()
    shelf.take(box.source("INBOX").mails(shelf.load), until=lambda: len(shelf.cursors) == 1)
    before = len(shelf.numbers)
    box.deliver([5_000])
    with following(box.source("INBOX"), shelf) as follower:
        follower.wait_for(*range(1, 1_001), 5_000)
    assert shelf.numbers[before] == 5_000
    assert len(shelf.numbers) == 1_001, "none came twice"


def test_backlog_gives_way_to_what_arrives_meanwhile(box: Mailbox) -> None:
    """A first look of hours would keep live mail waiting."""
    box.fill(range(1, 1_501))
    source, shelf, stopping = box.source("INBOX", rhythm=IDLE_ALONE), Shelf(), threading.Event()
    found = source.follow(shelf.load, stopping)
    shelf.take(found, until=lambda: len(shelf.numbers) >= 300)
    box.deliver([9_000])
    time.sleep(0.5)  # the doorbell rings
    shelf.take(found, until=lambda: 9_000 in shelf.numbers)
    stopping.set()
    found.close()  # type: ignore[attr-defined] # it is a generator
    assert len(shelf.numbers) < 900


def test_line_that_is_cut_is_taken_up_again(box: Mailbox, proxy: TcpProxy) -> None:
    """A night without network would end a `--follow`, or lose the mail of that night."""
    with following(box.source("INBOX", port=proxy.port, rhythm=IDLE_ALONE)) as follower:
        follower.wait_until(follower.is_quiet.is_set)
        proxy.refuses = True
        proxy.cut_all()
        box.deliver([1])
        follower.wait_until(lambda: len(box.said) > 2)
        assert follower.shelf.numbers == []
        proxy.refuses = False
        follower.wait_for(1)
        box.deliver([2])
        follower.wait_for(2)
    assert any("waiting for mail in INBOX again" in words for words in box.said)


def test_follow_ends_soon_while_the_server_is_silent(box: Mailbox, proxy: TcpProxy) -> None:
    """A stop would wait for a server that hangs, a minute long, until somebody kills us."""
    box.deliver([1])
    with following(box.source("INBOX", port=proxy.port)) as follower:
        follower.wait_for(1)
        proxy.flows.clear()
        box.deliver([2])
        time.sleep(0.5)
    assert follower.shelf.numbers == [1]


def test_server_that_is_restarted_is_followed_on() -> None:
    """A server's update at night would end a `--follow`."""
    with dovecot() as server, tcp_proxy(server.port) as proxy:
        box = Mailbox(server)
        with following(box.source("INBOX", port=proxy.port, rhythm=IDLE_ALONE)) as follower:
            follower.wait_until(follower.is_quiet.is_set)
            box.deliver([1])
            follower.wait_for(1)
            proxy.refuses = True  # nobody takes the server's port meanwhile
            proxy.cut_all()  # Dovecot's children finish what they serve
            server.stop()
            box.deliver([2])
            server.start()
            proxy.refuses = False
            follower.wait_for(2)
            box.deliver([3])
            follower.wait_for(3)
    assert follower.shelf.numbers == [1, 2, 3]


def test_account_that_is_closed_meanwhile_ends_the_follow(box: Mailbox, proxy: TcpProxy) -> None:
    """A password that was changed would be tried until the account is locked, and nobody be told."""
    with following(box.source("INBOX", port=proxy.port)) as follower:
        follower.wait_until(follower.is_quiet.is_set)
        proxy.replaces_asked = {rb"AUTHENTICATE PLAIN": b"AUTHENTICATE NONSENSE"}
        proxy.cut_all()
        follower.wait_until(lambda: follower.error is not None)
    assert isinstance(follower.error, LoginRefusedError)


def test_idle_is_renewed_without_losing_mail(box: Mailbox) -> None:
    """What arrives while IDLE is begun anew would wait for the next mail."""
    with following(box.source("INBOX", rhythm=replace(IDLE_ALONE, renew_s=0.1))) as follower:
        follower.wait_until(follower.is_quiet.is_set)
        for number in range(3):
            box.deliver([number])
            assert follower.wait_for(number) < 2
    assert box.said == []
