"""The schema on the wire: only what a grammar can hold, and answers that close within their budget."""

from __future__ import annotations

import json
import random
import re
import string
from collections.abc import Iterator
from typing import Any

import pytest

from consumer.analysis.answers import usable
from consumer.analysis.wire import RECORD, SECTIONS, fields_schema, narrative_schema, wire_schema
from schemas.analysis import Category, Priority, WorkflowState
from schemas.completion import Completion, NarrativeCompletion
from tests.scripted_model import raw
from tests.wire_forms import BUDGETS, FORMS

BRIEF_BUDGETS = [256, 400, 600, 699]
WHOLE_BUDGETS = [700, 900, 2_000, 16_000]


def nodes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield *schema* and all that is nested in it."""
    yield schema
    for inner in [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]:
        yield from nodes(inner)


def longest(schema: dict[str, Any], char: str = "0") -> Any:
    """Return the longest value that *schema* allows."""
    if "enum" in schema:
        return max(schema["enum"], key=len)
    if schema["type"] == "string":
        return char * schema["maxLength"]
    if schema["type"] == "array":
        return [longest(schema["items"], char)] * schema["maxItems"]
    return {name: longest(inner, char) for name, inner in schema["properties"].items()}


@pytest.mark.parametrize("form", FORMS)
def test_schema_holds_only_what_grammars_can(form: str) -> None:
    """llama.cpp refuses the prompt, or ignores the rule without a word."""
    for node in nodes(FORMS[form]):
        assert set(node) <= {
            "type",
            "enum",
            "properties",
            "required",
            "additionalProperties",
            "items",
            "maxItems",
            "minLength",
            "maxLength",
        }
        assert node.get("maxLength", 0) < 2_000
        assert node.get("minLength", 0) <= 1


@pytest.mark.parametrize("form", FORMS)
def test_every_string_and_list_has_an_upper_bound(form: str) -> None:
    """A small model would run on in one field until its budget is gone."""
    for node in nodes(FORMS[form]):
        assert node["type"] != "string" or "enum" in node or node["maxLength"] >= 1
        assert node["type"] != "array" or node["maxItems"] >= 1


@pytest.mark.parametrize("form", FORMS)
def test_every_field_that_is_asked_for_is_required(form: str) -> None:
    """A model would leave out what is hard."""
    for node in nodes(FORMS[form]):
        if node["type"] == "object":
            assert node["required"] == list(node["properties"])
            assert node["additionalProperties"] is False


@pytest.mark.parametrize("tokens", BUDGETS)
def test_longest_answer_is_usable(tokens: int) -> None:
    """The schema would allow what our own check refuses."""
    chance = random.Random(3)
    text = json.dumps(longest(wire_schema(tokens)))
    words = re.sub("0+", lambda zeros: "".join(chance.choices(string.ascii_letters, k=len(zeros.group()))), text)
    assert usable(raw(words)).summary


@pytest.mark.parametrize("tokens", BRIEF_BUDGETS)
def test_longest_brief_answer_closes_within_its_budget(tokens: int) -> None:
    """A repair would be cut off as the answer before it, and the chain end as a dead letter.

    A character of a value counts as a token, as figures do; of the frame 2.3 make one (with the small
    vocabulary of SmolLM2 it has 2.6 to a token, indented or not).
    """
    schema = wire_schema(tokens)
    value_chars = json.dumps(longest(schema)).count("0")
    frame_chars = len(json.dumps(longest(schema, char="")))
    assert value_chars + frame_chars / 2.3 <= tokens


@pytest.mark.parametrize("names", [RECORD, ("risks",), ("summary", "priority", "action_items")])
def test_longest_repair_closes_within_its_budget(names: tuple[str, ...]) -> None:
    """A repair could be cut off in its turn, whatever is written in it."""
    for tokens in (400, 600):
        schema = fields_schema(names, tokens)
        assert json.dumps(longest(schema)).count("0") + len(json.dumps(longest(schema, char=""))) / 2.3 <= tokens


@pytest.mark.parametrize(
    ("schema", "tokens"),
    [(wire_schema(tokens), tokens) for tokens in WHOLE_BUDGETS]
    + [(narrative_schema(tokens), tokens) for tokens in (800, 900, 1_200)]
    + [(narrative_schema(300, ("people", "stakes")), 300)],
)
def test_longest_answer_in_prose_closes_within_its_budget(schema: dict[str, Any], tokens: int) -> None:
    """Long answers of a good model would be cut off: prose has more than three characters to a token."""
    value_chars = json.dumps(longest(schema)).count("0")
    frame_chars = len(json.dumps(longest(schema, char="")))
    assert value_chars / 3 + frame_chars / 2.3 <= tokens


def test_story_has_room_for_its_length() -> None:
    """A story of the wanted length could not be told, or a far longer one would be paid for."""
    for tokens in (900, 1_200, 16_000):
        bounds = [node["maxLength"] for node in narrative_schema(tokens)["properties"].values()]
        assert 2_500 <= sum(bounds) <= 3_300
    assert tuple(narrative_schema(900)["properties"]) == SECTIONS == tuple(NarrativeCompletion.model_fields)


def test_repair_asks_for_what_is_named_in_its_order() -> None:
    """What stands would be asked for again."""
    assert list(fields_schema(("risks", "priority"), 600)["properties"]) == ["priority", "risks"]


@pytest.mark.parametrize("tokens", WHOLE_BUDGETS)
def test_whole_form_has_every_field_of_a_completion_in_its_order(tokens: int) -> None:
    """The model would not be asked for a part of the record, or for its priority last."""
    assert list(wire_schema(tokens)["properties"]) == list(Completion.model_fields)


@pytest.mark.parametrize("tokens", [128, *BRIEF_BUDGETS])
def test_brief_form_has_what_a_record_cannot_lack(tokens: int) -> None:
    """A repaired record would have no priority, no evidence, or nothing to do."""
    assert list(wire_schema(tokens)["properties"]) == [
        "summary",
        "priority",
        "priority_reason",
        "priority_quote",
        "category",
        "workflow_state",
        "next_step",
        "action_items",
    ]


def test_labels_are_held_to_their_words() -> None:
    """The model could answer with a label that nothing downstream knows."""
    fields = wire_schema(600)["properties"]
    assert fields["priority"]["enum"] == list(Priority)
    assert fields["category"]["enum"] == list(Category)
    assert fields["workflow_state"]["enum"] == list(WorkflowState)


def test_summary_and_reason_may_not_be_empty() -> None:
    """The grammar would let an answer end that the check after it must refuse."""
    fields = wire_schema(600)["properties"]
    assert (fields["summary"]["minLength"], fields["priority_reason"]["minLength"]) == (1, 1)
    assert "minLength" not in fields["priority_quote"]
