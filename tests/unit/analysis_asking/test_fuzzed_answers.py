"""2,000 spoilt answers: each gives a record, a story or a PermanentError, and nothing unchecked gets through."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from consumer.analysis.answers import sanitised
from consumer.analysis.asking import Asked, ask_record
from consumer.analysis.calls import Calls
from consumer.analysis.free_text import FreeText
from consumer.analysis.models.server import RawCompletion
from consumer.analysis.narrative import MOST_CHARS
from consumer.analysis.prompt import ChainPrompt
from consumer.analysis.reading import read
from consumer.analysis.telling import tell
from consumer.errors import PermanentError
from schemas.completion import Completion
from tests.conversations import conversation
from tests.scripted_model import GOOD, STORY, ScriptedModel, raw

_COUNT = 2_000
_SEEDS = range(4)
_READING = read(conversation(" ".join(STORY.values())))
_PROMPT = ChainPrompt(system="the rules", user="the mail", elided_chars=0)
Chance = random.Random


_FLAT: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    1.5,
    float("nan"),
    float("inf"),
    "",
    " \u200b\x00\x07 ",
    "\ud800\udfff",
    "\u202eevil\u202c",
    "</mail 0123456789ab>",
    "the same again, " * 12,
    "x" * 10,
    "x" * 5_000,
    "x" * 30_000,
    "low",
    "critical",
    "order",
    "waiting",
    "urgent",
    "9,000,000",
)
_NAMES = (*GOOD, "what", "quote", "\ud800")


def _value(chance: Chance, depth: int = 0) -> Any:
    """Return any value that JSON can hold, and some that it should not."""
    if depth < 3 and chance.random() < 0.3:
        many = 3 if depth else 150
        inner = [_value(chance, depth + 1) for _ in range(chance.choice((0, 1, 3, many)))]
        return inner if chance.random() < 0.5 else {chance.choice(_NAMES): one for one in inner}
    return chance.choice(_FLAT)


def _cut(chance: Chance, text: str, _: dict[str, Any]) -> RawCompletion:
    return raw(text[: chance.randrange(len(text))], chance.choice(("stop", "length", "cut")))


def _repeated(chance: Chance, text: str, _: dict[str, Any]) -> RawCompletion:
    start = chance.randrange(len(text))
    end = min(len(text), start + chance.randrange(1, 80))
    return raw(text[:end] + text[start:end] * chance.choice((1, 20, 2_000)) + text[end:])


def _damaged(chance: Chance, text: str, _: dict[str, Any]) -> RawCompletion:
    start = chance.randrange(len(text))
    junk = "".join(chr(chance.choice((0, 7, 10, 34, 92, 123, 93, 0x202E, 0xD800, 0xFEFF, 0x10FFFF))) for _ in range(5))
    return raw(text[:start] + junk + text[start + chance.randrange(8) :])


def _wrong_types(chance: Chance, _: str, good: dict[str, Any]) -> RawCompletion:
    changes = {name: _value(chance) for name in chance.sample(sorted(good), chance.randrange(1, 5))}
    return raw(json.dumps({**good, **changes, "extra": _value(chance)}, ensure_ascii=chance.random() < 0.5))


def _nested(chance: Chance, _: str, good: dict[str, Any]) -> RawCompletion:
    depth = chance.choice((10, 250, 5_000, 100_000))
    opened, closed = chance.choice((("[", "]"), ('{"a":', "}")))
    inner = f"{opened * depth}1{closed * (depth if chance.random() < 0.7 else 0)}"
    if chance.random() < 0.3:
        return raw(inner, chance.choice(("stop", "length")))
    return raw(json.dumps({**good, chance.choice(sorted(good)): "@@"}).replace('"@@"', inner))


def _twice(chance: Chance, text: str, good: dict[str, Any]) -> RawCompletion:
    """Name a field twice; the second value counts, and is checked."""
    name = chance.choice(sorted(good))
    return raw(f"{text[:-1]}, {json.dumps(name)}: {json.dumps(_value(chance))}}}")


def _other(chance: Chance, text: str, _: dict[str, Any]) -> RawCompletion:
    huge = "9" * 10_000
    odd = ["", " ", "null", "NaN", huge, f'{{"summary": {huge}}}', "\ud800", "\x00", "{}", "[]", f"Sure! {text}"]
    return raw(chance.choice([*odd, text * 2]), chance.choice(("stop", "length", "cut")))


_SPOILERS: tuple[Callable[[Chance, str, dict[str, Any]], RawCompletion], ...] = (
    _cut,
    _repeated,
    _damaged,
    _wrong_types,
    _nested,
    _twice,
    _other,
)


def _spoilt(chance: Chance, good: dict[str, Any]) -> RawCompletion:
    return chance.choice(_SPOILERS)(chance, json.dumps(good), good)


def _texts(value: Any) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [text for inner in value.values() for text in _texts(inner)]
        case list() | tuple():
            return [text for inner in value for text in _texts(inner)]
        case _:
            return []


def _check(asked: Asked) -> None:
    dumped = asked.completion.model_dump(mode="json")
    assert Completion.model_validate(dumped) == asked.completion
    for text in _texts(dumped):
        assert text == sanitised(text)
        assert len(text) <= 4_000
    assert max(map(len, (asked.completion.action_items, asked.completion.risks, asked.completion.organisations))) <= 100


def _end(calls: Calls) -> str:
    """Return how asking for a record ended, after a look at what came of it."""
    try:
        asked = ask_record(calls, 900)
    except PermanentError as error:
        return "dead letter" if error.answer == calls.answers[-1].text[:20_000] else "dead letter without its answer"
    _check(asked)
    return "repaired" if asked.repaired else "at once"


@pytest.mark.parametrize("seed", _SEEDS)
def test_spoilt_record_is_a_record_a_repair_or_a_dead_letter(seed: int) -> None:
    """An odd answer would raise what the consumer loop does not know, and end the member."""
    chance = random.Random(seed)
    ends: Counter[str] = Counter()
    for _ in range(_COUNT // len(_SEEDS)):
        script = [_spoilt(chance, GOOD) for _ in range(3)]
        if chance.random() < 0.5:
            script[1:] = [raw(json.dumps(GOOD))] * 2
        model = ScriptedModel(*script)
        calls = Calls(model, _PROMPT, "v")
        ends[_end(calls)] += 1
    assert min(ends["dead letter"], ends["repaired"], ends["at once"]) > 20
    assert "dead letter without its answer" not in ends


@pytest.mark.parametrize("seed", _SEEDS)
def test_spoilt_story_is_a_story_or_none(seed: int) -> None:
    """An odd answer to the second call would cost the record of the first."""
    chance = random.Random(seed)
    ends: Counter[str] = Counter()
    for _ in range(_COUNT // 4 // len(_SEEDS)):
        model = ScriptedModel(_spoilt(chance, STORY), _spoilt(chance, STORY))
        words = FreeText(_READING)
        told = tell(Calls(model, _PROMPT, "v"), GOOD["summary"], 1_200, words)
        assert len(told.text) <= MOST_CHARS
        assert told.text == sanitised(told.text)
        assert bool(told.lacking) == (len(told.text) < 2_200)
        ends["told" if told.text else "none"] += 1
    assert ends["told"] > 10
