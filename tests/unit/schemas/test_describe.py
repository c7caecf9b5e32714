"""The files that are made from the models are those of today, and say something of every field."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas.analysis import Analysis
from schemas.describe import analysis_page, files, write

_DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("name", sorted(files()))
def test_file_in_the_repository_is_up_to_date(name: str) -> None:
    """A model that changed and a file that did not would tell two truths."""
    assert (_DOCS / name).read_text("utf-8") == files()[name], "run `make schemas`"


def test_every_field_of_the_analysis_is_explained() -> None:
    """A field without a word would be guessed at."""
    schema = Analysis.model_json_schema(mode="serialization")
    parts = {"Analysis": schema, **schema["$defs"]}
    silent = [
        f"{name}.{field}"
        for name, part in parts.items()
        for field, node in part.get("properties", {}).items()
        if not node.get("description")
    ]
    assert silent == []


def test_page_links_to_every_part() -> None:
    """Each part has its section, and its users link to it."""
    page = analysis_page()
    for part in ("Evidence", "Amount", "ActionItem", "Confidence"):
        assert f"## {part}\n" in page
        assert f"(#{part.lower()})" in page


def test_written_files_are_json_schema(tmp_path: Path) -> None:
    """All files are written, and they are JSON."""
    paths = write(tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in paths} == set(files())
    assert json.loads((tmp_path / "schemas/analysis.json").read_text("utf-8"))["title"] == "Analysis"
