"""The JSON schema that travels to the model server: the rules a grammar can hold, and no more.

llama.cpp compiles it to a grammar: `$ref` is resolved here, every string has an upper bound (a small
model otherwise runs on until its budget is gone), none above 2,000 (silently ignored there), and no
pattern. A bound can cut a sentence, so it is generous where the budget allows. The full rules are
`schemas.analysis.Completion`'s.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from schemas.analysis import Completion

#: Upper bounds in characters, roomy and tight, by field; a field of a nested object goes by its own name.
_BOUNDS: dict[str, tuple[int, int]] = {
    "summary": (400, 200),
    "priority_reason": (200, 100),
    "priority_quote": (160, 80),
    "next_step": (200, 80),
    "organisations": (60, 30),
    "amount_quotes": (80, 40),
    "what": (160, 80),
    "owner": (60, 30),
    "due": (40, 20),
    "text": (200, 80),
    "quote": (160, 80),
}
_ITEMS = (3, 1)
_SECTIONS = ("situation", "stakes", "outlook")
_SECTION_CHARS = (100, 1050)
#: Characters that a token of English prose stands for, and those that all but the sections usually take.
_CHARS_PER_TOKEN = 3.6
_RECORD_CHARS = 1_500
#: Below this budget the tight bounds hold, so that even the longest answer closes its braces.
_ROOMY_TOKENS = 700


@cache
def wire_schema(output_tokens: int) -> dict[str, Any]:
    """Return the flat schema whose answers fit *output_tokens*; fields in the order of `Completion`."""
    schema = Completion.model_json_schema()
    definitions = schema.pop("$defs", {})
    flat: dict[str, Any] = _flat(schema, definitions, name="", output_tokens=output_tokens)
    return flat


def _flat(node: dict[str, Any], definitions: dict[str, Any], *, name: str, output_tokens: int) -> Any:
    """Return *node* without references, titles and defaults, and with bounds."""
    if "$ref" in node:
        node = definitions[node["$ref"].rsplit("/", 1)[-1]]
    if "enum" in node:
        return {"type": "string", "enum": node["enum"]}
    if node["type"] == "object":
        properties = {
            key: _flat(value, definitions, name=key, output_tokens=output_tokens)
            for key, value in node["properties"].items()
        }
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
    if node["type"] == "array":
        items = _flat(node["items"], definitions, name=name, output_tokens=output_tokens)
        return {"type": "array", "items": items, "maxItems": _ITEMS[output_tokens < _ROOMY_TOKENS]}
    return {"type": "string", "maxLength": _bound(name, output_tokens)}


def _bound(name: str, output_tokens: int) -> int:
    if name not in _SECTIONS:
        return _BOUNDS[name][output_tokens < _ROOMY_TOKENS]
    least, most = _SECTION_CHARS
    share = int((output_tokens * _CHARS_PER_TOKEN - _RECORD_CHARS) / len(_SECTIONS))
    return min(most, max(least, share))
