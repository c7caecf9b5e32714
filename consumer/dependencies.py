"""What a member cannot work without: the model servers and the database, each behind a breaker.

While one of them is away nothing is taken; one probe at a time asks whether it is back. Not thread-safe:
the desk serialises the calls, and runs the probes outside its lock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from consumer.breaker import Breaker
from consumer.errors import PermanentError, TransientError

#: Locked, full, read-only or away, or two that wrote the same: nothing of the record's.
DATABASE_ERRORS = (OperationalError, IntegrityError, NoConnectionError)


class Dependency(StrEnum):
    """Its value is what people and metrics call it."""

    DATABASE = "database"
    MODELS = "models"


def _breaker(which: Dependency) -> Breaker:
    """Return a closed breaker; that of the models only looks at the pool, whose breakers leave each host its pause."""
    return Breaker(max_pause_s=1.0) if which is Dependency.MODELS else Breaker()


@dataclass
class Dependencies:
    """The breakers, and how each dependency is probed: a probe raises while it is away."""

    probes: dict[Dependency, Callable[[], None]]
    breakers: dict[Dependency, Breaker] = field(default_factory=lambda: {each: _breaker(each) for each in Dependency})

    @property
    def away(self) -> list[Dependency]:
        """Those that are away, the database first: without it nothing can end."""
        return [each for each, breaker in self.breakers.items() if breaker.is_open]

    @property
    def states(self) -> dict[str, str]:
        """The state of each breaker: closed, open or half-open."""
        return {each.value: breaker.state for each, breaker in self.breakers.items()}

    def failed(self, which: Dependency, now_s: float, retry_after_s: float | None = None) -> None:
        """Note that a dependency refused."""
        self.breakers[which].failed(now_s, retry_after_s)

    def succeeded(self, which: Dependency) -> None:
        """Note that a dependency answers."""
        self.breakers[which].succeeded()

    def due_s(self) -> float | None:
        """Return when the next probe is due, or None where nothing is away or a probe is under way."""
        times = [breaker.retry_at_s for breaker in self.breakers.values() if not breaker.probing]
        return min((time for time in times if time is not None), default=None)

    def due_probe(self, now_s: float) -> Dependency | None:
        """Return what the caller has to probe now, or None."""
        return next((each for each in self.away if self.breakers[each].may_probe(now_s)), None)

    def probe(self, which: Dependency) -> Exception | None:
        """Ask a dependency whether it is back; return its refusal, or None where it is."""
        try:
            self.probes[which]()
        except (TransientError, PermanentError, *DATABASE_ERRORS) as error:
            return error
        return None
