"""The ceiling of calls a minute for all members of one home: its one number in a file that is its own lock."""

from __future__ import annotations

import fcntl
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path

from opentelemetry.trace import SpanKind

from chainmail import telemetry
from consumer.analysis.models.line import SHORTEST_S, pause
from consumer.analysis.models.rate import Rate

_NUMBER = struct.Struct("<d")


class Ceiling:
    """At most *per_minute* calls of all processes that share *path*; *clock* is the same for all of them.

    `time.monotonic` is, on one host, until it is started again.
    """

    def __init__(
        self,
        path: Path,
        per_minute: float,
        *,
        pause: Callable[[float], None] = pause,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path, self._rate, self._pause, self._clock = path, Rate(per_minute), pause, clock
        path.parent.mkdir(parents=True, exist_ok=True)

    def wait(self) -> None:
        """Return when a call would be allowed; it is not taken.

        Raises:
            AbandonedError: The work of this thread was abandoned meanwhile.
        """
        left_s = self._left_s(take=False)
        if not left_s:
            return
        with telemetry.span("rate wait", kind=SpanKind.INTERNAL, attributes={}):
            while left_s:
                self._pause(left_s)
                left_s = self._left_s(take=False)

    def take(self) -> bool:
        """Take the next call; False where another one has just had it."""
        return not self._left_s(take=True)

    def _left_s(self, *, take: bool) -> float:
        """Return how long a call has to wait; where it has not and *take* is set, it is taken."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # Never a wait in the kernel: a holder that is stopped in its tracks must not keep us from being abandoned.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            now_s = self._clock()
            state = os.pread(descriptor, _NUMBER.size, 0)
            next_s = _NUMBER.unpack(state)[0] if len(state) == _NUMBER.size else now_s
            left_s = self._rate.left_s(next_s, now_s)
            if take and not left_s:
                os.pwrite(descriptor, _NUMBER.pack(self._rate.after(now_s)), 0)
        except BlockingIOError:
            return SHORTEST_S
        finally:
            os.close(descriptor)
        return left_s
