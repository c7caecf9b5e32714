"""Is an answer of the model usable: complete, JSON, of the right shape, and about the mail.

Not about the mail are words that go round in a loop, and the tags that we ourselves put around it.

The output is as hostile as the mail it was made from: control and direction characters are removed here.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Collection
from typing import Any

from pydantic import ValidationError

from consumer.analysis.models.server import RawCompletion
from schemas.completion import Completion

#: A unit of 1 to 60 characters, at least eight times in a row.
_LOOP = re.compile(r"(.{1,60}?)\1{7,}", re.DOTALL)
_LOOP_CHARS = 24
#: A phrase of 12 to 60 characters, at least three times in a row: a loop where it makes half of the text.
_CHORUS = re.compile(r"(.{12,60}?)(?:\W{0,3}\1){2,}", re.DOTALL)
_SENTENCE = re.compile(r"[^.!?\n]+")
_SENTENCE_CHARS = 20
_SENTENCE_TIMES = 3
_DEEPEST = 200
#: Zero-width and direction marks that can hide or turn text (Unicode TR36); ZWJ and ZWNJ are spelling.
_HIDING = {0x200B, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_PROSE = ("summary", "priority_reason", "next_step")
#: The prompt's own tags; the mail in it cannot have them, it is neutralised.
_DELIMITER = re.compile(r"</?mail\s+[0-9a-f]", re.IGNORECASE)


class UnusableAnswerError(ValueError):
    """The answer cannot be used; the message says what was wrong, for the model to mend."""


class CutAnswerError(UnusableAnswerError):
    """The answer ended before it was complete: a shorter one is wanted, not the rest."""


class EmptyTalkError(UnusableAnswerError):
    """The answer has the right shape and says nothing: shown again, it would be continued."""


def usable(raw: RawCompletion) -> Completion:
    """Return the answer if it is complete and of the wanted shape.

    Raises:
        CutAnswerError: The budget ran out, or the server gave up.
        UnusableAnswerError: It is no JSON, or not of the wanted shape.
    """
    if raw.finish != "stop":
        why = "it was too long" if raw.finish == "length" else "the server ended it early"
        raise CutAnswerError(f"the answer is incomplete: {why}")
    return _checked(_parsed(raw.text))


def sound(completion: Completion, *, may_lack: Collection[str]) -> Completion:
    """Return *completion* with the fields of *may_lack* that say nothing emptied.

    Raises:
        EmptyTalkError: Another field says nothing.
    """
    faults = {name: fault for name in _PROSE if (fault := _fault(getattr(completion, name)))}
    grave = [f"{name}: {fault}" for name, fault in faults.items() if name not in may_lack]
    if grave:
        raise EmptyTalkError("; ".join(grave))
    return completion.model_copy(update=dict.fromkeys(faults, ""))


def is_degenerate(text: str) -> bool:
    """Return whether *text* has fallen into a loop: a short unit, a phrase or a whole sentence, over and over."""
    loop = _LOOP.search(text)
    if loop and len(loop.group()) >= _LOOP_CHARS and loop.group(1).strip():
        return True
    if any(2 * len(chorus.group()) >= len(text) for chorus in _CHORUS.finditer(text) if chorus.group(1).strip()):
        return True
    sentences = (found.group().strip() for found in _SENTENCE.finditer(text))
    times = Counter(sentence for sentence in sentences if len(sentence) >= _SENTENCE_CHARS)
    return any(count >= _SENTENCE_TIMES for count in times.values())


def sanitised(text: str) -> str:
    """Return *text* without control, direction and invisible characters, white space trimmed."""
    return "".join(char for char in text if _harmless(char)).strip()


def _fault(text: str) -> str:
    """Return what makes a text worthless, in words; empty where nothing does."""
    if is_degenerate(text):
        return "the same words are repeated"
    return "it repeats the tags around the mail" if _DELIMITER.search(text) else ""


def _harmless(char: str) -> bool:
    point = ord(char)
    is_tag = 0xE0000 <= point <= 0xE007F  # noqa: PLR2004 - the Unicode block of tags
    return char in "\n\t" or not (unicodedata.category(char) in {"Cc", "Cs", "Co"} or point in _HIDING or is_tag)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnusableAnswerError(f"the answer is no JSON: {error}") from error


def _checked(value: Any) -> Completion:
    try:
        return Completion.model_validate_json(json.dumps(_clean(value)))
    except (ValidationError, RecursionError) as error:
        raise UnusableAnswerError(_in_words(error)) from error


def _clean(value: Any, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        raise UnusableAnswerError("the answer is nested without end")
    match value:
        case str():
            return sanitised(value)
        case list():
            return [_clean(item, depth + 1) for item in value]
        case dict():
            return {sanitised(key): _clean(item, depth + 1) for key, item in value.items()}
        case _:
            return value


def _in_words(error: ValidationError | RecursionError) -> str:
    if not isinstance(error, ValidationError):
        return "the answer is nested without end"
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'answer'}: {fault['msg']}" for fault in faults[:3])
