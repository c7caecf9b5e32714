"""The JSON schema that travels to the model server: the rules a grammar can hold, and no more.

llama.cpp compiles it to a grammar: `$ref` is resolved here, every string has an upper bound (a small
model otherwise runs on until its budget is gone), none above 2,000 (silently ignored there), and no
pattern. There are two forms. The whole record has bounds so generous that they seldom cut a sentence; an
answer that uses them all does not fit, and is asked for again in the brief form. That one leaves out what a
record can lack, and closes its braces within the budget even where every character costs a token.
The full rules are `schemas.completion.Completion`'s.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from schemas.completion import Completion

#: The brief form at its full bounds; a smaller budget shrinks them.
BRIEF_TOKENS = 600
#: From this budget on the whole record is asked for.
_WHOLE_TOKENS = 700
#: What keys, braces, labels and white space of the brief form take at most, in tokens.
_BRIEF_FRAME_TOKENS = 100
#: Fields of the brief form with their upper bounds in characters; labels take what their longest word takes.
_BRIEF: dict[str, int] = {
    "summary": 140,
    "priority": 0,
    "priority_reason": 60,
    "priority_quote": 80,
    "category": 0,
    "workflow_state": 0,
    "next_step": 60,
    "action_items": 0,
    "what": 50,
    "owner": 30,
    "due": 20,
    "quote": 60,
}
#: Upper bounds of the whole form in characters; a field of a nested object goes by its own name.
_WHOLE: dict[str, int] = {
    "summary": 400,
    "priority_reason": 200,
    "priority_quote": 160,
    "next_step": 200,
    "organisations": 60,
    "amount_quotes": 80,
    "what": 160,
    "owner": 60,
    "due": 40,
    "text": 200,
    "quote": 160,
}
_BRIEF_ITEMS, _WHOLE_ITEMS = 1, 3


@cache
def wire_schema(output_tokens: int) -> dict[str, Any]:
    """Return the flat schema for an answer of at most *output_tokens*; fields in the order of `Completion`."""
    schema = Completion.model_json_schema()
    definitions = schema.pop("$defs", {})
    flat: dict[str, Any] = _flat(schema, definitions, name="", output_tokens=output_tokens)
    return flat


def _flat(node: dict[str, Any], definitions: dict[str, Any], *, name: str, output_tokens: int) -> Any:
    """Return *node* without references, titles and defaults, and with bounds."""
    is_brief = output_tokens < _WHOLE_TOKENS
    node = next((kind for kind in node.get("anyOf", ()) if kind.get("type") != "null"), node)
    if "$ref" in node:
        node = definitions[node["$ref"].rsplit("/", 1)[-1]]
    if "enum" in node:
        return {"type": "string", "enum": node["enum"]}
    if node["type"] == "object":
        properties = {
            key: _flat(value, definitions, name=key, output_tokens=output_tokens)
            for key, value in node["properties"].items()
            if not is_brief or key in _BRIEF
        }
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
    if node["type"] == "array":
        items = _flat(node["items"], definitions, name=name, output_tokens=output_tokens)
        return {"type": "array", "items": items, "maxItems": _BRIEF_ITEMS if is_brief else _WHOLE_ITEMS}
    least = {"minLength": node["minLength"]} if "minLength" in node else {}
    return {"type": "string", **least, "maxLength": _bound(name, output_tokens)}


def _bound(name: str, output_tokens: int) -> int:
    if output_tokens < _WHOLE_TOKENS:
        room = (output_tokens - _BRIEF_FRAME_TOKENS) / sum(_BRIEF.values())
        return max(1, int(_BRIEF[name] * min(1.0, room)))
    return _WHOLE[name]
