"""Whose words are whose, in the quote styles of the common clients and their languages."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.analysis.new_text import Passage, new_spans, passages, segments, slices
from consumer.analysis.quotes.layers import runs_of
from consumer.analysis.quotes.lines import Line, lines_of
from consumer.analysis.said import Said
from schemas.analysis import Quoted
from tests.quote_styles import STYLES, Style

EARLIER = """Dear Lena,

please send twelve boxes of steel rings to our plant in Ghent by the end of October.
We need the shipping papers two days before.

Ann Weber, Acme"""

REPLY_ON = date(2026, 10, 14)


def own(text: str, *earlier: str) -> str:
    """Return what the writer of *text* wrote without signature, whatever is at hand of what it quotes."""
    return slices(text, ((one.start, one.end) for one in segments(text, Said(*earlier), REPLY_ON) if one.kind == "new"))


def quoted_in(text: str) -> list[tuple[str, str, str]]:
    """Return (kind, sender and day, words) of each mail that *text* holds and that is not at hand."""
    return [
        (one.kind, f"{one.quoted.sender} {one.quoted.sent_on}", text[one.start : one.end].strip())
        for one in passages(text, Said(), REPLY_ON)
        if one.quoted
    ]


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_segments_name_sender_and_day_of_what_is_quoted(style: Style) -> None:
    """What Ann wrote on Monday would count as the words of him who forwards it on Wednesday."""
    text = f"We will do that.\n\n{style.quoting(EARLIER)}\n"
    (one,) = {one.quoted for one in segments(text, Said(), REPLY_ON) if one.quoted}
    assert (one.sent_on == date(2026, 10, 12)) is style.is_named
    assert ("Ann" in one.sender or "ann@acme.example" in one.sender) is style.is_named
    assert own(text) == "We will do that."


def _paragraphs(words: str) -> st.SearchStrategy[str]:
    """Texts of such words, in lines and paragraphs."""
    word = st.sampled_from(words.split())
    line = st.lists(word, min_size=1, max_size=9).map(" ".join)
    return st.lists(st.lists(line, min_size=1, max_size=4).map("\n".join), min_size=1, max_size=4).map("\n\n".join)


_NEW = _paragraphs(
    "we send eleven boxes, on Friday; wrote From the 12 Zeit für à наш 東京 is = - 14:30 a@b.example To yes."
)
_OLD = _paragraphs("please order twelve rings for Ghent until 20 October: 4.500 EUR, Grüße été спасибо 見積 no. 7")


@settings(max_examples=100, deadline=None)
@given(_NEW, _OLD, st.sampled_from(STYLES))
def test_new_spans_of_a_composed_reply_are_what_was_composed(text: str, earlier: str, style: Style) -> None:
    """In some client's style or some language a reply would lose words, or be read with all that it quotes."""
    reply = f"{text}\n\n{style.quoting(earlier)}"
    assert slices(reply, new_spans(reply, Said(earlier), REPLY_ON)) == text.strip()
    assert own(reply) == text.strip()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(STYLES), min_size=2, max_size=4), _OLD)
def test_new_spans_know_quotes_within_quotes_of_any_style(styles: list[Style], first: str) -> None:
    """In a conversation between several programs each mail would be read again with every later one."""
    said = [first]
    for number, style in enumerate(styles):
        said.append(f"Answer {number} is short.\n\n{style.quoting(said[-1])}")
        assert slices(said[-1], new_spans(said[-1], Said(*said[:-1]), REPLY_ON)) == f"Answer {number} is short."


@settings(max_examples=120, deadline=None)
@given(st.text(st.characters(exclude_characters=">-_:\uff1a", exclude_categories=["Cs"]), max_size=400))
def test_new_spans_keep_text_without_quotes_whole(text: str) -> None:
    """Words that nobody quoted would be taken for a quote."""
    assert slices(text, new_spans(text, Said(text), REPLY_ON)) == text.strip()


_MARKED_LINES = ["", "> ", "> a b c d e", "> > f g", "a b c d e", "On Monday 12 May 2026, Ann wrote:", "-- "]
_HEADER_LINES = ["From: a", "Sent: b", "To: c", "Subject: d", "\t\tcc: x", "-----Original Message-----", "_" * 20]
_LOTUS_LINES = ["---- Forwarded by A on 1/2/2026", "3:04 AM ----", "Ann@ACME", "10/12/2026 09:14 AM"]
_LAST_LINES = ["Sent from my iPhone", "This is confidential, delete this if in error."]
_LINES = st.sampled_from([*_MARKED_LINES, *_HEADER_LINES, *_LOTUS_LINES, *_LAST_LINES])


