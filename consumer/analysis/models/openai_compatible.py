"""Any server of the OpenAI chat API: llama.cpp (the embedded one too), vLLM, LM Studio.

llama.cpp tells its own timings beside the answer; where a server does not, the times are 0 but for
the total.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

import httpx

from consumer.analysis.models import failures
from consumer.analysis.models.server import Finish, ModelIdentity, Prompt, RawCompletion
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
        started_s = time.monotonic()
        answer = _Answer()
        with self._client.stream("POST", "chat/completions", json=self._body(prompt, schema, max_tokens)) as response:
            for event in _events(response.iter_lines()):
                if "error" in event:
                    raise self._failure(event["error"])
                answer.add(event)
        return answer.completion(time.monotonic() - started_s)

    def identity(self) -> ModelIdentity:
        """Return the model; llama.cpp's description of the weights stands in for a digest."""
        listed = self._models()
        chosen = next((entry for entry in listed if self.name in {"", entry["id"], *entry.get("aliases", ())}), None)
        if chosen is None:
            known = ", ".join(str(entry["id"]) for entry in listed) or "none"
            message = f"model not found: {self.name} (the server has {known}): set CHAINMAIL_MODEL to one of them"
            raise failures.MisconfiguredError(message, counts=False)
        weights = json.dumps([chosen["id"], chosen.get("meta"), chosen.get("root")], sort_keys=True)
        model = chosen["id"] if not chosen["id"].endswith(".gguf") else PurePath(chosen["id"]).name
        return ModelIdentity(
            server=self.provider, model=model, digest=hashlib.sha256(weights.encode()).hexdigest()[:16]
        )

    def slots(self) -> int | None:
        """Return llama.cpp's slots; None for a server that answers all that come at once (vLLM), or does not say."""
        try:
            said = self._client.get(f"{self._root}/props").json()["total_slots"]
        except AbandonedError:
            raise
        except (TransientError, PermanentError, ValueError, KeyError, TypeError):
            return None
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

    def _body(self, prompt: Prompt, schema: Mapping[str, Any], max_tokens: int) -> dict[str, Any]:
        wanted = {"name": "completion", "strict": True, "schema": dict(schema)}
        return {
            "model": self.name or "default",
            "messages": prompt.messages,
            "max_tokens": max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
            "response_format": {"type": "json_schema", "json_schema": wanted},
            **prompt.options(self.options),
        }

    def _models(self) -> list[dict[str, Any]]:
        try:
            listed = self._client.get("models").json()["data"]
            return [entry for entry in listed if isinstance(entry["id"], str)]
        except (ValueError, KeyError, TypeError) as error:
            raise TransientError(f"what answers at {self._client.base_url} is no OpenAI-compatible server") from error

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
            raise TransientError(f"the model server streams no JSON: {data[:80]!r}") from error
        if isinstance(event, dict):
            yield event


class _Answer:
    """The pieces of a streamed completion, put together."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._finish: Finish = "cut"
        self._usage: dict[str, Any] = {}
        self._timings: dict[str, Any] = {}

    def add(self, event: dict[str, Any]) -> None:
        for choice in event.get("choices") or ():
            self._pieces.append((choice.get("delta") or {}).get("content") or "")
            if choice.get("finish_reason"):
                self._finish = _FINISH.get(choice["finish_reason"], "cut")
        self._usage = event.get("usage") or self._usage
        self._timings = event.get("timings") or self._timings

    def completion(self, total_s: float) -> RawCompletion:
        prompt_s, decode_s = (float(self._timings.get(key, 0)) / 1e3 for key in ("prompt_ms", "predicted_ms"))
        return RawCompletion(
            text="".join(self._pieces),
            finish=self._finish,
            input_tokens=int(self._usage.get("prompt_tokens", 0)),
            output_tokens=int(self._usage.get("completion_tokens", 0)),
            prompt_s=prompt_s,
            decode_s=decode_s,
            total_s=total_s,
            queue_s=max(0.0, total_s - prompt_s - decode_s) if self._timings else 0.0,
        )
