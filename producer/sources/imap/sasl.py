"""The log-in itself: PLAIN, LOGIN, XOAUTH2 and OAUTHBEARER, and what a server's refusal means."""

from __future__ import annotations

import imaplib
import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from pydantic import SecretStr

from producer.sources.imap.account import Account
from producer.sources.imap.bounded import BoundedClient
from producer.sources.imap.errors import LoginRefusedError, MailServerUnreachableError, one_line

#: RFC 5530, and Gmail's words where it gives no code.
_LATER = re.compile(
    r"\[(UNAVAILABLE|INUSE|LIMIT|SERVERBUG|OVERQUOTA)\b|too many|temporar|try again|throttl|bandwidth limit",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"\[(AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|EXPIRED|PRIVACYREQUIRED|CONTACTADMIN)\b", re.IGNORECASE
)
#: A server that goes on asking is answered no more.
_MAX_CHALLENGES = 5
_OWN_ID = {"name": "chainmail"}


def log_in(client: BoundedClient, account: Account, secret: SecretStr) -> None:
    """Log in with a password or an access token, as the account says.

    Raises:
        LoginRefusedError: The server does not accept it.
        MailServerUnreachableError: The server is overloaded or gone.
    """
    value = secret.get_secret_value()
    challenges: list[bytes] = []
    try:
        if account.settings.auth == "password":
            _by_password(client, account, value)
        else:
            _authenticate(client, account.settings.auth.upper(), _bearer(account, value), challenges)
        _say_who_we_are(client)
    except (imaplib.IMAP4.abort, OSError) as error:
        raise MailServerUnreachableError(_said(account, client.goodbye or words_of(error), value)) from None
    except (imaplib.IMAP4.error, ValueError) as error:
        raise _meaning(account, _said(account, words_of(error), value), challenges) from None


def words_of(error: BaseException) -> str:
    """Return an error's words on one line; imaplib gives a server's as bytes, or as text that looks like bytes."""
    raw = error.args[0] if error.args and isinstance(error.args[0], bytes) else str(error)
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    text = re.sub(r"^b(['\"])(.*)\1$", r"\2", text)
    return one_line(text) or type(error).__name__


def _by_password(client: BoundedClient, account: Account, password: str) -> None:
    """PLAIN where it is offered: it alone carries all of Unicode (RFC 4616)."""
    if client.has_capability("AUTH=PLAIN"):
        _authenticate(client, "PLAIN", f"\0{account.user}\0{password}", [])
    elif client.has_capability("LOGINDISABLED"):
        raise imaplib.IMAP4.error('the server takes no passwords here: set auth = "xoauth2"')
    elif not (account.user + password).isascii():
        raise imaplib.IMAP4.error("the server takes user and password in ASCII alone: it offers no AUTH=PLAIN")
    else:
        client.enter("login", account.user, password)


def _bearer(account: Account, token: str) -> str:
    """Return the first message of XOAUTH2 (Gmail's and Microsoft's) or OAUTHBEARER (RFC 7628)."""
    if account.settings.auth == "xoauth2":
        return f"user={account.user}\1auth=Bearer {token}\1\1"
    user = account.user.replace("=", "=3D").replace(",", "=2C")
    return f"n,a={user},\1host={account.host}\1port={account.port}\1auth=Bearer {token}\1\1"


def _authenticate(client: BoundedClient, mechanism: str, message: str, challenges: list[bytes]) -> None:
    """Send *message* when asked; a further challenge tells why it was refused, and is answered with nothing."""
    client.enter("authenticate", mechanism, _answering(mechanism, message, challenges))


def _answering(mechanism: str, message: str, challenges: list[bytes]) -> Callable[[bytes], bytes | None]:
    replies = iter([message.encode(), b"\1" if mechanism == "OAUTHBEARER" else b""])
    asked = 0

    def answer(challenge: bytes) -> bytes | None:
        nonlocal asked
        asked += 1
        if asked > _MAX_CHALLENGES:
            raise imaplib.IMAP4.abort("the server asks on and on")
        if challenge:
            challenges.append(challenge)
        return next(replies, None)

    return answer


def _said(account: Account, words: str, secret: str) -> str:
    """Return the server's words, without the secret, should they repeat it."""
    return f"{account.identity}: {one_line(words.replace(secret, '…'))}"


def _meaning(account: Account, words: str, challenges: list[bytes]) -> Exception:
    """Return what a refusal means: that it may work later, or what somebody has to do."""
    if _LATER.search(words) and not _NEVER.search(words):
        return MailServerUnreachableError(words)
    if account.settings.auth == "password":
        mend = "is the password right? Gmail wants an app password, Microsoft 365 takes none at all (docs/imap.md)"
    else:
        mend = f"the access token is refused{_challenged(challenges)}: are user and scope those of the consent?"
    return LoginRefusedError(f"{words} ({mend})")


def _challenged(challenges: list[bytes]) -> str:
    """Return the status and scope that a server gives with its refusal (JSON; RFC 7628 §3.2.2)."""
    said: dict[str, Any] = {}
    with suppress(ValueError, IndexError):
        found = json.loads(challenges[-1])
        said = found if isinstance(found, dict) else {}
    shown = [f"{name} {said[name]}" for name in ("status", "scope") if said.get(name)]
    return f" ({one_line(', '.join(shown))})" if shown else ""


def _say_who_we_are(client: BoundedClient) -> None:
    """Some servers let nobody read who did not say its name (RFC 2971); the others need not know it."""
    try:
        client.id_(_OWN_ID)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:  # unknown or refused
        return
