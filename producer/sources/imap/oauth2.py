"""Access tokens: printed by a command, or exchanged for a refresh token at the provider (RFC 6749 §6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import SecretStr

from chainmail.account_settings import Provider
from producer.sources.imap.account import Account
from producer.sources.imap.command import CommandError, CommandFailedError, secret_of_command
from producer.sources.imap.errors import LoginRefusedError, MailServerUnreachableError, one_line
from producer.sources.imap.kept import Issued
from producer.sources.imap.password import refresh_token_of

#: A token is not used in its last minute: a log-in takes time, and clocks differ.
EARLY_S = 60.0
_TIMEOUT_S = 20.0
#: Errors of RFC 6749 §4.1.2.1 that some providers give here as well, and which say nothing about the consent.
_LATER = {"temporarily_unavailable", "server_error"}
#: RFC 6749 §5.2, and what OpenID Connect providers say instead.
_CONSENT = {"invalid_grant", "interaction_required", "consent_required", "login_required"}


@dataclass(frozen=True)
class _Preset:
    token_url: str
    #: Empty: that of the consent.
    scope: str


PRESETS: Mapping[Provider, _Preset] = {
    "google": _Preset("https://oauth2.googleapis.com/token", ""),
    "microsoft": _Preset(
        "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
    ),
}


def token_asker(account: Account) -> Callable[[], Issued]:
    """Return what gives a new access token of *account* whenever it is called."""
    if account.settings.token_command:
        return lambda: _of_command(account)
    return _Refreshing(account).ask


def _of_command(account: Account) -> Issued:
    """Ask the command every time: it keeps the token itself, and knows when it ends."""
    try:
        found = secret_of_command("token_command", account.settings.token_command)
    except CommandFailedError as error:  # it asks the provider over the same network
        raise MailServerUnreachableError(f"{account.identity}: {error}") from error
    except CommandError as error:
        raise LoginRefusedError(f"{account.identity}: {error}") from error
    return Issued(_checked(account, found.get_secret_value(), "token_command printed"), valid_s=0)


class _Refreshing:
    """A refresh token, and the latest one where the provider gives a new one each time."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._refresh_token: SecretStr | None = None

    def ask(self) -> Issued:
        """Return a new access token.

        Raises:
            LoginRefusedError: The consent has ended, or the client is configured wrongly.
            MailServerUnreachableError: The provider cannot answer now.
        """
        used = self._refresh_token or refresh_token_of(self._account)
        try:
            answer = _exchange(self._account, used)
        except LoginRefusedError:
            self._refresh_token = None  # the place of the first one may have a newer one by the next try
            raise
        if isinstance(renewed := answer.get("refresh_token"), str) and renewed:
            self._refresh_token = SecretStr(renewed)
        token = _checked(self._account, answer.get("access_token"), "the provider gave")
        return Issued(token, valid_s=max(0.0, _seconds(answer.get("expires_in")) - EARLY_S))


def _exchange(account: Account, refresh_token: SecretStr) -> dict[str, Any]:
    settings = account.settings
    preset = PRESETS[settings.provider] if settings.provider else _Preset("", "")
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token.get_secret_value(),
        "client_id": settings.client_id,
        "client_secret": settings.client_secret.get_secret_value(),
        "scope": settings.scope or preset.scope,
    }
    url = settings.token_url or preset.token_url
    try:
        response = httpx.post(url, data={name: value for name, value in form.items() if value}, timeout=_TIMEOUT_S)
    except httpx.HTTPError as error:
        raise MailServerUnreachableError(f"{account.identity}: {url} does not answer: {error}") from error
    answer = _json(response)
    if "access_token" in answer:
        return answer
    raise _meaning(f"{account.identity}: {url}", response.status_code, answer, list(filter(None, form.values())))


def _meaning(where: str, status: int, answer: dict[str, Any], secrets: list[str]) -> Exception:
    """Return what a refusal means (RFC 6749 §5.2): consent, configuration, or wait."""
    error = str(answer.get("error", ""))
    said = f"{error} {answer.get('error_description', '')}"
    for secret in secrets:
        said = said.replace(secret, "…")
    said = one_line(said)
    if error in _CONSENT:
        return LoginRefusedError(f"{where} needs consent again: {said}; get a new refresh token (docs/imap.md)")
    if not error or error in _LATER or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return MailServerUnreachableError(f"{where} answers {status}: {said or 'no token, and not why'}")
    return LoginRefusedError(f"{where} refuses: {said}; look at client_id, client_secret and scope")


def _json(response: httpx.Response) -> dict[str, Any]:
    with suppress(ValueError):
        found = response.json()
        if isinstance(found, dict):
            return found
    return {}


def _seconds(value: object) -> float:
    """Return a life time; 0 where the provider says none, so that the token is used once."""
    with suppress(ValueError):
        return float(value) if isinstance(value, int | float | str) else 0.0
    return 0.0


def _checked(account: Account, token: object, giver: str) -> SecretStr:
    """Refuse what would be more than a token within the log-in's own syntax (RFC 6750 §2.1)."""
    if isinstance(token, str) and token and token.isascii() and token.isprintable() and " " not in token:
        return SecretStr(token)
    raise LoginRefusedError(f"{account.identity}: {giver} something that is no access token")
