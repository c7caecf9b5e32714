"""Addresses of mailboxes: `imaps://user@host/FOLDER` (TLS), `imap://user@host/FOLDER` (STARTTLS)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urlsplit

SCHEMES = ("imaps", "imap")

_PORTS: Mapping[str, int] = {"imaps": 993, "imap": 143}
_FORM = "it is imaps://user@host/FOLDER, or imap://user@host/FOLDER for STARTTLS"


class MailUrlError(ValueError):
    """An address cannot be used; the message says why and never repeats a password."""


@dataclass(frozen=True)
class MailUrl:
    """The parts of an address (RFC 5092, with settings in place of its search), percent signs undone."""

    scheme: str
    user: str
    host: str
    port: int
    folder: str
    query: str

    @property
    def mailbox(self) -> tuple[str, str, str, int]:
        """What two addresses of one mailbox have in common."""
        return self.scheme, self.user, self.host, self.port

    @property
    def identity(self) -> str:
        """What names the mailbox for people and in the ledger: `user@host`, with the port where it is unusual."""
        return f"{self.user}@{self.host}" + ("" if self.port == _PORTS[self.scheme] else f":{self.port}")

    @property
    def bare(self) -> str:
        """The address without its query."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{quote(self.user, safe='')}@{host}:{self.port}/{quote(self.folder)}"


def parse_mail_url(text: str) -> MailUrl:
    """Return the parts of *text*.

    Raises:
        MailUrlError: It is no such address, names no user, or holds a password.
    """
    try:
        parts = urlsplit(text.strip(), allow_fragments=False)
        _check(parts)
        user, folder = (unquote(part, errors="strict") for part in (parts.username or "", parts.path[1:]))
        port = parts.port or _PORTS[parts.scheme]
    except MailUrlError:
        raise
    except ValueError:
        # the cause would show the whole address
        raise MailUrlError(f"the address has a wrong port, host or percent sign: {_FORM}") from None
    if not (user + folder).isprintable():
        raise MailUrlError(f"user and folder cannot hold control characters: {_FORM}")
    return MailUrl(parts.scheme, user, parts.hostname or "", port, folder, parts.query)


def _check(parts: SplitResult) -> None:
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise MailUrlError(f"that is no mail server's address: {_FORM}")
    if parts.password is not None:
        raise MailUrlError(
            "a password in an address is seen by everybody who lists processes: take it out and set "
            "CHAINMAIL_IMAP_PASSWORD, or password_command in chainmail.toml"
        )
    if not parts.username:
        raise MailUrlError(f"whose mailbox? {_FORM} (an @ in the user's name stays, or is written %40)")
