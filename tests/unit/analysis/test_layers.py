"""At which lines heads of quotes are looked for: wherever one begins, and not at all the others."""

from __future__ import annotations

from datetime import date

from hypothesis import example, given, settings
from hypothesis import strategies as st

from consumer.analysis.quotes.heads import head_at
from consumer.analysis.quotes.layers import may_head
from consumer.analysis.quotes.lines import lines_of

WRITTEN_ON = date(2026, 10, 14)
#: What heads consist of, and what stands around them.
PIECES = [
    "",
    "Twelve boxes of rings.",
    "Lena Brandt",
    "\tRINGWERK LTD",
    "Hall 2",
    "-----Original Message-----",
    "---- Forwarded by Bo Beck/Acme on 10/13/2026 -----",
    "________________________________",
    "========",
    "Begin forwarded message:",
    ">>> Lena Brandt 10/12/2026 8:16 AM >>>",
    "From: Lena Brandt",
    "From:\tLena Brandt                           10/12/2026 08:16 AM",
    "To: Ann Weber",
    "To\uff1a Ann Weber",
    "cc:",
    "Subject: Rings",
    "Sent: Monday, October 12, 2026 8:16 AM",
    "Lena Brandt@RINGWERK",
    "10/12/2026 08:16 AM",
    "10/12/2026",
    "08:16 AM",
    "Lena Brandt on 10/12/2026 08:16:04 AM",
    "       Lena Brandt            To:  Ann Weber",
    "       10/12/2026    cc:",
    "       08:16 AM      Subject: Rings",
    "On Monday, 12 October 2026, Lena Brandt",
    "On 12 Oct 2026, at 08:16, Lena Brandt",
    "<lena@ringwerk.example>",
    "wrote:",
    "Am 12.10.2026 um 08:16 schrieb Lena Brandt:",
]
LINE = st.builds(str.__add__, st.sampled_from(["", "", "", "> ", ">> "]), st.sampled_from(PIECES))


@settings(max_examples=300, deadline=None)
@given(st.lists(LINE, max_size=12))
@example(["\tRINGWERK LTD", "", "", "", "From:\tLena Brandt      10/12/2026 08:16 AM", "To: Ann", "Subject: Rings"])
@example(["Lena Brandt@RINGWERK", "10/12/2026 08:16 AM", "To: Ann Weber", "cc:", "Subject: Rings"])
@example(["On Monday, 12 October 2026, Lena Brandt", "<lena@ringwerk.example>", "wrote:", "> Twelve boxes"])
def test_heads_are_looked_for_wherever_one_begins(said: list[str]) -> None:
    """A quote would be read as its writer's own words, though its head is known."""
    lines = lines_of("\n".join(said))
    may = may_head(lines)
    assert [at for at in range(len(lines)) if not may[at] and head_at(lines, at, WRITTEN_ON)] == []


def test_heads_are_not_looked_for_among_prose() -> None:
    """Most lines of most mail would be tried against a dozen patterns each."""
    assert not any(may_head(lines_of("We pay 500 for 12 boxes on May 4.\n\nThe rest is due later, 10-12 days.\n")))


def test_lines_that_say_nothing_are_blank_with_marks_or_without() -> None:
    """A paragraph would run on over an empty quoted line."""
    lines = lines_of("a\n\n \t\n> \n>>|\n> a\n>>> a b c d e >>>\n|\n")
    assert [line.blank for line in lines] == [False, True, True, True, True, False, False, False]
