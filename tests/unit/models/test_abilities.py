"""What is concluded from the two tiny answers of a server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from chainmail.settings import load
from consumer.analysis.models.abilities import SAMPLE, abilities, least
from consumer.analysis.models.select import Budget, budget_of, fitted, shortfall
from consumer.analysis.models.server import Capabilities, Prompt, RawCompletion
from consumer.analysis.tokens import tokens_of
from consumer.errors import PermanentError, TransientError
from tests.model_pools import MemoryHost, Stand, refusal

ABLE = Capabilities(schema=True, logprobs=True, context_tokens=8192, token_factor=1.1)


class Server:
    """Answers with *text*; every character of a prompt costs a token, or what *price* says."""

    def __init__(self, text: str = '{"priority": "high"}', price: Callable[[str], float] = tokens_of) -> None:
        self.text, self.price = text, price
        self.asked: list[tuple[int, bool]] = []
        self.refuses_probabilities = False

    def __call__(
        self, prompt: Prompt, schema: Mapping[str, Any], max_tokens: int, probabilities: bool
    ) -> RawCompletion:
        """Answer."""
        assert schema["required"] == ["priority"]
        self.asked.append((max_tokens, probabilities))
        if probabilities and self.refuses_probabilities:
            raise PermanentError("logprobs is not a parameter")
        told = 0.5 if probabilities else None
        cost = round(20 + self.price(prompt.system + prompt.user))
        return RawCompletion(text=self.text, finish="stop", input_tokens=cost, label_probability=told)


def test_server_that_can_do_all_is_known_by_two_tiny_requests() -> None:
    """The first mail would wait for a long examination."""
    server = Server()
    found = abilities(server, context_tokens=4096)
    assert (found.schema, found.logprobs, found.context_tokens) == (True, True, 4096)
    assert found.token_factor == pytest.approx(1.0, abs=0.02)
    assert len(server.asked) == 2
    assert max(tokens for tokens, _ in server.asked) < 50


@pytest.mark.parametrize("text", ['{"priority": "low"}', "low", "", '```json\n{"priority": "high"}\n```', "[" * 5_000])
def test_server_that_holds_to_no_schema_is_found_out(text: str) -> None:
    """Every answer would be judged as if a grammar had held it."""
    assert not abilities(Server(text), context_tokens=None).schema


def test_server_that_refuses_probabilities_is_asked_without() -> None:
    """It would count as one that can do nothing at all, and each request be refused for them."""
    server = Server()
    server.refuses_probabilities = True
    found = abilities(server, context_tokens=None)
    assert (found.schema, found.logprobs) == (True, False)
    assert [probabilities for _, probabilities in server.asked] == [True, False, False]


@pytest.mark.parametrize(
    ("price", "factor"),
    [
        (lambda text: 1.5 * tokens_of(text), 1.5),
        (lambda text: 0.8 * tokens_of(text), 0.8),
        (lambda _: 0.0, 1.0),
        (lambda text: 9 * tokens_of(text), 1.0),
    ],
    ids=["dear", "cheap", "does not say", "says nonsense"],
)
def test_price_of_the_sample_is_the_servers(price: Callable[[str], float], factor: float) -> None:
    """A model with a small vocabulary would get prompts that overrun its context."""
    assert abilities(Server(price=price), context_tokens=None).token_factor == pytest.approx(factor, abs=0.02)


def test_sample_is_long_enough_to_tell_and_short_enough_to_read() -> None:
    """The template's own tokens would weigh in, or a slow machine read for long."""
    assert 150 < tokens_of(SAMPLE) < 300


def test_budget_is_the_smaller_of_both() -> None:
    """The server would cut the head of the prompt without a word, or half of its context stay empty."""
    wanted = Budget(context_tokens=4096, output_tokens=900)
    assert fitted(wanted, Capabilities(schema=True, logprobs=True)) == wanted
    assert fitted(wanted, Capabilities(schema=True, logprobs=True, context_tokens=131_072)) == wanted
    small = fitted(wanted, Capabilities(schema=True, logprobs=True, context_tokens=2048))
    assert (small.context_tokens, small.output_tokens) == (2048, 900)
    assert fitted(wanted, Capabilities(schema=True, logprobs=True, context_tokens=1024)).output_tokens == 512


def test_dear_tokens_leave_room_for_fewer_words_and_cheap_ones_for_no_more() -> None:
    """A prompt would be measured by the estimate alone."""
    usual, dear, cheap = (
        Budget(context_tokens=4096, output_tokens=900, token_factor=factor).prompt_tokens for factor in (1.0, 1.25, 0.8)
    )
    assert dear == int(usual / 1.25)
    assert cheap == usual


def test_shortfall_says_what_to_do_and_nothing_else() -> None:
    """A person would look for the reason of short prompts and of bad answers in the code."""
    wanted = budget_of(load(model_server="ollama"))
    assert shortfall(wanted, ABLE) == ""
    few = shortfall(wanted, Capabilities(schema=True, logprobs=True, context_tokens=2048))
    assert "2048 tokens, less than the 4096 wanted" in few
    assert "CHAINMAIL_MODEL_CONTEXT_TOKENS" in few
    assert "JSON schema" in shortfall(wanted, Capabilities(schema=False, logprobs=True))


def test_pool_can_do_what_its_least_host_can(tmp_path: Path) -> None:
    """A chain would fit on one host, and be cut on the other."""
    first, second = MemoryHost(), MemoryHost()
    second.able = Capabilities(schema=True, logprobs=False, context_tokens=2048, token_factor=1.3)
    stand = Stand(tmp_path, (first, second))
    stand.pool.identity()
    stand.ask_due()
    for _ in range(3):
        found = stand.pool.capabilities()
    assert found == Capabilities(schema=True, logprobs=False, context_tokens=2048, token_factor=1.3)
    assert (first.asked, second.asked) == (1, 1), "each is asked once"
    assert least([ABLE]) == ABLE


def test_pool_asks_a_host_only_in_a_slot(tmp_path: Path) -> None:
    """The question would wait inside the server, behind the calls of other members."""
    host = MemoryHost(slots=1)
    stand = Stand(tmp_path, (host,))
    stand.pool.identity()
    held = stand.folders[0].take(0)
    assert held is not None
    stand.clock.on_pause = held.release
    stand.pool.capabilities()
    assert stand.clock.pauses, "it waited until the slot was free"


def test_host_that_is_away_is_passed_over_and_none_at_all_is_said(tmp_path: Path) -> None:
    """One dead host would keep all members from their work."""
    first, second = MemoryHost(), MemoryHost()
    stand = Stand(tmp_path, (first, second))
    stand.pool.identity()
    stand.ask_due()
    first.down = refusal()
    assert stand.pool.capabilities() == second.able
    alone = Stand(tmp_path / "alone", (MemoryHost(),))
    alone.pool.identity()
    alone.hosts[0].server.down = refusal()
    with pytest.raises(TransientError):
        alone.pool.capabilities()
