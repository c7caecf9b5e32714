"""What analysing stored chains again takes, before it begins: chains, tokens, calls, hours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from chainmail.cli.speech import human_duration
from chainmail.settings import Settings
from consumer.analysis.models.select import budget_of
from consumer.analysis.prompt import chain_prompt
from consumer.analysis.tokens import tokens_of
from monitor.analysers import Cost, measured
from schemas.chain import Chain
from storage.engine import Database

#: Prompts are built for so many chains; the others are taken for like them.
_SAMPLE = 100


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """How much work it is; `hours` and `calls` are None where nothing was measured of this model yet."""

    chains: int
    prompt_tokens: int
    sampled: int
    calls: int | None
    hours: float | None
    parallel: int
    by_rules: bool = False

    def as_json(self) -> dict[str, Any]:
        """Part of `reanalyse --json`."""
        return asdict(self)

    @property
    def words(self) -> str:
        """The same in a sentence."""
        if not self.chains:
            return "no chain is left to analyse: this analyser has done all that were selected"
        if self.by_rules:
            return f"{self.chains} chains to analyse by rules alone: no model is asked"
        exact = "" if self.sampled == self.chains else f", taken from {self.sampled} of them"
        if self.calls is None or self.hours is None:
            cost = "calls: one or two a chain; how long that takes is unknown: this model has analysed nothing here yet"
        else:
            cost = f"about {self.calls:,} calls, {human_duration(self.hours * 3600)} as measured here"
        return (
            f"{self.chains} chains to analyse, {self.parallel} at once: about {self.prompt_tokens:,} tokens of prompts "
            f"(our estimate{exact}), {cost}"
        )


def estimate(
    database: Database,
    settings: Settings,
    chain_ids: Sequence[str],
    *,
    model: str,
    load: Callable[[str], Chain | None],
    parallel: int,
) -> Estimate:
    """Return what analysing *chain_ids* by *model* takes; a chain's prompt is counted once a call."""
    by_rules = settings.model_server == "none"
    with database.read() as connection:
        cost = None if by_rules else measured(connection, model)
    sample = [] if by_rules else chain_ids[:: max(1, -(-len(chain_ids) // _SAMPLE))]
    tokens = [_tokens(chain, settings) for chain in map(load, sample) if chain is not None]
    mean = sum(tokens) / len(tokens) if tokens else 0
    calls_each = cost.calls if cost else 1
    return Estimate(
        chains=len(chain_ids),
        prompt_tokens=round(mean * len(chain_ids) * calls_each),
        sampled=len(tokens),
        calls=round(cost.calls * len(chain_ids)) if cost else None,
        hours=_hours(cost, len(chain_ids), parallel),
        parallel=parallel,
        by_rules=by_rules,
    )


def _tokens(chain: Chain, settings: Settings) -> float:
    prompt = chain_prompt(chain, budget_of(settings).prompt_tokens)
    return tokens_of(prompt.system) + tokens_of(prompt.user)


def _hours(cost: Cost | None, chains: int, parallel: int) -> float | None:
    return round(cost.seconds * chains / parallel / 3600, 3) if cost else None
