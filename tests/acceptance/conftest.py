"""The program as its user runs it: a process with a database of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.servers.fake_model import FakeModel

PROGRAM = str(Path(sys.executable).with_name("chainmail"))


@dataclass
class Chainmail:
    """The command line in one folder, with one database; what is still running at the end is killed."""

    folder: Path
    environment: dict[str, str]
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *words: str, **settings: str) -> subprocess.Popen[str]:
        """Start a command and return its process; stdout and stderr are pipes."""
        process = subprocess.Popen(
            [PROGRAM, *words],
            cwd=self.folder,
            env=self.environment | settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.running.append(process)
        return process

    def run(self, *words: str, code: int | None = 0, timeout_s: float = 120, **settings: str) -> tuple[str, str]:
        """Run a command to its end and return (stdout, stderr); *code* is what it must exit with."""
        return self.finish(self.start(*words, **settings), code=code, timeout_s=timeout_s)

    @staticmethod
    def finish(process: subprocess.Popen[str], *, code: int | None = 0, timeout_s: float = 120) -> tuple[str, str]:
        """Wait for the end of a command and return (stdout, stderr)."""
        out, err = process.communicate(timeout=timeout_s)
        assert code is None or process.returncode == code, f"exit {process.returncode}\n{out}\n{err}"
        return out, err

    def json(self, *words: str, code: int | None = 0, **settings: str) -> Any:
        """Run a command with `--json` and return what it prints; None where it prints nothing."""
        out, _err = self.run(*words, "--json", code=code, **settings)
        return json.loads(out) if out else None

    def wait_for(self, what: Callable[[], Any], timeout_s: float = 60) -> Any:
        """Wait until *what* is true and return it."""
        deadline_s = time.monotonic() + timeout_s
        while not (found := what()):
            assert time.monotonic() < deadline_s, "waited in vain"
            time.sleep(0.05)
        return found

    def close(self) -> None:
        """Kill what still runs of this test, and nothing else."""
        for process in self.running:
            if process.poll() is None:
                for child in reversed([psutil.Process(process.pid), *descendants(process.pid)]):
                    child.kill()
                process.communicate()


def descendants(pid: int) -> list[psutil.Process]:
    """Return the processes that *pid* has started, and theirs."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def running_with(pid: int, word: str) -> list[psutil.Process]:
    """Return those of *pid*'s descendants that have *word* in their command line."""
    found = []
    for child in descendants(pid):
        try:
            if any(word in part for part in child.cmdline()):
                found.append(child)
        except psutil.Error:
            continue
    return found


def kill(process: psutil.Process) -> None:
    """End a process as `kill -9` does."""
    process.send_signal(signal.SIGKILL)


def clean_environment() -> Mapping[str, str]:
    """Return the environment without settings of chainmail; compiled modules are kept, as they are for a user."""
    left_out = ("CHAINMAIL_", "OTEL_", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(left_out)}


@pytest.fixture
def fake_model() -> Iterator[FakeModel]:
    """Return a model server that answers at once."""
    with FakeModel() as model:
        yield model


@pytest.fixture
def chainmail(tmp_path: Path, fake_model: FakeModel) -> Iterator[Chainmail]:
    """Return the command line with the fake model server and the embedded broker."""
    own = {
        "CHAINMAIL_DB": str(tmp_path / "mail.db"),
        "CHAINMAIL_MODEL_SERVER": "openai",
        "CHAINMAIL_MODEL_URL": fake_model.url,
        "CHAINMAIL_SESSION_TIMEOUT_S": "6",
    }
    program = Chainmail(tmp_path, {**clean_environment(), **own})
    try:
        yield program
    finally:
        program.close()
