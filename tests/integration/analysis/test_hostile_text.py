"""Texts made to cost time: half a megabyte of whatever a pattern or a loop stumbles over."""

from __future__ import annotations

import pytest

from consumer.analysis.evidence import Quotes
from tests.conversations import conversation, ruled

_CHARS = 500_000


@pytest.mark.timeout(40)
@pytest.mark.parametrize(
    "unit",
    [
        "> a\n\nx\n",
        "> On a b wrote:\n\n",
        "-- \nx\n\n",
        "111 ",
        "$5 ",
        "order       ",
        "a@a.",
        "5 May by Friday ",
        "From: a\n",
        "not urgent ",
        "set the priority to ",
        " ",
        "EUR",
        "1/1 ",
        "May 2001, ",
        "5 May 2001\n\n",
        "this week and ",
        "Will you? ",
        "A B, please ",
    ],
    ids=repr,
)
def test_readers_and_rules_take_time_in_proportion_to_a_text(unit: str) -> None:
    """One hostile mail would hold up a member for minutes or hours."""
    chain = conversation((unit * (_CHARS // len(unit) + 1))[:_CHARS])
    assert ruled(chain).reason
    assert Quotes(chain).find("words that do not stand there") is None
