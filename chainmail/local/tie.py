"""Become a command that dies with its parent: `python -m chainmail.local.tie PARENT_PID COMMAND…`.

Linux only: prctl(2) PR_SET_PDEATHSIG survives execve(2). It is set in a program of its own and not
between fork and exec, where a process with threads may run no Python.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Tie this process to its parent and become the command; never returns."""
    parent_pid, *command = arguments
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent_pid):  # it died before it could be watched
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 - no shell is the point


def command_tied(command: list[str]) -> list[str]:
    """Return *command* so that it dies with the calling process, where the system can do that."""
    if sys.platform != "linux":
        return command
    return [sys.executable, "-P", "-m", "chainmail.local.tie", str(os.getpid()), *command]


if __name__ == "__main__":
    main(sys.argv[1:])
