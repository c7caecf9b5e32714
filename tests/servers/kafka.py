"""A real Kafka broker for tests: the one that CHAINMAIL_TEST_KAFKA names, else the embedded one on free ports."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from chainmail.local import broker, servers
from chainmail.local.cache import silent
from chainmail.local.errors import StackError
from chainmail.local.servers import Server
from tests.servers.require import lacking

_BACK_S = 60.0


@dataclass
class OwnBroker:
    """A broker that a test may pause and kill; its guard starts it again on the same port."""

    server: Server
    bootstrap: str

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.bootstrap.rpartition(":")[2])

    def process(self) -> psutil.Process:
        """Return the Java process; waits for one that the guard is about to start."""
        deadline_s = time.monotonic() + _BACK_S
        while True:
            for child in psutil.Process(self.server.guard.pid).children(recursive=True):
                try:
                    if "java" in child.name() and "kafka.Kafka" in child.cmdline():
                        return child
                except psutil.Error:
                    continue
            assert time.monotonic() < deadline_s, "the broker does not come back"
            time.sleep(0.05)

    def kill(self) -> None:
        """End it as `kill -9` does; the guard starts it again."""
        victim = self.process()
        victim.kill()
        psutil.wait_procs([victim], timeout=10)

    def pause(self) -> None:
        """Let it stand still (SIGSTOP), connections open."""
        self.process().send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on after `pause`."""
        self.process().send_signal(signal.SIGCONT)

    def wait_until_up(self) -> None:
        """Wait until it takes connections again."""
        deadline_s = time.monotonic() + _BACK_S
        while not servers.answers(self.port):
            assert time.monotonic() < deadline_s, "the broker does not come back"
            time.sleep(0.1)


@contextmanager
def own_kafka(home: Path) -> Iterator[OwnBroker]:
    """Yield a broker of this process, which ends with the block."""
    try:
        server, bootstrap = broker.start(home, silent)
    except StackError as error:
        lacking(f"Kafka ({error})", "pip install 'chainmail[local]', or set CHAINMAIL_TEST_KAFKA=host:port")
    own = OwnBroker(server, bootstrap)
    try:
        yield own
    finally:
        own.go_on()  # a stopped process would not end
        server.stop()


@contextmanager
def kafka(home: Path) -> Iterator[str]:
    """Yield the address of a broker; one that was started here ends with the block."""
    given = os.environ.get("CHAINMAIL_TEST_KAFKA")
    if given:
        yield given
        return
    with own_kafka(home) as own:
        yield own.bootstrap
