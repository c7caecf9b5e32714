"""Waiting for a slot: short naps that grow with the wait, and a step back for those who came first.

Lock files know no order: whoever has just given a slot back would be the first to take it again, because the others
sleep. So whoever waits says so by a lock, and a newcomer who sees it sleeps once as long as the others may at most.
No more than that: a waiter that is stopped in its tracks (SIGSTOP) holds up nobody for longer.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar

from consumer.analysis.models.slots import SlotFolder
from consumer.cancellation import current

_T = TypeVar("_T")

#: Naps, in seconds.
SHORTEST_S, LONGEST_S = 0.005, 0.1
#: A nap is at most this share of the wait, and so a slot idle for at most this share of a call.
_SHARE = 0.02
_JITTER = random.SystemRandom()
#: The lock that says that somebody waits.
_WAITING = 0


def nap_s(waited_s: float) -> float:
    """Return how long to sleep after having waited for *waited_s* seconds."""
    return min(LONGEST_S, max(SHORTEST_S, _SHARE * waited_s))


def pause(seconds: float) -> None:
    """Sleep, unless the work of this thread is abandoned."""
    current().wait(seconds)


class Line:
    """Those who wait for the same hosts, in all processes that share *folder*."""

    def __init__(
        self,
        folder: SlotFolder,
        *,
        pause: Callable[[float], None] = pause,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder, self._pause, self._clock = folder, pause, clock

    def wait(self, look: Callable[[], _T | None]) -> _T:
        """Return what *look* finds, looking until it finds something.

        Raises:
            AbandonedError: The work of this thread was abandoned meanwhile.
        """
        if self._folder.is_held(_WAITING):
            self._pause(LONGEST_S)
        since_s = self._clock()
        with ExitStack() as until_found:
            waiting = None
            while (found := look()) is None:
                if waiting is None and (waiting := self._folder.take(_WAITING)) is not None:
                    until_found.callback(waiting.release)
                self._pause(nap_s(self._clock() - since_s) * _JITTER.uniform(0.7, 1.0))
        return found
