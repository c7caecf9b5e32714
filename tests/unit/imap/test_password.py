"""Where passwords are found, in which order, and what commands may do."""

from __future__ import annotations

import sys
import time
import traceback
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from chainmail.account_settings import AccountSettings
from producer.sources.imap.account import Account, open_account
from producer.sources.imap.command import CommandError, CommandFailedError, secret_of_command
from producer.sources.imap.errors import LoginRefusedError
from producer.sources.imap.password import password_of, refresh_token_of
from tests.unit.imap.conftest import MemoryKeyring

SECRET = "hunter2-correct-horse"  # noqa: S105 - made up, to be looked for


def _account(usual: str = "", **settings: Any) -> Account:
    table = AccountSettings(url="imaps://ann@mx", **settings)
    return open_account("account:work", {"work": table}, SecretStr(usual))


def _python(code: str) -> str:
    return f'{sys.executable} -c "{code}"'


def _found(account: Account) -> str:
    return password_of(account).get_secret_value()


def test_password_is_taken_from_the_account_first(
    monkeypatch: pytest.MonkeyPatch, memory_keyring: MemoryKeyring
) -> None:
    """The password of one account would be sent to the server of another."""
    monkeypatch.setenv("OWN", "by variable")
    memory_keyring.set_password("chainmail", "ann@mx", "by keyring")
    command = "echo by command"
    assert _found(_account("usual", password_env="OWN", password_command=command)) == "by variable"  # noqa: S106 - where it is, not what
    assert _found(_account("usual", password_command=command)) == "by command"
    assert _found(_account("usual")) == "usual"
    assert _found(_account()) == "by keyring"


def test_refresh_token_has_places_of_its_own(monkeypatch: pytest.MonkeyPatch, memory_keyring: MemoryKeyring) -> None:
    """A password would be sent to the token endpoint, or the refresh token to the mail server."""
    monkeypatch.setenv("OWN", "by variable")
    memory_keyring.set_password("chainmail", "ann@mx", "password")
    memory_keyring.set_password("chainmail.refresh-token", "ann@mx", "by keyring")
    found = [
        refresh_token_of(_account("usual", **settings)).get_secret_value()
        for settings in (
            {"refresh_token_env": "OWN"},
            {"refresh_token_command": "echo by command"},
            {"password_command": "echo password"},
        )
    ]
    assert found == ["by variable", "by command", "by keyring"]


def test_variable_that_is_not_set_is_named(memory_keyring: MemoryKeyring) -> None:
    """Another password would be tried in its place, and the account be locked."""
    memory_keyring.set_password("chainmail", "ann@mx", "another")
    with pytest.raises(LoginRefusedError, match="ann@mx: password_env names MISSING, which is not set"):
        password_of(_account("usual", password_env="MISSING"))  # noqa: S106 - where it is, not what


@pytest.mark.parametrize("is_installed", [True, False])
def test_no_password_says_what_to_do(is_installed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person would not learn how a password is given."""
    if not is_installed:
        monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(LoginRefusedError) as met:
        password_of(_account())
    assert str(met.value) == (
        "ann@mx: no password is known: set CHAINMAIL_IMAP_PASSWORD, or password_command in chainmail.toml, "
        "or `pip install 'chainmail[keyring]'` and `keyring set chainmail ann@mx`"
    )


def test_command_gives_its_first_line_alone() -> None:
    """`pass` prints notes below the password, which would be sent with it; spaces belong to it."""
    assert secret_of_command("x", _python("print(' p q \\nlogin: ann')")).get_secret_value() == " p q "


def test_command_is_run_without_a_shell(tmp_path: Path) -> None:
    """What stands in a setting would be run as a script."""
    assert secret_of_command("x", "echo 'a  b;' $(touch made) > c").get_secret_value() == "a  b; $(touch made) > c"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("no-such-program-here", "password_command cannot be started: .*No such file"),
        ("pass 'show", "password_command cannot be started: No closing quotation"),
        (" ", "password_command cannot be started"),
        ("true", "password_command printed nothing"),
        ("echo", "password_command printed nothing"),
    ],
)
def test_command_that_gives_nothing_is_refused_in_words(command: str, words: str) -> None:
    """A person would read a traceback, or log in with an empty password."""
    with pytest.raises(CommandError, match=words):
        secret_of_command("password_command", command)


def test_command_that_fails_shows_stderr_and_no_stdout() -> None:
    """The password would stand in the log, or nobody learn why the command failed."""
    code = f"import sys; print('{SECRET}'); sys.stderr.write('\\x1b[31mstore\\nis locked'); sys.exit(2)"
    with pytest.raises(CommandFailedError, match=r"^x failed with exit code 2: \[31mstore is locked$") as met:
        secret_of_command("x", _python(code))
    assert SECRET not in "".join(traceback.format_exception(met.value))


def test_command_that_hangs_is_ended() -> None:
    """A prompt that nobody sees would hold the account for ever, also where a child of the command holds the pipes."""
    command = f"sh -c 'echo {SECRET}; sleep 2 & wait'"
    began_s = time.monotonic()
    with pytest.raises(CommandFailedError, match=r"^x did not end within 0\.1 s: does it ask something\?$") as met:
        secret_of_command("x", command, timeout_s=0.1)
    assert time.monotonic() - began_s < 1.5
    shown = "".join(traceback.format_exception(met.value)).replace(command, "")
    assert SECRET not in shown
