"""What of a model's answer can be used: it is JSON, each field has its shape, and what it says is about the mail.

A field that cannot be used is named with its fault, in words that repeat nothing of the answer; the others stand. Of an
answer that was cut short, the fields that were closed count. Not about the mail are words that go round in a loop, and
the tags that we ourselves put around it.

The output is as hostile as the mail it was made from: control and direction characters are removed here.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

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
#: Far more than any schema allows: what is longer was not held to one.
_MOST_CHARS, _MOST_ITEMS = 4_000, 100
_MOST_ANSWER_CHARS = 100_000
#: Zero-width and direction marks that can hide or turn text (Unicode TR36); ZWJ and ZWNJ are spelling.
_HIDING = {0x200B, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
#: Fields whose words must stand in the mail: a loop there is found nowhere, and dropped with its claim.
_QUOTES = {"priority_quote", "quote", "organisations", "amount_quotes"}
#: The prompt's own tags; the mail in it cannot have them, it is neutralised.
_DELIMITER = re.compile(r"</?mail\s+[0-9a-f]", re.IGNORECASE)
_LACKING = "it is missing"


class UnusableAnswerError(ValueError):
    """Nothing of the answer can be used; the message says what was wrong, in words that quote nothing of it."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An answer so far: the fields that can be used, and what is wrong with the others."""

    values: dict[str, Any]
    faults: dict[str, str]

    def mended(self, other: Draft) -> Draft:
        """Return this draft with what *other* has of the fields that are at fault here."""
        found = {name: value for name, value in other.values.items() if name in self.faults}
        left = {name: other.faults.get(name, fault) for name, fault in self.faults.items() if name not in found}
        return Draft(values={**self.values, **found}, faults=left)

    @property
    def in_words(self) -> str:
        """The first three faults."""
        return "; ".join(f"{name}: {fault}" for name, fault in list(self.faults.items())[:3])


def drafted(raw: RawCompletion, model: type[BaseModel], asked: Collection[str] = ()) -> Draft:
    """Return what of the answer can be used as fields of *model*.

    Args:
        raw: The answer.
        model: Whose fields they are; others are dropped.
        asked: The fields that were asked for; of an answer cut short all of them that are missing are at fault.

    Raises:
        UnusableAnswerError: It is no JSON object, was cut before its first field was closed, or has no end.
    """
    if len(raw.text) > _MOST_ANSWER_CHARS:
        raise UnusableAnswerError("the answer is far too long")
    value = _parsed(raw.text) if raw.finish == "stop" else _closed(raw)
    fields = {name: inner for name, inner in value.items() if name in model.model_fields}
    wanted = set(asked) if raw.finish != "stop" else set()
    needed = [name for name, field in model.model_fields.items() if field.is_required() or name in wanted]
    faults = dict.fromkeys((name for name in needed if name not in fields), _LACKING)
    faults |= _misshapen(fields, model)
    faults |= {name: fault for name, inner in fields.items() if name not in faults and (fault := _fault(name, inner))}
    order = [name for name in model.model_fields if name in faults]
    sound = {name: inner for name, inner in fields.items() if name not in faults}
    return Draft(values=sound, faults={name: faults[name] for name in order})


def usable(raw: RawCompletion) -> Completion:
    """Return the record in the answer, if it is complete and without fault.

    Raises:
        UnusableAnswerError: It is not.
    """
    draft = drafted(raw, Completion)
    if raw.finish != "stop" or draft.faults:
        raise UnusableAnswerError(draft.in_words or cut_in_words(raw))
    return Completion.model_validate(draft.values)


def cut_in_words(raw: RawCompletion) -> str:
    """Return why the answer is not complete."""
    return f"the answer is incomplete: {'it was too long' if raw.finish == 'length' else 'the server ended it early'}"


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


def _fault(name: str, value: Any) -> str:
    """Return what makes a field worthless, in words; empty where nothing does."""
    match value:
        case str():
            return _fault_of_text(value, is_quote=name in _QUOTES)
        case list() if len(value) > _MOST_ITEMS:
            return "it has far too many items"
        case list():
            return next(filter(None, (_fault(name, item) for item in value)), "")
        case dict():
            return next(filter(None, (_fault(key, item) for key, item in value.items())), "")
        case _:
            return ""


def _fault_of_text(text: str, *, is_quote: bool) -> str:
    if len(text) > _MOST_CHARS:
        return "it is far too long"
    if is_quote:
        return ""
    if is_degenerate(text):
        return "the same words are repeated"
    return "it repeats the tags around the mail" if _DELIMITER.search(text) else ""


def _harmless(char: str) -> bool:
    point = ord(char)
    is_tag = 0xE0000 <= point <= 0xE007F  # noqa: PLR2004 - the Unicode block of tags
    return char in "\n\t" or not (unicodedata.category(char) in {"Cc", "Cs", "Co"} or point in _HIDING or is_tag)


def _parsed(text: str) -> dict[str, Any]:
    try:
        value = _clean(json.loads(text, parse_constant=lambda _: None))
    except (ValueError, RecursionError) as error:
        if isinstance(error, UnusableAnswerError):
            raise
        raise UnusableAnswerError("the answer is no JSON") from error
    if not isinstance(value, dict):
        raise UnusableAnswerError("the answer is no JSON object")
    return value


def _closed(raw: RawCompletion) -> dict[str, Any]:
    """Return the fields of an answer that ended early, without the one in which it did."""
    try:
        value = _clean(
            from_json(raw.text.encode("utf-8", "replace"), allow_partial="trailing-strings", allow_inf_nan=False)
        )
    except (ValueError, RecursionError) as error:
        raise UnusableAnswerError(cut_in_words(raw)) from error
    if not isinstance(value, dict) or len(value) <= 1:
        raise UnusableAnswerError(cut_in_words(raw))
    value.popitem()
    return value


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


def _misshapen(fields: dict[str, Any], model: type[BaseModel]) -> dict[str, str]:
    """Return the fields that have not the shape that *model* wants, each with its first fault."""
    try:
        model.model_validate(fields)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        inner = ((fault["loc"], fault["msg"]) for fault in reversed(faults) if fault["loc"])
        return {str(loc[0]): _place(loc[1:]) + message for loc, message in inner if str(loc[0]) in fields}
    return {}


def _place(loc: tuple[int | str, ...]) -> str:
    """Return where in a field a fault is; names that the answer made up are not repeated."""
    known = {"what", "owner", "due", "quote", "text"}
    place = ".".join(str(part) for part in loc if isinstance(part, int) or part in known)
    return f"{place}: " if place else ""
