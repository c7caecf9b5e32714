"""Pulling a model onto an Ollama host: once, by hand, never on the path of an email."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import ollama

from consumer.analysis.models.failures import GarbledError
from consumer.analysis.models.transport import ModelTransport
from consumer.analysis.models.watch import Limits
from consumer.errors import PermanentError, TransientError

#: Gigabytes over a slow line take hours; between two words of progress there are seconds.
_LIMITS = Limits(first_s=120.0, stall_s=300.0, answer_s=24 * 3_600.0)


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """How far a pull is: the bytes of the layers that are known so far, and what is done just now."""

    done_bytes: int
    total_bytes: int
    words: str


def pull(url: str, model: str, on_progress: Callable[[Pulled], None]) -> None:
    """Have the Ollama host at *url* fetch *model*; what it has of it already is not fetched again.

    Raises:
        TransientError: It does not answer, or does not reach the library; the next try goes on where this one was.
        PermanentError: The library has no such model, or the disk is full.
    """
    transport = ModelTransport(_LIMITS, model)
    client = ollama.Client(url, transport=transport, timeout=_LIMITS.timeout, trust_env=False)
    layers: dict[str, tuple[int, int]] = {}
    try:
        with _in_words(model):
            for step in client.pull(model, stream=True):
                if step.digest:
                    layers[step.digest] = (step.completed or 0, step.total or 0)
                done, total = (sum(column) for column in zip(*layers.values(), strict=True)) if layers else (0, 0)
                on_progress(Pulled(done_bytes=done, total_bytes=total, words=step.status or ""))
    finally:
        transport.close()


@contextmanager
def _in_words(model: str) -> Iterator[None]:
    try:
        yield
    except ollama.ResponseError as error:
        raise _meaning(error.error, model) from error
    except ValueError as error:
        raise GarbledError(f"what answered is no Ollama, or a broken one: {type(error).__name__}") from error


def _meaning(said: str, model: str) -> TransientError | PermanentError:
    lowered = said.lower()
    if "file does not exist" in lowered or "not found" in lowered or "invalid model name" in lowered:
        return PermanentError(f"Ollama's library has no model {model}: set CHAINMAIL_MODEL to a name that it has")
    if "no space left" in lowered:
        return PermanentError(f"the disk of the Ollama host is full: make room there, or set OLLAMA_MODELS ({said})")
    return TransientError(f"Ollama could not pull {model}: {said}: does its host reach the library? Try again")
