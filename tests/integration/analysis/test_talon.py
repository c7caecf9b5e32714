"""Quotes of real mail programs, over the fixtures that lie outside the repository."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from consumer.analysis.new_text import segments, slices
from consumer.analysis.said import Said
from tests import talon


@pytest.mark.parametrize(
    ("read", "count"),
    [(talon.texts, 13), (talon.html_parts, 8), (talon.html_files, 11)],
    ids=["texts", "html parts", "html files"],
)
def test_new_text_of_every_fixture_is_exact(
    corpora: Path, read: Callable[[Path], Iterator[talon.Fixture]], count: int
) -> None:
    """The replies of one of thirteen mail programs would lose words, or be read with all that they quote."""
    cases = list(read(corpora / "talon_fixtures"))
    own = {
        case.name: slices(case.text, ((one.start, one.end) for one in segments(case.text, Said()) if one.kind == "new"))
        for case in cases
    }
    assert [case.name for case in cases if not case.is_exact(own[case.name])] == []
    assert len(cases) == count
