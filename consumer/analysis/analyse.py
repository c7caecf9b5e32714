"""Chain → Analysis: read by code, ask the model, keep what the mail bears out, score it.

The order of events is the order of `Analyser.analyse`. Knows neither Kafka nor the database.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from datetime import UTC, datetime

from opentelemetry.trace import Status, StatusCode

from chainmail import telemetry
from chainmail.settings import Settings
from consumer.analysis.answers import SECTIONS, sanitised
from consumer.analysis.asking import Asked, ask
from consumer.analysis.confidence import confidence
from consumer.analysis.evidence import Quotes
from consumer.analysis.grounding import Grounded, Grounding
from consumer.analysis.models.select import budget_of
from consumer.analysis.models.server import ModelIdentity, ModelServer
from consumer.analysis.new_text import passages_of
from consumer.analysis.people import people
from consumer.analysis.prompt import ChainPrompt, chain_prompt, prompt_version
from consumer.analysis.readings import Readings, read_chain
from consumer.analysis.rules import judge
from consumer.analysis.value import business_value
from schemas.analysis import Analysis, Completion, ModelUse
from schemas.chain import Chain
from schemas.wire import SCHEMA_VERSION


class Analyser:
    """Analyses chains with one model server; may be used from several threads.

    Args:
        server: The model server; `close` closes it.
        settings: Give the token budget.
    """

    def __init__(self, server: ModelServer, settings: Settings) -> None:
        self._server = server
        self._budget = budget_of(settings)
        self._prompt_version = prompt_version(self._budget.output_tokens)
        self._identity: ModelIdentity | None = None
        self._lock = threading.Lock()

    @property
    def identity(self) -> ModelIdentity:
        """Which model answers; asked of the server once.

        Raises:
            TransientError: The server does not say.
        """
        with self._lock:
            self._identity = self._identity or self._server.identity()
            return self._identity

    @property
    def analyser_id(self) -> str:
        """What an analysis depends on beside its chain: prompt, weights, options, budget, schema (16 hex digits)."""
        parts = [
            self._prompt_version,
            self.identity.model,
            self.identity.digest,
            dict(self._server.options),
            [self._budget.context_tokens, self._budget.output_tokens],
            SCHEMA_VERSION,
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]

    def analyse(self, chain: Chain) -> Analysis:
        """Return the analysis of *chain*.

        Raises:
            AbandonedError: The work of this thread is abandoned (`consumer.cancellation`).
            TransientError: The model server cannot answer now.
            PermanentError: The model's answers were unusable; carries the raw answer.
        """
        attributes: dict[str, str | int] = {
            telemetry.CHAIN_ID: chain.chain_id,
            telemetry.CHAIN_REVISION: chain.revision,
            telemetry.EMAIL_COUNT: len(chain.emails),
        }
        # An exception's text may quote mail: its type alone goes into the trace.
        with telemetry.tracer().start_as_current_span(
            "analyse", attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                analysis = self._analyse(chain)
            except Exception as error:
                span.set_attribute(telemetry.ERROR_TYPE, type(error).__name__)
                span.set_status(Status(StatusCode.ERROR))
                raise
            span.set_attribute(telemetry.DROPPED, sum(analysis.dropped.values()))
            return analysis

    def probe(self) -> None:
        """Return if the model server is alive and has the model; raise as `ModelServer.probe` otherwise."""
        self._server.probe()

    def close(self) -> None:
        """Close the model server's connections."""
        self._server.close()

    def _analyse(self, chain: Chain) -> Analysis:
        started_s = time.monotonic()
        passages = passages_of(chain)
        readings = read_chain(chain, passages)
        ruled = judge(chain, passages, readings.dates)
        prompt = chain_prompt(chain, self._budget.prompt_tokens, passages=passages)
        asked = ask(self._server, prompt, output_tokens=self._budget.output_tokens, prompt_version=self._prompt_version)
        grounded = Grounding(chain=chain, quotes=Quotes(chain, passages)).ground(asked.completion, readings, ruled)
        said = sum(one.end - one.start for email in passages.values() for one in email)
        score = confidence(
            kept=grounded.kept,
            dropped=sum(grounded.dropped.values()),
            claimed=asked.completion.priority,
            ruled=ruled.priority,
            completeness=chain.completeness.score,
            repaired=asked.repaired,
            shown=1 - min(1.0, prompt.elided_chars / said) if said else 1.0,
        )
        return Analysis(
            **_story(asked.completion),
            **_facts(chain, grounded, readings),
            **self._coordinates(chain, prompt),
            confidence=score,
            model_use=self._use(asked, time.monotonic() - started_s),
        )

    def _coordinates(self, chain: Chain, prompt: ChainPrompt) -> dict[str, object]:
        return {
            "chain_id": chain.chain_id,
            "chain_hash": chain.chain_hash,
            "revision": chain.revision,
            "analyser_id": self.analyser_id,
            "analysed_at": datetime.now(UTC),
            "elided_chars": prompt.elided_chars + sum(email.elided_chars for email in chain.emails),
        }

    def _use(self, asked: Asked, duration_s: float) -> ModelUse:
        return ModelUse(
            server=self.identity.server,
            model=self.identity.model,
            model_digest=self.identity.digest,
            prompt_version=self._prompt_version,
            calls=len(asked.answers),
            repairs=len(asked.answers) - 1,
            input_tokens=sum(answer.input_tokens for answer in asked.answers),
            output_tokens=sum(answer.output_tokens for answer in asked.answers),
            duration_s=round(duration_s, 3),
        )


def _story(completion: Completion) -> dict[str, object]:
    """Return the fields that are the model's own words: about the mail, moving nothing."""
    sections = (getattr(completion, name) for name in SECTIONS)
    return {
        "summary": completion.summary,
        "category": completion.category,
        "workflow_state": completion.workflow_state,
        "next_step": completion.next_step,
        "narrative": "\n\n".join(filter(None, dict.fromkeys(sections))),
    }


def _facts(chain: Chain, grounded: Grounded, readings: Readings) -> dict[str, object]:
    """Return the fields that carry evidence, or come from headers."""
    involved = people(chain)
    organisations = dict.fromkeys([*grounded.organisations, *filter(None, (who.organisation for who in involved))])
    return {
        "priority": grounded.priority.priority,
        "priority_reason": sanitised(grounded.priority.reason),
        "priority_evidence": grounded.priority.evidence,
        "people": involved,
        "organisations": tuple(organisations),
        "amounts": grounded.amounts,
        "dates": readings.dates,
        "references": readings.references,
        "action_items": grounded.action_items,
        "decisions": grounded.decisions,
        "risks": grounded.risks,
        "business_value": business_value(chain, grounded.amounts),
        "dropped": grounded.dropped,
    }
