"""The requests in flight to one model server, and the one thread that watches over them.

A thread for each request would cost more than the request itself takes us otherwise.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from consumer.cancellation import AbandonedError, current
from consumer.errors import TransientError

_CONNECTED = ("connection.connect_tcp.complete", "connection.start_tls.complete")
#: How late a time-out may be noticed.
_LOOK_S = 0.2


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


class Call:
    """One request in flight, of the work that the calling thread does."""

    def __init__(self, limits: Limits, answer_s: float) -> None:
        self._limits, self._answer_s = limits, answer_s
        self._cancellation = current()
        self._socket: socket.socket | None = None
        self._started_s = time.monotonic()
        self._piece_s: float | None = None
        self.abandoned: TransientError | None = None
        self._cancellation.add(self.cancel)

    def trace(self, name: str, info: Mapping[str, Any]) -> None:
        """Learn the socket (httpcore's `trace` extension)."""
        if name in _CONNECTED:
            self._socket = info["return_value"].get_extra_info("socket")
            if self.abandoned:
                self._shut()

    def progress(self) -> None:
        """Note that a piece of the answer came."""
        self._piece_s = time.monotonic()

    def cancel(self) -> None:
        """Close the connection, because nobody wants the answer any more."""
        self._abandon(AbandonedError())

    def look(self, now_s: float) -> None:
        """Close the connection where the answer takes too long, as a whole or between two pieces of it."""
        stalled = self._piece_s is not None and now_s - self._piece_s >= self._limits.stall_s
        if stalled or now_s - self._started_s >= self._answer_s:
            what = "stalled in mid-answer" if self._piece_s else "did not answer in time"
            self._abandon(TransientError(f"the model server {what}: raise CHAINMAIL_MODEL_TIMEOUT_S, or look at it"))

    def end(self) -> None:
        """Be over."""
        self._cancellation.discard(self.cancel)

    def _abandon(self, why: TransientError) -> None:
        """Close the connection under the thread that reads from it; it then raises *why*."""
        self.abandoned = self.abandoned or why
        self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


class Watch:
    """Looks at all requests in flight, a few times a second; its thread begins with the first one."""

    def __init__(self) -> None:
        self._calls: set[Call] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def add(self, call: Call) -> None:
        """Watch over *call* until it is discarded."""
        with self._changed:
            self._calls.add(call)
            if self._closed:
                call.cancel()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="model-watch", daemon=True)
                self._thread.start()
            if len(self._calls) == 1:
                self._changed.notify()

    def discard(self, call: Call) -> None:
        """Forget a call that is over."""
        call.end()
        with self._changed:
            self._calls.discard(call)

    def close(self) -> None:
        """Abandon what is in flight and end the thread."""
        with self._changed:
            calls, self._closed = list(self._calls), True
            self._changed.notify()
        for call in calls:
            call.cancel()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._calls or self._closed)
                if self._closed:
                    return
                calls = list(self._calls)
            for call in calls:
                call.look(time.monotonic())
            time.sleep(_LOOK_S)
