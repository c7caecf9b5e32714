"""What the fake model sends: the events of both APIs, well formed, and what faults put on the wire instead."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any, Protocol


class Sent(Protocol):
    """One answer: what it says, how it is spoilt, since when it is asked for."""

    answer: str
    fault: str
    started_s: float

    @property
    def prompt_chars(self) -> int:
        """How long the prompt is."""
        ...


DETAILS = {"format": "gguf", "family": "fake", "parameter_size": "1", "quantization_level": "Q4_0"}
_PIECE_CHARS = 120
_DRIP_S = 0.05
_FLOOD = "and so on and so forth, "


def _pieces(call: Sent) -> Iterator[str]:
    if call.fault == "endless":
        while True:
            yield _FLOOD * 50
    while call.fault == "drip":
        time.sleep(_DRIP_S)
        yield ""
    text = call.answer
    yield from [text[start : start + _PIECE_CHARS] for start in range(0, len(text), _PIECE_CHARS)] or [""]


def _tokens(call: Sent) -> tuple[int, int]:
    """Return about how many tokens the prompt and the answer have."""
    return call.prompt_chars // 4 + 1, len(call.answer) // 4 + 1


def ollama_events(model: str, call: Sent, *, delay_s: float, probable: bool) -> Iterator[dict[str, Any]]:
    """Yield the lines of /api/chat; durations in nanoseconds."""
    base = {"model": model, "created_at": "2026-01-01T00:00:00Z"}
    said = "thinking" if call.fault == "thinking" else "content"
    for piece in _pieces(call):
        message = {"role": "assistant", "content": "", said: piece}
        listed = {"logprobs": _logprobs(piece)} if probable else {}
        yield {**base, "message": message, "done": False, **listed}
        if call.fault == "error":
            yield {"error": "fault in mid-answer"}
    if call.fault == "not_done":
        return
    prompt_tokens, answer_tokens = _tokens(call)
    yield {
        **base,
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": "length" if call.fault == "length" else "stop",
        "total_duration": int((time.monotonic() - call.started_s) * 1e9) + 1_000_000,
        "load_duration": 1_000_000,
        "prompt_eval_count": prompt_tokens,
        "prompt_eval_duration": int(delay_s * 0.25e9),
        "eval_count": answer_tokens,
        "eval_duration": int(delay_s * 0.75e9),
    }


def openai_events(model: str, call: Sent, *, delay_s: float, probable: bool) -> Iterator[dict[str, Any]]:
    """Yield the events of /v1/chat/completions, with llama.cpp's timings in milliseconds."""
    base = {"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 0, "model": model}
    said = "reasoning_content" if call.fault == "thinking" else "content"
    for piece in _pieces(call):
        delta = {"role": "assistant", said: piece}
        listed = {"logprobs": {"content": _logprobs(piece)}} if probable else {}
        yield {**base, "choices": [{"index": 0, "delta": delta, "finish_reason": None, **listed}]}
        if call.fault == "error":
            yield {"error": {"code": 500, "message": "fault in mid-answer", "type": "server_error"}}
    if call.fault == "not_done":
        return
    prompt_tokens, answer_tokens = _tokens(call)
    finish = "length" if call.fault == "length" else "stop"
    yield {**base, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}
    yield {
        **base,
        "choices": [],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": answer_tokens,
            "total_tokens": prompt_tokens + answer_tokens,
            "prompt_tokens_details": {"cached_tokens": prompt_tokens // 2},
        },
        "timings": {
            "cache_n": prompt_tokens // 2,
            "prompt_n": prompt_tokens - prompt_tokens // 2,
            "prompt_ms": delay_s * 250,
            "predicted_n": answer_tokens,
            "predicted_ms": delay_s * 750,
        },
    }


def joined(events: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the answer of a request that does not stream."""
    if "message" in events[0]:
        content = "".join(event["message"]["content"] for event in events if "message" in event)
        return {**events[-1], "message": {"role": "assistant", "content": content}}
    choices = [choice for event in events for choice in event.get("choices", ())]
    message = {"role": "assistant", "content": "".join(choice["delta"].get("content") or "" for choice in choices)}
    whole = {"index": 0, "message": message, "finish_reason": choices[-1]["finish_reason"]}
    return {**events[-1], "object": "chat.completion", "choices": [whole]}


def line_of(event: dict[str, Any], fault: str, *, is_sse: bool) -> bytes:
    """Return *event* as it goes over the wire: a line of JSON, or a server-sent event."""
    text = json.dumps(event, ensure_ascii=False)
    line = (f"data: {text}\n\n" if is_sse else f"{text}\n").encode()
    return line.replace(b"Gloves", b"Glo\xe2\x82ves") if fault == "half_utf8" else line


def _logprobs(piece: str) -> list[dict[str, Any]]:
    """Return a token a word; what could have stood in its place has three tenths of the probability."""
    return [
        {
            "token": token,
            "logprob": -0.357,  # 0.7
            "top_logprobs": [
                {"token": token, "logprob": -0.357},
                {"token": "low", "logprob": -1.609},  # 0.2
                {"token": "The", "logprob": -2.303},  # 0.1
            ],
        }
        for token in re.findall(r"\w+|\W", piece)
    ]
