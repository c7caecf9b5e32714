"""The contract for those who do not read Python: JSON Schema files and a page for people, made from the models.

`python -m schemas.describe` writes them to `docs/`; a test tells when they are out of date.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from schemas.analysis import Analysis
from schemas.chain import Chain
from schemas.completion import Completion, NarrativeCompletion
from schemas.dead_letter import DeadLetter

_MODELS: Mapping[str, type[BaseModel]] = {
    "chain": Chain,
    "analysis": Analysis,
    "completion": Completion,
    "narrative-completion": NarrativeCompletion,
    "dead-letter": DeadLetter,
}
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_HEAD = """# The analysis

What is stored for a chain, field by field, and what `chainmail show --json` has under `analysis`. This page is made
from `schemas/analysis.py` by `make schemas`, as is the JSON Schema in [schemas/analysis.json](schemas/analysis.json).

Whatever moves priority, money, a date or an owner carries [evidence](#evidence): words that were found in the mail, to
the letter. What has none is dropped and counted (`dropped`). Summary, next step and narrative are the
model's own words.
"""


def files() -> dict[str, str]:
    """Return what is made, by path below `docs/`."""
    made = {f"schemas/{name}.json": _schema_file(name, model) for name, model in _MODELS.items()}
    return made | {"analysis.md": analysis_page()}


def analysis_page() -> str:
    """Return the page on the analysis, in Markdown: one table for each of its parts."""
    schema = Analysis.model_json_schema(mode="serialization")
    parts = [("Analysis", schema), *schema["$defs"].items()]
    return "\n".join([_HEAD, *(line for name, part in parts for line in _section(name, part))])


def _section(name: str, part: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {name}\n"
    yield _sentences(part.get("description", "")) + "\n"
    if "enum" in part:
        yield ", ".join(f"`{value}`" for value in part["enum"]) + "\n"
        return
    yield "| field | type | what |"
    yield "|---|---|---|"
    for field, node in part.get("properties", {}).items():
        yield f"| `{field}` | {_type(node)} | {node.get('description', '')} |"
    yield ""


def _type(node: Mapping[str, Any]) -> str:
    """Return the type of a field in a few words, with a link to the part that it is made of."""
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in node:
        return " or ".join(_type(each) for each in node["anyOf"])
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    if node.get("type") == "array":
        return f"list of {_type(node['items'])}"
    if node.get("type") == "object" and isinstance(node.get("additionalProperties"), dict):
        return f"object of {_type(node['additionalProperties'])}"
    return str(node.get("format") or node.get("type", "any value"))


def _sentences(docstring: str) -> str:
    return re.sub(r"\n(?!\n)", " ", docstring.strip()).replace("  ", "\n\n")


def _schema_file(name: str, model: type[BaseModel]) -> str:
    schema = {"$schema": _DIALECT, "$id": f"{name}.json", **model.model_json_schema(mode="serialization")}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write(folder: Path) -> list[Path]:
    """Write all files below *folder*; return their paths."""
    for name, content in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return [folder / name for name in files()]


if __name__ == "__main__":
    write(Path("docs"))