@settings(max_examples=120, deadline=None)
@given(st.lists(_LINES | st.text(max_size=20), max_size=25), st.sampled_from(["\n", "\r\n", "\r"]))
def test_segments_cover_the_text_in_order(lines: list[str], line_end: str) -> None:
    """A sentence would be left out or be shown twice."""
    text = line_end.join(lines)
    found = segments(text, Said("a b c d e"), REPLY_ON)
    assert "".join(text[one.start : one.end] for one in found) == text
    assert all(before.end == after.start for before, after in pairwise(found))
    assert any(text[one.start : one.end].strip() for one in found if one.is_shown) is bool(text.strip())


def test_passages_of_an_inline_history_are_what_is_not_at_hand() -> None:
    """A mail with its whole history below would be analysed with it, or the one mail of it that we lack be lost."""
    unseen = (
        "Ben Hill@ACME\n10/12/2026 08:00 AM\nTo: Ann Weber@ACME\ncc:\nSubject: Stock\n\nOnly ten boxes are left today."
    )
    text = (
        "FYI\n\n---------------------- Forwarded by Lena on 10/13/2026 08:00 AM -------\n\n"
        f"Ann Weber@ACME\n10/12/2026 09:14 AM\nTo: Lena@RING\ncc:\nSubject: Rings\n\n{EARLIER}\n\n{unseen}\n"
    )
    found = passages(text, Said(EARLIER), REPLY_ON)
    assert [(text[one.start : one.end].strip(), one.quoted and one.quoted.sender) for one in found] == [
        ("FYI", None),
        ("Subject: Stock\n\nOnly ten boxes are left today.", "Ben Hill@ACME"),
    ]


def test_passages_tell_the_mails_of_a_forwarded_conversation_apart() -> None:
    """The answer of one would be held for the question of the other."""
    text = """Please see below.

-----Original Message-----
From: Ben Hill <ben@acme.example>
Sent: Tuesday, October 13, 2026 8:00 AM
To: Ann Weber
Subject: RE: Stock

Ten.

> From: Ann Weber <ann@acme.example>
> Sent: Monday, October 12, 2026 9:14 AM
> To: Ben Hill
> Subject: Stock
>
> How many boxes are left?
"""
    assert quoted_in(text) == [
        ("quote", "Ben Hill <ben@acme.example> 2026-10-13", "Subject: RE: Stock\n\nTen."),
        ("quote", "Ann Weber <ann@acme.example> 2026-10-12", "> Subject: Stock\n>\n> How many boxes are left?"),
    ]


def test_passages_tell_a_forward_from_a_quote() -> None:
    """What somebody passes on would look like what he answers to."""
    text = (
        "---------- Forwarded message ---------\nFrom: Ann Weber <ann@acme.example>\n"
        "Date: Mon, Oct 12, 2026 at 9:14 AM\nSubject: Rings\nTo: Lena <lena@ringwerk.example>\n\nTwelve boxes.\n"
    )
    assert quoted_in(text)[-1] == ("forward", "Ann Weber <ann@acme.example> 2026-10-12", "Twelve boxes.")


def test_segments_take_up_a_quote_again_below_an_answer() -> None:
    """The second question of a mail that is answered between its lines would be nobody's."""
    text = "On Mon, 12 Oct 2026 at 09:14, Ann Weber wrote:\n> How many?\nTen.\n> And when?\nOn Friday.\n"
    assert [who for _, who, _ in quoted_in(text)] == ["Ann Weber 2026-10-12"] * 2
    assert own(text) == "Ten.\nOn Friday."


def test_new_spans_keep_a_short_answer_between_unmarked_questions() -> None:
    """A single "Yes." below a question would go with the question, where HTML shows no marks."""
    first, second = EARLIER.split("\n\n")[1].split("\n")
    head = "On Mon, 12 Oct 2026 at 09:14, Ann Weber wrote:"
    text = f"See below.\n\n{head}\n\nDear Lena,\n\n{first}\n\nYes.\n\n{second}\n"
    assert slices(text, new_spans(text, Said(EARLIER), REPLY_ON)) == "See below.\n\nYes."


def test_mail_of_nothing_but_known_mail_is_said_by_its_own_sender() -> None:
    """Who forwards a mail without a word would seem to say it himself, and its days count from his."""
    text = f"On Mon, 12 Oct 2026 at 09:14, Ann Weber wrote:\n\n{EARLIER}\n"
    (one,) = passages(text, Said(EARLIER), REPLY_ON)
    assert text[one.start : one.end].strip() == EARLIER
    assert one.quoted == Quoted(sender="Ann Weber", sent_on=date(2026, 10, 12))


