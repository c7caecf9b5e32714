"""Any server of the OpenAI chat API: llama.cpp (the embedded one too), vLLM, LM Studio.

llama.cpp tells its own timings beside the answer; where a server does not, the times are 0 but for
the total.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

import httpx

from consumer.analysis.models import failures, label
from consumer.analysis.models.abilities import abilities
from consumer.analysis.models.pieces import Pieces
from consumer.analysis.models.server import Capabilities, Finish, ModelIdentity, Prompt, RawCompletion
from consumer.analysis.models.transport import ModelTransport
from consumer.analysis.models.watch import Limits
from consumer.cancellation import AbandonedError
from consumer.errors import PermanentError, TransientError

_OPTIONS: dict[str, Any] = {"temperature": 0.0, "seed": 7, "frequency_penalty": 0.2}
_FINISH: dict[str | None, Finish] = {"stop": "stop", "length": "length"}


class OpenAICompatibleServer:
    """One server at *url* (with or without `/v1`); without *model* the first that it lists.

    *options* are decoding options beside the standard's: what the server at hand knows.
    """

    provider = "openai"

    def __init__(
        self, *, url: str, model: str, api_key: str, limits: Limits, options: Mapping[str, Any] | None = None
    ) -> None:
        self.name = model
        self.options: Mapping[str, Any] = MappingProxyType({**_OPTIONS, **(options or {})})
        self._capabilities: Capabilities | None = None
        self._asking = threading.Lock()
        self._transport = ModelTransport(limits, model)
        self._root = url.rstrip("/").removesuffix("/v1")
        self._client = httpx.Client(
            base_url=f"{self._root}/v1/",
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            transport=self._transport,
            trust_env=False,  # a proxy of the environment would see the mail, and take the place of the transport
            timeout=limits.timeout,
        )

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
        """Return the model; llama.cpp's description of the weights stands in for a digest."""
        chosen = self._chosen(self._models())
        weights = json.dumps([chosen["id"], chosen.get("meta"), chosen.get("root")], sort_keys=True)
        model = chosen["id"] if not chosen["id"].endswith(".gguf") else PurePath(chosen["id"]).name
        return ModelIdentity(
            server=self.provider, model=model, digest=hashlib.sha256(weights.encode()).hexdigest()[:16]
        )

    def slots(self) -> int | None:
        """Return llama.cpp's slots; None for a server that answers all that come at once (vLLM), or does not say."""
        said = self._props().get("total_slots")
        return said if isinstance(said, int) and said > 0 else None

    def probe(self) -> None:
        """Return if the server is up and has the model.

        Raises:
            TransientError: Nobody answers, or it is busy.
            PermanentError: The model is not there, or the key is wrong; the message says what to set.
        """
        try:
            self.identity()
        except failures.MisconfiguredError as error:
            raise PermanentError(str(error)) from error

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @property
    def _tells_probabilities(self) -> bool:
        return self._capabilities is not None and self._capabilities.logprobs

    def _props(self) -> dict[str, Any]:
        """Return what llama.cpp says of itself; nothing where another server answers."""
        try:
            said = self._client.get(f"{self._root}/props").json()
        except AbandonedError:
            raise
        except (TransientError, PermanentError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}

    def _context_tokens(self) -> int | None:
        """Return the context of a request: llama.cpp's of a slot, or vLLM's; others do not say."""
        usual = self._props().get("default_generation_settings")
        listed = self._chosen(self._models())
        said = [usual.get("n_ctx") if isinstance(usual, dict) else None, listed.get("max_model_len")]
        return min((size for size in said if isinstance(size, int) and size > 0), default=None)

    def _complete(
        self, prompt: Prompt, schema: Mapping[str, Any], max_tokens: int, probabilities: bool
    ) -> RawCompletion:
        started_s = time.monotonic()
        answer = _Answer(max_tokens)
        body = self._body(prompt, schema, max_tokens, probabilities)
        with self._client.stream("POST", "chat/completions", json=body) as response:
            for event in _events(response.iter_lines()):
                if "error" in event:
                    raise self._failure(event["error"])
                answer.add(event)
                if answer.pieces.is_too_long:
                    break
        if not answer.began:
            raise failures.GarbledError(f"what answers at {self._client.base_url} streams no events")
        return answer.completion(time.monotonic() - started_s)

    def _body(self, prompt: Prompt, schema: Mapping[str, Any], max_tokens: int, probabilities: bool) -> dict[str, Any]:
        wanted = {"name": "completion", "strict": True, "schema": dict(schema)}
        return {
            "model": self.name or "default",
            "messages": prompt.messages,
            "max_tokens": max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
            "response_format": {"type": "json_schema", "json_schema": wanted},
            **prompt.options(self.options),
            **({"logprobs": True, "top_logprobs": label.ALTERNATIVES} if probabilities else {}),
        }

    def _chosen(self, listed: list[dict[str, Any]]) -> dict[str, Any]:
        for entry in listed:
            if self.name in {"", entry["id"], *entry.get("aliases", ())}:
                return entry
        known = ", ".join(str(entry["id"]) for entry in listed) or "none"
        message = f"model not found: {self.name} (the server has {known}): set CHAINMAIL_MODEL to one of them"
        raise failures.MisconfiguredError(message, counts=False)

    def _models(self) -> list[dict[str, Any]]:
        try:
            listed = self._client.get("models").json()["data"]
            return [entry for entry in listed if isinstance(entry["id"], str)]
        except (ValueError, KeyError, TypeError) as error:
            raise failures.GarbledError(
                f"what answers at {self._client.base_url} is no OpenAI-compatible server"
            ) from error

    def _failure(self, error: Any) -> TransientError | PermanentError:
        code = error.get("code") if isinstance(error, dict) else None
        status = code if isinstance(code, int) else httpx.codes.INTERNAL_SERVER_ERROR
        return failures.of_status(status, json.dumps({"error": error}), url=str(self._client.base_url), model=self.name)


