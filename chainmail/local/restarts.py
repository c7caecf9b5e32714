"""When a process that died is started again: pure policy."""

from __future__ import annotations

from collections.abc import Sequence

WINDOW_S = 60.0
MAX_DEATHS = 5
_FIRST_DELAY_S = 0.2


def delay_s(died_at_s: Sequence[float], now_s: float) -> float | None:
    """Return how long to wait before the next start; None: give up.

    Args:
        died_at_s: Monotonic times of all deaths so far, the last one included.
        now_s: The monotonic time now.
    """
    recent = sum(1 for at_s in died_at_s if now_s - at_s < WINDOW_S)
    if recent >= MAX_DEATHS:
        return None
    return float(_FIRST_DELAY_S * 2 ** max(recent - 1, 0))
