"""How sure a model was of its priority, from what servers tell of their tokens (as llama.cpp and Ollama send it)."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any

import pytest

from consumer.analysis.models.label import LABELS, Token, label_probability, tokens_of, wants_label


def told(token: str, **others: float) -> dict[str, Any]:
    """Return one entry of a server's list; *others* are the alternatives with their probabilities."""
    listed = [{"id": 7, "token": text, "bytes": [1], "logprob": math.log(share)} for text, share in others.items()]
    return {"id": 7, "token": token, "logprob": listed[0]["logprob"] if listed else -1.0, "top_logprobs": listed}


#: llama.cpp, a small model: the grammar let no other token stand there than one of a label.
_LLAMA = [
    told("{"),
    told('\n  "'),
    told("summary"),
    told('": "'),
    told("He writes of \\"),
    told('"priority\\": \\"low\\"'),
    told('.","'),
    told("priority", priority=0.9),
    told('":'),
    told(' "', **{' "': 0.7}),
    told("critical", critical=0.4, high=0.2, High=0.1, priority=0.05, low=0.01),
    told('",'),
    told("priority", priority=0.9),
    told('_reason": "high"}'),
]


def test_probability_is_set_against_the_other_labels() -> None:
    """What is no label at all would make every answer look unsure."""
    found = label_probability(tokens_of(_LLAMA))
    assert found == pytest.approx(0.4 / (0.4 + 0.2 + 0.01 + 0.01)), "normal is not listed: as much as the least"


def test_priority_that_the_mail_puts_into_a_text_is_not_it() -> None:
    """A mail could choose how sure we are."""
    text = "".join(token.text for token in tokens_of(_LLAMA))
    assert text.index('\\"priority\\"') < text.index('"priority"')
    assert label_probability(tokens_of(_LLAMA[:6])) is None


@pytest.mark.parametrize(
    ("tokens", "probability"),
    [
        ([("priority", {}), ('":"', {}), ("h", {"h": 0.6, "n": 0.2, "l": 0.1, "c": 0.1}), ('igh"', {})], 0.6),
        ([("priority", {}), ('": "hi', {'": "hi': 0.3, '": "high': 0.3, '": "low"': 0.4}), ("gh", {})], 0.6 / 1.6),
        (
            [("priority", {}), ('": ', {}), ('"high",', {'"high",': 0.5, '"normal",': 0.3, '"': 0.2}), ("x", {})],
            0.5 / 1.2,
        ),
    ],
)
def test_label_may_begin_anywhere_in_a_token(tokens: list[tuple[str, dict[str, float]]], probability: float) -> None:
    """Each vocabulary cuts quote marks and words in its own way, and most models would have no figure."""
    found = label_probability([Token('{"', {}), *(Token(text, known) for text, known in tokens), Token('"', {})])
    assert found == pytest.approx(probability)


@pytest.mark.parametrize(
    "listed",
    [
        [],
        [told("{"), told('"priority": "'), told("urgent", urgent=0.9), told('"}')],
        [told("{"), told('"priority": "'), told("high"), told('"}')],
        [{"token": '{"priority": "high"}', "logprob": -0.1, "top_logprobs": None}],
        [{"token": '{"priority": "high"}', "logprob": -0.1}],
        [None, "x", {"logprob": -1.0}, {"token": "x", "logprob": None}, {"token": "x", "logprob": "high"}],
    ],
    ids=["none", "no label of ours", "no alternatives", "null", "missing", "another shape"],
)
def test_what_nobody_knows_is_none(listed: list[Any]) -> None:
    """A figure would be made up, or an answer lost over what stands beside it."""
    assert label_probability(tokens_of(listed)) is None


def test_probability_of_nothing_is_none() -> None:
    """What a grammar forbade comes as -9999 (vLLM): dividing by nothing would end the analysis."""
    entry = {"token": '{"priority": "high"', "logprob": -9999.0, "top_logprobs": [{"token": "x", "logprob": -9999.0}]}
    assert label_probability(tokens_of([entry])) is None


def test_no_two_labels_begin_alike() -> None:
    """The first token of a label would not tell which one it is."""
    assert all(one[0] != other[0] for one, other in combinations(LABELS, 2))


def test_only_a_record_has_the_label() -> None:
    """Probabilities would be asked for, and sent, for each word of a long text."""
    assert wants_label({"properties": {"summary": {}, "priority": {}}})
    assert not wants_label({"properties": {"situation": {}}})
    assert not wants_label({})
