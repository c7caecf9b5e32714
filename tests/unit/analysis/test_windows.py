"""The parts of a text near words."""

from __future__ import annotations

from consumer.analysis.readers.windows import around, windows


def test_windows_join_where_they_touch() -> None:
    """What stands in two windows would be found twice."""
    assert windows("aa $ b $ cccccccccc $", "$", before=2, after=3) == [(1, 11), (18, 21)]


def test_windows_mind_no_case_and_none_where_the_word_is_missing() -> None:
    """Money in capitals would be missed."""
    assert windows("20 DOLLARS", ("dollar",), before=3, after=1) == [(0, 10)]
    assert windows("20 rings", ("dollar",), before=3, after=1) == []


def test_windows_hold_all_where_small_letters_take_more_room() -> None:
    """In a text with a Turkish capital all places would be off."""
    assert windows("\u0130 20 dollars", ("dollar",), before=0, after=0) == [(0, 12)]


def test_spans_around_places_join_where_they_touch_and_end_with_the_text() -> None:
    """What stands in two of them would be found twice, or be looked for beyond the text."""
    assert around("a" * 20, [(1, 2), (4, 5), (12, 13), (19, 20)], before=2, after=1) == [(0, 6), (10, 14), (17, 20)]
