"""Flowed text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producer.flowed import unflowed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one \ntwo \nthree\nfour", "one two three\nfour"),
        ("one\ntwo", "one\ntwo"),
        # a paragraph that never ends is ended by what follows it
        ("one \n", "one "),
        ("one \n> two", "one \n> two"),
        # quotes flow within their own depth
        ("> one \n> two\n>> three \n>> four", "> one two\n>> three four"),
        ("> one \n>> two\n", "> one \n>> two\n"),
        (">\n> one", ">\n> one"),
        # stuffing: a space before From, a quote mark or a space
        (" From here", "From here"),
        (" > no quote", "> no quote"),
        ("   indented", "  indented"),
        # the line above a signature stands alone
        ("bye \n-- \nAnn", "bye \n-- \nAnn"),
        ("> bye\n> -- \n> Ann", "> bye\n> -- \n> Ann"),
        ("", ""),
    ],
)
def test_unflowed_joins_what_the_writer_wrote_as_one_line(text: str, expected: str) -> None:
    """Sentences would be torn, or quotes and signatures be joined to what somebody wrote (RFC 3676 §4)."""
    assert unflowed(text) == expected


def test_unflowed_deletes_the_soft_spaces_of_delsp() -> None:
    """Chinese and Japanese text would have a space at every line end (RFC 3676 §4.1)."""
    assert unflowed("漢 \n字\nend", deletes_spaces=True) == "漢字\nend"
    assert unflowed("> 漢 \n> 字", deletes_spaces=True) == "> 漢字"


@settings(max_examples=200, deadline=None)
@given(st.text("ab >-\n", max_size=60), st.booleans())
def test_unflowed_loses_no_letter(text: str, deletes_spaces: bool) -> None:
    """Joining lines would drop what somebody wrote."""
    found = unflowed(text, deletes_spaces=deletes_spaces)
    assert [c for c in found if c in "ab-"] == [c for c in text if c in "ab-"]
