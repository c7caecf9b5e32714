"""What an email says itself, in the quote styles of the common clients."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.analysis.new_text import new_spans, slices
from consumer.analysis.said import Said

EARLIER = """Dear Lena,

please send twelve boxes of steel rings to our plant in Ghent by the end of October.
We need the shipping papers two days before.

Ann Weber, Acme"""

HEADS = "From: Ann Weber <ann@acme.example>\nSent: Monday\nTo: Lena\nSubject: Rings"
QUOTED = "\n".join(f"> {line}".rstrip() for line in EARLIER.split("\n"))


def new(text: str, *earlier: str) -> str:
    """Return what *text* says itself after *earlier* emails."""
    return slices(text, new_spans(text, Said(*earlier)))


@pytest.mark.parametrize(
    "quote",
    [
        f"On Mon, 12 Oct 2026 at 09:14, Ann Weber <ann@acme.example> wrote:\n{QUOTED}",
        f"On Mon, 12 Oct 2026 at 09:14, Ann Weber\n<ann@acme.example> wrote:\n\n{QUOTED}",
        f"On 12 Oct 2026, at 09:14, Ann Weber <ann@acme.example> wrote:\n\n{QUOTED}",
        f"Am Mo., 12. Okt. 2026 um 09:14 Uhr schrieb Ann Weber <ann@acme.example>:\n{QUOTED}",
        f"Am 12.10.2026 um 09:14 schrieb Ann Weber:\n{QUOTED}",
        f"Le lun. 12 oct. 2026 à 09:14, Ann Weber <ann@acme.example> a écrit :\n{QUOTED}",
        f"El lun, 12 oct 2026 a las 9:14, Ann Weber (<ann@acme.example>) escribió:\n{QUOTED}",
        f"2026年10月12日(月) 9:14 Ann Weber さんは書きました:\n{QUOTED}",
        f"Ann Weber wrote:\n{QUOTED}",
        QUOTED,
        f"-----Original Message-----\n{HEADS}\n\n{EARLIER}",
        f"-----Ursprüngliche Nachricht-----\nVon: Ann Weber\nGesendet: Montag\nAn: Lena\nBetreff: Ringe\n\n{EARLIER}",
        f"________________________________\nFrom: Ann Weber\nSent: Monday\nTo: Lena\nSubject: Rings\n\n{EARLIER}",
        f"From: Ann Weber\nSent: Monday\nTo: Lena\nSubject: Rings\n\n{EARLIER}",
        f"*From:* Ann Weber\n*Sent:* Monday\n*To:* Lena\n*Subject:* Rings\n\n{EARLIER}",
        f"---------- Forwarded message ---------\nFrom: Ann Weber\nDate: Mon\nSubject: Rings\nTo: Lena\n\n{EARLIER}",
    ],
    ids=lambda quote: quote.split("\n")[0][:30],
)
def test_new_spans_drops_quotes_of_known_mail_in_the_common_styles(quote: str) -> None:
    """Every reply would be read with all that came before, and its sums would count again."""
    assert new(f"Dear Ann,\n\nwe will do that.\n\n{quote}\n", EARLIER) == "Dear Ann,\n\nwe will do that."


def test_new_spans_knows_a_quote_that_was_wrapped_anew() -> None:
    """A client that breaks lines at another width would make every quote look unseen."""
    wrapped = (
        "> Dear Lena,\n>\n> please send twelve boxes of steel rings to\n> our plant in Ghent by the end\n"
        "> of October.\n"
        "> We need the\n> shipping papers two days before.\n>\n> Ann Weber,\n> Acme"
    )
    assert new(f"Yes.\n\nAnn wrote:\n{wrapped}", EARLIER) == "Yes."


def test_new_spans_knows_a_quote_of_a_quote() -> None:
    """The third mail of a conversation would be read with the first in it."""
    second = f"We will do that.\n\nOn Mon, 12 Oct 2026, Ann wrote:\n{QUOTED}"
    third = "Thanks.\n\nOn Tue, 13 Oct 2026, Lena wrote:\n" + "\n".join(f"> {line}" for line in second.split("\n"))
    assert new(third, EARLIER, second) == "Thanks."


def test_new_spans_knows_text_in_a_script_without_spaces() -> None:
    """Japanese quotes would be read again because their lines were broken elsewhere."""
    earlier = "ホテルのロビー用に真鍮メッシュカーテンの見積をお願いします。予算は決まっています。"
    quote = "> ホテルのロビー用に真鍮メッシュ\n> カーテンの見積をお願いします。\n> 予算は決まっています。"
    assert new(f"はい。\n\n{quote}", earlier) == "はい。"


@pytest.mark.parametrize(
    "quote",
    [
        QUOTED,
        f"On Mon, 12 Oct 2026 at 09:14, Ann Weber <ann@acme.example> wrote:\n{QUOTED}",
        f"-----Original Message-----\nFrom: Ann Weber\nSent: Monday\nTo: Lena\nSubject: Rings\n\n{EARLIER}",
    ],
    ids=["marks", "attribution", "outlook"],
)
def test_new_spans_keeps_quotes_of_unseen_mail(quote: str) -> None:
    """A forward would lose what it forwards, and a reply to a mail that we never saw its only trace."""
    text = f"Please see below.\n\n{quote}"
    assert new(text, "Something else was said before, in quite other words than these.") == text


def test_new_spans_keeps_answers_between_quoted_lines() -> None:
    """Answers that stand under each question would be dropped with the questions."""
    text = (
        "> please send twelve boxes of steel rings to our plant in Ghent by the end of October.\n"
        "Only ten are left.\n"
        "> We need the shipping papers two days before.\n"
        "No problem."
    )
    assert new(text, EARLIER) == "Only ten are left.\nNo problem."


def test_new_spans_keeps_an_answer_below_an_unmarked_quote() -> None:
    """Who answers below what Outlook quotes would not be heard."""
    text = (
        f"-----Original Message-----\nFrom: Ann\nSent: Monday\nTo: Lena\n\n{EARLIER}\n\nOnly ten boxes are left, sorry."
    )
    assert new(text, EARLIER) == "Only ten boxes are left, sorry."


def test_new_spans_keeps_a_quote_that_somebody_changed() -> None:
    """A sum altered within a quote would go unseen with it."""
    text = "> We pay nine thousand euros for the whole of the order\n\nAgreed?"
    earlier = "Our price is eleven hundred dollars a box and not less"
    assert new(text, earlier) == text


def test_new_spans_drops_the_signature() -> None:
    """Phone numbers and slogans of signatures would be read as content."""
    assert new("See you.\n\n-- \nLena Brandt\nRingwerk\n+49 30 5550 1234\n") == "See you."


def test_new_spans_keeps_a_quote_of_unseen_mail_below_a_signature() -> None:
    """A forward sent with the signature on top would lose what it forwards."""
    text = f"See below.\n\n-- \nLena Brandt\n\n{QUOTED}"
    assert new(text) == f"See below.\n\n{QUOTED}"


def test_new_spans_takes_a_long_part_below_dashes_for_text() -> None:
    """A mail that its writer divided with dashes would lose its second half."""
    text = "Part one\n-- \n" + "\n".join(f"point {number}" for number in range(20))
    assert new(text) == text


@pytest.mark.parametrize("text", [QUOTED, "-- \nLena Brandt", f"Ann wrote:\n{QUOTED}"])
def test_new_spans_is_never_empty_for_a_text_that_says_something(text: str) -> None:
    """A mail of nothing but a quote would look as if nobody had written anything."""
    assert new(text, EARLIER) == text


@pytest.mark.parametrize("text", ["", " \n\n\t\n"])
def test_new_spans_finds_nothing_new_in_white_space(text: str) -> None:
    """An empty mail would fail."""
    assert new(text) == ""


@pytest.mark.parametrize(
    "text", ["From: Monday on we\nare closed.", "On Monday he wrote: yes\nand left.", "To: do\nbuy milk"]
)
def test_new_spans_takes_prose_for_prose(text: str) -> None:
    """A sentence that begins like a header would take the rest of the mail with it."""
    assert new(text, text + " and more") == text


LINES = st.sampled_from(
    [
        "",
        "> ",
        "> a b c d e",
        "a b c d e",
        "On Monday, Ann wrote:",
        "-- ",
        "From: a",
        "Sent: b",
        "To: c",
        "____",
        "\u2028",
        "\t>x",
    ]
)


@settings(max_examples=250, deadline=None)
@given(st.lists(LINES | st.text(max_size=20), max_size=25), st.sampled_from(["\n", "\r\n", "\r"]))
def test_new_spans_are_ordered_pieces_of_the_text(lines: list[str], line_end: str) -> None:
    """Evidence would be looked for outside the mail, or one sentence be shown twice to the model."""
    text = line_end.join(lines)
    spans = new_spans(text, Said("a b c d e"))
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] < after[0] for before, after in pairwise(spans))
    assert bool(slices(text, spans)) == bool(text.strip())
