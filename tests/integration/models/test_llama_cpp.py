"""The embedded llama.cpp itself: it compiles what we send, answers within it, and keeps the prefix."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from chainmail.local import model_server as embedded
from chainmail.local import toy_model
from chainmail.local.cache import silent
from chainmail.local.errors import StackError
from chainmail.settings import load
from consumer.analysis.answers import usable
from consumer.analysis.asking import ask
from consumer.analysis.models.select import budget_of, model_server
from consumer.analysis.models.server import ModelServer, Prompt
from consumer.analysis.prompt import ChainPrompt, chain_prompt, narrative_part
from consumer.analysis.tokens import tokens_of
from consumer.analysis.wire import wire_schema
from consumer.cancellation import Cancellation, cancellable
from consumer.errors import TransientError
from tests.conversations import conversation
from tests.servers.require import lacking
from tests.wire_forms import FORMS

_LETTER = "We need forty pairs of gloves by Friday, please send us your offer."
_TALK = "We talked about deliveries, about the weather in Ghent and about invoices that nobody pays in time. "


@pytest.fixture(scope="session")
def llama_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of the embedded model server, with one slot."""
    if find_spec("xllamacpp") is None:
        lacking("xllamacpp", "pip install '.[local]'")
    try:
        toy_model.fetch()
    except StackError as error:
        lacking("the toy model", str(error))
    home: Path = tmp_path_factory.mktemp("llama")
    server, url = embedded.start(home, 1, silent)
    yield url
    server.stop()


@pytest.fixture
def server(llama_url: str) -> Iterator[ModelServer]:
    """Return a client as `CHAINMAIL_MODEL_SERVER=embedded` makes it."""
    client = model_server(load(model_server="embedded"), llama_url)
    yield client
    client.close()


def prompt_of(*texts: str) -> ChainPrompt:
    """Return the prompt of a conversation."""
    return chain_prompt(conversation(*texts, subject="Gloves"), budget_of(load(model_server="embedded")).prompt_tokens)


@pytest.mark.parametrize("form", FORMS)
def test_wire_schema_compiles(server: ModelServer, form: str) -> None:
    """llama.cpp answers 400 to a schema that it cannot hold, and every chain becomes a dead letter."""
    raw = server.complete(Prompt(system="Answer.", user="Hello."), FORMS[form], 16)
    assert raw.text.lstrip().startswith("{")
    assert raw.finish in {"length", "stop"}


def test_real_answer_is_usable(server: ModelServer) -> None:
    """The demo would end with dead letters."""
    budget = budget_of(load(model_server="embedded"))
    asked = ask(server, prompt_of(_LETTER), output_tokens=budget.output_tokens, prompt_version="v")
    assert asked.completion.summary
    assert asked.completion.priority_reason
    assert asked.answers[0].finish == "stop"


def test_second_try_closes_too(server: ModelServer) -> None:
    """A repair would end as the answer before it."""
    prompt = prompt_of(_LETTER)
    reask = Prompt(system=prompt.system, user=prompt.user, reask="Be brief: one short sentence in each field.")
    assert usable(server.complete(reask, wire_schema(600), 600)).summary


def test_real_answer_has_the_servers_costs(server: ModelServer) -> None:
    """The trace would say nothing of where the time went."""
    raw = server.complete(Prompt(system="Answer.", user="Hello."), wire_schema(600), 16)
    assert raw.output_tokens == 16
    assert raw.input_tokens > 4
    assert raw.prompt_s > 0
    assert 0 < raw.decode_s <= raw.total_s


def test_llama_cpp_holds_to_schemas_and_tells_probabilities(server: ModelServer) -> None:
    """What the confidence of an analysis and the length of a prompt are made of would not be there."""
    found = server.capabilities()
    assert (found.schema, found.logprobs, found.context_tokens) == (True, True, embedded.CONTEXT_TOKENS)
    assert 0.9 < found.token_factor < 1.2, "the estimate was made for this vocabulary"


