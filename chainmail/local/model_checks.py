"""Of each host of the model server: is it there, has it the model of the others, and what can it do with it."""

from __future__ import annotations

from collections.abc import Iterator

from chainmail.local.check import Check
from chainmail.settings import Settings
from consumer.analysis.models.calling import address
from consumer.analysis.models.select import addresses_of, budget_of, model_host, shortfall
from consumer.analysis.models.server import Capabilities, ModelHost, ModelIdentity
from consumer.errors import PermanentError, TransientError


def model_checks(settings: Settings) -> Iterator[Check]:
    """Yield two checks a host: the server with its model, and how that answers (which loads it, where it is not)."""
    wanted: ModelIdentity | None = None
    try:
        addresses = addresses_of(settings)
    except PermanentError as error:
        yield Check(name="model server", ok=False, detail=str(error), mend="set CHAINMAIL_MODEL_URL")
        return
    for url in addresses:
        where = "" if len(addresses) == 1 else f" {address(url)}"
        server = model_host(settings, url)
        try:
            check, found = _presence(settings, server, f"model server{where}", wanted)
            wanted = wanted or found
            yield check
            if check.ok:
                yield _ability(settings, server, f"model answers{where}")
        finally:
            server.close()


def _presence(
    settings: Settings, server: ModelHost, name: str, wanted: ModelIdentity | None
) -> tuple[Check, ModelIdentity | None]:
    mend = "start it, or set CHAINMAIL_MODEL_URL to where it is and CHAINMAIL_MODEL to a model that it has"
    if settings.model_server == "ollama":
        mend = (
            "start it (`ollama serve`, from ollama.com); where the model is missing: `chainmail doctor --pull`; "
            "or do without (--no-llm)"
        )
    try:
        found = server.identity()
    except (TransientError, PermanentError) as error:
        return Check(name=name, ok=False, detail=str(error), mend=mend), None
    detail = f"{settings.model_server} has {server.name}"
    if wanted is not None and found != wanted:
        return Check(name=name, ok=False, detail=f"{detail}, but not that of the others", mend=mend), None
    return Check(name=name, ok=True, detail=detail), found


def _ability(settings: Settings, server: ModelHost, name: str) -> Check:
    try:
        found = server.capabilities()
    except (TransientError, PermanentError) as error:
        return Check(name=name, ok=False, detail=str(error), mend="look into the log of the model server")
    mend = shortfall(budget_of(settings), found)
    return Check(name=name, ok=not mend, detail=in_words(found), mend=mend)


def in_words(found: Capabilities) -> str:
    """Return what a server can do, in one line."""
    context = f"context {found.context_tokens:,} tokens" if found.context_tokens else "context unknown"
    return ", ".join(
        (
            "held to a schema" if found.schema else "not held to a schema",
            context,
            f"{found.token_factor:.2f} tokens to one of our estimate",
            "probabilities told" if found.logprobs else "no probabilities",
        )
    )
