"""What an analysis needs of a model server: this and no more.

A prompt and a JSON schema go in, the raw text of the completion comes out, with how it ended and
what it cost. Whether the text is any good is judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, Protocol

#: stop: the model ended by itself. length: the budget ended it. cut: the server gave up without saying why.
Finish = Literal["stop", "length", "cut"]

#: Decoding options of a second try: at temperature 0 it would fall into the first one's hole again.
REASK_OPTIONS: Mapping[str, Any] = MappingProxyType({"temperature": 0.7})


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """The turns of one request: the stable part first, the chain next, a re-ask last; *version* is for the trace."""

    system: str
    user: str
    reask: str = ""
    answer: str = ""
    version: str = ""

    @property
    def messages(self) -> list[dict[str, str]]:
        """The turns as chat servers want them."""
        turns = [("system", self.system), ("user", self.user)]
        if self.reask and self.answer:
            turns.append(("assistant", self.answer))
        if self.reask and not self.answer:
            turns[-1] = ("user", f"{self.user}\n\n{self.reask}")
        elif self.reask:
            turns.append(("user", self.reask))
        return [{"role": role, "content": content} for role, content in turns]

    def options(self, usual: Mapping[str, Any]) -> dict[str, Any]:
        """Return the decoding options of this request, from those that are *usual*."""
        return {**usual, **(REASK_OPTIONS if self.reask else {})}


@dataclass(frozen=True, kw_only=True)
class RawCompletion:
    """What the server returned, unjudged; times in seconds by the server's own clock where it tells.

    `cached_tokens` are those of the prompt that it had read before (0 where it does not say), `label_probability` is
    how sure it was of the priority (`models.label`; None where nobody knows).
    """

    text: str
    finish: Finish
    input_tokens: int = 0
    output_tokens: int = 0
    load_s: float = 0.0
    prompt_s: float = 0.0
    decode_s: float = 0.0
    total_s: float = 0.0
    queue_s: float = 0.0
    cached_tokens: int = 0
    label_probability: float | None = None


@dataclass(frozen=True, kw_only=True)
class ModelIdentity:
    """Which model answers: the digest changes when the weights do, the name may not."""

    server: str
    model: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a server can do with its model, found out by asking it.

    `schema`: it holds answers to a JSON schema. `logprobs`: it tells the probabilities of tokens. `context_tokens`: the
    most that prompt and answer may take together, None where it does not say. `token_factor`: the tokens that it counts
    for one of our estimate (`consumer.analysis.prompt.tokens_of`).
    """

    schema: bool
    logprobs: bool
    context_tokens: int | None = None
    token_factor: float = 1.0


class ModelServer(Protocol):
    """A server that completes prompts under a JSON schema.

    All methods may be called from several threads. They raise TransientError where waiting may help
    and PermanentError where only a person or another prompt can; AbandonedError, with the connection closed,
    where the work of the calling thread is abandoned (`consumer.cancellation`).
    """

    @property
    def options(self) -> Mapping[str, Any]:
        """The decoding options of a first try: part of the analyser's identity."""
        ...

    @property
    def name(self) -> str:
        """The model that is asked, as configured; empty where the server has but one."""
        ...

    @property
    def provider(self) -> str:
        """The kind of server, as traces name it."""
        ...

    def complete(self, prompt: Prompt, schema: Mapping[str, Any], max_tokens: int) -> RawCompletion:
        """Return the completion of *prompt*, held to *schema*, of at most *max_tokens* tokens."""
        ...

    def identity(self) -> ModelIdentity:
        """Return which model answers."""
        ...

    def capabilities(self) -> Capabilities:
        """Return what it can do; asked once, by two or three tiny completions, which also load the model."""
        ...

    def probe(self) -> None:
        """Return if the server is alive and has the model; raise in words otherwise. Costs no completion."""
        ...

    def close(self) -> None:
        """Give back the connections; what is in flight is abandoned."""
        ...


class ModelHost(ModelServer, Protocol):
    """One address at which a model server answers: what a pool is made of."""

    def slots(self) -> int | None:
        """Return how many requests it answers at once; None where it does not say."""
        ...
