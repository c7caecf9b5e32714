"""One model call of one host, with its span, which never holds a word of mail or answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from opentelemetry.trace import SpanKind

from chainmail import telemetry
from consumer.analysis.models.server import ModelServer, Prompt, RawCompletion


def call(server: ModelServer, url: str, prompt: Prompt, schema: Mapping[str, Any], max_tokens: int) -> RawCompletion:
    """Return the completion of *server*, which answers at *url* (see `ModelServer.complete`)."""
    attributes: dict[str, str | int] = {
        telemetry.GEN_OPERATION: "chat",
        telemetry.GEN_PROVIDER: server.provider,
        telemetry.GEN_MODEL: server.name,
        telemetry.GEN_MAX_TOKENS: max_tokens,
        telemetry.GEN_PROMPT_VERSION: prompt.version,
        telemetry.REPAIR: bool(prompt.reask),
        telemetry.SERVER_ADDRESS: address(url),
    }
    with telemetry.span(f"chat {server.name or server.provider}", kind=SpanKind.CLIENT, attributes=attributes) as span:
        raw = server.complete(prompt, schema, max_tokens)
        span.set_attributes(_costs(raw))
        return raw


def address(url: str) -> str:
    """Return host and port of *url*, without a password that may stand there."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _costs(raw: RawCompletion) -> dict[str, str | int | float | list[str]]:
    return {
        telemetry.GEN_INPUT_TOKENS: raw.input_tokens,
        telemetry.GEN_OUTPUT_TOKENS: raw.output_tokens,
        telemetry.GEN_FINISH: [raw.finish],
        telemetry.LOAD_S: raw.load_s,
        telemetry.PROMPT_S: raw.prompt_s,
        telemetry.DECODE_S: raw.decode_s,
        telemetry.QUEUE_S: raw.queue_s,
    }
