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
#: Another process that starts the stack of the same home gets this long.
_START_TIMEOUT_S = 120.0


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
    """Yield the servers of the home: those that another process has running, else new ones that end with the block.

    Raises:
        StackError: One cannot be started.
    """
    home = settings.home_path
    with ExitStack() as opened:
        running = _join_or_own(settings, opened)
        if running is not None and (running.model_url or not model):
            yield running
            return
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
            _write_whole(_state(settings), json.dumps(asdict(found)))
            opened.callback(_state(settings).unlink, missing_ok=True)
        yield found


def _join_or_own(settings: Settings, opened: ExitStack) -> Addresses | None:
    """Return the stack that another process has, or None once this process is the home's owner until *opened* ends."""
    home = settings.home_path
    home.mkdir(parents=True, exist_ok=True)
    lock = _owner_lock(settings)
    deadline_s = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline_s:
        with suppress(Timeout):
            lock.acquire(timeout=0.2)
            opened.callback(lock.release)
            _state(settings).unlink(missing_ok=True)  # its owner was killed
            return None
        found = addresses_of(settings)
        if found is not None:
            return found
    raise HomeBusyError(f"another process has been starting the servers of {home} for long: wait for it, or stop it")


def addresses_of(settings: Settings) -> Addresses | None:
    """Return where the servers of the home answer, or None where none run."""
    with suppress(OSError, ValueError, TypeError):
        found = Addresses(**json.loads(_state(settings).read_text()))
        return found if found.alive and _is_owned(settings) else None
    return None


def _is_owned(settings: Settings) -> bool:
    """Tell whether the owner that wrote the state still runs: the lock goes with its process, a pid is given again."""
    try:
        with _owner_lock(settings).acquire(timeout=0):
            return False
    except Timeout:
        return True


def _owner_lock(settings: Settings) -> FileLock:
    return FileLock(settings.home_path / "stack.lock")


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
        _write_whole(holder, f"`{command}` (pid {os.getpid()})")
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
    return settings.home_path / "stack.json"


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees all of it or none."""
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(text, "utf-8")
    draft.replace(path)
