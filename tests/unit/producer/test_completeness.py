"""How much of a conversation is at hand."""

from __future__ import annotations

from producer.completeness import completeness
from schemas.member import Member


def members(count: int, *, cut: int = 0, damaged: int = 0) -> list[Member]:
    """Return emails of which the first ones are cut, and the first ones damaged."""
    return [
        Member(email_id=f"id{number}", node=f"{number}@x.example", cut=number < cut, damaged=number < damaged)
        for number in range(count)
    ]


def test_completeness_is_one_where_nothing_is_missing() -> None:
    """Whole conversations would be held back by `--phase complete`."""
    found = completeness(members(3), ())
    assert (found.score, found.missing) == (1, ())


def test_completeness_counts_unseen_emails_and_names_them() -> None:
    """A conversation that lacks a third would pass for whole, or nobody would know what to look for."""
    found = completeness(members(2), {"g@x.example"})
    assert (found.score, found.missing) == (0.6667, ("unseen: g@x.example",))


def test_completeness_takes_damaged_emails_for_half() -> None:
    """An unreadable mail would count as read, or as not there at all."""
    found = completeness(members(2, damaged=1), ())
    assert (found.score, found.missing) == (0.75, ("unreadable parts in 1 of 2 emails",))


def test_completeness_takes_cut_emails_for_half_and_says_so() -> None:
    """A mail that ends in the middle would be answered as if it were whole."""
    found = completeness(members(4, cut=2), ())
    assert (found.score, found.missing) == (0.75, ("cut text in 2 of 4 emails",))


def test_completeness_counts_an_email_once_that_is_cut_and_damaged() -> None:
    """One broken mail would count as none at all."""
    found = completeness(members(1, cut=1, damaged=1), ())
    assert (found.score, found.missing) == (0.5, ("cut text in 1 of 1 emails", "unreadable parts in 1 of 1 emails"))


def test_completeness_lists_five_unseen_emails_and_counts_the_rest() -> None:
    """A forged mail with hundreds of references would fill every screen."""
    found = completeness(members(1, damaged=1), {f"{n}@x.example" for n in range(7)})
    assert found.missing == (
        "unseen: 0@x.example",
        "unseen: 1@x.example",
        "unseen: 2@x.example",
        "unseen: 3@x.example",
        "unseen: 4@x.example",
        "and 2 more unseen emails",
        "unreadable parts in 1 of 1 emails",
    )
    assert found.score == 0.0625
