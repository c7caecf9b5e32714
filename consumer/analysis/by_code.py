"""Chain → Analysis by rules alone: what `--no-llm` gives, and what stands in while no model answers.

Marked as such (`made_by`); a model's analysis of the same revision takes its place.
"""

from __future__ import annotations

import hashlib
import time
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from consumer.analysis import record
from consumer.analysis.confidence import confidence_of_rules
from consumer.analysis.injection import signs
from consumer.analysis.models.server import ModelIdentity
from consumer.analysis.reading import read
from consumer.analysis.summary import next_step, summary
from consumer.analysis.value import business_value
from schemas.analysis import Analysis, ModelUse
from schemas.chain import Chain
from schemas.wire import SCHEMA_VERSION

NAME = "rules"


@cache
def rules_digest() -> str:
    """Return a digest of the code that reads mail: another version of it may find other things (16 hex digits)."""
    found = hashlib.sha256(SCHEMA_VERSION.encode())
    for path in sorted(_sources(resources.files("consumer.analysis")), key=str):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


class CodeAnalyser:
    """Analyses chains without a model."""

    @property
    def identity(self) -> ModelIdentity:
        """The rules, by the digest of their code."""
        return ModelIdentity(server="none", model=NAME, digest=rules_digest())

    @property
    def analyser_id(self) -> str:
        """The digest of the rules."""
        return rules_digest()

    def analyse(self, chain: Chain) -> Analysis:
        """Return what code alone finds in *chain*."""
        started_s = time.monotonic()
        reading = read(chain)
        ruled = reading.ruled
        return Analysis(
            **record.coordinates(chain, self.analyser_id),
            **record.facts(reading),
            made_by="code",
            summary=summary(reading),
            priority=ruled.priority,
            priority_reason=f"rules: {ruled.reason}",
            priority_evidence=ruled.evidence,
            category=ruled.category,
            workflow_state=ruled.state,
            next_step=next_step(reading),
            amounts=reading.readings.amounts,
            action_items=reading.readings.actions,
            business_value=business_value(chain, reading.readings.amounts),
            confidence=confidence_of_rules(
                priority=ruled.sureness,
                category=ruled.category_sureness,
                completeness=chain.completeness.score,
            ),
            injection_signs=signs(chain),
            elided_chars=sum(email.elided_chars for email in chain.emails),
            model_use=ModelUse(
                server="none",
                model=NAME,
                model_digest=rules_digest(),
                prompt_version="",
                calls=0,
                duration_s=round(time.monotonic() - started_s, 3),
            ),
        )

    def probe(self) -> None:
        """Return: rules always answer."""

    def close(self) -> None:
        """Hold nothing, give back nothing."""


def _sources(folder: Traversable) -> list[Traversable]:
    found = [each for each in folder.iterdir() if each.name.endswith((".py", ".toml")) and each.is_file()]
    inner = [each for each in folder.iterdir() if each.is_dir() and each.name not in {"__pycache__", "models"}]
    return found + [source for each in inner for source in _sources(each)]
