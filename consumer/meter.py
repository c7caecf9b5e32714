"""What a member counts for its metrics: amounts that only grow, from any thread."""

from __future__ import annotations

import threading

#: What a member counts, beside what is computed from rows; seconds end in `_s`.
COUNTERS = (
    "attempts",
    "retries",
    "fenced",
    "rebalances",
    "commits",
    "commit_failures",
    "model_calls",
    "model_s",
    "model_wait_s",
    "input_tokens",
    "output_tokens",
)


class Meter:
    """The counters of one process; every name of `COUNTERS` is there from the start, at 0."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._amounts = dict.fromkeys(COUNTERS, 0.0)

    def add(self, **amounts: float) -> None:
        """Add to the named counters.

        Raises:
            KeyError: A name is not in `COUNTERS`.
        """
        with self._lock:
            for name, amount in amounts.items():
                self._amounts[name] += amount

    def amounts(self) -> dict[str, float]:
        """Return all counters as they stand."""
        with self._lock:
            return dict(self._amounts)
