"""Pools of model servers for tests: no thread of their own, and time that a test may set."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from consumer.analysis.models.ceiling import Ceiling
from consumer.analysis.models.host import Host
from consumer.analysis.models.line import Line
from consumer.analysis.models.pool import ModelPool
from consumer.analysis.models.server import Capabilities, ModelHost, ModelIdentity, Prompt, RawCompletion
from consumer.analysis.models.slots import SlotFolder
from consumer.errors import TransientError
from consumer.meter import Meter
from tests.scripted_model import raw

FIRST, SECOND = "http://host-0:1", "http://host-1:1"


class Clock:
    """A clock that only the waits of a test move on; `on_pause` may do something meanwhile."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.pauses: list[float] = []
        self.on_pause: Callable[[], None] = lambda: None

    def __call__(self) -> float:
        """Return the time."""
        return self.now_s

    def pause(self, seconds: float) -> None:
        """Let time go by."""
        self.pauses.append(seconds)
        self.now_s += seconds
        self.on_pause()


class MemoryHost:
    """A model server in memory: `error` is raised by completions, `down` by everything."""

    provider = "memory"
    name = "tiny"

    def __init__(self, digest: str = "d1", slots: int | None = None) -> None:
        self.options: Mapping[str, Any] = {}
        self.digest, self.said_slots = digest, slots
        self.error: Exception | None = None
        self.down: Exception | None = None
        self.calls = 0
        self.looks = 0
        self.able = Capabilities(schema=True, logprobs=True, context_tokens=4096)
        self.asked = 0
        self.during: Callable[[], None] = lambda: None

    def complete(self, prompt: Prompt, schema: Mapping[str, Any], max_tokens: int) -> RawCompletion:
        """Answer, or raise what was set."""
        assert prompt.user
        assert schema is not None
        assert max_tokens
        self.calls += 1
        self.during()
        if error := self.down or self.error:
            raise error
        return raw("{}")

    def identity(self) -> ModelIdentity:
        """Say which model."""
        self.looks += 1
        if self.down:
            raise self.down
        return ModelIdentity(server=self.provider, model=self.name, digest=self.digest)

    def capabilities(self) -> Capabilities:
        """Say what was set."""
        self.asked += 1
        if self.down:
            raise self.down
        return self.able

    def slots(self) -> int | None:
        """Say how many at once."""
        return self.said_slots

    def probe(self) -> None:
        """Be there, or not."""
        self.identity()

    def close(self) -> None:
        """Hold nothing."""


class Stand:
    """A pool with its clock and meter; `background` has what would run in a thread."""

    def __init__(self, folder: Path, servers: tuple[ModelHost, ...], per_minute: float | None = None) -> None:
        self.clock, self.meter = Clock(), Meter()
        self.background: list[Callable[[], None]] = []
        self.folders = [SlotFolder(folder / str(number)) for number in range(len(servers))]
        self.hosts = [
            Host(url=f"http://host-{number}:1", server=server, folder=slots)
            for number, (server, slots) in enumerate(zip(servers, self.folders, strict=True))
        ]
        self.line = SlotFolder(folder / "line")
        ceiling = None
        if per_minute:
            ceiling = Ceiling(folder / "rate", per_minute, pause=self.clock.pause, clock=self.clock)
        self.pool = ModelPool(
            self.hosts,
            Line(self.line, pause=self.clock.pause, clock=self.clock),
            meter=self.meter,
            ceiling=ceiling,
            in_background=self.background.append,
            clock=self.clock,
        )

    def ask(self) -> RawCompletion:
        """Make one call."""
        return self.pool.complete(Prompt(system="s", user="u", version="v1"), {}, 10)

    def ask_due(self) -> None:
        """Do what the background would do now."""
        self.pool._prober.ask_due()


@contextmanager
def pooled(server: Any) -> Iterator[ModelPool]:
    """Yield *server* as the only host of a pool; it needs no `slots`."""
    if not hasattr(server, "slots"):
        server.slots = lambda: None
    with TemporaryDirectory() as folder:
        stand = Stand(Path(folder), (server,))
        stand.hosts[0].url = getattr(server, "url", stand.hosts[0].url)
        yield stand.pool


def refusal(retry_after_s: float | None = None) -> TransientError:
    """Return what a server says that takes nothing."""
    return TransientError("busy", counts=False, retry_after_s=retry_after_s)


def two(folder: Path, first: MemoryHost, second: MemoryHost) -> Stand:
    """Return a pool of two hosts that are both known to be well."""
    stand = Stand(folder, (first, second))
    stand.pool.identity()
    stand.ask_due()
    return stand
