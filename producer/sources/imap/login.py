"""From an account to a connection that is logged in: TLS verified, time-outs everywhere, answers bounded."""

from __future__ import annotations

import functools
import imaplib
import ssl
from collections.abc import Callable

from pydantic import SecretStr

from producer.sources.imap import sasl
from producer.sources.imap.account import Account
from producer.sources.imap.bounded import BoundedClient
from producer.sources.imap.errors import LoginRefusedError, MailServerUnreachableError
from producer.sources.imap.kept import Issued, Kept
from producer.sources.imap.password import password_of
from producer.sources.imap.trust import tls_context, tls_failure

__all__ = ["Login", "LoginRefusedError", "MailServerUnreachableError", "connect"]


def connect(account: Account) -> BoundedClient:
    """Return a new connection to the account's server, logged in (an `imapclient.IMAPClient`).

    Secrets are kept in memory between connections of one process, so that a passphrase is asked for once and an
    access token used as long as it lasts. Thread-safe; the connection itself belongs to one thread.

    Raises:
        LoginRefusedError: It will not work until somebody changes something.
        MailServerUnreachableError: It may work later.
    """
    return _login_of(account).connect()


class Login:
    """How one account is entered, again and again."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._secret = Kept(_asking(account))

    def connect(self) -> BoundedClient:
        """Return a connection, logged in; a kept secret that is refused is asked for anew, once."""
        secret, is_new = self._secret.get()
        try:
            return _entered(self._account, secret)
        except LoginRefusedError:
            if is_new:
                raise
        self._secret.forget(secret)
        return _entered(self._account, self._secret.get()[0])


@functools.cache
def _login_of(account: Account) -> Login:
    return Login(account)


def _asking(account: Account) -> Callable[[], Issued]:
    """Return what finds the account's secret; whoever uses passwords need not load an HTTP client."""
    if account.settings.auth == "password":
        return lambda: Issued(password_of(account))
    from producer.sources.imap.oauth2 import token_asker

    return token_asker(account)


def _entered(account: Account, secret: SecretStr) -> BoundedClient:
    client = _connected(account)
    try:
        sasl.log_in(client, account, secret)
    except BaseException:
        client.drop()
        raise
    return client


def _connected(account: Account) -> BoundedClient:
    """Return a connection that is safe to log in on: with TLS unless the account says none."""
    where = f"{account.host}:{account.port}"
    tls = None if account.security == "none" else tls_context(account.settings.ca_file)
    try:
        client = BoundedClient(
            account.host,
            account.port,
            tls=tls if account.security == "tls" else None,
            connect_timeout_s=account.settings.connect_timeout_s,
            read_timeout_s=account.settings.read_timeout_s,
        )
        if account.security == "starttls":
            _secure(client, tls, where)
    except ssl.SSLError as error:
        raise tls_failure(where, error) from error
    except (OSError, imaplib.IMAP4.error) as error:
        raise MailServerUnreachableError(f"{where}: {sasl.words_of(error)}") from error
    return client


def _secure(client: BoundedClient, tls: ssl.SSLContext | None, where: str) -> None:
    """Go over to TLS, or close the connection: nothing is ever said in plain text instead.

    Raises:
        LoginRefusedError: The server offers no STARTTLS, or somebody between takes it out.
    """
    if client.is_entered_already or not client.has_capability("STARTTLS"):
        client.drop()
        raise LoginRefusedError(
            f"{where}: no STARTTLS is offered, so neither password nor mail would be safe; try imaps:// (port 993)"
        )
    try:
        client.starttls(tls)
    except BaseException:
        client.drop()
        raise
