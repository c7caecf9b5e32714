"""The words of our prompts: packaged, or a person's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chainmail.settings import SettingsError, load
from consumer.analysis.analyse import Analyser
from consumer.analysis.prompt_files import prompt_text, prompts_from
from tests.scripted_model import ScriptedModel


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


def test_other_words_are_another_analyser(tmp_path: Path) -> None:
    """What another prompt found would take the place of what the packaged one did."""
    (tmp_path / "record.md").write_text("Read it.\n", "utf-8")
    ids = [Analyser(ScriptedModel(), load(prompt_folder=folder)).analyser_id for folder in (None, tmp_path, None)]
    assert ids[0] == ids[2] != ids[1]
