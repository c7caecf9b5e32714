"""What runs for one home: the broker, the model server, who holds them, and where they answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from chainmail.children import environment_of
from chainmail.local import broker, model_server, servers, toy_model
from chainmail.local.cache import Progress, silent
from chainmail.local.errors import HomeBusyError, StackError
from chainmail.settings import Settings

#: The model that the embedded server offers.
TOY_MODEL = toy_model.NAME
_UP_TIMEOUT_S = 300.0


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Where the servers of a home answer, and the process that they end with."""

    bootstrap: str
    model_url: str | None
    owner_pid: int

    @property
    def alive(self) -> bool:
        """Tell whether their owner is still there."""
        return servers.is_running(self.owner_pid)


@contextmanager
def embedded(settings: Settings, *, model: bool, on_progress: Progress = silent) -> Iterator[Addresses]:
    """Yield the servers of the home: those that `chainmail up` has running, else new ones that end with the block.

    Raises:
        StackError: One cannot be started.
    """
    running = addresses_of(settings)
    if running is not None and (running.model_url or not model):
        yield running
        return
    home = settings.home_path
    with ExitStack() as opened:
        bootstrap = settings.kafka_bootstrap or (running.bootstrap if running else "")
        if not bootstrap:
            server, bootstrap = broker.start(home, on_progress)
            opened.callback(server.stop)
        model_url = None
        if model:
            slots = settings.workers * settings.in_flight
            server, model_url = model_server.start(home, slots, on_progress)
            opened.callback(server.stop)
        found = Addresses(bootstrap=bootstrap, model_url=model_url, owner_pid=os.getpid())
        if running is None:
            _state(settings).write_text(json.dumps(asdict(found)))
            opened.callback(_state(settings).unlink, missing_ok=True)
        yield found


def addresses_of(settings: Settings) -> Addresses | None:
    """Return where the servers of the home answer, or None where none run."""
    with suppress(OSError, ValueError, TypeError):
        found = Addresses(**json.loads(_state(settings).read_text()))
        return found if found.alive else None
    return None


@contextmanager
def hold_home(settings: Settings, command: str) -> Iterator[None]:
    """Hold the home for this process while the block runs.

    Raises:
        HomeBusyError: Another process holds it.
    """
    folder = settings.home_path
    folder.mkdir(parents=True, exist_ok=True)
    lock, holder = FileLock(folder / "home.lock"), folder / "home.holder"
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        who = holder.read_text() if holder.exists() else "another process"
        raise HomeBusyError(f"{folder} is in use by {who}: stop it first, or use another --db") from error
    try:
        holder.write_text(f"`{command}` (pid {os.getpid()})")
        yield
    finally:
        lock.release()


def up(settings: Settings, on_up: Callable[[Addresses], None], wait: Callable[[], None], on_progress: Progress) -> None:
    """Run the stack of the home in this process until *wait* returns."""
    with hold_home(settings.model_copy(update={"home": settings.home_path / "stack"}), "chainmail up"):
        model = settings.model_server == "embedded" and not settings.model_url
        with embedded(settings, model=model, on_progress=on_progress) as found:
            on_up(found)
            wait()


def up_detached(settings: Settings) -> Addresses:
    """Start the stack of the home as a process of its own and return when it answers.

    Raises:
        StackError: It did not start; with the end of its log.
    """
    running = addresses_of(settings)
    if running is not None:
        return running
    log = settings.home_path / "logs" / "up.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "chainmail.cli.app", "up"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment_of(settings),
            start_new_session=True,
        )
    deadline_s = time.monotonic() + _UP_TIMEOUT_S
    while (found := addresses_of(settings)) is None:
        if process.poll() is not None or time.monotonic() > deadline_s:
            raise StackError(f"the embedded stack did not start; {log} ends with:\n{servers.tail(log)}")
        time.sleep(0.1)
    return found


def down(settings: Settings) -> int | None:
    """End the stack that `up` runs for the home; return its pid, or None where none ran."""
    running = addresses_of(settings)
    if running is None:
        return None
    if not servers.terminate(running.owner_pid, timeout_s=60):
        raise StackError(f"process {running.owner_pid} did not end: look at {settings.home_path / 'logs'}")
    return running.owner_pid


def _state(settings: Settings) -> Path:
    folder = settings.home_path
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "stack.json"
