"""How long to wait for a server that cannot be asked now, and when to give up."""

from __future__ import annotations

import math
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

#: What servers say when they will be back (RFC 5530), and Gmail's and Microsoft's words.
LATER = re.compile(
    r"\[(UNAVAILABLE|INUSE|LIMIT|OVERQUOTA|SERVERBUG|THROTTLED)\b|too many|temporar|try again|throttl|bandwidth",
    re.IGNORECASE,
)
#: What they say when asking again soon makes it worse.
_MUCH_LATER = re.compile(r"\[(LIMIT|OVERQUOTA|THROTTLED)\b|too many|throttl|bandwidth", re.IGNORECASE)

FIRST_WAIT_S = 1.0


def delay_s(tries: int, words: str, jitter: float, base_s: float = FIRST_WAIT_S) -> float:
    """Return the wait after *tries* failures in a row, the last one in these *words*.

    *base_s*, doubled up to 60 s; from one minute to 15 where the server says that we ask too much. The half of it is
    chance (*jitter*, 0 to 1), so that accounts that fell together do not come back together.
    """
    base_s, cap_s = (60.0 * base_s, 900.0) if _MUCH_LATER.search(words) else (base_s, 60.0)
    whole_s: float = min(cap_s, base_s * 2.0 ** min(tries - 1, 32))
    return whole_s * (0.5 + 0.5 * jitter)


@dataclass
class Patience:
    """Counts failures since anything went forward."""

    #: Without any progress for this long it is used up.
    limit_s: float = math.inf
    first_wait_s: float = FIRST_WAIT_S
    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random
    _tries: int = 0
    _stuck_since_s: float | None = field(default=None, init=False)

    def progressed(self) -> None:
        """Say that something went forward."""
        self._tries, self._stuck_since_s = 0, None

    def failed(self, words: str) -> float | None:
        """Return how many seconds to wait, or None where patience is used up."""
        now_s = self.clock()
        if self._stuck_since_s is None:
            self._stuck_since_s = now_s
        if now_s - self._stuck_since_s >= self.limit_s:
            return None
        self._tries += 1
        return delay_s(self._tries, words, self.jitter(), self.first_wait_s)


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """How often a server is asked, and for how long in vain; all in seconds."""

    #: A pull that is not followed gives up after so long without any progress.
    give_up_s: float = 120.0
    #: After the first failure.
    first_wait_s: float = FIRST_WAIT_S
    #: All folders are asked this often whether they changed, also while IDLE looks healthy.
    sweep_s: float = 60.0
    #: Where there is no IDLE, the folder in front is looked at this often.
    poll_s: float = 15.0
    #: IDLE is begun anew this often: some servers and routers end a connection that is silent for five minutes.
    renew_s: float = 270.0

    def patience(self, limit_s: float = math.inf) -> Patience:
        """Return fresh patience for *limit_s*."""
        return Patience(limit_s, self.first_wait_s)
