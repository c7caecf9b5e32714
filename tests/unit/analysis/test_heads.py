"""Lines that head a mail within a text."""

from __future__ import annotations

import pytest

from consumer.analysis.readers import dates
from consumer.analysis.readers.heads import head_spans, within


@pytest.mark.parametrize(
    "text",
    [
        "From: Ben Hill\nSent: 12 October 2026 09:00\nTo: Ann Weber\nSubject: Boxes of 3 May 2026\n",
        "----- Forwarded by Ben Hill/LON/RW on 10/12/2026 09:00 AM -----\n",
        '"Ben Hill" <ben@acme.example> on 10/12/2026 09:00:12\nAM\nTo: Ann Weber\ncc:\n',
        "Ben Hill\t10/12/2026 09:00 AM \t   To: Ann Weber\n",
        "Received: from a by b; Mon, 12 Oct 2026 09:00:00 -0500\n",
        "Ben Hill       To:   Ann\n10/12/2026     cc:\n09:00 AM\n",
    ],
)
def test_no_day_is_named_by_the_head_of_a_mail(text: str) -> None:
    """When a mail was sent would be among the days that it speaks of."""
    assert dates.read(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Date: 12 October 2026\nTime: 9:00\nPlace: Mill Street\n",
        "We met on 10/12/2026 in Leeds.\n",
        "To: be decided until 12 October 2026\n",
    ],
)
def test_a_memo_of_a_meeting_is_no_head(text: str) -> None:
    """The day of an invitation would be lost."""
    assert len(dates.read(text)) == 1


def test_within_tells_what_lies_in_a_span() -> None:
    """The line below a head would go with it."""
    text = "Hello\n\nFrom: Ben\nTo: Ann\nSubject: x\n\nthe text"
    spans = head_spans(text)
    assert within(spans, text.index("Ann"))
    assert not within(spans, 0)
    assert not within(spans, text.index("the text"))
