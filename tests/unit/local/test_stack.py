"""Who holds a home, and what is known about its servers."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from chainmail.local import stack
from chainmail.local.errors import HomeBusyError
from chainmail.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a home of its own."""
    return Settings(db=str(tmp_path / "mail.db"))


def test_hold_home_refuses_a_second_holder_in_words(settings: Settings) -> None:
    """Two runs would write one database and publish twice."""
    with (
        stack.hold_home(settings, "chainmail run"),
        pytest.raises(HomeBusyError, match=rf"`chainmail run` \(pid {os.getpid()}\).*another --db"),
        stack.hold_home(settings, "chainmail run"),
    ):
        pytest.fail("held twice")


def test_hold_home_leaves_other_homes_alone(settings: Settings, tmp_path: Path) -> None:
    """Two demos on one machine would disturb each other."""
    with stack.hold_home(settings, "chainmail run"):
        with stack.hold_home(Settings(db=str(tmp_path / "other.db")), "chainmail run"):
            pass
        assert settings.home_path.exists()


def test_hold_home_can_be_held_again(settings: Settings) -> None:
    """A home would stay busy after its first run."""
    for command in ("chainmail run", "chainmail work"):
        with stack.hold_home(settings, command):
            assert command in (settings.home_path / "home.holder").read_text()


def test_addresses_of_is_none_where_nothing_ever_ran(settings: Settings) -> None:
    """`status` would fail on a new database, or make a home for it."""
    assert stack.addresses_of(settings) is None
    assert not settings.home_path.exists()


@pytest.mark.parametrize("text", ["", "{", '{"bootstrap": 1}', "[]"])
def test_addresses_of_is_none_for_a_damaged_state(settings: Settings, text: str) -> None:
    """A full disk would make every command fail."""
    settings.home_path.mkdir()
    (settings.home_path / "stack.json").write_text(text)
    assert stack.addresses_of(settings) is None


def test_addresses_of_does_not_trust_a_pid_that_was_given_again(settings: Settings) -> None:
    """After `kill -9` of a run, commands would look for its broker for as long as its pid is somebody else's."""
    settings.home_path.mkdir()
    state = {"bootstrap": "127.0.0.1:1", "model_url": None, "owner_pid": os.getpid()}
    (settings.home_path / "stack.json").write_text(json.dumps(state))
    assert stack.addresses_of(settings) is None


def test_embedded_starts_nothing_where_all_is_configured(settings: Settings) -> None:
    """An outside broker would get an embedded one beside it."""
    outside = settings.model_copy(update={"kafka_bootstrap": "kafka.example:9092"})
    with stack.embedded(outside, model=False) as found:
        assert (found.bootstrap, found.model_url) == ("kafka.example:9092", None)
    assert not (settings.home_path / "kafka").exists()
