"""Faults of the database in words: what is wrong, and what to do."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

_FULL = "no room is left for the database: free some on its disk, then give the same command again"
#: What SQLite's and Postgres's messages contain.
_WORDS = (
    ("disk is full", _FULL),
    ("no space left", _FULL),
    ("disk i/o error", "the disk of the database cannot be read or written: see the system's log; or it is full"),
    ("readonly", "the database cannot be written: look at the owner and the mode of its file and of its folder"),
    ("database is locked", "another program holds the lock of the database for too long: end it, then try again"),
    ("malformed", "the file of the database is damaged: put the last backup in its place"),
)


def in_words(error: DBAPIError) -> str:
    """Return what *error* means; what was committed before it stays, the rest is done again."""
    said = str(error.orig).strip()
    meaning = next((words for sign, words in _WORDS if sign in said.lower()), "")
    return f"{meaning} ({said})" if meaning else f"the database failed: {said}"
