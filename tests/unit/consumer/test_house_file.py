"""`priority.toml`: found, absent, or wrong in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from chainmail.settings import SettingsError, load
from consumer.house_file import HouseFile, house_rules
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


def written(folder: Path, domain: str) -> None:
    """Write rules into the file that is looked for."""
    (folder / "priority.toml").write_text(f'own = ["@{domain}.example"]\n')


def test_a_change_counts_from_the_next_analysis_on_and_is_said_once(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A member would apply old rules for days, over those that `reanalyse --rules-only` has just brought."""
    written(folder, "acme")
    house = HouseFile(load())
    assert house.rules().own == ("@acme.example",)
    assert not caplog.messages
    written(folder, "harbour")
    assert house.rules().own == house.rules().own == ("@harbour.example",)
    (said,) = caplog.messages
    assert f"rules {house.rules().version}" in said
    assert "`chainmail reanalyse --rules-only` gives them to those that are stored" in said


def test_a_file_that_comes_and_goes_is_a_change(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The first rules of a house would need a restart."""
    house = HouseFile(load())
    assert house.rules() == HouseRules()
    written(folder, "acme")
    assert house.rules().own == ("@acme.example",)
    (folder / "priority.toml").unlink()
    assert house.rules() == HouseRules()
    assert len(caplog.messages) == 2
    assert "rules (none)" in caplog.messages[1]


def test_a_file_that_is_wrong_is_named_once_and_changes_nothing(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A missing bracket would stop the members, or drop all rules without a word."""
    written(folder, "acme")
    house = HouseFile(load())
    (folder / "priority.toml").write_text("own = [")
    assert house.rules().own == house.rules().own == ("@acme.example",)
    (said,) = caplog.messages
    assert said.startswith("priority.toml cannot be read: ")
    assert "until it is mended" in said
    written(folder, "harbour")
    assert house.rules().own == ("@harbour.example",)


def test_the_same_rules_written_again_are_no_change(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A comment, or a deployment that writes the file anew, would alarm."""
    written(folder, "acme")
    house = HouseFile(load())
    (folder / "priority.toml").write_text('# ours\nown = ["@acme.example"]\n')
    assert house.rules().own == ("@acme.example",)
    assert not caplog.messages


def test_a_file_that_is_wrong_at_the_start_stops_the_member(folder: Path) -> None:
    """It would work for days without the rules that somebody wrote."""
    (folder / "priority.toml").write_text("own = [")
    with pytest.raises(SettingsError):
        HouseFile(load())