def _events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects of a stream of server-sent events (WHATWG HTML §9.2)."""
    for line in lines:
        data = line.removeprefix("data:").strip()
        if not line.startswith("data:") or data == "[DONE]":
            continue
        try:
            event = json.loads(data)
        except ValueError as error:
            raise failures.GarbledError(f"the model server streams no JSON: {data[:80]!r}") from error
        if isinstance(event, dict):
            yield event


class _Answer:
    """A streamed completion, put together."""

    def __init__(self, max_tokens: int) -> None:
        self.pieces = Pieces(max_tokens)
        self.began = False
        self._finish: Finish = "cut"
        self._usage: dict[str, Any] = {}
        self._timings: dict[str, Any] = {}

    def add(self, event: dict[str, Any]) -> None:
        self.began = True
        try:
            for choice in event.get("choices") or ():
                logprobs = (choice.get("logprobs") or {}).get("content") or ()
                self.pieces.add((choice.get("delta") or {}).get("content") or "", logprobs)
                if choice.get("finish_reason"):
                    self._finish = _FINISH.get(choice["finish_reason"], "cut")
            self._usage = {**self._usage, **(event.get("usage") or {})}
            self._timings = {**self._timings, **(event.get("timings") or {})}
        except (AttributeError, TypeError) as error:
            raise failures.GarbledError(f"the model server streams events of another shape: {list(event)}") from error

    def completion(self, total_s: float) -> RawCompletion:
        prompt_s, decode_s = (_number(self._timings.get(key)) / 1e3 for key in ("prompt_ms", "predicted_ms"))
        details = self._usage.get("prompt_tokens_details")
        cached = details.get("cached_tokens") if isinstance(details, dict) else None
        return self.pieces.completion(
            self._finish,
            input_tokens=int(_number(self._usage.get("prompt_tokens"))),
            output_tokens=int(_number(self._usage.get("completion_tokens"))),
            cached_tokens=int(_number(self._timings.get("cache_n") if cached is None else cached)),
            prompt_s=prompt_s,
            decode_s=decode_s,
            total_s=total_s,
            queue_s=max(0.0, total_s - prompt_s - decode_s) if self._timings else 0.0,
        )


def _number(said: Any) -> float:
    return float(said) if isinstance(said, int | float) else 0.0
