"""Ask the model, check the answer, and ask once more where it cannot be used.

The second try is in the brief form, whose longest answer closes within its budget. A faulty answer is shown
to the model with what was wrong, at the end of the prompt, so that the server's prefix cache still holds; a
cut or empty one is not, because it would be continued.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from opentelemetry.trace import SpanKind, Status, StatusCode

from chainmail import telemetry
from consumer.analysis.answers import SECTIONS, CutAnswerError, EmptyTalkError, UnusableAnswerError, sound, usable
from consumer.analysis.models.server import ModelServer, Prompt, RawCompletion
from consumer.analysis.prompt import ChainPrompt
from consumer.analysis.wire import BRIEF_TOKENS, wire_schema
from consumer.errors import PermanentError
from schemas.analysis import Completion

_SHOWN_ANSWER_CHARS = 600
#: Tokens that a shown answer and its fault take at most.
_SHOWN_TOKENS = 250
#: What a record can lack, at once and after a repair.
_MAY_LACK = ("next_step",)
_MAY_LACK_REPAIRED = (*_MAY_LACK, *SECTIONS)
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
    first = Prompt(system=prompt.system, user=prompt.user)
    raw = _call(server, first, tokens=output_tokens, prompt_version=prompt_version)
    try:
        return Asked(completion=sound(usable(raw), may_lack=_MAY_LACK), answers=(raw,))
    except UnusableAnswerError as error:
        second, tokens = _repair(first, raw, error, output_tokens)
    again = _call(server, second, tokens=tokens, prompt_version=prompt_version)
    try:
        return Asked(completion=sound(usable(again), may_lack=_MAY_LACK_REPAIRED), answers=(raw, again))
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


def _call(server: ModelServer, prompt: Prompt, *, tokens: int, prompt_version: str) -> RawCompletion:
    """Make one model call under its span, which never holds a word of mail or answer."""
    attributes: dict[str, str | int | bool] = {
        telemetry.GEN_OPERATION: "chat",
        telemetry.GEN_PROVIDER: server.provider,
        telemetry.GEN_MODEL: server.name,
        telemetry.GEN_MAX_TOKENS: tokens,
        telemetry.GEN_PROMPT_VERSION: prompt_version,
        telemetry.REPAIR: bool(prompt.reask),
    }
    name = f"chat {server.name or server.provider}"
    with telemetry.tracer().start_as_current_span(
        name, kind=SpanKind.CLIENT, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            raw = server.complete(prompt, wire_schema(tokens), tokens)
        except Exception as error:
            span.set_attribute(telemetry.ERROR_TYPE, type(error).__name__)
            span.set_status(Status(StatusCode.ERROR))
            raise
        span.set_attributes(_costs(raw))
        return raw


def _costs(raw: RawCompletion) -> dict[str, str | int | float | list[str]]:
    return {
        telemetry.GEN_INPUT_TOKENS: raw.input_tokens,
        telemetry.GEN_OUTPUT_TOKENS: raw.output_tokens,
        telemetry.GEN_FINISH: [raw.finish],
        telemetry.LOAD_S: raw.load_s,
        telemetry.PROMPT_S: raw.prompt_s,
        telemetry.DECODE_S: raw.decode_s,
        telemetry.QUEUE_S: raw.queue_s,
    }