def test_probability_of_the_priority_comes_with_the_answer(server: ModelServer) -> None:
    """A grammar would hide what the model thought of the other labels."""
    server.capabilities()
    prompt = Prompt(system="Answer in JSON.", user="The priority of this mail is high. Write its priority.")
    labels = {"type": "string", "enum": ["low", "normal", "high", "critical"]}
    asked = {"type": "object", "properties": {"priority": labels}, "required": ["priority"]}
    first, again = (server.complete(prompt, asked, 20) for _ in range(2))
    assert '"high"' in first.text
    assert first.label_probability is not None
    assert 0.25 < first.label_probability < 1
    assert again.label_probability == pytest.approx(first.label_probability, abs=0.05)
    assert again.cached_tokens >= again.input_tokens - 1
    other = {"type": "object", "properties": {"summary": labels}, "required": ["summary"]}
    assert server.complete(prompt, other, 4).label_probability is None


def test_chains_share_the_evaluated_prefix(llama_url: str) -> None:
    """The rules would be read anew for each chain: more than half of a short prompt."""
    sent = []
    for text in (_LETTER, "The invoice of October is still open."):
        body = {"messages": Prompt(system=prompt_of(text).system, user=prompt_of(text).user).messages, "max_tokens": 1}
        sent.append(httpx.post(f"{llama_url}/v1/chat/completions", json=body, timeout=120).json()["timings"])
    assert sent[1]["cache_n"] > 350
    assert sent[1]["prompt_n"] < sent[1]["cache_n"]


def test_story_finds_the_mail_read_already(llama_url: str) -> None:
    """The second call of a chain would cost as much as the first."""
    prompt = prompt_of(_LETTER, _TALK)
    sent = []
    for last in ("", f"\n\n{narrative_part()}"):
        turns = Prompt(system=prompt.system, user=f"{prompt.user}{last}").messages
        body = {"messages": turns, "max_tokens": 1}
        sent.append(httpx.post(f"{llama_url}/v1/chat/completions", json=body, timeout=120).json()["timings"])
    record, story = sent
    assert story["cache_n"] >= record["cache_n"] + record["prompt_n"] - 16
    assert story["prompt_n"] < tokens_of(narrative_part()) + 32


def test_long_chain_fits_the_context(server: ModelServer) -> None:
    """The server would refuse the prompt, or cut it without a word."""
    budget = budget_of(load(model_server="embedded"))
    prompt = prompt_of(*[f"{number}. {_TALK * 20}" for number in range(6)], _LETTER)
    raw = server.complete(Prompt(system=prompt.system, user=prompt.user), wire_schema(600), 1)
    assert 700 < raw.input_tokens <= budget.context_tokens - budget.output_tokens


def test_token_estimate_is_near_the_truth(llama_url: str) -> None:
    """Prompts would overrun the context, or leave half of it empty."""
    for text in (_TALK * 10, "RE-2026-1187: EUR 6,480.00, 12.11.2026; " * 20, "ご注文の件でご連絡いたします。" * 20):
        answer = httpx.post(f"{llama_url}/tokenize", json={"content": text}, timeout=60).json()
        assert 0.85 <= tokens_of(text) / len(answer["tokens"]) <= 1.6


def test_cancel_frees_the_slot(server: ModelServer) -> None:
    """A stopped run would leave the server at work for its successor."""
    errors: list[Exception] = []
    cancellation = Cancellation()

    def run() -> None:
        prompt = prompt_of(_LETTER)
        try:
            with cancellable(cancellation):
                server.complete(Prompt(system=prompt.system, user=prompt.user), wire_schema(16_000), 2_000)
        except TransientError as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(1.0)  # into prompt or answer, which take far longer
    cancellation.throw()
    thread.join(5)
    assert errors
    raw = server.complete(Prompt(system="Answer.", user="Hello."), wire_schema(600), 2)
    assert raw.total_s < 20, "the slot was still taken"
