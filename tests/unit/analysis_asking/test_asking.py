"""One question, at most one repair, then an end in words; and what the trace says of it."""

from __future__ import annotations

import contextlib

import pytest
from opentelemetry.trace import SpanKind

from consumer.analysis.asking import Asked, ask
from consumer.analysis.models.server import RawCompletion
from consumer.analysis.prompt import ChainPrompt
from consumer.analysis.wire import wire_schema
from consumer.errors import PermanentError, TransientError
from tests.model_pools import pooled
from tests.scripted_model import ScriptedModel, answer, raw
from tests.spans import Spans, spans

__all__ = ["spans"]

PROMPT = ChainPrompt(system="the rules", user="the SECRET mail", elided_chars=0)
LOOP = answer(summary="I am from Germany, " * 9)


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
    assert [turn["role"] for turn in prompt.messages] == ["system", "user"]
    assert (schema, tokens) == (wire_schema(900), 900)


@pytest.mark.parametrize(
    "first", [raw(answer(), "length"), raw(answer(), "cut"), "no JSON", answer(priority="soon"), LOOP]
)
def test_bad_answer_is_repaired_once(first: RawCompletion | str) -> None:
    """A slip of the model would cost the chain its analysis."""
    model = ScriptedModel(first, answer())
    result = asked(model)
    assert result.repaired
    assert len(result.answers) == 2


def test_repair_is_held_to_the_brief_form() -> None:
    """A repair of an answer that was too long could be too long again."""
    model = ScriptedModel(raw("{", "length"), answer())
    asked(model)
    _, schema, tokens = model.asked[1]
    assert (schema, tokens) == (wire_schema(600), 600)


def test_repair_of_a_small_budget_keeps_to_it() -> None:
    """The second prompt and answer would not fit into the context that the server was given."""
    model = ScriptedModel(raw("{", "length"), answer())
    asked(model, output_tokens=400)
    _, schema, tokens = model.asked[1]
    assert (schema, tokens) == (wire_schema(400), 400)


def test_faulty_answer_is_shown_with_its_fault() -> None:
    """The model could not know what to mend."""
    model = ScriptedModel(answer(priority="soon"), answer())
    asked(model)
    turns = model.asked[1][0].messages
    assert [turn["role"] for turn in turns] == ["system", "user", "assistant", "user"]
    assert "priority: " in turns[3]["content"]
    assert turns[:2] == model.asked[0][0].messages, "the server's prefix cache would be lost"


@pytest.mark.parametrize("first", [raw("{" * 5_000, "length"), LOOP])
def test_answer_that_would_be_continued_is_not_shown(first: RawCompletion | str) -> None:
    """A model that sees its own loop goes on with it."""
    model = ScriptedModel(first, answer())
    asked(model)
    turns = model.asked[1][0].messages
    assert [turn["role"] for turn in turns] == ["system", "user"]
    assert turns[1]["content"].startswith("the SECRET mail\n\n")


def test_second_try_is_not_decoded_like_the_first() -> None:
    """At temperature 0 the second try would fall into the same hole."""
    model = ScriptedModel("no JSON", answer())
    asked(model)
    first, second = (prompt.options(model.options)["temperature"] for prompt, _, _ in model.asked)
    assert first == 0.0
    assert second > 0.0


@pytest.mark.parametrize("second", [raw("{}", "length"), "still no JSON", LOOP, answer(summary="")])
def test_unusable_twice_is_permanent_and_carries_the_answer(second: RawCompletion | str) -> None:
    """A dead letter would not show what the model said, or the chain be tried for ever."""
    model = ScriptedModel("no JSON", second)
    with pytest.raises(PermanentError, match=r"unusable twice: .+: use a larger model") as caught:
        asked(model)
    assert caught.value.answer == (second if isinstance(second, str) else second.text)
    assert len(model.asked) == 2


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
