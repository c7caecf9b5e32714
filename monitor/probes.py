"""The port of one supervisor: `/live`, `/ready`, `/metrics`."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from chainmail.settings import Settings
from monitor.health import STUCK_S, Supervised, is_live, look, reasons
from monitor.metrics import Offsets, PipelineCollector, Positions
from storage.engine import Database

#: A probe is answered soon or not at all: waiting for a locked database is no answer.
_LOCK_TIMEOUT_S = 2.0


class PortTakenError(OSError):
    """The health port cannot be listened on: exit code 2."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a scrape that is going on must not hold up the stop

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report what goes wrong, but for clients that leave early."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


@contextmanager
def serving(
    settings: Settings, supervised: Callable[[], Supervised], ask: Callable[[], Positions | None]
) -> Iterator[None]:
    """Serve probes on the settings' port while the block runs.

    Raises:
        PortTakenError: Somebody else listens there, or the address is not of this host.
    """
    database, offsets = Database(settings.db_url, lock_timeout_s=_LOCK_TIMEOUT_S), Offsets(ask)
    try:
        server = _listening(settings, database, supervised, offsets)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="health")
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
    finally:
        offsets.close()
        database.close()


def _listening(
    settings: Settings, database: Database, supervised: Callable[[], Supervised], offsets: Offsets
) -> ThreadingHTTPServer:
    registry = CollectorRegistry()
    registry.register(PipelineCollector(database, settings, supervised, offsets))
    answers = {
        "/live": lambda _accept: _live(supervised()),
        "/ready": lambda _accept: _ready(reasons(look(database, supervised(), offsets.partitions))),
        "/metrics": lambda accept: _metrics(registry, accept),
    }
    address = (settings.health_host, settings.health_port)
    try:
        return _Server(address, _handler(answers))
    except OSError as error:
        raise PortTakenError(
            f"health port {address[0]}:{address[1]} cannot be listened on ({error.strerror}): "
            "set another with --health-port, or CHAINMAIL_HEALTH_HOST"
        ) from error


Answer = tuple[HTTPStatus, str, bytes]


def _live(supervised: Supervised) -> Answer:
    found = [] if is_live(supervised) else [f"the supervisor's loop has not turned for {STUCK_S:.0f} s or more"]
    return _json("live", found)


def _ready(found: list[str]) -> Answer:
    return _json("ready", found)


def _json(name: str, found: list[str]) -> Answer:
    body = json.dumps({name: not found, "reasons": found}, ensure_ascii=False).encode()
    return HTTPStatus.SERVICE_UNAVAILABLE if found else HTTPStatus.OK, "application/json", body


def _metrics(registry: CollectorRegistry, accept: str) -> Answer:
    encode, content_type = choose_encoder(accept)
    return HTTPStatus.OK, content_type, encode(registry)


def _handler(answers: dict[str, Callable[[str], Answer]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # a client that says nothing keeps no thread

        def do_GET(self) -> None:
            answer = answers.get(self.path.partition("?")[0])
            if answer is None:
                self._send((HTTPStatus.NOT_FOUND, "text/plain", b"/live /ready /metrics\n"))
            else:
                self._send(answer(self.headers.get("Accept", "")))

        def _send(self, answer: Answer) -> None:
            status, content_type, body = answer
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: a probe comes every few seconds."""

    return Handler
