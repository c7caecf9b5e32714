"""From the settings to the model server they name, with what is usual for each kind.

Nothing else depends on the kind of server: the embedded toy differs from the others by its address
and by smaller budgets, which any setting overrides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chainmail.settings import ModelServer as Kind
from chainmail.settings import Settings
from consumer.analysis.models.ceiling import Ceiling
from consumer.analysis.models.host import Host
from consumer.analysis.models.line import Line
from consumer.analysis.models.ollama import OllamaServer
from consumer.analysis.models.openai_compatible import OpenAICompatibleServer
from consumer.analysis.models.pool import ModelPool
from consumer.analysis.models.server import Capabilities, ModelHost
from consumer.analysis.models.slots import SlotFolder, shared_folder
from consumer.analysis.models.watch import Limits
from consumer.errors import PermanentError
from consumer.meter import Meter


@dataclass(frozen=True, kw_only=True)
class Usual:
    """What holds for a kind of server where the settings are silent; budgets in tokens."""

    url: str = ""
    model: str = ""
    context_tokens: int = 4096
    #: What a story of 3,100 characters takes, at three to a token; a record takes 900 at most (`wire.RECORD_TOKENS`).
    output_tokens: int = 1200
    options: Mapping[str, Any] = field(default_factory=dict)


#: llama.cpp's DRY sampling against the loops that a small model falls into: phrases of more than four tokens out of
#: the last 128 become unlikely. The window is that short so that the mail, read before, can be quoted.
_NO_LOOPS = {"dry_multiplier": 0.8, "dry_base": 1.75, "dry_allowed_length": 4, "dry_penalty_last_n": 128}

#: A toy of 135 million parameters on two shared cores reads 250 and writes 40 tokens a second.
USUAL: dict[Kind, Usual] = {
    "ollama": Usual(url="http://127.0.0.1:11434", model="llama3.2:3b"),
    "openai": Usual(),
    "none": Usual(),
    "embedded": Usual(context_tokens=1600, output_tokens=600, options=_NO_LOOPS),
}


#: The stable part of the prompt takes about 450; below this no mail would fit beside it.
_LEAST_PROMPT_TOKENS = 1_000


#: What has not begun after this share of the time for the whole does not end in the rest of it.
_FIRST_SHARE = 0.8


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How many tokens a request may take, how many of them the answer, and what the server counts for one of ours."""

    context_tokens: int
    output_tokens: int
    token_factor: float = 1.0

    @property
    def prompt_tokens(self) -> int:
        """What is left for the prompt, in tokens of our estimate, with room for what the chat template adds.

        A model that needs fewer tokens than estimated gets no longer prompt: one text is not like another.
        """
        return int((self.context_tokens - self.output_tokens - 64) / max(1.0, self.token_factor))


def budget_of(settings: Settings) -> Budget:
    """Return the token budget: as set, else what is usual for the kind of server."""
    usual, given = USUAL[settings.model_server], settings.model_fields_set
    context = settings.model_context_tokens if "model_context_tokens" in given else usual.context_tokens
    output = settings.model_output_tokens if "model_output_tokens" in given else usual.output_tokens
    return Budget(context_tokens=max(context, output + _LEAST_PROMPT_TOKENS), output_tokens=output)


def fitted(budget: Budget, capabilities: Capabilities) -> Budget:
    """Return *budget* as far as the server's context goes; an answer takes no more than half of that."""
    context = min(budget.context_tokens, capabilities.context_tokens or budget.context_tokens)
    return Budget(
        context_tokens=context,
        output_tokens=min(budget.output_tokens, context // 2),
        token_factor=capabilities.token_factor,
    )


def shortfall(budget: Budget, capabilities: Capabilities) -> str:
    """Return in words what the server can do less than wanted; nothing where it can do all."""
    words = []
    if not capabilities.schema:
        words.append(
            "the model server does not hold its answers to a JSON schema: many will be unusable; use Ollama from 0.5 "
            "on, llama.cpp or vLLM"
        )
    has, wanted = capabilities.context_tokens, budget.context_tokens
    if has is not None and has < wanted:
        words.append(
            f"the model server's context is {has} tokens, less than the {wanted} wanted: chains are shortened to it; "
            "raise it at the server, or set CHAINMAIL_MODEL_CONTEXT_TOKENS to it"
        )
    return "; ".join(words)


def model_server(
    settings: Settings, url: str | None = None, *, meter: Meter | None = None, folder: Path | None = None
) -> ModelPool:
    """Return the model server of *settings*, which may be several hosts.

    *url* overrides their addresses (the embedded server's is found at run time); *folder* is where slots are held,
    by default one for all processes of this user.

    Raises:
        PermanentError: No address is known for this kind of server, or slots cannot be held.
    """
    folder = folder or shared_folder()
    addresses = addresses_of(settings, url)
    hosts = [
        Host(
            url=address,
            server=model_host(settings, address),
            folder=SlotFolder(folder / _name_of(address)),
            set_slots=settings.model_slots,
        )
        for address in addresses
    ]
    line = Line(SlotFolder(folder / _name_of(*sorted(addresses), "line")))
    per_minute = settings.max_per_minute
    ceiling = Ceiling(settings.home_path / "rate", per_minute) if per_minute is not None else None
    return ModelPool(hosts, line, meter=meter, ceiling=ceiling)


def addresses_of(settings: Settings, url: str | None = None) -> tuple[str, ...]:
    """Return the addresses of the hosts: *url*, else as set, else the usual one.

    Raises:
        PermanentError: None is known.
    """
    usual = USUAL[settings.model_server].url
    found = (url,) if url else settings.model_urls or ((usual,) if usual else ())
    if not found:
        raise PermanentError(f"no address of the {settings.model_server} model server: set CHAINMAIL_MODEL_URL")
    return tuple(dict.fromkeys(address.rstrip("/") for address in found))


def model_host(settings: Settings, url: str) -> ModelHost:
    """Return the client of the server at *url*: a host of the pool, or one to be asked past it."""
    usual = USUAL[settings.model_server]
    whole_s = settings.model_timeout_s
    limits = Limits(answer_s=whole_s, first_s=_FIRST_SHARE * whole_s, stall_s=min(60.0, whole_s))
    model = settings.model or usual.model
    if settings.model_server == "ollama":
        budget = budget_of(settings)
        return OllamaServer(
            url=url,
            model=model,
            context_tokens=budget.context_tokens,
            output_tokens=budget.output_tokens,
            limits=limits,
        )
    key = settings.model_api_key.get_secret_value()
    return OpenAICompatibleServer(url=url, model=model, api_key=key, limits=limits, options=usual.options)


def _name_of(*addresses: str) -> str:
    """Return a name for a folder that is the same in all processes that ask the same hosts."""
    return hashlib.sha256(" ".join(addresses).encode()).hexdigest()[:16]
