"""Chain → Analysis: read by code, ask the model, keep what the mail bears out, score it.

The order of events is the order of `Analyser.analyse`. Knows neither Kafka nor the database.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from dataclasses import replace
from functools import cached_property

from opentelemetry.trace import Status, StatusCode

from chainmail import telemetry
from chainmail.settings import Settings
from consumer.analysis import record
from consumer.analysis.answers import sanitised
from consumer.analysis.asking import Asked, ask_record
from consumer.analysis.calls import Calls
from consumer.analysis.confidence import confidence
from consumer.analysis.evidence import Quotes
from consumer.analysis.free_text import FreeText
from consumer.analysis.grounding import Grounded, Grounding
from consumer.analysis.injection import signs
from consumer.analysis.models.select import Budget, budget_of, fitted
from consumer.analysis.models.server import ModelIdentity, ModelServer
from consumer.analysis.narrative import LEAST_CHARS, deserves, short_form
from consumer.analysis.prompt import ChainPrompt, chain_prompt, narrative_part
from consumer.analysis.prompt_files import prompts_from
from consumer.analysis.reading import Reading, read
from consumer.analysis.telling import NARRATIVE_TOKENS, Told, tell
from consumer.analysis.value import business_value
from consumer.analysis.versions import prompt_version
from consumer.analysis.wire import RECORD_TOKENS
from consumer.meter import Meter
from schemas.analysis import Analysis, Confidence, ModelUse
from schemas.chain import Chain
from schemas.completion import Completion
from schemas.wire import SCHEMA_VERSION


class Analyser:
    """Analyses chains with one model server; may be used from several threads.

    Args:
        server: The model server; `close` closes it.
        settings: Give the token budget and the folder of prompts; the server's own context may be smaller.
        meter: Is told what was wrong with answers.
    """

    def __init__(self, server: ModelServer, settings: Settings, *, meter: Meter | None = None) -> None:
        prompts_from(settings.prompt_folder)
        self._meter = meter or Meter()
        self._server = server
        self._wanted = budget_of(settings)
        self._fitted: Budget | None = None
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
    def _budget(self) -> Budget:
        """What a request may take at this server; asked of it once, after which it is warm."""
        with self._lock:
            self._fitted = self._fitted or fitted(self._wanted, self._server.capabilities())
            return self._fitted

    @cached_property
    def _prompt_version(self) -> str:
        return prompt_version(self._budget.output_tokens)

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
        reading = read(chain)
        prompt = self._prompt(reading)
        calls = Calls(self._server, prompt, self._prompt_version, meter=self._meter)
        words = FreeText(reading)
        asked = _borne(ask_record(calls, min(RECORD_TOKENS, self._budget.output_tokens)), words)
        quotes = Quotes(chain, reading.passages)
        checked = Grounding(chain=chain, quotes=quotes)
        grounded = checked.ground(asked.completion, reading.readings, reading.ruled, reading.readings.actions)
        if grounded.dropped and not grounded.kept:
            self._meter.failed("no_evidence")
        told = self._told(calls, asked, grounded, words)
        return Analysis(
            **record.coordinates(chain, self.analyser_id),
            **record.facts(reading, grounded.organisations),
            **_words(asked.completion),
            **_narrative(asked, grounded, told),
            **_claims(chain, grounded),
            **_doubts(chain, grounded, words),
            confidence=_confidence(reading, asked, grounded, prompt),
            lacking=asked.lacking + told.lacking,
            elided_chars=prompt.elided_chars + sum(email.elided_chars for email in chain.emails),
            cut=_elided(chain) + prompt.cut,
            model_use=self._use(calls, time.monotonic() - started_s),
        )

    def _prompt(self, reading: Reading) -> ChainPrompt:
        budget = self._budget
        return chain_prompt(
            reading.chain,
            budget.prompt_tokens,
            passages=reading.passages,
            token_factor=budget.token_factor,
            context_tokens=budget.context_tokens,
            last=narrative_part() if self._tells else "",
        )

    @property
    def _tells(self) -> bool:
        """Whether the budget is enough for a story."""
        return self._budget.output_tokens >= NARRATIVE_TOKENS

    def _told(self, calls: Calls, asked: Asked, grounded: Grounded, words: FreeText) -> Told:
        if not deserves(words.reading, grounded.priority.priority):
            return Told(text="")
        if not self._tells:
            why = f"narrative: an answer of {self._budget.output_tokens} tokens has no room for one"
            return Told(text="", lacking=(why,))
        return tell(calls, asked.completion.summary, self._budget.output_tokens, words)

    def _use(self, calls: Calls, duration_s: float) -> ModelUse:
        return ModelUse(
            server=self.identity.server,
            model=self.identity.model,
            model_digest=self.identity.digest,
            prompt_version=self._prompt_version,
            calls=len(calls.answers),
            repairs=calls.repairs,
            input_tokens=sum(answer.input_tokens for answer in calls.answers),
            output_tokens=sum(answer.output_tokens for answer in calls.answers),
            cached_tokens=sum(answer.cached_tokens for answer in calls.answers),
            duration_s=round(duration_s, 3),
            options=dict(self._server.options),
        )


def _words(completion: Completion) -> dict[str, object]:
    """Return the fields that are the model's own words: about the mail, moving nothing."""
    return {
        "summary": completion.summary,
        "category": completion.category,
        "workflow_state": completion.workflow_state,
        "next_step": completion.next_step,
        "sentiment": completion.sentiment,
    }


