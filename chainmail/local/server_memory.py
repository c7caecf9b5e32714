"""How much memory a model server takes, where that can be had: its own word, or its process on this host."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import ollama
import psutil

_TIMEOUT_S = 5.0
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def memory_bytes(kind: str, url: str) -> int | None:
    """Return the memory of the server of *kind* at *url*; None where nobody says."""
    if kind == "ollama":
        with suppress(httpx.HTTPError, ollama.ResponseError, ConnectionError, ValueError):
            loaded = ollama.Client(url, timeout=_TIMEOUT_S, trust_env=False).ps().models
            if size := sum(model.size or 0 for model in loaded):
                return size
    where = urlsplit(url)
    return of_port(where.port) if where.hostname in _LOOPBACK and where.port else None


def of_port(port: int) -> int | None:
    """Return the resident memory of the process that listens on *port* here, and of its children."""
    with suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and getattr(connection.laddr, "port", None) == port
            if listens and connection.pid:
                process = psutil.Process(connection.pid)
                family = [process, *process.children(recursive=True)]
                return sum(int(member.memory_info().rss) for member in family)
    return None
