"""One mail account: where it is, what of it is wanted, and how it is entered; from a URL or from chainmail.toml."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from pydantic import SecretStr, ValidationError

from chainmail.account_settings import AccountSettings
from producer.sources.source import SourceError

Security = Literal["tls", "starttls", "none"]

SCHEMES = ("imaps", "imap")
ACCOUNT_PREFIX = "account:"

_PORTS: Mapping[Security, int] = {"tls": 993, "starttls": 143, "none": 143}
_SECURITY: Mapping[str, Security] = {"imaps": "tls", "imap": "starttls"}
#: Command lines and addresses are seen by all users of a machine and kept in shells' histories.
_NOT_IN_URLS = {"url", "client_secret"}
_LISTS = {"folders", "exclude"}
_NO_PASSWORD = SecretStr("")


@dataclass(frozen=True, kw_only=True)
class Account:
    """A mailbox on a server, ready to be entered by `login.connect`."""

    #: As in chainmail.toml, or `user@host` where it stands in no table.
    name: str
    host: str
    port: int
    user: str
    security: Security
    #: Patterns of folder names and special uses (`\\Sent`); none: the usual ones.
    folders: tuple[str, ...] = ()
    #: Addresses, domains and folders that are left out.
    exclude: tuple[str, ...] = ()
    settings: AccountSettings = field(repr=False)
    #: CHAINMAIL_IMAP_PASSWORD, for accounts that name no place of their own.
    usual_password: SecretStr = field(default=_NO_PASSWORD, repr=False)

    @property
    def identity(self) -> str:
        """What names the mailbox, however the account is called: `user@host`, with the port where unusual."""
        port = "" if self.port == _PORTS[self.security] else f":{self.port}"
        return f"{self.user}@{self.host}{port}"


def is_account(text: str) -> bool:
    """Tell whether a SOURCE means a mail server."""
    return text.startswith(ACCOUNT_PREFIX) or text.partition("://")[0].lower() in SCHEMES


def open_account(
    text: str, accounts: Mapping[str, AccountSettings] | None = None, usual_password: SecretStr = _NO_PASSWORD
) -> Account:
    """Return the account that a SOURCE names: `account:NAME`, or a URL.

    A URL that names the mailbox of a table in *accounts* takes the table's settings; its own folder and query go
    before them.

    Raises:
        SourceError: There is no such account, or the address or a setting is wrong; in words without secrets.
    """
    accounts = accounts or {}
    if text.startswith(ACCOUNT_PREFIX):
        name = text.removeprefix(ACCOUNT_PREFIX)
        if name not in accounts:
            known = ", ".join(accounts) or "none"
            raise SourceError(f"{text}: chainmail.toml has no table [accounts.{name}]; it has: {known}")
        return _made(name, _Address.read(accounts[name].url), accounts[name], usual_password)
    address = _Address.read(text)
    for name, settings in accounts.items():
        if _Address.read(settings.url).mailbox == address.mailbox:
            return _made(name, address, settings, usual_password)
    return _made(address.words, address, None, usual_password)


@dataclass(frozen=True)
class _Address:
    """An `imaps://` or `imap://` URL (RFC 5092 without its search part), percent signs undone."""

    scheme: str
    user: str
    host: str
    port: int | None
    folder: str
    query: str

    @property
    def mailbox(self) -> tuple[str, str, str, int | None]:
        return self.scheme, self.user, self.host, self.port

    @property
    def words(self) -> str:
        return f"{self.user}@{self.host}"

    @staticmethod
    def read(text: str) -> _Address:
        try:
            parts = urlsplit(text, allow_fragments=False)
            port = parts.port
        except ValueError as error:
            raise SourceError(f"a mail server's address is wrong ({_reason(error)}): {_FORM}") from error
        _check(parts)
        return _Address(
            parts.scheme,
            unquote(parts.username or ""),
            (parts.hostname or "").lower(),
            port,
            unquote(parts.path[1:]),
            parts.query,
        )


_FORM = "it is imaps://user@host/FOLDER, or imap://user@host/FOLDER for STARTTLS"


def _reason(error: ValueError) -> str:
    """Return why, without the text that may hold a password."""
    return "the port is no number" if "ort" in str(error) else "the host is no name"


def _check(parts: SplitResult) -> None:
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise SourceError(f"a mail server's address is wrong: {_FORM}")
    shown = f"{parts.scheme}://{parts.username or 'user'}@{parts.hostname}"
    if parts.password is not None:
        raise SourceError(
            f"{shown}: a password in an address is seen by everybody who lists processes; take it out and set "
            "CHAINMAIL_IMAP_PASSWORD, or password_command in chainmail.toml"
        )
    if not parts.username:
        raise SourceError(f"{shown}: whose mailbox? {_FORM} (an @ in the user's name is written as it is or %40)")


def _made(name: str, address: _Address, settings: AccountSettings | None, usual_password: SecretStr) -> Account:
    settings = _with_query(address, settings)
    security = settings.security or _SECURITY[address.scheme]
    if address.scheme == "imaps" and security != "tls":
        raise SourceError(f"{address.words}: imaps:// means TLS; write imap:// for security = {security}")
    if security == "none" and not (settings.allow_plaintext or _is_loopback(address.host)):
        raise SourceError(
            f"{address.words}: security = none would send mail and password readable over the network; "
            "take starttls or tls, or set allow_plaintext = true"
        )
    return Account(
        name=name,
        host=address.host,
        port=address.port or _PORTS[security],
        user=address.user,
        security=security,
        folders=(address.folder,) if address.folder else settings.folders,
        exclude=settings.exclude,
        settings=settings,
        usual_password=usual_password,
    )


def _with_query(address: _Address, settings: AccountSettings | None) -> AccountSettings:
    """Return the settings with those of the address' query put over them."""
    try:
        found = parse_qs(address.query, keep_blank_values=True, strict_parsing=bool(address.query))
    except ValueError as error:
        raise SourceError(f"{address.words}: after ? come settings, as in ?ca_file=/path&folders=INBOX") from error
    if refused := _NOT_IN_URLS & found.keys():
        raise SourceError(f"{address.words}: {', '.join(refused)} cannot stand in an address; use chainmail.toml")
    given = {name: tuple(values) if name in _LISTS else values[-1] for name, values in found.items()}
    url = f"{address.scheme}://{address.words}"
    known = settings.model_dump(exclude_unset=True) if settings else {}
    try:
        return AccountSettings.model_validate({"url": url, **known, **given})
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise SourceError(f"{address.words}: {faults}") from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
