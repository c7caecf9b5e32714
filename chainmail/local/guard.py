"""Keeps one program running: `python -m chainmail.local.guard --log FILE [--lock FILE] -- COMMAND…`.

Starts the command again when it dies, with backoff, and gives up after five deaths in a minute.
Ends it when stdin reaches its end (whoever started the guard has died or closed it), and on
SIGTERM or SIGINT. The command's output goes to the log file. Where the guard itself is killed,
Linux kills the command (`tie`).
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import BinaryIO

from filelock import FileLock

from chainmail.local.restarts import delay_s
from chainmail.local.tie import command_tied

#: Begins the log line that says that the command died; whoever waits for it to be ready looks for it.
DIED = "guard: the command died"
_LOG_ROTATE_BYTES = 5_000_000
_STOP = "stop"
#: The last guard of the same server may still be ending it.
_LOCK_TIMEOUT_S = 60.0


class Guard:
    """One guarded command; `run` returns when it was stopped (0) or given up (1)."""

    def __init__(self, command: list[str], log: BinaryIO, grace_s: float) -> None:
        self._command = command_tied(command)
        self._log = log
        self._grace_s = grace_s
        self._events: SimpleQueue[str] = SimpleQueue()

    def stop(self) -> None:
        """Ask for the end; safe from signal handlers and other threads."""
        self._events.put(_STOP)

    def run(self) -> int:
        """Keep the command running until `stop`, or until it dies too often."""
        died_at_s: list[float] = []
        while True:
            process = self._start()
            if self._events.get() == _STOP:
                self._end(process)
                return 0
            died_at_s.append(time.monotonic())
            wait_s = delay_s(died_at_s, died_at_s[-1])
            if wait_s is None:
                self._say(f"{DIED} too often (exit code {process.returncode}), given up")
                return 1
            self._say(f"{DIED} (exit code {process.returncode}), starts again in {wait_s:.1f} s")
            if self._stopped_within(wait_s):
                return 0

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(  # noqa: S603 - no shell; the command is our caller's
            self._command, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log
        )
        threading.Thread(target=self._report_end, args=(process,), daemon=True).start()
        return process

    def _report_end(self, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        self._events.put("died")

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        try:
            process.wait(self._grace_s)
        except subprocess.TimeoutExpired:
            self._say(f"guard: the command did not end within {self._grace_s:.0f} s and is killed")
            process.kill()
            process.wait()

    def _stopped_within(self, wait_s: float) -> bool:
        try:
            return self._events.get(timeout=wait_s) == _STOP
        except Empty:
            return False

    def _say(self, line: str) -> None:
        self._log.write(f"{line}\n".encode())
        self._log.flush()


def main(arguments: list[str]) -> int:
    """Guard the command that *arguments* name; see the module's first line."""
    options = _parse(arguments)
    _rotate(options.log)
    with (
        options.log.open("ab") as log,
        FileLock(options.lock, timeout=_LOCK_TIMEOUT_S) if options.lock else nullcontext(),
    ):
        guard = Guard(options.command, log, options.grace_s)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: guard.stop())
        threading.Thread(target=_stop_at_end_of_input, args=(guard,), daemon=True).start()
        return guard.run()


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m chainmail.local.guard")
    parser.add_argument("--log", type=Path, required=True, help="file that takes the command's output")
    parser.add_argument("--lock", type=Path, help="file that only one guard at a time holds")
    parser.add_argument("--grace-s", type=float, default=15.0, help="from SIGTERM to SIGKILL")
    parser.add_argument("command", nargs="+")
    return parser.parse_args(arguments)


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LOG_ROTATE_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))


def _stop_at_end_of_input(guard: Guard) -> None:
    while os.read(sys.stdin.fileno(), 1_024):
        pass
    guard.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
