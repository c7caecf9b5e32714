"""Ollama, through its own client.

Facts that shape this file: one differing runner option reloads the model, so the options are frozen;
without `num_predict` a runaway answer lasts for ten context lengths; the client has no time-out by
default; a whitespace loop ends as HTTP 200 with `done` false and no counts.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import closing
from types import MappingProxyType
from typing import Any

import ollama
from pydantic import ValidationError

from consumer.analysis.models import failures, label
from consumer.analysis.models.abilities import abilities
from consumer.analysis.models.pieces import Pieces
from consumer.analysis.models.server import Capabilities, Finish, ModelIdentity, Prompt, RawCompletion
from consumer.analysis.models.transport import ModelTransport
from consumer.analysis.models.watch import Limits
from consumer.errors import PermanentError

_FINISH: dict[str | None, Finish] = {"stop": "stop", "length": "length"}
_NS = 1e-9
#: Requests at once (envconfig/config.go of Ollama 0.12); the others wait in a queue that nobody sees.
_DEFAULT_SLOTS = 1


class OllamaServer:
    """One Ollama host and one model on it (see `ModelServer`)."""

    provider = "ollama"

    def __init__(self, *, url: str, model: str, context_tokens: int, output_tokens: int, limits: Limits) -> None:
        self.name = model
        self.options: Mapping[str, Any] = MappingProxyType(
            {"temperature": 0.0, "seed": 7, "num_ctx": context_tokens, "num_predict": output_tokens}
        )
        self._capabilities: Capabilities | None = None
        self._asking = threading.Lock()
        self._transport = ModelTransport(limits, model)
        # A proxy of the environment would see the mail, and take the place of the transport.
        self._client = ollama.Client(url, transport=self._transport, timeout=limits.timeout, trust_env=False)

    def complete(self, prompt: Prompt, schema: Mapping[str, Any], max_tokens: int) -> RawCompletion:
        """Return the completion (see `ModelServer.complete`)."""
        return self._complete(prompt, schema, max_tokens, self._tells_probabilities and label.wants_label(schema))

    def capabilities(self) -> Capabilities:
        """Return what the model can do here (see `ModelServer.capabilities`)."""
        with self._asking:
            if self._capabilities is None:
                self._capabilities = abilities(self._complete, context_tokens=self._context_tokens())
            return self._capabilities

    def identity(self) -> ModelIdentity:
        """Return the digest of the weights, which a tag such as `latest` does not pin."""
        for listed in self._models():
            if listed.model in {self.name, f"{self.name}:latest"}:
                return ModelIdentity(server=self.provider, model=self.name, digest=(listed.digest or "")[:16])
        raise failures.MisconfiguredError(failures.not_found(self.name), counts=False)

    def slots(self) -> int | None:
        """Return OLLAMA_NUM_PARALLEL of this environment, else Ollama's default: no API tells it."""
        said = os.environ.get("OLLAMA_NUM_PARALLEL", "")
        return max(_DEFAULT_SLOTS, int(said)) if said.isdecimal() else _DEFAULT_SLOTS

    def probe(self) -> None:
        """Return if the host is up and has the model.

        Raises:
            TransientError: Nobody answers, or it is busy.
            PermanentError: The model is not there; the message has the line that mends it.
        """
        try:
            self.identity()
        except failures.MisconfiguredError as error:
            raise PermanentError(str(error)) from error

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @property
    def _tells_probabilities(self) -> bool:
        return self._capabilities is not None and self._capabilities.logprobs

    def _context_tokens(self) -> int:
        """Return the context of a request: as asked for, or the model's own, where that is shorter."""
        with _answers():
            shown = self._client.show(self.name).modelinfo or {}
        own = (size for key, size in shown.items() if key.endswith(".context_length") and isinstance(size, int))
        return int(min([self.options["num_ctx"], *own]))

    def _complete(
        self, prompt: Prompt, schema: Mapping[str, Any], max_tokens: int, probabilities: bool
    ) -> RawCompletion:
        started_s = time.monotonic()
        answer = Pieces(max_tokens)
        last: ollama.ChatResponse | None = None
        with closing(self._stream(prompt, schema, max_tokens, probabilities)) as stream:
            for last in stream:
                answer.add(last.message.content or "", [entry.model_dump() for entry in last.logprobs or ()])
                if answer.is_too_long:
                    break
        if last is None:
            raise failures.GarbledError("Ollama answered without a word")
        return _completion(answer, last, time.monotonic() - started_s)

    def _models(self) -> list[ollama.ListResponse.Model]:
        with _answers():
            return list(self._client.list().models)

    def _stream(
        self, prompt: Prompt, schema: Mapping[str, Any], max_tokens: int, probabilities: bool
    ) -> Generator[ollama.ChatResponse]:
        with _answers():
            yield from self._client.chat(
                model=self.name,
                messages=prompt.messages,
                stream=True,
                format=dict(schema),
                options={**prompt.options(self.options), "num_predict": max_tokens},
                keep_alive="30m",
                # A model that thinks would do so at every email first, unseen, and read the prompt twice.
                think=False,
                logprobs=probabilities or None,
                top_logprobs=label.ALTERNATIVES if probabilities else None,
            )


class _answers:  # noqa: N801 - reads as a word of the with statement
    """Turns what the client raises about an answer into our two errors."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ollama.ResponseError):
            raise failures.ServerFailedError(f"Ollama failed in mid-answer: {error.error}") from error
        if isinstance(error, ValidationError | ValueError):
            message = f"what answered is no Ollama, or a broken one: {type(error).__name__}"
            raise failures.GarbledError(message) from error


def _completion(answer: Pieces, last: ollama.ChatResponse, elapsed_s: float) -> RawCompletion:
    if not last.done:
        return answer.completion("cut", total_s=elapsed_s)
    load_s, prompt_s, decode_s, total_s = (
        (nanoseconds or 0) * _NS
        for nanoseconds in (last.load_duration, last.prompt_eval_duration, last.eval_duration, last.total_duration)
    )
    return answer.completion(
        _FINISH.get(last.done_reason, "cut"),
        input_tokens=last.prompt_eval_count or 0,
        output_tokens=last.eval_count or 0,
        load_s=load_s,
        prompt_s=prompt_s,
        decode_s=decode_s,
        total_s=total_s or elapsed_s,
        queue_s=max(0.0, total_s - load_s - prompt_s - decode_s),
    )
