"""A secret that a program prints: `pass show mail`, `oama access ann@example.org`."""

from __future__ import annotations

import shlex
import subprocess

from pydantic import SecretStr

from producer.sources.imap.errors import one_line

#: A person may be asked for a passphrase meanwhile.
COMMAND_TIMEOUT_S = 60.0


class CommandError(Exception):
    """A command gave no secret; says why, never what it printed."""


class CommandFailedError(CommandError):
    """It ran and failed, or took too long: what it needs may be back later."""


def secret_of_command(setting: str, command: str, timeout_s: float = COMMAND_TIMEOUT_S) -> SecretStr:
    """Run *command* without a shell and return the first line that it prints.

    Args:
        setting: Its name, for errors.
        command: As one would type it; quotes as in a shell, no pipes.
        timeout_s: It is killed after this.

    Raises:
        CommandFailedError: Its exit code is not 0, or it did not end in time.
        CommandError: It could not be started, or printed nothing.
    """
    try:
        done = subprocess.run(  # noqa: S603 - the user's own command, without a shell
            shlex.split(command), stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=timeout_s
        )
    except subprocess.TimeoutExpired:  # it holds what was printed
        raise CommandFailedError(f"{setting} did not end within {timeout_s:g} s: does it ask something?") from None
    except (OSError, ValueError, IndexError) as error:
        raise CommandError(f"{setting} cannot be started: {error}") from error
    if done.returncode != 0:
        said = one_line(done.stderr.decode("utf-8", "replace"))
        raise CommandFailedError(f"{setting} failed with exit code {done.returncode}: {said or 'it says nothing'}")
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    if not lines or not lines[0]:
        raise CommandError(f"{setting} printed nothing")
    return SecretStr(lines[0])
