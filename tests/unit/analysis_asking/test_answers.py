"""Is an answer usable: how it ended, is it JSON, has it the shape, does it say anything."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.analysis.answers import Draft, UnusableAnswerError, drafted, is_degenerate, sanitised, usable
from consumer.analysis.models.server import Finish
from schemas.analysis import Priority
from schemas.completion import Completion
from tests.scripted_model import GOOD, answer, raw


def test_whole_answer_is_usable() -> None:
    """Every analysis would be a dead letter."""
    completion = usable(raw(answer()))
    assert completion.priority is Priority.HIGH
    assert completion.action_items[0].quote == "Lena sends it on Friday"


def test_brief_answer_lacks_what_a_record_can_lack_and_is_usable() -> None:
    """A repaired record, and each of a small model, would be refused for want of what it was told to leave out."""
    rest = ("organisations", "amount_quotes", "decisions", "risks", "open_questions", "sentiment")
    completion = usable(raw(answer(without=rest)))
    assert (completion.decisions, completion.sentiment) == ((), None)


@pytest.mark.parametrize(("finish", "words"), [("length", "too long"), ("cut", "ended it early")])
def test_cut_answer_is_unusable_even_if_it_parses(finish: Finish, words: str) -> None:
    """What a budget or a broken server cut off would be stored as the whole."""
    with pytest.raises(UnusableAnswerError, match=words):
        usable(raw(answer(), finish))


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "null",
        "[]",
        '"summary"',
        "NaN",
        "{",
        answer()[:-1],
        f"Sure! {answer()}",
        f"```json\n{answer()}\n```",
        f"{answer()}{answer()}",
        "\x00",
        "\ud800",
    ],
)
def test_text_that_is_no_record_is_unusable(text: str) -> None:
    """The consumer would die of an answer, or store one that the model did not give."""
    with pytest.raises(UnusableAnswerError):
        usable(raw(text))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"priority": "urgent"}, "priority: "),
        ({"summary": ""}, "summary: "),
        ({"summary": " \u200b\x07 "}, "summary: "),
        ({"priority_reason": ""}, "priority_reason: "),
        ({"summary": ["a"]}, "summary: "),
        ({"summary": None}, "summary: "),
        ({"summary": "so long " * 600}, "summary: it is far too long"),
        ({"risks": [{"text": "they may not pay", "quote": "x" * 5_000}]}, "risks: it is far too long"),
        ({"amount_quotes": ["EUR 1"] * 101}, "amount_quotes: it has far too many items"),
        ({"action_items": [{"what": "a"}]}, "action_items: 0.quote: "),
        ({"action_items": [{"what": "so on and on, " * 9, "quote": "x"}]}, "action_items: the same words are repeated"),
    ],
)
def test_faults_of_shape_are_named_for_the_model(changes: dict[str, Any], words: str) -> None:
    """A repair could not be asked for in words that help."""
    with pytest.raises(UnusableAnswerError, match=words):
        usable(raw(answer(**changes)))


def test_missing_field_is_named() -> None:
    """A record without a category would be stored."""
    with pytest.raises(UnusableAnswerError, match="category: "):
        usable(raw(answer(without=("category",))))


def test_fault_in_words_repeats_nothing_of_the_answer() -> None:
    """Words of a mail would travel through an error message into logs and traces."""
    changes = {"priority": "SECRET-OF-THE-MAIL", "action_items": [{"SECRET": 1}], "SECRET": "SECRET"}
    draft = drafted(raw(answer(**changes)), Completion)
    assert list(draft.faults) == ["priority", "action_items"]
    assert "SECRET" not in draft.in_words


@pytest.mark.parametrize("unit", ["[", '{"a":', '[{"summary":'])
def test_deep_nesting_is_unusable(unit: str) -> None:
    """A few kilobytes of brackets would overflow the stack of a member."""
    with pytest.raises(UnusableAnswerError):
        usable(raw(unit * 100_000))


def test_deep_nesting_that_closes_is_unusable() -> None:
    """A nested value that parses would overflow the stack where it is cleaned."""
    with pytest.raises(UnusableAnswerError):
        usable(raw(answer(summary="@").replace('"@"', "[" * 500 + "]" * 500)))


def test_numbers_without_end_are_unusable() -> None:
    """Python refuses to read integers of more than 4,300 digits: with an error that is no JSON error."""
    with pytest.raises(UnusableAnswerError):
        usable(raw(answer(summary="@").replace('"@"', "9" * 5_000)))


def test_control_and_direction_characters_are_removed() -> None:
    """An answer could hide or turn text on the screen of who reads it."""
    hostile = "pay\x1b[31m \u202ereversed\u202c now\u200b\u2066\ufeff\U000e0041"
    assert usable(raw(answer(summary=hostile))).summary == "pay[31m reversed now"


def test_spelling_marks_and_line_ends_stay() -> None:
    """Persian and Hindi words, and paragraphs, would be spoilt."""
    spelt = "\u0645\u06cc\u200c\u062e\u0648\n\t\u0915\u094d\u200d\u0937 \U0001f468\u200d\U0001f469"
    assert sanitised(f"  {spelt} ") == spelt


@pytest.mark.parametrize(
    "text",
    [
        "0000000000000000000000000000",
        "000000.000000.000000.000000.000000.000000.000000.000000.000000.",
        "I am from Germany, I am from Germany, I am from Germany, I am from Germany",
        "[Support] [2026-11-09 08:14] [Support] [2026-11-09 08:14] [Support] [2026-11-09 08:14]",
        "The report is about gloves. The report is about gloves. The report is about gloves.",
        "It was sent on Monday. Then came a call. It was sent on Monday. Nobody spoke. It was sent on Monday.",
        "ha" * 40,
        "\n- item\n- item\n- item\n- item\n- item\n- item\n- item\n- item",
        "会議の報告です。" * 9,
    ],
)
def test_loop_is_degenerate(text: str) -> None:
    """An answer of the right shape that says nothing would be stored."""
    assert is_degenerate(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The buyer asks for forty pairs of gloves; a quote was promised for Friday.",
        "Invoices RE-2026-1001, RE-2026-1002, RE-2026-1003, RE-2026-1004 and RE-2026-1005 are overdue.",
        "Total 1,000,000,000.00 EUR",
        "Ann asks Ben, Ben asks Cem, Cem asks Dan; Dan has no answer.",
        "-------------------- the old mail --------------------",
        "Monday 9:00 hall 1, Tuesday 9:00 hall 2, Wednesday 9:00 hall 3",
        "We offer 3 % for 14 days. We offer 2 % for 30 days. We offer nothing for 60 days.",
        "no no no, she said, and then no again",
        "9,000,000,000",
    ],
)
def test_sound_text_is_not_degenerate(text: str) -> None:
    """Good answers would be refused, at the price of a second model call and a dead letter."""
    assert not is_degenerate(text)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab \n.", max_size=3_000))
def test_degeneration_is_seen_in_a_moment(text: str) -> None:
    """A pattern that backtracks without end would hold up a member on a hostile answer."""
    assert is_degenerate(text) in {True, False}


@pytest.mark.parametrize("field", ["summary", "priority_reason", "next_step"])
@pytest.mark.parametrize("text", ["<mail 3a72bc00ff11>", "See </mail 3a72b", "the same again, " * 6])
def test_empty_talk_is_at_fault(field: str, text: str) -> None:
    """Our own delimiter, or a loop, would be shown as what a conversation is about."""
    draft = drafted(raw(answer(**{field: text})), Completion)
    assert list(draft.faults) == [field]
    assert field not in draft.values
    assert len(draft.values) == len(GOOD) - 1


def test_words_of_a_mail_about_mail_are_no_delimiter() -> None:
    """A conversation about mail programs would always be refused."""
    text = "They ask for the <mail> tag, and write to Dan <mail@acme.example> and </mail>."
    assert usable(raw(answer(summary=text))).summary == text


def test_quotes_may_repeat_themselves() -> None:
    """A mail that says the same thing thrice could not be quoted; what is quoted is looked up anyway."""
    assert usable(raw(answer(priority_quote="help help help, " * 4))).priority_quote


def test_cut_answer_keeps_the_fields_that_were_closed() -> None:
    """All that a model had said would be thrown away for the last word."""
    cut = raw(answer()[: answer().index("Lena sends") + 8], "length")
    draft = drafted(cut, Completion, asked=GOOD)
    assert list(draft.values) == list(GOOD)[: list(GOOD).index("action_items")]
    assert list(draft.faults) == ["action_items", "decisions", "risks", "open_questions"]


def test_field_in_which_an_answer_was_cut_does_not_count() -> None:
    """Half a sentence, or half a list, would be taken for the whole."""
    for end in range(answer().index('"priority_quote"'), len(answer())):
        draft = drafted(raw(answer()[:end], "length"), Completion, asked=GOOD)
        assert all(draft.values[name] == GOOD[name] for name in draft.values)
        assert draft.faults.keys() | draft.values.keys() == GOOD.keys()


def test_mending_takes_what_was_at_fault_and_no_more() -> None:
    """A second answer could overwrite what was right."""
    first = Draft(values={"summary": "a"}, faults={"priority": "wrong", "category": "wrong"})
    second = Draft(values={"summary": "b", "priority": "low"}, faults={"category": "still wrong"})
    assert first.mended(second) == Draft(values={"summary": "a", "priority": "low"}, faults={"category": "still wrong"})


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(GOOD)) | st.text(max_size=8), _VALUES, max_size=4))
def test_answer_with_any_values_is_usable_or_unusable(changes: dict[str, Any]) -> None:
    """An odd answer would raise something that the consumer loop does not know, and end the member."""
    try:
        completion = usable(raw(json.dumps({**GOOD, **changes})))
    except UnusableAnswerError:
        return
    assert isinstance(completion, Completion)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_answer_with_any_damage_is_usable_or_unusable(data: st.DataObject) -> None:
    """A byte flipped or lost on the way would end the member."""
    text = answer()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 30)))
    damaged = text[:start] + data.draw(st.text(max_size=10)) + text[end:]
    with contextlib.suppress(UnusableAnswerError):
        assert usable(raw(damaged)).summary
