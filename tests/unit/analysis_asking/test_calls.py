"""The calls for one chain: what they share, what they fit into, and what a server that cuts prompts is told."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from consumer.analysis import calls as module
from consumer.analysis.calls import Calls
from consumer.analysis.prompt import chain_prompt, narrative_part, system_part
from consumer.analysis.tokens import tokens_of
from consumer.analysis.wire import narrative_schema, wire_schema
from consumer.errors import PermanentError
from tests.conversations import conversation
from tests.scripted_model import ScriptedModel, answer, raw, story

CHAIN = conversation("We need forty pairs of gloves by Friday. " * 20)
PROMPT = chain_prompt(CHAIN, 2_000, last=narrative_part(), context_tokens=3_000)


@pytest.fixture(autouse=True)
def nobody_was_warned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test be the first to warn."""
    monkeypatch.setattr(module, "_WARNED", set())


def both_calls(text: str) -> list[str]:
    """Return what is sent for record and story of a chain, each as one string."""
    model = ScriptedModel(answer(), story())
    prompt = chain_prompt(conversation(text), 2_000, last=narrative_part())
    calls = Calls(model, prompt, "v")
    calls.ask(wire_schema, 900)
    calls.ask(narrative_schema, 900, last=narrative_part())
    return ["\0".join(turn["content"] for turn in sent.messages) for sent, _, _ in model.asked]


def test_calls_of_a_chain_share_all_before_the_last_instruction() -> None:
    """The server would read the mail twice: half of the time of a long chain."""
    record, told = both_calls("We need gloves.")
    assert told == f"{record}\n\n{narrative_part()}"


def test_calls_of_all_chains_share_the_system_part() -> None:
    """The rules would be read anew for every chain."""
    sent = [*both_calls("We need gloves."), *both_calls("The invoice is open.")]
    assert {words.partition("\0")[0] for words in sent} == {system_part()}
    assert all(words.partition("\0")[2].startswith("<mail ") for words in sent)


def test_repair_shares_the_prompt_too() -> None:
    """Each repair would cost the whole prompt again."""
    model = ScriptedModel(answer(), answer())
    calls = Calls(model, PROMPT, "v")
    calls.ask(wire_schema, 900)
    calls.ask(wire_schema, 600, reask="Again.")
    first, second = (sent.messages for sent, _, _ in model.asked)
    assert second[0] == first[0]
    assert second[1]["content"].startswith(first[1]["content"])
    assert (calls.repairs, len(calls.answers)) == (1, 2)


def test_answer_takes_no_more_than_the_context_has_left() -> None:
    """The server would cut the head of the prompt, where the rules stand."""
    model = ScriptedModel(answer())
    Calls(model, PROMPT, "v").ask(wire_schema, 16_000)
    sent, schema, tokens = model.asked[0]
    prompt_tokens = sum(tokens_of(turn["content"]) for turn in sent.messages)
    assert prompt_tokens + tokens <= 3_000 - 64 <= prompt_tokens + tokens + 32
    assert schema == wire_schema(tokens)


def test_model_that_counts_more_tokens_has_less_room() -> None:
    """A vocabulary that cuts words small would overrun the context."""
    model = ScriptedModel(answer(), answer())
    for factor in (1.0, 1.5):
        Calls(model, replace(PROMPT, token_factor=factor), "v").ask(wire_schema, 16_000)
    (_, _, usual), (_, _, dear) = model.asked
    assert dear < usual - 300


def test_prompt_without_room_for_an_answer_is_refused_before_the_call() -> None:
    """A minute of the server's time would be spent on an answer that cannot close."""
    model = ScriptedModel()
    with pytest.raises(PermanentError, match="raise CHAINMAIL_MODEL_CONTEXT_TOKENS"):
        Calls(model, replace(PROMPT, context_tokens=900), "v").ask(wire_schema, 600)
    assert model.asked == []


def test_server_that_reads_half_of_a_prompt_is_named_once(caplog: pytest.LogCaptureFixture) -> None:
    """The rules would be missing from every prompt, and nobody would know."""
    cut = replace(raw(answer()), input_tokens=200)
    calls = Calls(ScriptedModel(cut, cut), PROMPT, "v")
    with caplog.at_level(logging.WARNING, "chainmail.analysis"):
        calls.ask(wire_schema, 900)
        calls.ask(wire_schema, 900)
    assert len(caplog.records) == 1
    assert "seems to cut prompts" in caplog.text
    assert "gloves" not in caplog.text


@pytest.mark.parametrize("input_tokens", [0, 500, 5_000])
def test_honest_count_is_no_news(caplog: pytest.LogCaptureFixture, input_tokens: int) -> None:
    """Every model whose vocabulary is larger than our estimate's would be suspected."""
    calls = Calls(ScriptedModel(replace(raw(answer()), input_tokens=input_tokens)), PROMPT, "v")
    with caplog.at_level(logging.WARNING, "chainmail.analysis"):
        calls.ask(wire_schema, 900)
    assert not caplog.records
