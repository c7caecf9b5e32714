"""A way to a server that can be cut, stalled, closed, or made to say other words."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_CHUNK_BYTES = 16_384


class TcpProxy:
    """Passes connections on to a port of this host; tests change what it does while it runs."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        #: New connections are closed without a word.
        self.refuses = False
        #: Whatever the server says is passed on with these patterns replaced (without TLS).
        self.replaces: Mapping[bytes, bytes] = {}
        #: The same for what clients say.
        self.replaces_asked: Mapping[bytes, bytes] = {}
        #: While cleared, nothing of what the server says comes through.
        self.flows = threading.Event()
        self.flows.set()
        #: How many connections there were, and which bytes clients sent.
        self.connections = 0
        self.heard = bytearray()
        self._cut_in_bytes: int | None = None
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_after(self, size_bytes: int) -> None:
        """Cut the connection over which the server sends the byte with this number, from now on, once."""
        self._cut_in_bytes = size_bytes

    def cut_all(self) -> None:
        """Cut all connections."""
        for each in self._open:
            _reset(each)
        self._open = []

    def close(self) -> None:
        """End it."""
        self.flows.set()
        self._listener.close()
        self.cut_all()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                server = None if self.refuses else socket.create_connection(("127.0.0.1", self._target_port))
            except OSError:
                server = None
            if server is None:
                client.close()
                continue
            self._open += [client, server]
            threading.Thread(target=self._up, args=(client, server), daemon=True).start()
            threading.Thread(target=self._down, args=(server, client), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := client.recv(_CHUNK_BYTES):
                self.heard += chunk
                for words, others in self.replaces_asked.items():
                    chunk = re.sub(words, others, chunk)
                server.sendall(chunk)
        _reset(server)

    def _down(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := server.recv(_CHUNK_BYTES):
                self.flows.wait()
                for words, others in self.replaces.items():
                    chunk = re.sub(words, others, chunk)
                if self._cut_in_bytes is not None and self._cut_in_bytes < len(chunk):
                    client.sendall(chunk[: self._cut_in_bytes])
                    self._cut_in_bytes = None
                    break
                if self._cut_in_bytes is not None:
                    self._cut_in_bytes -= len(chunk)
                client.sendall(chunk)
        _reset(client)
        _reset(server)


def _reset(connection: socket.socket) -> None:
    """Close at once, without the good manners of TCP."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@contextmanager
def tcp_proxy(target_port: int) -> Iterator[TcpProxy]:
    """Yield a proxy to *target_port*; it ends with the block."""
    proxy = TcpProxy(target_port)
    try:
        yield proxy
    finally:
        proxy.close()
