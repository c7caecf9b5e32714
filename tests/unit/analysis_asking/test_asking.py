"""One question, a repair of what is at fault, then an end in words; and what the trace says of it."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from opentelemetry.trace import SpanKind

from consumer.analysis.asking import Asked, ask
from consumer.analysis.models.server import RawCompletion
from consumer.analysis.prompt import ChainPrompt
from consumer.analysis.wire import fields_schema, wire_schema
from consumer.errors import PermanentError, TransientError
from tests.model_pools import pooled
from tests.scripted_model import GOOD, ScriptedModel, answer, raw
from tests.spans import Spans, spans

__all__ = ["spans"]

PROMPT = ChainPrompt(system="the rules", user="the SECRET mail", elided_chars=0)
LOOP = answer(summary="I am from Germany, " * 9)
#: As it looks where the budget ended it: within its eighth field.
CUT = raw(answer()[: answer().index('"organisations"') + 30], "length")


def asked(model: ScriptedModel, output_tokens: int = 900) -> Asked:
    """Ask with the budget of a usual server."""
    with pooled(model) as pool:
        return ask(pool, PROMPT, output_tokens=output_tokens, prompt_version="v1")


def test_good_answer_takes_one_call() -> None:
    """Every chain would cost two model calls."""
    model = ScriptedModel(answer())
    result = asked(model)
    assert (len(model.asked), result.repaired, result.completion.category) == (1, False, "order")
    prompt, schema, tokens = model.asked[0]
    assert prompt.messages == [
        {"role": "system", "content": "the rules"},
        {"role": "user", "content": "the SECRET mail"},
    ]
    assert (schema, tokens) == (wire_schema(900), 900)


@pytest.mark.parametrize("first", [raw("{", "length"), raw("", "cut"), "no JSON", "[]", "{}"])
def test_answer_of_which_nothing_can_be_used_is_asked_for_as_a_whole(first: RawCompletion | str) -> None:
    """A slip of the model would cost the chain its analysis; a second long answer could be too long again."""
    model = ScriptedModel(first, answer())
    result = asked(model)
    assert result.repaired
    _, schema, tokens = model.asked[1]
    assert (schema, tokens) == (wire_schema(600), 600)


@pytest.mark.parametrize(
    ("first", "names"),
    [
        (answer(priority="soon"), ["priority"]),
        (answer(priority_reason="", workflow_state=None), ["priority_reason", "workflow_state"]),
        (LOOP, ["summary"]),
        (answer(action_items=[{"what": "call"}]), ["action_items"]),
        (answer(risks=[{"text": "so on and on and, " * 9, "quote": "x"}]), ["risks"]),
        (answer(without=("category",)), ["category"]),
        (CUT, ["organisations", "amount_quotes", "action_items", "decisions", "risks", "open_questions"]),
    ],
)
def test_fields_at_fault_are_asked_for_alone(first: RawCompletion | str, names: list[str]) -> None:
    """The whole record would be paid for twice, and what stood in it could get lost."""
    model = ScriptedModel(first, answer(summary="Another summary."))
    completion = asked(model).completion
    _, schema, tokens = model.asked[1]
    assert list(schema["properties"]) == names
    assert (schema, tokens) == (fields_schema(tuple(names), 600), 600)
    assert completion.summary == ("Another summary." if first == LOOP else GOOD["summary"])
    assert (completion.priority, completion.category) == ("high", "order")
    assert completion.action_items[0].what == "send the quote"


def test_field_is_repaired_after_a_whole_answer_was() -> None:
    """Two small slips in a row would cost the chain its analysis."""
    model = ScriptedModel("no JSON", answer(priority="soon"), '{"priority": "low"}')
    assert asked(model).completion.priority == "low"
    assert len(model.asked) == 3


def test_what_was_wrong_stands_at_the_end_of_the_prompt() -> None:
    """The model could not know what to mend, or the server's prefix cache would be lost."""
    model = ScriptedModel(answer(priority="soon"), answer())
    asked(model)
    turns = model.asked[1][0].messages
    assert turns[0] == model.asked[0][0].messages[0]
    assert turns[1]["content"].startswith("the SECRET mail\n\n")
    assert "priority: " in turns[1]["content"]
    assert "soon" not in turns[1]["content"], "what a mail made the model say would speak with our voice"


def test_second_try_is_not_decoded_like_the_first() -> None:
    """At temperature 0 the second try would fall into the same hole."""
    model = ScriptedModel("no JSON", answer())
    asked(model)
    first, second = (prompt.options(model.options)["temperature"] for prompt, _, _ in model.asked)
    assert first == 0.0
    assert second > 0.0


@pytest.mark.parametrize(
    "changes", [{"risks": "none"}, {"organisations": [1]}, {"sentiment": "angry"}, {"priority_quote": 1}]
)
def test_record_stands_without_what_it_can_lack(changes: dict[str, Any]) -> None:
    """A record whose facts stand would be thrown away for a list."""
    result = asked(ScriptedModel(answer(**changes), "no JSON"))
    (name,) = changes
    assert not getattr(result.completion, name)
    assert [each.partition(":")[0] for each in result.lacking] == [name]


