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
        exit_code, printed, said = _run(shlex.split(command), timeout_s)
    except subprocess.TimeoutExpired:  # it holds what was printed
        raise CommandFailedError(f"{setting} did not end within {timeout_s:g} s: does it ask something?") from None
    except (OSError, ValueError, IndexError) as error:
        raise CommandError(f"{setting} cannot be started: {error}") from error
    if exit_code != 0:
        raise CommandFailedError(f"{setting} failed with exit code {exit_code}: {said or 'it says nothing'}")
    lines = printed.splitlines()
    if not lines or not lines[0]:
        raise CommandError(f"{setting} printed nothing")
    return SecretStr(lines[0])


def _run(command: list[str], timeout_s: float) -> tuple[int, str, str]:
    """Return exit code, what was printed, and what was said on stderr."""
    with subprocess.Popen(  # noqa: S603 - the user's own command, without a shell
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            printed, said = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()  # and not subprocess.run, which then waits for whoever else holds the pipes
            raise
    return process.returncode, printed.decode("utf-8", "replace"), one_line(said.decode("utf-8", "replace"))
