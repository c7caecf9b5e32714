"""When a failed record is tried again (pure)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """Exponential, capped, with full jitter: `random(0, min(cap, base * 2^(tries - 1)))`.

    Source: "Exponential Backoff And Jitter", Marc Brooker, AWS Architecture Blog, 2015.
    """

    base_s: float = 1.0
    cap_s: float = 60.0
    max_attempts: int = 5

    def is_used_up(self, tries: int) -> bool:
        """Tell whether a record that failed *tries* times is given up."""
        return tries >= self.max_attempts

    def delay_s(self, tries: int, *, jitter: float, retry_after_s: float | None = None) -> float:
        """Return the wait before the next try.

        Args:
            tries: How many tries have failed; 0 where the failure does not count.
            jitter: A random number from 0 to 1.
            retry_after_s: What the server asked for; waited at least this long, within the cap.
        """
        doublings = min(max(tries - 1, 0), 32)  # beyond, any cap is reached and 2.0 ** n would overflow one day
        delay = jitter * min(self.cap_s, self.base_s * 2.0**doublings)
        return min(self.cap_s, max(delay, retry_after_s or 0.0))
