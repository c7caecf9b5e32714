"""Logging in on a real Dovecot: passwords, tokens, certificates."""

from __future__ import annotations

from pydantic import SecretStr

from producer.sources.imap.account import Account, open_account
from producer.sources.imap.login import connect
from tests.servers.dovecot import PASSWORD, Dovecot


def _account(server: Dovecot, user: str, **query: str) -> Account:
    return open_account(f"{server.url(user)}?ca_file={server.ca_file}", usual_password=SecretStr(PASSWORD))


def test_login_by_password_opens_the_mailbox(mail_server: Dovecot) -> None:
    """Nobody could read mail from a server at all."""
    mail_server.deliver("ann", b"Subject: hello\r\n\r\nhello\r\n")
    with connect(_account(mail_server, "ann")) as client:
        assert client.select_folder("INBOX", readonly=True)[b"EXISTS"] == 1
