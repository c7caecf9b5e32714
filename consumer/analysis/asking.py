"""Ask the model, check the answer, and ask once more where it cannot be used.

The second try is in the brief form, whose longest answer closes within its budget. A faulty answer is shown
to the model with what was wrong, at the end of the prompt, so that the server's prefix cache still holds; a
cut or empty one is not, because it would be continued.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from consumer.analysis.answers import CutAnswerError, EmptyTalkError, UnusableAnswerError, sound, usable
from consumer.analysis.models.server import ModelServer, Prompt, RawCompletion
from consumer.analysis.prompt import ChainPrompt
from consumer.analysis.wire import BRIEF_TOKENS, wire_schema
from consumer.errors import PermanentError
from schemas.completion import Completion

_SHOWN_ANSWER_CHARS = 600
#: Tokens that a shown answer and its fault take at most.
_SHOWN_TOKENS = 250
#: What a record can lack.
_MAY_LACK = ("next_step",)
_RAW_CHARS = 20_000


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A usable answer, and what it took."""

    completion: Completion
    answers: tuple[RawCompletion, ...]

    @property
    def repaired(self) -> bool:
        """Whether the first answer could not be used."""
        return len(self.answers) > 1


def ask(server: ModelServer, prompt: ChainPrompt, *, output_tokens: int, prompt_version: str) -> Asked:
    """Return the model's usable answer to *prompt*, after at most one repair.

    Raises:
        TransientError: The server cannot answer now.
        PermanentError: Neither answer was usable, or the server refuses the prompt; it carries the raw answer.
    """
    first = Prompt(system=prompt.system, user=prompt.user, version=prompt_version)
    raw = server.complete(first, wire_schema(output_tokens), output_tokens)
    try:
        return Asked(completion=sound(usable(raw), may_lack=_MAY_LACK), answers=(raw,))
    except UnusableAnswerError as error:
        second, tokens = _repair(first, raw, error, output_tokens)
    again = server.complete(second, wire_schema(tokens), tokens)
    try:
        return Asked(completion=sound(usable(again), may_lack=_MAY_LACK), answers=(raw, again))
    except UnusableAnswerError as error:
        message = f"the model's answer was unusable twice: {error}: use a larger model, or look at the raw answer"
        raise PermanentError(message, answer=again.text[:_RAW_CHARS]) from error


def _repair(prompt: Prompt, raw: RawCompletion, error: UnusableAnswerError, tokens: int) -> tuple[Prompt, int]:
    """Return the prompt and the budget of the second try; together they take no more than the first try could."""
    brief_tokens = min(tokens, BRIEF_TOKENS)
    if isinstance(error, CutAnswerError | EmptyTalkError) or tokens - brief_tokens < _SHOWN_TOKENS:
        return replace(prompt, reask="Be brief: one short sentence in each field."), brief_tokens
    reask = f"That answer cannot be used: {error}. Write the whole JSON again, with that mended, and briefly."
    return replace(prompt, reask=reask, answer=raw.text[:_SHOWN_ANSWER_CHARS]), brief_tokens
