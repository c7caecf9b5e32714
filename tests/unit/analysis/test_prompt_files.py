"""The words of our prompts: packaged, or a person's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chainmail.settings import SettingsError, load
from consumer.analysis.prompt_files import prompt_text, prompts_from


@pytest.fixture(autouse=True)
def packaged() -> Iterator[None]:
    """Leave the packaged prompts to the tests that come after."""
    yield
    prompts_from(None)


def test_own_prompt_takes_the_place_of_its_packaged_namesake_alone(tmp_path: Path) -> None:
    """Who tries other words for the record would have no story any more."""
    record, narrative = prompt_text("record"), prompt_text("narrative")
    (tmp_path / "record.md").write_text("Read it.\n", "utf-8")
    prompts_from(tmp_path)
    assert prompt_text("record") == "Read it."
    assert prompt_text("narrative") == narrative
    prompts_from(None)
    assert prompt_text("record") == record != "Read it."


def test_folder_without_prompts_is_refused(tmp_path: Path) -> None:
    """A mistyped path would try nothing new, and cost a night."""
    with pytest.raises(SettingsError, match=r"prompt_folder: .* has neither record\.md nor narrative\.md"):
        load(prompt_folder=tmp_path)
