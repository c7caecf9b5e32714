"""Work that another thread may abandon: one cancellation a record, seen by everything that waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from consumer.errors import TransientError


class AbandonedError(TransientError):
    """The work was abandoned: its partition was lost, or the member stops. No fault of anybody's."""

    def __init__(self) -> None:
        super().__init__(counts=False)


class Cancellation:
    """A switch that is thrown once; whoever waits registers what wakes it up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thrown = threading.Event()
        self._wakers: list[Callable[[], None]] = []

    @property
    def is_thrown(self) -> bool:
        """Whether the work is abandoned."""
        return self._thrown.is_set()

    def throw(self) -> None:
        """Abandon the work; may be called again, from any thread."""
        with self._lock:
            self._thrown.set()
            wakers = list(self._wakers)
        for wake in wakers:
            wake()

    def add(self, wake: Callable[[], None]) -> None:
        """Call *wake* when the work is abandoned; at once where it is already."""
        with self._lock:
            self._wakers.append(wake)
            thrown = self.is_thrown
        if thrown:
            wake()

    def discard(self, wake: Callable[[], None]) -> None:
        """Forget *wake*."""
        with self._lock:
            self._wakers = [known for known in self._wakers if known != wake]

    def wait(self, seconds: float) -> None:
        """Sleep.

        Raises:
            AbandonedError: The work was abandoned before or meanwhile.
        """
        if self._thrown.wait(seconds):
            raise AbandonedError


_CURRENT: ContextVar[Cancellation | None] = ContextVar("cancellation", default=None)


def current() -> Cancellation:
    """Return the cancellation of the work that this thread does; one that nobody throws where it does none."""
    return _CURRENT.get() or Cancellation()


@contextmanager
def cancellable(cancellation: Cancellation) -> Iterator[None]:
    """Let what this thread does in the block be abandoned by *cancellation*."""
    token = _CURRENT.set(cancellation)
    try:
        yield
    finally:
        _CURRENT.reset(token)
