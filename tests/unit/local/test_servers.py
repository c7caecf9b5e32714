"""Ports that a home keeps, and what a log says."""

from __future__ import annotations

import socket
from pathlib import Path

from chainmail.local import servers


def test_kept_port_stays_the_same(tmp_path: Path) -> None:
    """Members that run on would look for the restarted broker in vain."""
    memory = tmp_path / "ports.json"
    assert servers.kept_port(memory, "broker") == servers.kept_port(memory, "broker")


def test_kept_port_differs_by_name(tmp_path: Path) -> None:
    """Broker and controller would want the same port."""
    memory = tmp_path / "ports.json"
    kept = servers.kept_port(memory, "broker")
    assert servers.kept_port(memory, "controller") != kept
    assert servers.kept_port(memory, "broker") == kept


def test_kept_port_changes_when_somebody_took_it(tmp_path: Path) -> None:
    """The home could never start its broker again."""
    memory = tmp_path / "ports.json"
    first = servers.kept_port(memory, "broker")
    with socket.create_server(("127.0.0.1", first)):
        second = servers.kept_port(memory, "broker")
    assert second != first
    assert servers.kept_port(memory, "broker") == second


def test_free_port_lies_below_the_ports_of_outgoing_connections() -> None:
    """A client of a dead broker could be connected to itself and keep the broker's port."""
    assert all(servers.free_port() < 32_768 for _ in range(20))


def test_tail_returns_the_last_lines(tmp_path: Path) -> None:
    """The error would show the beginning of a log instead of what went wrong."""
    log = tmp_path / "a.log"
    log.write_bytes(b"first\nsecond\n\xff third\n")
    assert servers.tail(log, lines=2) == "  second\n  \ufffd third"


def test_tail_of_no_log_says_so(tmp_path: Path) -> None:
    """An error about a server that never wrote a line would hide behind another error."""
    assert servers.tail(tmp_path / "none.log") == "  (no log)"
