"""How much of a conversation is at hand."""

from __future__ import annotations

from producer.completeness import completeness


def test_completeness_is_one_where_nothing_is_missing() -> None:
    """Whole conversations would be held back by `--phase complete`."""
    found = completeness(emails=3, damaged=0, ghosts=())
    assert (found.score, found.missing) == (1, ())


def test_completeness_counts_unseen_emails_and_names_them() -> None:
    """A conversation that lacks a third would pass for whole, or nobody would know what to look for."""
    found = completeness(emails=2, damaged=0, ghosts={"g@x.example"})
    assert (found.score, found.missing) == (0.6667, ("unseen: g@x.example",))


def test_completeness_takes_damaged_emails_for_half() -> None:
    """An unreadable mail would count as read, or as not there at all."""
    found = completeness(emails=2, damaged=1, ghosts=())
    assert (found.score, found.missing) == (0.75, ("damaged parts in 1 of 2 emails",))


def test_completeness_lists_five_unseen_emails_and_counts_the_rest() -> None:
    """A forged mail with hundreds of references would fill every screen."""
    found = completeness(emails=1, damaged=1, ghosts={f"{n}@x.example" for n in range(7)})
    assert found.missing == (
        "unseen: 0@x.example",
        "unseen: 1@x.example",
        "unseen: 2@x.example",
        "unseen: 3@x.example",
        "unseen: 4@x.example",
        "and 2 more unseen emails",
        "damaged parts in 1 of 1 emails",
    )
    assert found.score == 0.0625
