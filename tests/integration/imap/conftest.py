"""Mailboxes with mail in them, on a real server."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from imapclient import IMAPClient
from pydantic import SecretStr

from producer.sources.imap.account import open_account
from producer.sources.imap.login import connect
from producer.sources.imap.patience import Rhythm
from producer.sources.imap.pulling import MailAccount
from producer.sources.source import Cursor, Found, RawMail, UnreadableSource
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.tcp_proxy import TcpProxy, tcp_proxy

_users = itertools.count()
#: What takes a minute in earnest.
QUICK = Rhythm(give_up_s=20, first_wait_s=0.02, sweep_s=0.3, poll_s=0.2)


def mail(number: int, body: str = "hello") -> bytes:
    """Return mail *number* as servers keep it, with CRLF."""
    head = f"Message-ID: <{number}@x.example>\r\nFrom: ann@x.example\r\nSubject: Mail {number}\r\n"
    return f"{head}Date: Mon, 2 Nov 2026 08:00:00 +0000\r\n\r\n{body}\r\n".encode()


def _name(number: int, size_bytes: int) -> str:
    """Return a file name that tells the server the size, so that it need not read the file."""
    return f"{number:09}.fill.localhost,S={size_bytes},W={size_bytes}:2,"


class Mailbox:
    """One user's mail on the server, and ways to read it."""

    def __init__(self, server: Dovecot) -> None:
        self.server = server
        self.user = f"user{os.getpid()}-{next(_users)}"
        self.said: list[str] = []

    def deliver(self, numbers: Iterable[int], folder: str = "INBOX", body: str = "hello") -> None:
        """Put mails with these numbers into a folder, in order."""
        for number in numbers:
            self.server.deliver(self.user, mail(number, body), folder)

    def fill(self, numbers: Iterable[int], folder: str = "INBOX") -> None:
        """Put many small mails into a folder, in order, as if they had been there for long."""
        self.server.deliver(self.user, mail(0), folder).unlink()
        cur = self.server.maildir(self.user, folder) / "cur"
        for number in numbers:
            (cur / _name(number, len(mail(number)))).write_bytes(mail(number))

    def fill_with_one(self, count: int) -> None:
        """Put one mail into the INBOX so many times: fast."""
        self.fill([0])
        cur, size_bytes = self.server.maildir(self.user) / "cur", len(mail(0))
        for number in range(1, count):
            (cur / _name(number, size_bytes)).hardlink_to(cur / _name(0, size_bytes))

    def source(
        self, folder: str = "", *, port: int = 0, rhythm: Rhythm = QUICK, query: str = "", tls: bool = False
    ) -> MailAccount:
        """Return a source for a folder, or for those that are read by default."""
        url = f"imap://{self.user}@127.0.0.1:{port or self.server.port}/{quote(folder)}?security=none{query}"
        if tls:
            url = f"{self.server.url(self.user, folder)}?ca_file={quote(str(self.server.ca_file))}"
        account = open_account(url, usual_password=SecretStr(PASSWORD))
        return MailAccount(account, say=self.said.append, rhythm=rhythm)

    def client(self) -> IMAPClient:
        """Return another client of the same mailbox, as its owner uses."""
        url = f"imap://{self.user}@127.0.0.1:{self.server.port}/?security=none"
        return connect(open_account(url, usual_password=SecretStr(PASSWORD)))

    def index_folder(self) -> Path:
        """Return where the server keeps the INBOX."""
        return self.server.maildir(self.user)


class Shelf:
    """Keeps cursors as the ledger does, and the numbers of mails in the order in which they came."""

    def __init__(self) -> None:
        self.cursors: dict[str, object] = {}
        self.numbers: list[int] = []
        self.named: list[UnreadableSource] = []

    def load(self, source: str) -> dict[str, object] | None:
        """Return a stored cursor."""
        found = self.cursors.get(source)
        return found if isinstance(found, dict) else None

    def take(self, found: Iterable[Found], until: Callable[[], bool] = lambda: False) -> None:
        """Take what is found, until it ends or *until* says so."""
        for each in found:
            if isinstance(each, Cursor):
                self.cursors[each.source] = dict(each.state)
            elif isinstance(each, RawMail):
                self.numbers.append(number_of(each))
            elif isinstance(each, UnreadableSource):
                self.named.append(each)
            if until():
                return


def number_of(found: RawMail) -> int:
    """Return the number of a `mail`."""
    return int(found.content.split(b"<", 1)[1].split(b"@", 1)[0])


@pytest.fixture
def box(mail_server: Dovecot) -> Mailbox:
    """Return the empty mailbox of a new user."""
    return Mailbox(mail_server)


@pytest.fixture
def proxy(mail_server: Dovecot) -> Iterator[TcpProxy]:
    """Return a proxy in front of the server, without TLS."""
    with tcp_proxy(mail_server.port) as found:
        yield found
