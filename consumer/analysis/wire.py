"""The JSON schemas that travel to the model server: the rules a grammar can hold, and no more.

llama.cpp compiles them to grammars: `$ref` is resolved here, every string has an upper bound (a small model otherwise
runs on until its budget is gone), none above 2,000 (silently ignored there), and no pattern. The longest answer that a
schema allows closes within its budget: the whole record and the story in prose, whose tokens stand for three
characters; the brief record and the repairs even where every character costs a token. The full rules are
`schemas.completion`'s.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from schemas.completion import Completion, NarrativeCompletion

#: The brief record and the repair of fields at their full bounds; a smaller budget shrinks them.
BRIEF_TOKENS = 600
#: The longest record that is asked for, however much an answer may take. The longest that the toy wrote of Enron's mail
#: took 606 (`docs/decisions/024-record-and-story-are-two-calls.md`), so this is half as much again.
RECORD_TOKENS = 900
#: From this budget on the whole record is asked for.
WHOLE_TOKENS = 700
SECTIONS = tuple(NarrativeCompletion.model_fields)
RECORD = tuple(Completion.model_fields)
#: What a record cannot lack, with the action items.
_BRIEF = (
    "summary",
    "priority",
    "priority_reason",
    "priority_quote",
    "category",
    "workflow_state",
    "next_step",
    "action_items",
)
#: Upper bounds in characters; a field of a nested object goes by its own name.
_WHOLE_BOUNDS: Mapping[str, int] = {
    "summary": 320,
    "priority_reason": 120,
    "priority_quote": 120,
    "next_step": 140,
    "organisations": 40,
    "amount_quotes": 30,
    "what": 100,
    "owner": 40,
    "due": 30,
    "text": 120,
    "quote": 110,
}
_BRIEF_BOUNDS: Mapping[str, int] = {
    "summary": 140,
    "priority_reason": 60,
    "priority_quote": 80,
    "next_step": 60,
    "organisations": 30,
    "amount_quotes": 20,
    "what": 50,
    "owner": 30,
    "due": 20,
    "text": 60,
    "quote": 60,
}
_WHOLE_ITEMS: Mapping[str, int] = {
    "organisations": 3,
    "amount_quotes": 3,
    "action_items": 3,
    "decisions": 2,
    "risks": 2,
    "open_questions": 2,
}
_BRIEF_ITEMS: Mapping[str, int] = dict.fromkeys(_WHOLE_ITEMS, 1)
#: Six sections of this length are more than the longest story: code cuts it at a sentence.
_SECTION_CHARS = 540
#: Characters of a value to a token: English prose has 3.6 with a vocabulary of 49,000 (SmolLM2), figures have 1.
_PROSE, _DENSEST = 3.0, 1.0
#: Characters to a token of keys, braces and labels, indented or not.
_FRAME_CHARS_PER_TOKEN = 2.3


@cache
def wire_schema(output_tokens: int) -> dict[str, Any]:
    """Return the schema of a record of at most *output_tokens*: whole, or brief where that is too little."""
    if output_tokens < WHOLE_TOKENS:
        return _schema(Completion, _BRIEF, _BRIEF_BOUNDS, _BRIEF_ITEMS, output_tokens, _DENSEST)
    return _schema(Completion, RECORD, _WHOLE_BOUNDS, _WHOLE_ITEMS, output_tokens, _PROSE)


@cache
def fields_schema(names: Collection[str], output_tokens: int) -> dict[str, Any]:
    """Return the schema of these fields of a record alone, which closes in *output_tokens* whatever is written."""
    return _schema(Completion, names, _BRIEF_BOUNDS, _BRIEF_ITEMS, output_tokens, _DENSEST)


@cache
def narrative_schema(output_tokens: int, names: Collection[str] = SECTIONS) -> dict[str, Any]:
    """Return the schema of a story of at most *output_tokens*, or of the sections *names* of it."""
    return _schema(NarrativeCompletion, names, dict.fromkeys(SECTIONS, _SECTION_CHARS), {}, output_tokens, _PROSE)


def _schema(
    model: type[BaseModel],
    names: Collection[str],
    bounds: Mapping[str, int],
    items: Mapping[str, int],
    output_tokens: int,
    chars_per_token: float,
) -> dict[str, Any]:
    """Return the flat schema of the fields *names* in the order of *model*, its bounds shrunk to fit the budget."""
    whole = model.model_json_schema()
    whole["properties"] = {name: node for name, node in whole["properties"].items() if name in names}
    flat: dict[str, Any] = _flat(whole, whole.get("$defs", {}), "", bounds, items)
    frame_tokens = len(json.dumps(_longest(flat, ""))) / _FRAME_CHARS_PER_TOKEN
    value_chars = json.dumps(_longest(flat, "0")).count("0")
    room_chars = (output_tokens - frame_tokens) * chars_per_token
    return _shrunk(flat, min(1.0, room_chars / value_chars)) if value_chars else flat


def _flat(
    node: dict[str, Any], definitions: dict[str, Any], name: str, bounds: Mapping[str, int], items: Mapping[str, int]
) -> Any:
    """Return *node* without references, titles and defaults, and with bounds."""
    node = next((kind for kind in node.get("anyOf", ()) if kind.get("type") != "null"), node)
    if "$ref" in node:
        node = definitions[node["$ref"].rsplit("/", 1)[-1]]
    if "enum" in node:
        return {"type": "string", "enum": node["enum"]}
    if node["type"] == "object":
        inner = {key: _flat(value, definitions, key, bounds, items) for key, value in node["properties"].items()}
        return {"type": "object", "properties": inner, "required": list(inner), "additionalProperties": False}
    if node["type"] == "array":
        return {
            "type": "array",
            "items": _flat(node["items"], definitions, name, bounds, items),
            "maxItems": items[name],
        }
    least = {"minLength": node["minLength"]} if "minLength" in node else {}
    return {"type": "string", **least, "maxLength": bounds[name]}


def _longest(schema: dict[str, Any], char: str) -> Any:
    """Return the longest value that *schema* allows, of *char* alone."""
    if "enum" in schema:
        return max(schema["enum"], key=len)
    if schema["type"] == "string":
        return char * schema["maxLength"]
    if schema["type"] == "array":
        return [_longest(schema["items"], char)] * schema["maxItems"]
    return {name: _longest(inner, char) for name, inner in schema["properties"].items()}


def _shrunk(schema: dict[str, Any], share: float) -> dict[str, Any]:
    """Return *schema* with *share* of its bounds."""
    if schema["type"] == "object":
        inner = {name: _shrunk(node, share) for name, node in schema["properties"].items()}
        return {**schema, "properties": inner}
    if schema["type"] == "array":
        return {**schema, "items": _shrunk(schema["items"], share)}
    return {**schema, "maxLength": max(1, int(schema["maxLength"] * share))} if "maxLength" in schema else schema
