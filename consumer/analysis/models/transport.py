"""The HTTP connection to a model server: watched, cancellable, and raising only our two errors.

A completion may take minutes, so a time-out alone is not enough: a server that has begun to answer
and then stalls is seen within `stall_s`, and cancelling the work shuts the socket down, because closing a
connection from another thread does not wake up the thread that reads from it.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from consumer.analysis.models import failures
from consumer.cancellation import AbandonedError, current
from consumer.errors import TransientError

_CONNECTED = ("connection.connect_tcp.complete", "connection.start_tls.complete")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long to wait, in seconds: for a connection, for the whole answer, between two pieces of it.

    `ask_s` holds for requests that cost no completion: a server that hangs must be found out before its time-out.
    """

    connect_s: float = 5.0
    answer_s: float = 600.0
    stall_s: float = 60.0
    ask_s: float = 10.0

    @property
    def timeout(self) -> httpx.Timeout:
        """The same by phase, for an httpx client."""
        return httpx.Timeout(connect=self.connect_s, read=self.answer_s, write=30.0, pool=self.connect_s)


class _Call:
    """One request in flight, and the thread that watches over it."""

    def __init__(self, limits: Limits, answer_s: float) -> None:
        self._limits, self._answer_s = limits, answer_s
        self._cancellation = current()
        self._socket: socket.socket | None = None
        self._done = threading.Event()
        self._started_s = time.monotonic()
        self._piece_s: float | None = None
        self.abandoned: TransientError | None = None
        self._cancellation.add(self.cancel)
        threading.Thread(target=self._watch, name="model-watch", daemon=True).start()

    def trace(self, name: str, info: Mapping[str, Any]) -> None:
        """Learn the socket (httpcore's `trace` extension)."""
        if name in _CONNECTED:
            self._socket = info["return_value"].get_extra_info("socket")
            if self.abandoned:
                self._shut()

    def progress(self) -> None:
        """Note that a piece of the answer came."""
        self._piece_s = time.monotonic()

    def abandon(self, why: TransientError) -> None:
        """Close the connection under the thread that reads from it; it then raises *why*."""
        self.abandoned = self.abandoned or why
        self._shut()

    def cancel(self) -> None:
        """Abandon the call because nobody wants its answer any more."""
        self.abandon(AbandonedError())

    def end(self) -> None:
        """Stop watching."""
        self._cancellation.discard(self.cancel)
        self._done.set()

    def _shut(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _watch(self) -> None:
        # Never longer than a stall: the first piece shortens what is left, and wakes nobody up.
        while not self._done.wait(max(0.01, min(self._left_s(), self._limits.stall_s))):
            if self._left_s() <= 0:
                what = "stalled in mid-answer" if self._piece_s else "did not answer in time"
                self.abandon(TransientError(f"the model server {what}: raise CHAINMAIL_MODEL_TIMEOUT_S, or look at it"))
                return

    def _left_s(self) -> float:
        now_s = time.monotonic()
        left_s = self._started_s + self._answer_s - now_s
        return left_s if self._piece_s is None else min(left_s, self._piece_s + self._limits.stall_s - now_s)


class _WatchedStream(httpx.SyncByteStream):
    """The body of an answer, piece by piece."""

    def __init__(self, inner: httpx.SyncByteStream, call: _Call, transport: ModelTransport, url: str) -> None:
        self._inner, self._call, self._transport, self._url = inner, call, transport, url

    def __iter__(self) -> Iterator[bytes]:
        with self._transport.failures(self._call, self._url):
            for piece in self._inner:
                self._call.progress()
                yield piece
            if self._call.abandoned:
                raise self._call.abandoned

    def close(self) -> None:
        self._transport.end(self._call)
        self._inner.close()


class ModelTransport(httpx.BaseTransport):
    """An httpx transport for one model server; *model* is named in its errors."""

    def __init__(self, limits: Limits, model: str) -> None:
        self._limits, self._model = limits, model
        # A connection of its own for every call: the trace hook below sees only new ones.
        self._inner = httpx.HTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))
        self._calls: set[_Call] = set()
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request*; an error answer or a broken connection is raised as Transient- or PermanentError.

        Abandoned work sends nothing more.
        """
        url = f"{request.url.scheme}://{request.url.netloc.decode()}"
        current().wait(0)
        call = self._begin(request.method)
        request.extensions = {**request.extensions, "trace": call.trace}
        try:
            with self.failures(call, url):
                response = self._inner.handle_request(request)
        except BaseException:
            self.end(call)
            raise
        assert isinstance(response.stream, httpx.SyncByteStream)  # noqa: S101 - what a synchronous transport returns
        stream = _WatchedStream(response.stream, call, self, url)
        answer = httpx.Response(
            response.status_code, headers=response.headers, stream=stream, extensions=response.extensions
        )
        if answer.is_error:
            self._refuse(answer, url)
        return answer

    def close(self) -> None:
        """Abandon what is in flight and close the pool."""
        with self._lock:
            calls = list(self._calls)
        for call in calls:
            call.cancel()
        self._inner.close()

    @contextlib.contextmanager
    def failures(self, call: _Call, url: str) -> Iterator[None]:
        """Raise what httpx raises as what it means for the record."""
        try:
            yield
        except httpx.TransportError as error:
            raise (call.abandoned or failures.of_transport(error, url=url)) from error

    def end(self, call: _Call) -> None:
        """Forget a call that is over."""
        call.end()
        with self._lock:
            self._calls.discard(call)

    def _begin(self, method: str) -> _Call:
        longest_s = self._limits.answer_s
        call = _Call(self._limits, min(self._limits.ask_s, longest_s) if method == "GET" else longest_s)
        with self._lock:
            self._calls.add(call)
        return call

    def _refuse(self, answer: httpx.Response, url: str) -> None:
        try:
            body = answer.read().decode("utf-8", "replace")
        finally:
            answer.close()
        wait_s = failures.retry_after_s(answer.headers.get("retry-after"))
        raise failures.of_status(answer.status_code, body, url=url, model=self._model, retry_after_s=wait_s)