@pytest.mark.parametrize(
    "text",
    [
        "On balance I agree.\nOn Mon, 12 Oct 2026 at 09:14, Ann Weber wrote:\n> Yes?",
        "On 5 May we met.\nOn Mon, 12 Oct 2026 at 09:14, Ann Weber wrote:\n> Yes?",
        "On 5 May we met.\nAnn wrote:\n> Yes?",
    ],
)
def test_attribution_takes_no_sentence_before_it(text: str) -> None:
    """The last sentence of a reply would go with the head of the quote."""
    assert own(text) == text.split("\n", maxsplit=1)[0]


def test_form_that_looks_like_header_lines_stays_to_be_read() -> None:
    """A transport order "From: … To: … Date: …" would lose its places."""
    text = "Please book this for us:\n\nFrom: Berlin\nTo: Ghent\nDate: as soon as possible\nSubject: twelve boxes\n"
    found = passages(text, Said(), REPLY_ON)
    assert "".join(text[one.start : one.end] for one in found) == text


def test_sender_over_several_lines_is_one_head() -> None:
    """Its days would hang in the air: Exchange writes such addresses of other systems."""
    text = """FYI

-----Original Message-----
From: Ann Weber <ann@acme.example>@ACME
[mailto:IMCEANOTES-Ann+20Weber+20
com]
Sent: Monday, October 12, 2026 9:14 AM
To: Lena
Subject: Rings

Twelve boxes.
"""
    assert quoted_in(text) == [
        ("quote", "Ann Weber <ann@acme.example>@ACME 2026-10-12", "Subject: Rings\n\nTwelve boxes.")
    ]


def test_head_of_a_mail_forwarded_as_it_was_sent_is_one() -> None:
    """Its words would be those of who forwards it: some programs show all header lines."""
    text = """Once more.

X-Mailer: Harbour Mail 4.7
Message-ID: <39A.E88@acme.example>
Date: Mon, 12 Oct 2026 09:14:00 -0500
From: Ann Weber <ann@acme.example>
Organization: Ringwerk
MIME-Version: 1.0
To: Lena <lena@acme.example>
Subject: Rings
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Twelve boxes.
"""
    assert quoted_in(text)[0][:2] == ("quote", "Ann Weber <ann@acme.example> 2026-10-12")
    assert "Once more" not in quoted_in(text)[0][2]


def test_head_takes_its_whole_list_of_receivers() -> None:
    """Their addresses would stand in the record, and the days below count from nowhere."""
    people = "".join(f"Ann Weber {number}/Ghent/Acme@ACME, bo\nBeck{number}@acme.example, " for number in range(40))
    for addressed in (
        f"To: {people}",
        "To: <ann@acme.example>, \n<bo@acme.example>\n",
        'To: "Ann (E-Mail)" \n<ann@x.example>',
    ):
        text = f"FYI\n\nLena Brandt\n10/12/2026 09:14 AM\n\n{addressed}\n\ncc:  \n\nSubject: Rings\n\nTwelve boxes."
        assert quoted_in(text) == [("quote", "Lena Brandt 2026-10-12", "Subject: Rings\n\nTwelve boxes.")]


def test_head_takes_no_words_for_receivers() -> None:
    """What stands right below the receivers would never be read."""
    text = "FYI\n\nLena Brandt\n10/12/2026 09:14 AM\nTo: Ann,\nplease send ann@acme.example twelve boxes, today"
    assert quoted_in(text)[0][2].startswith("please send")


def test_head_below_a_letterhead_with_telephones_is_one() -> None:
    """They would be the words of who forwards it."""
    text = """FYI

\tRingwerk
\t
\tFrom:  Lena Brandt                           10/12/2026 08:16 AM
\tPhone No: 713 555-0142 Phone
  888-555-0142 Pager
  Hall 2
\t



To: Ann Weber/Ghent/Acme@ACME
cc:
Subject: Rings

Twelve boxes."""
    assert quoted_in(text) == [("quote", "Lena Brandt 2026-10-12", "Subject: Rings\n\nTwelve boxes.")]


@pytest.mark.parametrize(
    "head",
    [
        "\tLena Brandt 10/12/2026 08:16 AM \t   To: Ann Weber/Acme@ACME  cc:   Subject: Rings\t",
        "\tLena Brandt 10/12/2026 08:16 AM Please respond to Ann Weber   To: Bo  cc:   Subject: Rings",
        "Lena Brandt on 10/12/2026 08:16:04\nAM\n\nTo: Ann Weber\ncc:\n\nSubject: Rings",
        "Lena Brandt on 10/12/2026 \n08:16:04 AM\nTo: Ann Weber\ncc:\nSubject: Rings",
        "\tRingwerk\n\t\n\tFrom:  Lena Brandt      10/12/2026 \n08:16 AM\n\t\n\nTo: Ann Weber\ncc: \nSubject: X",
        "       Lena Brandt\n                     To:\n       10/12/2026    cc:\n       08:16 AM      Subject:",
        "Lena\nBrandt     To:  Ann,\n             bo@x.example\n10/12/26     cc:  Bo\n08:16 AM     Cy\n     Subject: X",
    ],
)
def test_head_of_notes_is_known_in_each_of_its_forms(head: str) -> None:
    """What was forwarded would be read as the words of who forwards it, and its days count from today."""
    (found,) = quoted_in(f"FYI\n\n----- Forwarded by Bo Beck/Acme on 10/13/2026 -----\n\n{head}\n\nTwelve boxes.")
    assert found[:2] == ("forward", "Lena Brandt 2026-10-12")
    assert found[2].endswith("Twelve boxes.")


