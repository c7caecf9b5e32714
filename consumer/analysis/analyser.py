"""What the rest of the program needs of whatever analyses chains: by a model, or by code alone."""

from __future__ import annotations

from typing import Protocol

from consumer.analysis.models.server import ModelIdentity
from schemas.analysis import Analysis
from schemas.chain import Chain


class ChainAnalyser(Protocol):
    """Analyses chains; may be used from several threads.

    `identity`, `analyse` and `probe` raise TransientError where waiting may help and PermanentError where only a person
    can; `analyse` also AbandonedError where the work of its thread is abandoned (`consumer.cancellation`).
    """

    @property
    def identity(self) -> ModelIdentity:
        """Which model answers, or which rules."""
        ...

    @property
    def analyser_id(self) -> str:
        """What an analysis depends on beside its chain (16 hex digits)."""
        ...

    def analyse(self, chain: Chain) -> Analysis:
        """Return the analysis of *chain*."""
        ...

    def probe(self) -> None:
        """Return if it can analyse now; raise in words otherwise."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...
