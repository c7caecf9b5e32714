"""Stored chains analysed again, without Kafka: results stand beside the old ones.

Bounded: as many chains are in work as there are workers. Resumable: what the analyser has done is not chosen again. A
chain that changes meanwhile keeps its newer analysis, and of mail that was forgotten meanwhile nothing is stored.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

from consumer.analysis import house
from consumer.analysis.analyser import ChainAnalyser
from consumer.cancellation import AbandonedError, Cancellation, cancellable
from consumer.errors import PermanentError, TransientError
from consumer.retry import Backoff
from consumer.storing import holds_forgotten, store
from schemas.analysis import Analysis
from schemas.chain import Chain
from schemas.house import HouseRules
from storage.engine import Database
from storage.outcomes import OutcomeKind


class Ending(StrEnum):
    """What became of a chain."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    SUPERSEDED = "superseded"
    GONE = "gone"
    FAILED = "failed"
    ABANDONED = "abandoned"


_ENDINGS = {
    OutcomeKind.STORED: Ending.STORED,
    OutcomeKind.DUPLICATE: Ending.DUPLICATE,
    OutcomeKind.SUPERSEDED: Ending.SUPERSEDED,
}


@dataclass(frozen=True, kw_only=True)
class Done:
    """One chain that is finished; *words* say why it failed."""

    chain_id: str
    ending: Ending
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Reanalysis:
    """What analyses stored chains again; *load* returns a chain as it is now, None where it is gone."""

    database: Database
    analyser: ChainAnalyser
    rules: HouseRules
    load: Callable[[str], Chain | None]
    backoff: Backoff = field(default_factory=Backoff)

    def run(self, chain_ids: Iterable[str], *, workers: int, stop: Callable[[], bool]) -> Iterator[Done]:
        """Analyse *chain_ids* and yield them as they end; after *stop* says so, what is in work is finished.

        Raises:
            TransientError: The model server is away for longer; what was stored stays.
        """
        waiting, cancellation = iter(chain_ids), Cancellation()
        running: set[Future[Done]] = set()
        with ThreadPoolExecutor(workers, "reanalyse") as pool:
            try:
                while True:
                    free = 0 if stop() else workers - len(running)
                    running |= {pool.submit(self._one, each, cancellation) for each in islice(waiting, free)}
                    if not running:
                        return
                    ended, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in ended)
            finally:
                cancellation.throw()

    def _one(self, chain_id: str, cancellation: Cancellation) -> Done:
        with cancellable(cancellation):
            chain = self.load(chain_id)
            if chain is None:
                return Done(chain_id=chain_id, ending=Ending.GONE)
            try:
                return self._store(chain, self._analysed(chain, cancellation))
            except AbandonedError:
                return Done(chain_id=chain_id, ending=Ending.ABANDONED)
            except PermanentError as error:
                return Done(chain_id=chain_id, ending=Ending.FAILED, words=str(error))

    def _analysed(self, chain: Chain, cancellation: Cancellation) -> Analysis:
        """Return the analysis; a failure that may pass is tried again, and counts as the chain's own at last.

        Raises:
            TransientError: The server refuses all along.
        """
        tries = 0
        while True:
            try:
                return self.analyser.analyse(chain)
            except AbandonedError:
                raise
            except TransientError as error:
                tries += 1
                if self.backoff.is_used_up(tries):
                    if not error.counts:
                        raise
                    raise PermanentError(f"{error} ({tries} times)") from error
                jitter = random.random()  # noqa: S311 - spreads retries, guards nothing
                cancellation.wait(
                    self.backoff.delay_s(tries, jitter=jitter, retry_after_s=getattr(error, "retry_after_s", None))
                )

    def _store(self, chain: Chain, analysis: Analysis) -> Done:
        housed = house.apply(analysis, chain, self.rules)
        with self.database.write() as connection:
            if holds_forgotten(connection, chain):
                return Done(chain_id=chain.chain_id, ending=Ending.GONE)
            kind, _ = store(connection, analysis, housed)
        return Done(chain_id=chain.chain_id, ending=_ENDINGS[kind])
