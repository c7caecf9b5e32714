"""One mail account: where it is, what of it is wanted, and how it is entered; from a URL or from chainmail.toml."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs

from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails

from chainmail.account_settings import AccountSettings
from chainmail.mail_url import SCHEMES, MailUrl, MailUrlError, parse_mail_url
from producer.sources.source import SourceError

Security = Literal["tls", "starttls", "none"]

ACCOUNT_PREFIX = "account:"

_SECURITY: Mapping[str, Security] = {"imaps": "tls", "imap": "starttls"}
#: Addresses are seen by all users of a machine and kept in shells' histories.
_NOT_IN_URLS = {"url", "client_secret"}
_LISTS = {"folders", "exclude"}
_NO_PASSWORD = SecretStr("")


@dataclass(frozen=True, kw_only=True)
class Account:
    """A mailbox on a server, ready to be entered by `login.connect`."""

    #: As in chainmail.toml, or `user@host` where it stands in no table.
    name: str
    #: `user@host`, however the account is called: what names the mailbox in the ledger.
    identity: str
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


def is_account(text: str) -> bool:
    """Tell whether a SOURCE means a mail server."""
    return text.startswith(ACCOUNT_PREFIX) or text.partition("://")[0].lower() in SCHEMES


def open_account(
    text: str, accounts: Mapping[str, AccountSettings] | None = None, usual_password: SecretStr = _NO_PASSWORD
) -> Account:
    """Return the account that a SOURCE names: `account:NAME`, or a URL.

    A URL of the same mailbox as a table in *accounts* takes that table's settings; its own folder and its query go
    before them. The query's names are those of the table: `imaps://ann@host/INBOX?ca_file=/path/ca.pem`.

    Raises:
        SourceError: There is no such account, or the address or a setting is wrong; in words without secrets.
    """
    accounts = accounts or {}
    if text.startswith(ACCOUNT_PREFIX):
        name = text.removeprefix(ACCOUNT_PREFIX)
        if name not in accounts:
            known = ", ".join(accounts) or "no accounts"
            raise SourceError(f"{text}: there is no table [accounts.{name}] in chainmail.toml; it has {known}")
        return _account(name, parse_mail_url(accounts[name].url), accounts[name], usual_password)
    try:
        url = parse_mail_url(text)
    except MailUrlError as error:
        raise SourceError(str(error)) from None
    name, known_settings = _of_the_same_mailbox(url, accounts)
    return _account(name, url, _with_url(url, known_settings), usual_password)


def _of_the_same_mailbox(url: MailUrl, accounts: Mapping[str, AccountSettings]) -> tuple[str, dict[str, Any]]:
    for name, settings in accounts.items():
        if parse_mail_url(settings.url).mailbox == url.mailbox:
            return name, settings.model_dump(exclude_unset=True)
    return url.identity, {}


def _with_url(url: MailUrl, known: dict[str, Any]) -> AccountSettings:
    """Return the settings with what stands in the address over them."""
    try:
        query = parse_qs(url.query, keep_blank_values=True, strict_parsing=True) if url.query else {}
    except ValueError as error:
        raise SourceError(f"{url.identity}: after ? come settings, as in ?ca_file=/path/ca.pem") from error
    if refused := _NOT_IN_URLS & query.keys():
        raise SourceError(f"{url.identity}: {', '.join(refused)} cannot stand in an address; use chainmail.toml")
    given = {name: tuple(values) if name in _LISTS else values[-1] for name, values in query.items()}
    if url.folder:
        known = {name: value for name, value in known.items() if name != "folders"}
    try:
        return AccountSettings.model_validate({**known, "url": url.bare, **given})
    except ValidationError as error:
        raise SourceError(f"{url.identity}: {'; '.join(map(_in_words, error.errors()))}") from error


def _in_words(fault: ErrorDetails) -> str:
    name = ".".join(map(str, fault["loc"]))
    if fault["type"] == "extra_forbidden":
        return f"unknown setting {name} (docs/imap.md lists them)"
    message = fault["msg"].removeprefix("Value error, ")
    return f"{name}: {message}" if name else message


def _account(name: str, url: MailUrl, settings: AccountSettings, usual_password: SecretStr) -> Account:
    security = settings.security or _SECURITY[url.scheme]
    if (url.scheme == "imaps") != (security == "tls"):
        raise SourceError(f"{url.identity}: security = {security} does not go with {url.scheme}://")
    if security == "none" and not (settings.allow_plaintext or _is_loopback(url.host)):
        raise SourceError(
            f"{url.identity}: security = none sends mail and password readable over the network; "
            "take starttls or tls, or set allow_plaintext = true"
        )
    return Account(
        name=name,
        identity=url.identity,
        host=url.host,
        port=url.port,
        user=url.user,
        security=security,
        folders=(url.folder,) if url.folder else settings.folders,
        exclude=settings.exclude,
        settings=settings,
        usual_password=usual_password,
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