def test_memo_with_its_receivers_on_top_is_its_writers_own() -> None:
    """Days in it would count from nowhere."""
    for head in ("To: all\ncc: Ann\n", "To: all\nFrom: Ann Weber\n      Bo Beck\n"):
        text = f"{head}Subject: Closed\n\nWe are closed on Friday."
        assert passages(text, Said(), REPLY_ON) == (Passage(start=0, end=len(text)),)


@pytest.mark.parametrize(
    "signature",
    [
        "Sent from my iPhone",
        "Get Outlook for iOS",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Отправлено с iPhone",  # noqa: RUF001 - Cyrillic is meant
        "发自我的iPhone",  # written without a space by the telephone
        "-- \nLena Brandt\nRingwerk",
    ],
)
@pytest.mark.parametrize("below", ["", "\n\nOn Mon, 12 Oct 2026 at 09:14, Ann Weber wrote:\n> Dear Lena"])
def test_segments_set_signatures_apart(signature: str, below: str) -> None:
    """Advertisements for telephones would be read as what people say."""
    text = f"We will do that.\n\n{signature}{below}"
    assert own(text) == "We will do that."
    (one,) = (one for one in segments(text, Said(), REPLY_ON) if one.kind == "signature")
    assert text[one.start : one.end].strip() == signature


_FOOTER = (
    "This message is confidential and may be privileged. If you are not the intended recipient\n"
    "please notify the sender and delete this message."
)


@pytest.mark.parametrize(
    "footer",
    [
        _FOOTER,
        "Diese E-Mail ist vertraulich. Sollten Sie nicht der richtige Empfänger sein, informieren Sie uns bitte.",
        "Ce message est confidentiel. Si vous l'avez reçu par erreur, merci de le détruire.",
    ],
)
def test_segments_set_disclaimers_apart(footer: str) -> None:
    """Two lines of news would drown in twenty of a lawyer's."""
    text = f"We will do that.\n\nLena\n\n{footer}\n"
    assert own(text) == "We will do that.\n\nLena"


@pytest.mark.parametrize(
    "text",
    [
        "The matter is confidential.\n\nDo not tell Ben.",
        f"{_FOOTER}",
        f"We agreed.\n\n{_FOOTER}\n\nIs this footer right?",
    ],
)
def test_segments_keep_what_somebody_says_of_secrets(text: str) -> None:
    """A confidential matter would be cut for a footer."""
    assert own(text) == text


class _Counted(list[Line]):
    """Lines that count how often one of them is looked at."""

    looked_at = 0

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        self.looked_at += len(found) if isinstance(at, slice) else 1
        return found


@pytest.mark.parametrize(
    "unit",
    [
        ">",
        "> a\n",
        "> a\n\nx\n",
        "> > a\n> b\n",
        "On ",
        "On 1 May 2026\n",
        "On 1 May 2026, Ann wrote:\n",
        "> On 1 May 2026, Ann wrote:\n\n",
        "From: a\n",
        "To: a\n\n",
        "To: a\nb,\n",
        "From: a\nTo: b\nb,\n",
        "-----Original Message-----\n",
        "---- Forwarded by a\n",
        "Ann\n10/12/2026 09:14 AM\n",
        "\tA\n\n",
        "-- \nx\n\n",
        "Sent from my iPhone\n",
        "confidential, in error\n\n",
        "\n",
        "-",
    ],
    ids=repr,
)
def test_runs_look_at_each_line_a_bounded_number_of_times(unit: str) -> None:
    """A mail of five megabytes that somebody made for it would hold up a member for hours."""
    looked_at = []
    for lines in (400, 800):
        counted = _Counted(lines_of(unit * (lines // max(1, unit.count("\n")))))
        assert runs_of(counted, REPLY_ON)
        looked_at.append(counted.looked_at)
    assert looked_at[1] <= 2.2 * looked_at[0]


def test_lines_too_long_to_introduce_anything_are_not_searched() -> None:
    """One line of megabytes would be tried against every pattern at each of its characters."""
    (line,) = lines_of("On 1 May 2026 " * 1_000 + "wrote:")
    assert line.bare == ""
