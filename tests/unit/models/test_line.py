"""Waiting for a slot: how long to sleep, and who comes first."""

from __future__ import annotations

from pathlib import Path

import pytest

from consumer.analysis.models.line import LONGEST_S, Line, nap_s
from consumer.analysis.models.slots import SlotFolder
from consumer.errors import PermanentError
from tests.model_pools import Clock


def test_nap_grows_with_the_wait_within_its_bounds() -> None:
    """Waiting would burn a core, or leave a slot idle for longer than a short call takes."""
    assert [nap_s(waited) for waited in (0.0, 0.25, 0.5, 2.0, 5.0, 600.0)] == [0.005, 0.005, 0.01, 0.04, 0.1, 0.1]


def test_free_slot_is_taken_without_a_sleep(tmp_path: Path) -> None:
    """Every call would begin late."""
    clock = Clock()
    assert Line(SlotFolder(tmp_path), pause=clock.pause, clock=clock).wait(lambda: "slot") == "slot"
    assert clock.pauses == []


def test_newcomer_steps_back_once_for_who_waits(tmp_path: Path) -> None:
    """Whoever has just given a slot back would take it again, for ever, and the others' partitions stand still."""
    folder, clock = SlotFolder(tmp_path), Clock()
    waiting = folder.take(0)
    assert waiting
    assert Line(folder, pause=clock.pause, clock=clock).wait(lambda: "slot") == "slot"
    assert clock.pauses == [LONGEST_S], "and no longer: the other may be stopped in its tracks"
    waiting.release()


def test_who_waits_says_so_and_ends_it(tmp_path: Path) -> None:
    """Newcomers would overtake, or step back for nobody."""
    folder, clock = SlotFolder(tmp_path), Clock()
    seen: list[bool] = []
    clock.on_pause = lambda: seen.append(folder.is_held(0))
    Line(folder, pause=clock.pause, clock=clock).wait(lambda: "slot" if len(seen) == 3 else None)
    assert seen == [True, True, True]
    assert not folder.is_held(0)


def test_slot_has_one_holder_until_it_is_given_back(tmp_path: Path) -> None:
    """Two requests would share a slot, and one of them wait inside the server."""
    folder, other = SlotFolder(tmp_path), SlotFolder(tmp_path)
    held = folder.take(3)
    assert held
    assert (other.take(3), folder.take(3)) == (None, None)
    assert (other.is_held(3), other.is_held(2)) == (True, False)
    held.release()
    again = other.take(3)
    assert again
    again.release()


def test_folder_that_cannot_be_made_is_said_in_words(tmp_path: Path) -> None:
    """A member would die of an OSError that names no setting."""
    (tmp_path / "file").write_text("")
    with pytest.raises(PermanentError, match="set XDG_RUNTIME_DIR"):
        SlotFolder(tmp_path / "file" / "slots")
