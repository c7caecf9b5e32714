"""The story put together by code: who deserves one, what is padding, how long it may be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.analysis.evidence import Quotes
from consumer.analysis.grounding import Grounding
from consumer.analysis.narrative import LEAST_CHARS, MOST_CHARS, cleaned, deserves, joined, sentences, short_form
from consumer.analysis.reading import read
from consumer.analysis.wire import SECTIONS
from schemas.analysis import Priority
from schemas.completion import Completion
from tests.conversations import conversation
from tests.scripted_model import GOOD, STORY

_LETTER = "We talked about the rings for the hall in Ghent, and what they have to bear. "
_SUM = "The price is EUR 12,400.00 for all of them. "


@pytest.mark.parametrize(
    ("texts", "priority", "wanted"),
    [
        ([_LETTER * 10 + _SUM], Priority.NORMAL, False),
        ([_LETTER * 20 + _SUM], Priority.NORMAL, True),
        ([_LETTER * 20], Priority.NORMAL, False),
        ([_LETTER * 20], Priority.HIGH, True),
        ([_LETTER * 20], Priority.CRITICAL, True),
        ([_LETTER * 45], Priority.NORMAL, True),
        ([_LETTER * 20 + _SUM], Priority.LOW, False),
        ([_LETTER * 45], Priority.LOW, False),
        ([f"{number}. {_LETTER * 8}" for number in (1, 2)], Priority.NORMAL, False),
        (["A first letter. " + _LETTER * 20, "And then?", "We shall see on the spot."], Priority.NORMAL, True),
        ([_LETTER * 45 + "Click here to unsubscribe."], Priority.HIGH, False),
        (["Thanks a lot!"], Priority.HIGH, False),
    ],
)
def test_story_is_for_chains_of_substance(texts: list[str], priority: Priority, wanted: bool) -> None:
    """Bulk and thanks would cost a long answer each, or a matter of weight get three sentences."""
    assert deserves(read(conversation(*texts)), priority) is wanted


def test_story_of_whole_sections_is_of_full_length() -> None:
    """Good sections would be thrown away."""
    text = joined(cleaned(STORY, GOOD["summary"]))
    assert LEAST_CHARS <= len(text) <= MOST_CHARS
    assert [paragraph.partition(":")[0].lower() for paragraph in text.split("\n\n")] == list(SECTIONS)


def test_sentence_is_told_once() -> None:
    """A story would be brought to its length by saying everything thrice."""
    told = cleaned({**STORY, "outlook": f"{STORY['people']} In the end the court decides."}, GOOD["summary"])
    assert told["outlook"] == "In the end the court decides."
    assert told["people"] == STORY["people"]


def test_section_that_repeats_the_summary_is_left_out() -> None:
    """The story would begin with what stands above it."""
    told = cleaned({**STORY, "situation": GOOD["summary"].upper().capitalize()}, GOOD["summary"].upper().capitalize())
    assert "situation" not in told
    assert len(told) == len(STORY) - 1


def test_half_a_sentence_is_left_out() -> None:
    """A grammar ends a text at its bound, in mid-word."""
    told = cleaned({"people": "Ann asked for rings. Ben promi", "stakes": "The whole ord"}, "")
    assert told == {"people": "Ann asked for rings.", "stakes": "The whole ord"}


def test_too_long_a_story_ends_with_a_sentence_and_keeps_every_section() -> None:
    """The outlook, which is read first, would be cut off."""
    long = {name: " ".join(f"Part {number} of the {name} is told." for number in range(40)) for name in SECTIONS}
    text = joined(cleaned(long, ""))
    assert 0.9 * MOST_CHARS < len(text) <= MOST_CHARS
    assert all(paragraph.endswith(".") for paragraph in text.split("\n\n"))
    assert len(text.split("\n\n")) == len(SECTIONS)


def test_sentences_of_other_scripts_end_too() -> None:
    """A Japanese story would be one sentence, and cut in its middle."""
    assert sentences("会議は金曜日です。見積もりを送ります。") == ["会議は金曜日です。", "見積もりを送ります。"]
    assert sentences('He said "no." Then he left!\nWhy?') == ['He said "no."', "Then he left!", "Why?"]


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(SECTIONS), st.text(max_size=1_500)), st.text(max_size=100))
def test_any_sections_make_a_story_within_its_length(sections: dict[str, str], summary: str) -> None:
    """An odd section would end the member, or break the length."""
    assert len(joined(cleaned(sections, summary))) <= MOST_CHARS


def form(**changes: Any) -> str:
    """Return the short form of a record with *changes*."""
    chain = conversation("We take them. Please send the offer, Lena. They could break again. Who pays for that?")
    completion = Completion.model_validate(
        {**GOOD, "action_items": [], "decisions": [], "next_step": "", "organisations": [], **changes}
    )
    reading = read(chain)
    grounding = Grounding(chain=chain, quotes=Quotes(chain, reading.passages))
    return short_form(completion, grounding.ground(completion, reading.readings, reading.ruled))


def test_short_form_says_what_the_record_says() -> None:
    """A small chain would have no story, or cost a second call."""
    text = form(
        decisions=[{"text": "they buy", "quote": "We take them"}],
        action_items=[{"what": "send the offer", "owner": "Lena", "quote": "Please send the offer, Lena"}],
        risks=[{"text": "the rings may break", "quote": "They could break again"}],
        next_step="send the offer.",
    )
    assert text == (f"{GOOD['summary']} Decided: they buy. To do: Lena: send the offer. At risk: the rings may break.")


def test_short_form_says_nothing_without_evidence() -> None:
    """What was dropped from the record would come back in its story."""
    assert form(decisions=[{"text": "they pay nine billion", "quote": "we pay nine billion"}]) == GOOD["summary"]


def test_short_form_of_a_bare_record_is_its_summary() -> None:
    """Nothing to add would be padded."""
    assert form(summary="They buy gloves") == "They buy gloves."


def test_story_of_one_sentence_without_end_is_cut_at_a_word() -> None:
    """The story would be longer than any that fits, or end within a word."""
    text = joined({"situation": "rings and " * 500, "outlook": "All is well."})
    assert len(text) <= MOST_CHARS
    assert text.endswith(("rings", "and"))
