"""Ask the model for the record, and ask again for what of the answer cannot be used: for that alone.

Fields at fault are asked for again by themselves, once. An answer of which nothing can be used is asked for as a whole,
once, in the brief form, whose longest answer closes within its budget. No faulty answer is shown to the model, which
would continue it: what was wrong stands at the end of the prompt, so that the server's prefix cache still holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from consumer.analysis.answers import Draft, UnusableAnswerError
from consumer.analysis.calls import Calls, SchemaOf
from consumer.analysis.models.server import ModelServer, RawCompletion
from consumer.analysis.prompt import ChainPrompt
from consumer.analysis.wire import BRIEF_TOKENS, fields_schema, wire_schema
from consumer.errors import PermanentError
from schemas.completion import Completion

#: Texts that may be empty; the first is not even worth asking for again.
_EMPTY = {"next_step": "", "priority_quote": ""}
#: What a record can lack.
_MAY_LACK = {name for name, field in Completion.model_fields.items() if not field.is_required()} | set(_EMPTY)
#: With more of its five necessary fields at fault an answer is none.
_MOST_FAULTS = 3
_RAW_CHARS = 20_000
WHOLE_AGAIN = "Your answer could not be used: {fault}. Fill in the record again: one short sentence in each field."
FIELDS_AGAIN = (
    "In your record these fields could not be used: {fault}. "
    "Give these fields alone again, in one JSON object, each in a few words."
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A usable record, what it took, and what of it the model could not give, in words."""

    completion: Completion
    answers: tuple[RawCompletion, ...]
    lacking: tuple[str, ...] = ()

    @property
    def repaired(self) -> bool:
        """Whether the first answer could not be used as it was."""
        return len(self.answers) > 1


def ask(server: ModelServer, prompt: ChainPrompt, *, output_tokens: int, prompt_version: str) -> Asked:
    """Return the model's usable answer to *prompt* (see `ask_record`)."""
    calls = Calls(server, prompt, prompt_version)
    return ask_record(calls, output_tokens)


def ask_record(calls: Calls, output_tokens: int) -> Asked:
    """Return the record that the model gives in at most *output_tokens*, after at most two repairs.

    Raises:
        TransientError: The server cannot answer now.
        PermanentError: What the record cannot lack was unusable twice, or the server refuses; carries the raw answer.
    """
    try:
        draft = _record(calls, wire_schema, output_tokens)
    except UnusableAnswerError as error:
        draft = _whole_again(calls, error, output_tokens)
    if set(draft.faults) - {"next_step"}:
        draft = _fields_again(calls, draft, output_tokens)
    grave = {name: fault for name, fault in draft.faults.items() if name not in _MAY_LACK}
    if grave:
        raise _unusable(Draft(values={}, faults=grave).in_words, calls.answers[-1])
    lacking = tuple(f"{name}: {fault}" for name, fault in draft.faults.items())
    return Asked(
        completion=Completion.model_validate(_EMPTY | draft.values), answers=tuple(calls.answers), lacking=lacking
    )


def _record(calls: Calls, schema_of: SchemaOf, tokens: int, reask: str = "") -> Draft:
    asked: list[str] = []

    def schema(tokens: int) -> Any:
        found = schema_of(tokens)
        asked.extend(found["properties"])
        return found

    raw = calls.ask(schema, tokens, reask=reask)
    calls.meter.add(first_answers=not reask)
    draft = calls.judged(raw, Completion, asked)
    calls.meter.add(first_answers_valid=not reask and not draft.faults)
    if len(draft.faults.keys() - _MAY_LACK) > _MOST_FAULTS:
        raise UnusableAnswerError(draft.in_words)
    return draft


def _whole_again(calls: Calls, error: UnusableAnswerError, output_tokens: int) -> Draft:
    try:
        return _record(calls, wire_schema, min(output_tokens, BRIEF_TOKENS), WHOLE_AGAIN.format(fault=error))
    except UnusableAnswerError as again:
        raise _unusable(str(again), calls.answers[-1]) from again


def _fields_again(calls: Calls, draft: Draft, output_tokens: int) -> Draft:
    """Return *draft* with what the model gives instead of its faulty fields; unchanged where that is no better."""
    names = tuple(draft.faults)
    tokens = min(output_tokens, BRIEF_TOKENS)
    try:
        raw = calls.ask(partial(fields_schema, names), tokens, reask=FIELDS_AGAIN.format(fault=draft.in_words))
    except PermanentError:
        if set(names) - _MAY_LACK:
            raise
        return draft
    try:
        return draft.mended(calls.judged(raw, Completion, names))
    except UnusableAnswerError:
        return draft


def _unusable(fault: str, raw: RawCompletion) -> PermanentError:
    message = f"the model's answer was unusable twice: {fault}: use a larger model, or look at the raw answer"
    return PermanentError(message, answer=raw.text[:_RAW_CHARS])
