"""How many requests at once a model server is best asked: 1, 2, 4, … analyses of a demo chain, until it gains no more.

Asked are the real adapter with the real prompt, past the slots that members share: other work on the server is measured
along. The chain is the same each time but for its boundary, so that no answer comes out of the server's cache.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from chainmail.local.demo_chain import demo_chain
from chainmail.local.server_memory import memory_bytes
from chainmail.settings import Settings
from consumer.analysis.analyse import Analyser
from consumer.analysis.models.select import model_host
from consumer.errors import PermanentError, TransientError

#: So many at once are tried at most.
MOST = 32
#: A step that gains less than this is the last; and a step that is this near to the best is as good.
_GAIN = 1.10
#: Above so many seconds one round a step must do.
_SLOW_S = 5.0
#: The steps up to this one are always made, the others only while there is time.
_LEAST = 4
_BUDGET_S = 120.0
#: A slow server gets as long as so many of its analyses take one after the other.
_BUDGET_ANALYSES = 8


@dataclass(frozen=True, kw_only=True)
class Step:
    """What came of *parallel* requests at once; `seconds` are those of the analyses that came back, good or not."""

    parallel: int
    wall_s: float
    seconds: tuple[float, ...]
    timed_out: int = 0
    refused: int = 0
    unusable: int = 0
    memory_bytes: int | None = None

    @property
    def per_minute(self) -> float:
        """Chains a minute."""
        return 60 * len(self.seconds) / self.wall_s if self.wall_s else 0.0

    @property
    def failed(self) -> bool:
        """Whether a request did not come back: too many at once."""
        return self.timed_out + self.refused > 0

    def as_json(self) -> dict[str, object]:
        """Return it for programs."""
        return {
            "parallel": self.parallel,
            "chains_per_minute": round(self.per_minute, 2),
            "p50_s": round(statistics.median(self.seconds), 3) if self.seconds else None,
            "max_s": round(max(self.seconds), 3) if self.seconds else None,
            "timed_out": self.timed_out,
            "refused": self.refused,
            "unusable": self.unusable,
            "memory_bytes": self.memory_bytes,
        }


@dataclass
class Measurement:
    """The steps at one server so far; `first_s` is what one analysis took, with the model loaded for it."""

    url: str
    rounds: int
    first_s: float
    steps: list[Step] = field(default_factory=list)

    @property
    def best(self) -> Step:
        """The fewest at once that bring as much as any."""
        sound = [step for step in self.steps if not step.failed] or self.steps[:1]
        most = max(step.per_minute for step in sound)
        return next(step for step in sound if step.per_minute * _GAIN >= most)

    @property
    def expected_s(self) -> tuple[float, float]:
        """How long it takes: where the server answers one after the other, and where all at once."""
        round_s = self.rounds * self.first_s
        return 3 * round_s, 6 * round_s

    def goes_on(self) -> bool:
        """Tell whether twice as many at once are worth trying."""
        last = self.steps[-1]
        before = max((step.per_minute for step in self.steps[:-1]), default=0.0)
        if last.failed or last.per_minute < before * _GAIN or last.parallel * 2 > MOST:
            return False
        budget_s = max(_BUDGET_S, _BUDGET_ANALYSES * self.first_s)
        spent_s = sum(step.wall_s for step in self.steps)
        return last.parallel < _LEAST or spent_s + 2 * last.wall_s <= budget_s


def measure(settings: Settings, url: str, on_begin: Callable[[Measurement], None]) -> Iterator[Measurement]:
    """Measure the server at *url*, and yield after every step; *on_begin* is told once the first request is back.

    Raises:
        TransientError: It does not answer.
        PermanentError: It has not the model.
    """
    host = model_host(settings, url)
    try:
        host.probe()
        asker = _Asker(Analyser(host, settings))
        first = asker.step(1, 1)
        if first.failed:
            raise asker.error or TransientError(f"{url} gave no answer")
        rounds = 1 if first.wall_s > _SLOW_S else 2
        found = Measurement(url=url, rounds=rounds, first_s=first.wall_s)
        on_begin(found)
        parallel = 1
        while not found.steps or found.goes_on():
            step = asker.step(parallel, rounds * parallel)
            found.steps.append(Step(**{**vars(step), "memory_bytes": memory_bytes(settings.model_server, url)}))
            yield found
            parallel *= 2
    finally:
        host.close()


class _Asker:
    """Has chains analysed, each with a boundary of its own."""

    def __init__(self, analyser: Analyser) -> None:
        self._analyser = analyser
        self._chain = demo_chain()
        self._asked = 0
        self.error: TransientError | None = None

    def step(self, parallel: int, count: int) -> Step:
        """Return what came of *count* analyses, *parallel* at once."""
        numbers = range(self._asked, self._asked + count)
        self._asked += count
        began_s = time.monotonic()
        with ThreadPoolExecutor(parallel, "measure") as threads:
            ends = list(threads.map(self._ask, numbers))
        return Step(
            parallel=parallel,
            wall_s=time.monotonic() - began_s,
            seconds=tuple(seconds for seconds, end in ends if end in {"good", "unusable"}),
            timed_out=sum(end == "timed out" for _, end in ends),
            refused=sum(end == "refused" for _, end in ends),
            unusable=sum(end == "unusable" for _, end in ends),
        )

    def _ask(self, number: int) -> tuple[float, str]:
        chain = self._chain.model_copy(update={"chain_hash": f"{self._chain.chain_hash[:-6]}{number:06}"})
        began_s = time.monotonic()
        end = "good"
        try:
            self._analyser.analyse(chain)
        except PermanentError:
            end = "unusable"  # a bad answer takes as long as a good one
        except TransientError as error:
            self.error = error
            end = "timed out" if error.counts else "refused"
        return time.monotonic() - began_s, end


def advice(kind: str, found: Measurement) -> list[str]:
    """Return what to set, in words, after the measurement of a server of *kind*."""
    best, last = found.best, found.steps[-1]
    at_once = f"{best.parallel} at once" if best.parallel > 1 else "one at a time"
    words = [f"best: {at_once}, {best.per_minute:.1f} chains a minute"]
    if last.failed:
        words.append(f"{last.parallel} at once is too many: requests time out or are refused")
    elif found.goes_on() or (last is best and last.parallel > 1):
        words.append(f"{last.parallel} at once was the last that was tried: there may be more in it")
    variable = f"OLLAMA_NUM_PARALLEL={best.parallel}" if kind == "ollama" else f"--parallel {best.parallel} (llama.cpp)"
    words.append(f"set where the server runs: {variable}; its memory grows with it")
    words.append(f"set here: CHAINMAIL_MODEL_SLOTS={best.parallel}, and --workers {best.parallel} or more")
    if best.parallel == 1:
        words.append(
            "the server gains nothing from more at once: it has one slot, or its cores are busy. If it has memory to "
            "spare, raise the first setting to 4, restart it and measure again"
        )
    return words
