"""`priority.toml`: found, absent, or wrong in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from chainmail.settings import SettingsError, load
from consumer.house_file import house_rules
from schemas.house import HouseRules


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_rules_beside_the_program_are_found(folder: Path) -> None:
    """The file would have to be named by everybody."""
    assert house_rules(load()) == HouseRules()
    (folder / "priority.toml").write_text('own = ["@acme.example"]\n')
    assert house_rules(load()).own == ("@acme.example",)


def test_rules_that_are_named_must_be_there(folder: Path) -> None:
    """A mistyped path would mean no rules, without a word."""
    with pytest.raises(SettingsError, match=r"house\.toml cannot be read"):
        house_rules(load(priority_rules=folder / "house.toml"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('vips = ["ann@acme.example"]', r"priority\.toml: unknown key vips: known are own, "),
        ('[vip]\nsenders = ["ann"]', r"priority\.toml: vip\.senders\.0: 'ann' is neither an address"),
        ('[[patterns]]\nkind = "order"\nregex = "(a+)+"', r"priority\.toml: patterns\.0\.regex: .* as in \\d\{1,8\}"),
        ("own = [", r"priority\.toml cannot be read: "),
    ],
)
def test_errors_name_file_key_and_mend(folder: Path, content: str, words: str) -> None:
    """A person would look for the fault in the program."""
    (folder / "priority.toml").write_text(content)
    with pytest.raises(SettingsError, match=words):
        house_rules(load())
