"""The schema on the wire: only what a grammar can hold, and answers that close within their budget."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from consumer.analysis.answers import usable
from consumer.analysis.wire import wire_schema
from schemas.analysis import Category, Priority, WorkflowState
from schemas.completion import Completion
from tests.scripted_model import raw

BUDGETS = [128, 256, 400, 600, 699, 700, 900, 2_000, 16_000]
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


@pytest.mark.parametrize("tokens", BUDGETS)
def test_schema_holds_only_what_grammars_can(tokens: int) -> None:
    """llama.cpp refuses the prompt, or ignores the rule without a word."""
    for node in nodes(wire_schema(tokens)):
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


@pytest.mark.parametrize("tokens", BUDGETS)
def test_every_string_and_list_has_an_upper_bound(tokens: int) -> None:
    """A small model would run on in one field until its budget is gone."""
    for node in nodes(wire_schema(tokens)):
        assert node["type"] != "string" or "enum" in node or node["maxLength"] >= 1
        assert node["type"] != "array" or node["maxItems"] >= 1


@pytest.mark.parametrize("tokens", BUDGETS)
def test_every_field_that_is_asked_for_is_required(tokens: int) -> None:
    """A model would leave out what is hard."""
    for node in nodes(wire_schema(tokens)):
        if node["type"] == "object":
            assert node["required"] == list(node["properties"])
            assert node["additionalProperties"] is False


@pytest.mark.parametrize("tokens", BUDGETS)
def test_longest_answer_is_usable(tokens: int) -> None:
    """The schema would allow what our own check refuses."""
    assert usable(raw(json.dumps(longest(wire_schema(tokens))))).summary


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


@pytest.mark.parametrize("tokens", WHOLE_BUDGETS)
def test_usual_whole_answer_closes_within_its_budget(tokens: int) -> None:
    """Most answers of a good model would have to be repaired.

    Usual is: half of what the bounds of the record allow, one item a list, prose.
    """
    schema = wire_schema(tokens)
    fields = longest(schema)
    one_item = {name: value[:1] if isinstance(value, list) else value for name, value in fields.items()}
    assert len(json.dumps(one_item)) / 2 / 3.6 <= tokens


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
