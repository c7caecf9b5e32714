"""The model calls for one chain: each fits the context, and a prompt that the server cut without a word is noticed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any

from pydantic import BaseModel

from consumer.analysis.answers import Draft
from consumer.analysis.causes import judged
from consumer.analysis.models.server import ModelServer, Prompt, RawCompletion
from consumer.analysis.prompt import ChainPrompt
from consumer.analysis.tokens import tokens_of
from consumer.errors import PermanentError
from consumer.meter import Meter

_LOG = logging.getLogger("chainmail.analysis")
#: What the chat template adds to our words.
_TEMPLATE_TOKENS = 64
#: Answers that have less room than wanted get one of few schemas: each is made, kept, and compiled by the server.
_STEP_TOKENS = 32
#: With fewer no form of an answer closes.
_LEAST_ANSWER_TOKENS = 128
#: The estimate is at most 1.9 times the truth. Ollama cuts what is too long for it to half a context (reference §1).
_CUT_SHARE = 0.5
#: Models whose server was said to cut prompts.
_WARNED: set[str] = set()

SchemaOf = Callable[[int], Mapping[str, Any]]


class Calls:
    """Makes the calls, keeps what they returned, and has *meter* count what was wrong with it."""

    def __init__(self, server: ModelServer, prompt: ChainPrompt, version: str, *, meter: Meter | None = None) -> None:
        self.meter = meter or Meter()
        self._server = server
        self._chain = prompt
        self._version = version
        self.answers: list[RawCompletion] = []
        self.repairs = 0

    def ask(self, schema_of: SchemaOf, tokens: int, *, last: str = "", reask: str = "") -> RawCompletion:
        """Return the completion under the schema that *schema_of* gives for the tokens that there are.

        Args:
            schema_of: Gives the schema of an answer of so many tokens.
            tokens: How many the answer may take; fewer where the context has no room for them.
            last: The instruction behind the mail, where it is not the record that is asked for.
            reask: What was wrong with the answer before.

        Raises:
            TransientError: The server cannot answer now.
            PermanentError: It refuses the prompt, or there is no room for an answer.
        """
        user = f"{self._chain.user}\n\n{last}" if last else self._chain.user
        prompt = Prompt(system=self._chain.system, user=user, reask=reask, version=self._version)
        sent = sum(tokens_of(turn["content"]) for turn in prompt.messages)
        tokens = min(tokens, self._room(sent, tokens))
        self.repairs += bool(reask)
        raw = self._server.complete(prompt, schema_of(tokens), tokens)
        self.answers.append(raw)
        self._watch(raw, sent)
        return raw

    def judged(self, raw: RawCompletion, model: type[BaseModel], asked: Collection[str] = ()) -> Draft:
        """Return what of *raw* can be used (see `answers.drafted`); why it is not all of it is counted.

        Raises:
            UnusableAnswerError: Nothing can.
        """
        return judged(self.meter, raw, model, asked)

    def _room(self, sent: float, wanted: int) -> int:
        """Return how many tokens an answer can have."""
        if not self._chain.context_tokens:
            return wanted
        sent *= max(1.0, self._chain.token_factor)
        room = int(self._chain.context_tokens - _TEMPLATE_TOKENS - sent)
        if room < min(wanted, _LEAST_ANSWER_TOKENS):
            raise PermanentError(
                f"a prompt of about {sent:.0f} tokens leaves no room for an answer in a context of "
                f"{self._chain.context_tokens}: raise CHAINMAIL_MODEL_CONTEXT_TOKENS"
            )
        return room // _STEP_TOKENS * _STEP_TOKENS

    def _watch(self, raw: RawCompletion, sent: float) -> None:
        model, sent = self._server.name, sent * self._chain.token_factor
        if 0 < raw.input_tokens < _CUT_SHARE * sent and model not in _WARNED:
            _WARNED.add(model)
            _LOG.warning(
                "the model server read %d tokens of a prompt of about %.0f: it seems to cut prompts at their head, "
                "where the rules stand. Give the model a larger context, or lower CHAINMAIL_MODEL_CONTEXT_TOKENS",
                raw.input_tokens,
                sent,
            )
