"""When a failed record is tried again (pure)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """Exponential, capped, with full jitter: `random(0, min(cap, base * 2^(attempt - 1)))`.

    Source: "Exponential Backoff And Jitter", Marc Brooker, AWS Architecture Blog, 2015.
    """

    base_s: float = 1.0
    cap_s: float = 60.0
    max_attempts: int = 5

    def delay_s(self, attempt: int, *, jitter: float, retry_after_s: float | None = None) -> float | None:
        """Return the wait after *attempt* (the first is 1) failed, or None: no further try.

        Args:
            attempt: How many tries there have been.
            jitter: A random number from 0 to 1.
            retry_after_s: What the server asked for; waited at least this long, within the cap.
        """
        if attempt >= self.max_attempts:
            return None
        delay = jitter * min(self.cap_s, self.base_s * 2.0 ** min(attempt - 1, 32))
        return min(self.cap_s, max(delay, retry_after_s or 0.0))
