"""A guarded server of a home: start it, wait until it answers, say what its log says where it does not."""

from __future__ import annotations

import json
import os
import secrets
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
from chainmail.local.guard import DIED

_LOG_LINES = 12
#: Below the ports that systems draw for outgoing connections: a client that tries a dead port of
#: that range again and again can end up connected to itself, and then holds the server's port.
_PORTS = range(20_000, 32_000)
_PORT_DRAWS = 200


@dataclass(frozen=True)
class Server:
    """A running guarded server."""

    name: str
    guard: subprocess.Popen[bytes]
    log: Path
    log_start_bytes: int

    def wait_until(self, is_up: Callable[[], bool], timeout_s: float) -> None:
        """Wait until *is_up*.

        Raises:
            StackError: The server ended or took longer than *timeout_s*; with the end of its log.
        """
        try:
            self._wait_until(is_up, timeout_s)
        except BaseException:
            self.stop()
            raise

    def _wait_until(self, is_up: Callable[[], bool], timeout_s: float) -> None:
        deadline_s = time.monotonic() + timeout_s
        while not is_up():
            if self.guard.poll() is not None or DIED in self.new_output():
                raise StackError(self._words("did not start"))
            if time.monotonic() > deadline_s:
                raise StackError(self._words(f"did not answer in {timeout_s:.0f} s"))
            time.sleep(0.05)

    def _words(self, what: str) -> str:
        advice = f"`chainmail doctor` looks at what it needs; {self.log} ends with:"
        return f"the {self.name} {what}: {advice}\n{tail(self.log)}"

    def new_output(self) -> str:
        """Return what the server wrote to its log since this start."""
        try:
            with self.log.open("rb") as log:
                # the guard puts a long log aside, then a new one begins
                log.seek(self.log_start_bytes if self.log.stat().st_size >= self.log_start_bytes else 0)
                return log.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def stop(self) -> None:
        """End the server and its guard; returns when both are gone."""
        if self.guard.stdin is not None:
            self.guard.stdin.close()
        try:
            self.guard.wait(30)
        except subprocess.TimeoutExpired:
            self.guard.kill()
            self.guard.wait()


def start(
    name: str,
    command: list[str],
    log: Path,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    lock: Path | None = None,
) -> Server:
    """Start *command* under a guard that ends with this process and holds *lock* as long as it runs."""
    log.parent.mkdir(parents=True, exist_ok=True)
    locking = ["--lock", str(lock)] if lock else []
    with log.open("ab") as output:
        start_bytes = output.tell()
        guard = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-P", "-m", "chainmail.local.guard", "--log", str(log), *locking, "--", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=output,
            cwd=cwd,
            env=env,
            start_new_session=True,  # Ctrl-C in a terminal is for the owner, which stops its servers last
        )
    return Server(name, guard, log, start_bytes)


def free_port() -> int:
    """Return a TCP port of this host that nobody has.

    Raises:
        StackError: None was found.
    """
    for _ in range(_PORT_DRAWS):
        port = _PORTS[secrets.randbelow(len(_PORTS))]
        if is_free(port):
            return port
    raise StackError(f"no free TCP port between {_PORTS.start} and {_PORTS.stop}: stop what takes them")


def is_free(port: int) -> bool:
    """Tell whether a server could listen on a port of this host."""
    with socket.socket() as probe:
        if os.name == "posix":  # elsewhere it would allow to take another's port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def kept_port(memory: Path, name: str) -> int:
    """Return the port that *memory* has for *name*, or a new one where it has none or somebody took it."""
    ports: dict[str, int] = json.loads(memory.read_text()) if memory.exists() else {}
    if name not in ports or not is_free(ports[name]):
        ports[name] = free_port()
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_text(json.dumps(ports))
    return ports[name]


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether somebody listens on a port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


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
