"""Who is at the other end of a connection on loopback."""

from __future__ import annotations

import psutil


def kill_peer(client_port: int, server_port: int) -> None:
    """Kill (-9) the process that has connected from *client_port* to the server on *server_port*."""
    for connection in psutil.net_connections("tcp4"):
        is_ours = connection.laddr and connection.laddr.port == client_port
        if is_ours and connection.raddr and connection.raddr.port == server_port and connection.pid:
            psutil.Process(connection.pid).kill()
