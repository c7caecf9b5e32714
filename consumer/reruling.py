"""The rules of the house applied again to what is stored: no model is asked, nothing that it said is touched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from consumer.analysis import house
from schemas.chain import Chain
from schemas.house import Housed, HouseRules
from storage import analyses
from storage.engine import Database

#: Chains of one transaction: members that wait for the write lock meanwhile wait for tenths of a second.
_BATCH = 100


@dataclass(frozen=True, kw_only=True)
class Ruled:
    """What one batch came to: chains looked at, analyses that got the rules, and how many of these changed priority."""

    chains: int
    analyses: int
    moved: int


@dataclass(frozen=True, kw_only=True)
class Reruling:
    """What applies *rules* to the analyses of the newest state of chains; *load* returns these."""

    database: Database
    rules: HouseRules
    load: Callable[[Connection, Sequence[str]], Mapping[str, Chain]]

    def run(self, chain_ids: Sequence[str], *, stop: Callable[[], bool]) -> Iterator[Ruled]:
        """Apply the rules batch by batch, until done or *stop* says so."""
        for start in range(0, len(chain_ids), _BATCH):
            if stop():
                return
            yield self._batch(chain_ids[start : start + _BATCH])

    def _batch(self, chain_ids: Sequence[str]) -> Ruled:
        """Read and judge without the lock; write what still stands there."""
        with self.database.read() as connection:
            stored = analyses.under_other_rules(connection, chain_ids, self.rules.version)
            chains = self.load(connection, sorted({chain_id for _, chain_id, _, _ in stored}))
        housed: dict[int, Housed] = {}
        moved = 0
        for analysis_id, chain_id, analysis, priority in stored:
            housed[analysis_id] = house.apply(analysis, chains[chain_id], self.rules)
            moved += housed[analysis_id].priority.value != priority
        if housed:
            with self.database.write() as connection:
                analyses.rehouse(connection, housed)
        return Ruled(chains=len(chain_ids), analyses=len(housed), moved=moved)
