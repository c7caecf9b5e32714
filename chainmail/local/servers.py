"""A guarded server of a home: start it, wait until it answers, say what its log says where it does not."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from chainmail.local.errors import StackError

_LOG_LINES = 12


@dataclass(frozen=True)
class Server:
    """A running guarded server."""

    name: str
    guard: subprocess.Popen[bytes]
    log: Path

    def wait_until(self, is_up: Callable[[], bool], timeout_s: float) -> None:
        """Wait until *is_up*.

        Raises:
            StackError: The server ended or took longer than *timeout_s*; with the end of its log.
        """
        deadline_s = time.monotonic() + timeout_s
        while not is_up():
            if self.guard.poll() is not None:
                raise StackError(f"the {self.name} did not start; {self.log} ends with:\n{tail(self.log)}")
            if time.monotonic() > deadline_s:
                self.stop()
                raise StackError(
                    f"the {self.name} did not answer in {timeout_s:.0f} s; {self.log} ends with:\n{tail(self.log)}"
                )
            time.sleep(0.05)

    def stop(self) -> None:
        """End the server and its guard; returns when both are gone."""
        if self.guard.stdin is not None:
            self.guard.stdin.close()
        try:
            self.guard.wait(30)
        except subprocess.TimeoutExpired:
            self.guard.kill()
            self.guard.wait()


def start(name: str, command: list[str], log: Path) -> Server:
    """Start *command* under a guard that ends with this process."""
    log.parent.mkdir(parents=True, exist_ok=True)
    guard = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "chainmail.local.guard", str(log), "--", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=log.open("ab"),
        start_new_session=True,
    )
    return Server(name, guard, log)


def free_port() -> int:
    """Return a TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def kept_port(memory: Path, name: str) -> int:
    """Return the port that *memory* has for *name*, or a new one where it has none or somebody took it."""
    ports: dict[str, int] = json.loads(memory.read_text()) if memory.exists() else {}
    if name not in ports or answers(ports[name]):
        ports[name] = free_port()
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_text(json.dumps(ports))
    return ports[name]


def answers(port: int) -> bool:
    """Tell whether somebody listens on a port of this host."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def tail(log: Path, lines: int = _LOG_LINES) -> str:
    """Return the last lines of a log, indented."""
    text = log.read_text("utf-8", "replace") if log.exists() else "(no log)"
    return "\n".join(f"  {line}" for line in text.splitlines()[-lines:])


def is_running(pid: int) -> bool:
    """Tell whether a process exists and is no zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def terminate(pid: int, timeout_s: float) -> bool:
    """Ask a process to end; tell whether it has within *timeout_s*."""
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return True
    deadline_s = time.monotonic() + timeout_s
    while is_running(pid) and time.monotonic() < deadline_s:
        time.sleep(0.05)
    return not is_running(pid)


def properties(values: Mapping[str, object]) -> str:
    """Return a Java properties file."""
    return "".join(f"{name}={value}\n" for name, value in values.items())