def _narrative(asked: Asked, grounded: Grounded, told: Told) -> dict[str, object]:
    """Return the story: the model's, else a few sentences from the record."""
    text = told.text or short_form(asked.completion, grounded)
    return {"narrative": text, "narrative_form": "full" if len(told.text) >= LEAST_CHARS else "short"}


def _elided(chain: Chain) -> tuple[str, ...]:
    """Return in words what the chain's own record had no room for."""
    count = len(chain.emails)
    return tuple(
        f"email {number} of {count} without {email.elided_chars:,} characters, too many for its record"
        for number, email in enumerate(chain.emails, 1)
        if email.elided_chars
    )


def _claims(chain: Chain, grounded: Grounded) -> dict[str, object]:
    """Return the fields that moved by what the model said, each with its evidence."""
    return {
        "priority": grounded.priority.priority,
        "priority_reason": sanitised(grounded.priority.reason),
        "priority_evidence": grounded.priority.evidence,
        "amounts": grounded.amounts,
        "action_items": grounded.action_items,
        "decisions": grounded.decisions,
        "risks": grounded.risks,
        "open_questions": grounded.open_questions,
        "business_value": business_value(chain, grounded.amounts),
    }


def _doubts(chain: Chain, grounded: Grounded, words: FreeText) -> dict[str, object]:
    """Return what speaks against the record: other readings, orders in the mail, and what was dropped."""
    sentences = {"sentences": words.dropped} if words.dropped else {}
    return {
        "disagreements": grounded.disagreements,
        "injection_signs": signs(chain),
        "dropped": grounded.dropped | sentences,
    }


def _borne(asked: Asked, words: FreeText) -> Asked:
    """Return *asked* with the free text that the mail bears."""
    completion, lacking = words.checked(asked.completion)
    return replace(asked, completion=completion, lacking=asked.lacking + lacking)


def _confidence(reading: Reading, asked: Asked, grounded: Grounded, prompt: ChainPrompt) -> Confidence:
    said = reading.said_chars
    return confidence(
        kept=grounded.kept,
        dropped=sum(grounded.dropped.values()),
        claimed=asked.completion.priority,
        ruled=reading.ruled.priority,
        completeness=reading.chain.completeness.score,
        repaired=asked.repaired,
        shown=1 - min(1.0, prompt.elided_chars / said) if said else 1.0,
        alike=grounded.alike,
        apart=grounded.apart,
        label_probability=asked.answers[0].label_probability,
        lacking=asked.lacking,
    )
