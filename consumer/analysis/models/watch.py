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

from consumer.analysis.models.failures import EndlessAnswerError, StalledError, TimedOutError
from consumer.cancellation import AbandonedError, current
from consumer.errors import TransientError

_CONNECTED = ("connection.connect_tcp.complete", "connection.start_tls.complete")
#: How late a time-out may be noticed.
_LOOK_S = 0.2


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long to wait, in seconds: for a connection, for the first piece of the answer (with the wait in the server's
    queue, the loading of the model and the reading of the prompt), between two pieces of it, for the whole of it.

    `ask_s` holds for requests that cost no completion: a server that hangs must be found out before its time-out.
    No answer is longer than `answer_bytes`, whatever the server does.
    """

    connect_s: float = 5.0
    first_s: float = 600.0
    stall_s: float = 60.0
    answer_s: float = 600.0
    ask_s: float = 10.0
    answer_bytes: int = 64_000_000

    @property
    def timeout(self) -> httpx.Timeout:
        """The same by phase, for an httpx client."""
        return httpx.Timeout(connect=self.connect_s, read=self.answer_s, write=30.0, pool=self.connect_s)


class Call:
    """One request in flight, of the work that the calling thread does."""

    def __init__(self, limits: Limits, answer_s: float) -> None:
        self._limits, self._answer_s = limits, answer_s
        self._left_bytes = limits.answer_bytes
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

    def progress(self, size_bytes: int) -> None:
        """Note that a piece of the answer came.

        Raises:
            EndlessAnswerError: It was one too many.
        """
        self._piece_s = time.monotonic()
        self._left_bytes -= size_bytes
        if self._left_bytes < 0:
            raise EndlessAnswerError(f"the model server's answer is longer than {self._limits.answer_bytes:,} bytes")

    def cancel(self) -> None:
        """Close the connection, because nobody wants the answer any more."""
        self._abandon(AbandonedError())

    def look(self, now_s: float) -> None:
        """Close the connection where the answer takes too long: its beginning, its next piece, or the whole."""
        fault = self._fault(now_s)
        if fault is not None:
            self._abandon(fault)

    def end(self) -> None:
        """Be over."""
        self._cancellation.discard(self.cancel)

    def _fault(self, now_s: float) -> TransientError | None:
        advice = "raise CHAINMAIL_MODEL_TIMEOUT_S, or look at it"
        waited_s = now_s - self._started_s
        if waited_s >= self._answer_s:
            return TimedOutError(f"the model server did not answer in time, {self._answer_s:g} s in all: {advice}")
        if self._piece_s is None:
            late = waited_s >= self._limits.first_s
            words = f"the model server did not begin to answer in time, {self._limits.first_s:g} s: {advice}"
            return TimedOutError(words) if late else None
        stalled = now_s - self._piece_s >= self._limits.stall_s
        return StalledError(f"the model server stalled in mid-answer: {advice}") if stalled else None

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