def test_server_that_refuses_a_repair_costs_what_is_at_fault_alone() -> None:
    """A record that stands would become a dead letter over a list that could not be asked for again."""
    result = asked(ScriptedModel(answer(risks="none"), PermanentError("refused")))
    assert (result.completion.risks, result.completion.summary) == ((), GOOD["summary"])
    with pytest.raises(PermanentError, match="refused"):
        asked(ScriptedModel(answer(priority="soon"), PermanentError("refused")))


def test_next_step_is_not_worth_a_call() -> None:
    """A second call would be made for a courtesy."""
    model = ScriptedModel(answer(next_step="call and call and " * 9))
    result = asked(model)
    assert (len(model.asked), result.completion.next_step) == (1, "")
    assert result.lacking == ("next_step: the same words are repeated",)


def test_names_that_nobody_asked_for_are_dropped() -> None:
    """A field of the model's own making would cost a repair, or stand in the record unchecked."""
    result = asked(ScriptedModel(answer(business_value=9_000_000_000, confidence=1.0)))
    assert not result.repaired
    assert result.completion.model_extra is None


@pytest.mark.parametrize(
    "second",
    [raw("{}", "length"), "still no JSON", '{"priority": "whenever", "extra": 1}', answer(summary="", priority=1)],
)
def test_unusable_twice_is_permanent_and_carries_the_answer(second: RawCompletion | str) -> None:
    """A dead letter would not show what the model said, or the chain be tried for ever."""
    third = '{"summary": "", "priority": "now"}'
    model = ScriptedModel("no JSON", second, third)
    with pytest.raises(PermanentError, match=r"unusable twice: .+: use a larger model") as caught:
        asked(model)
    given = second if isinstance(second, str) else second.text
    assert caught.value.answer in {given, third}
    assert caught.value.answer == model.last


def test_answer_in_a_dead_letter_has_a_limit() -> None:
    """A runaway answer would make the dead letter too large for the broker."""
    with pytest.raises(PermanentError) as caught:
        asked(ScriptedModel("no JSON", "x" * 1_000_000))
    assert len(caught.value.answer) == 20_000


@pytest.mark.parametrize("error", [TransientError("busy"), PermanentError("refused")])
def test_errors_of_the_server_pass_untouched(error: Exception) -> None:
    """A busy server would be taken for a bad answer, or the other way round."""
    model = ScriptedModel(error)
    with pytest.raises(type(error), match=str(error)):
        asked(model)


def test_span_of_a_call_has_tokens_and_times(spans: Spans) -> None:
    """Nobody could see where the time of an analysis went."""
    asked(ScriptedModel(answer()))
    span = spans.one("chat script-1")
    assert span.kind is SpanKind.CLIENT
    assert span.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "scripted",
        "gen_ai.request.model": "script-1",
        "gen_ai.request.max_tokens": 900,
        "gen_ai.prompt.version": "v1",
        "chainmail.model.repair": False,
        "server.address": "host-0:1",
        "gen_ai.usage.input_tokens": 700,
        "gen_ai.usage.output_tokens": 150,
        "gen_ai.response.finish_reasons": ("stop",),
        "chainmail.model.load_s": 0.25,
        "chainmail.model.prompt_s": 1.5,
        "chainmail.model.decode_s": 3.0,
        "chainmail.model.queue_s": 0.125,
    }


def test_repair_has_a_span_of_its_own(spans: Spans) -> None:
    """Model calls would not add up to chains plus repairs."""
    asked(ScriptedModel("no JSON", answer()))
    assert [(span.attributes or {})["chainmail.model.repair"] for span in spans.all() if "chat" in span.name] == [
        False,
        True,
    ]


def test_span_of_a_failure_has_its_kind(spans: Spans) -> None:
    """A failed call would look like one that is still going on."""
    with pytest.raises(TransientError):
        asked(ScriptedModel(TransientError("the server said: SECRET")))
    span = spans.one("chat script-1")
    assert (span.attributes or {})["error.type"] == "TransientError"
    assert not span.status.is_ok


@pytest.mark.parametrize(
    "script",
    [
        (answer(summary="a SECRET of the mail"),),
        ("SECRET, no JSON", answer(summary="a SECRET of the mail")),
        ("SECRET", "SECRET again"),
        (TransientError("SECRET"),),
        (PermanentError("SECRET", answer="SECRET"),),
    ],
)
def test_spans_hold_no_word_of_mail_or_answer(spans: Spans, script: tuple[str | Exception, ...]) -> None:
    """What people wrote would leave the house with the traces."""
    with contextlib.suppress(TransientError, PermanentError):
        asked(ScriptedModel(*script))
    assert spans.names()
    assert "SECRET" not in spans.text()
