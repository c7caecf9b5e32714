"""When to leave a dependency alone (pure): closed → open → half-open → closed.

While it is open nobody calls; after a pause one probe may (half-open), and its answer decides.
Source: "Release It!", Michael Nygard, 2nd edition, chapter 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["closed", "open", "half-open"]


@dataclass
class Breaker:
    """The state for one dependency; all times are of the caller's monotonic clock, in seconds."""

    threshold: int = 1
    pause_s: float = 1.0
    max_pause_s: float = 30.0
    failures: int = 0
    retry_at_s: float | None = None
    probing: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether work has to wait."""
        return self.retry_at_s is not None

    @property
    def state(self) -> State:
        """The state in one word, for people and metrics."""
        if self.retry_at_s is None:
            return "closed"
        return "half-open" if self.probing else "open"

    def failed(self, now_s: float, retry_after_s: float | None = None) -> None:
        """Note a refusal; opens at the threshold, and every failed probe doubles the pause up to its cap.

        Calls that were in flight when it opened fail as well: they are one outage, and lengthen the pause
        only where the dependency asks for more.
        """
        wished_s = min(self.max_pause_s, retry_after_s or 0.0)
        if self.retry_at_s is not None and not self.probing:
            self.retry_at_s = max(self.retry_at_s, now_s + wished_s)
            return
        self.failures += 1
        self.probing = False
        if self.failures < self.threshold:
            return
        doubled = self.pause_s * 2 ** min(self.failures - self.threshold, 16)
        self.retry_at_s = now_s + min(self.max_pause_s, max(doubled, wished_s))

    def may_probe(self, now_s: float) -> bool:
        """Tell, once for each pause that ended, that the caller is the one to probe."""
        if self.retry_at_s is None or self.probing or now_s < self.retry_at_s:
            return False
        self.probing = True
        return True

    def abandoned(self) -> None:
        """Note that a probe was given up without an answer: the next caller may."""
        self.probing = False

    def succeeded(self) -> None:
        """Note an answer: closed, and the pauses start small again."""
        self.failures = 0
        self.retry_at_s = None
        self.probing = False
