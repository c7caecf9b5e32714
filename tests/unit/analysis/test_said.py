"""What the earlier emails say: the share of a quote that they know."""

from __future__ import annotations

from consumer.analysis.said import Said

TEXT = "Please send twelve boxes of steel rings to Ghent."


def test_share_is_whole_for_the_same_words() -> None:
    """Quotes would not be known for quotes."""
    assert Said(TEXT).share([TEXT]) == 1


def test_share_minds_neither_marks_nor_wraps_nor_typography() -> None:
    """What a mail program does to a quote would make it new."""
    said = Said("He said \u201cplease send twelve boxes\u201d to us \u2013 today")
    assert said.share(['> He said "please send', '> > twelve boxes" to us - today']) == 1


def test_share_is_nothing_for_other_words() -> None:
    """New text would be dropped as if it were a quote."""
    assert Said(TEXT).share(["The oven in the hall is broken since noon"]) == 0


def test_share_is_small_for_the_same_words_in_another_order() -> None:
    """A list of the same words would pass for the sentence."""
    assert Said(TEXT).share(["Ghent to rings steel of boxes twelve send Please"]) == 0


def test_share_of_few_words_asks_for_each_of_them() -> None:
    """A quoted "Yes." would stay for ever."""
    assert Said("Yes. Agreed.").share(["> Agreed."]) == 1
    assert Said("Yes. Agreed.").share(["> Refused."]) == 0


def test_share_is_unknown_where_nothing_is_said() -> None:
    """A block of empty quote marks would count as known."""
    assert Said(TEXT).share(["> ", ">>", ""]) is None


def test_share_of_anything_is_nothing_where_nothing_was_said_before() -> None:
    """The first email of a chain would be compared word for word with nothing."""
    assert (Said().share(["> Agreed."]), Said("").share(["Agreed."]), Said().share(["> ", " "])) == (0, 0, None)
