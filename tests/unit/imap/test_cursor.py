"""Cursors of folders, as they are stored."""

from __future__ import annotations

import json
from typing import Any

import pytest

from producer.sources.imap.cursor import MAX_RENUMBERINGS, FolderCursor, RenumberedError
from producer.sources.imap.ranges import Ranges

SOURCE = "imap:ann@x.example/INBOX"


def test_cursor_comes_back_from_the_ledger_as_it_was() -> None:
    """Each start would read everything again."""
    cursor = FolderCursor(SOURCE, 7, Ranges([(1, 5), (9, 9)]), {"UIDNEXT": 10}, renumberings=2)
    again = FolderCursor.of(SOURCE, json.loads(json.dumps(cursor.stored().state)))
    assert again.stored() == cursor.stored()
    assert cursor.stored().state == {
        "uidvalidity": 7,
        "done": [[1, 5], [9, 9]],
        "status": {"UIDNEXT": 10},
        "renumberings": 2,
    }


@pytest.mark.parametrize("state", [None, {}, {"uidvalidity": "x"}, {"uidvalidity": 1, "done": [[1]]}, {"highest": 4}])
def test_cursor_that_cannot_be_read_counts_as_none(state: dict[str, Any] | None) -> None:
    """A cursor of another version would end the program, or skip mail."""
    assert FolderCursor.of(SOURCE, state).stored() == FolderCursor(SOURCE).stored()


def test_new_uidvalidity_forgets_what_was_done() -> None:
    """Mail would be skipped because another message had its number before."""
    cursor = FolderCursor(SOURCE, 7, Ranges([(1, 5)]), {"UIDNEXT": 6})
    cursor.begin_look(8)
    assert (cursor.uidvalidity, cursor.done.as_lists(), cursor.status, cursor.renumberings) == (8, [], {}, 1)


def test_first_uidvalidity_is_no_change() -> None:
    """A folder that is new to us would count as a broken one."""
    cursor = FolderCursor(SOURCE)
    cursor.begin_look(8)
    assert cursor.renumberings == 0


def test_renumbering_at_every_look_is_an_error_and_a_stable_look_ends_the_row() -> None:
    """A folder would be fetched for ever; or one that was restored five times in ten years be left out."""
    cursor = FolderCursor(SOURCE, 1)
    for uidvalidity in range(2, MAX_RENUMBERINGS + 2):
        cursor.begin_look(uidvalidity)
    cursor.begin_look(MAX_RENUMBERINGS + 1)
    for uidvalidity in range(20, 20 + MAX_RENUMBERINGS):
        cursor.begin_look(uidvalidity)
    with pytest.raises(RenumberedError, match=r"UIDVALIDITY.*6 times in a row"):
        cursor.begin_look(99)
