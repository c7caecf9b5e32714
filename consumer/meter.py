"""What a member counts for its metrics: amounts that only grow, from any thread."""

from __future__ import annotations

import threading

#: Why a call of the model brought nothing usable: what its errors are called (`consumer.errors.cause_of`).
CAUSES = (
    # The server (consumer/analysis/models/failures.py).
    "no_server",
    "misconfigured",
    "busy",
    "server_failed",
    "timed_out",
    "stalled",
    "connection_cut",
    "garbled",
    "endless_answer",
    "refused_prompt",
    # Its answer (consumer/analysis/answers.py).
    "long_answer",
    "cut_answer",
    "no_json",
    "wrong_shape",
    "empty_talk",
    "no_evidence",
    "other",
)
#: Before each of them in the name of its counter.
FAILURES = "model_failures_"

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
    "cached_tokens",
    "answers",
    "repairs",
    "first_answers",
    "first_answers_valid",
    *(FAILURES + cause for cause in CAUSES),
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

    def failed(self, cause: str) -> None:
        """Count a failure of the model; a cause that is not in `CAUSES` is `other`."""
        self.add(**{FAILURES + (cause if cause in CAUSES else "other"): 1})

    def amounts(self) -> dict[str, float]:
        """Return all counters as they stand."""
        with self._lock:
            return dict(self._amounts)
