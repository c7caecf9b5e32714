"""Where an account's password or refresh token is found: environment, command, keyring."""

from __future__ import annotations

import os

from pydantic import SecretStr

from producer.sources.imap.account import Account
from producer.sources.imap.command import CommandError, secret_of_command
from producer.sources.imap.errors import LoginRefusedError

KEYRING_SERVICE = "chainmail"
REFRESH_TOKEN_SERVICE = "chainmail.refresh-token"  # noqa: S105 - where it is, not what


def password_of(account: Account) -> SecretStr:
    """Return the password: what the account names itself, else CHAINMAIL_IMAP_PASSWORD, else from the keyring.

    An account that names its own place never gets the common password: it may be another server's.

    Raises:
        LoginRefusedError: There is none; says where it was looked for.
    """
    settings = account.settings
    usual = account.usual_password
    return (
        _named(account, "password", settings.password_env, settings.password_command)
        or (usual if usual.get_secret_value() else None)
        or _from_keyring(account, KEYRING_SERVICE)
        or _nowhere(account, "password", "set CHAINMAIL_IMAP_PASSWORD, or password_command in chainmail.toml")
    )


def refresh_token_of(account: Account) -> SecretStr:
    """Return the refresh token that was configured.

    Raises:
        LoginRefusedError: There is none; says where it was looked for.
    """
    settings = account.settings
    return (
        _named(account, "refresh_token", settings.refresh_token_env, settings.refresh_token_command)
        or _from_keyring(account, REFRESH_TOKEN_SERVICE)
        or _nowhere(account, "refresh token", "set refresh_token_env or refresh_token_command in chainmail.toml")
    )


def _named(account: Account, setting: str, variable: str, command: str) -> SecretStr | None:
    if variable:
        value = os.environ.get(variable, "")
        if not value:
            raise LoginRefusedError(f"{account.identity}: {setting}_env names {variable}, which is not set")
        return SecretStr(value)
    if command:
        try:
            return secret_of_command(f"{setting}_command", command)
        except CommandError as error:
            raise LoginRefusedError(f"{account.identity}: {error}") from error
    return None


def _from_keyring(account: Account, service: str) -> SecretStr | None:
    try:
        import keyring
        import keyring.errors
    except ImportError:
        return None
    try:
        found = keyring.get_password(service, account.identity)
    except keyring.errors.KeyringError as error:
        raise LoginRefusedError(f"{account.identity}: the keyring cannot be read: {error}") from error
    return SecretStr(found) if found else None


def _nowhere(account: Account, what: str, mend: str) -> SecretStr:
    service = KEYRING_SERVICE if what == "password" else REFRESH_TOKEN_SERVICE
    raise LoginRefusedError(
        f"{account.identity}: no {what} is known: {mend}, or `pip install 'chainmail[keyring]'` and "
        f"`keyring set {service} {account.identity}`"
    )
