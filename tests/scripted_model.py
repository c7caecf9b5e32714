"""A model server in memory: it answers what the test wrote down, and keeps what it was asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from consumer.analysis.models.server import Capabilities, Finish, ModelIdentity, Prompt, RawCompletion

#: A whole answer that nothing is wrong with.
GOOD: dict[str, Any] = {
    "summary": "The buyer asks for forty pairs of gloves; a quote was promised for Friday.",
    "priority": "high",
    "priority_reason": "a promise with a date",
    "priority_quote": "we need them by Friday",
    "category": "order",
    "workflow_state": "waiting",
    "next_step": "Send the quote.",
    "sentiment": "positive",
    "organisations": ["Acme"],
    "amount_quotes": ["EUR 1,200.00"],
    "action_items": [{"what": "send the quote", "owner": "Lena", "due": "Friday", "quote": "Lena sends it on Friday"}],
    "decisions": [{"text": "they buy", "quote": "we take them"}],
    "risks": [],
    "open_questions": [],
}


#: A whole story of about 2,500 characters.
STORY: dict[str, str] = {
    name: " ".join(
        f"{subject} {verb} the {thing} {when}, and that is all we know."
        for subject, verb, thing, when in zip(
            ("The buyer", "Our sales office", "The plant in Ghent", "A carrier", "The bank", "Lena"),
            ("ordered", "confirmed", "checked", "delayed", "paid for", "returned"),
            (f"{name} gloves", f"{name} rings", f"{name} papers", f"{name} boxes", f"{name} bill", f"{name} sample"),
            ("on Monday", "in the second week", "after the call", "before Easter", "without a word", "at last"),
            strict=True,
        )
    )
    for name in ("situation", "background", "people", "stakes", "risks", "outlook")
}


def story(*, without: tuple[str, ...] = (), **changes: str) -> str:
    """Return the whole story with *changes*, as the text that a model returns."""
    return json.dumps({name: text for name, text in {**STORY, **changes}.items() if name not in without})


def answer(*, without: tuple[str, ...] = (), **changes: Any) -> str:
    """Return the good answer with *changes*, as the text that a model returns."""
    return json.dumps({name: value for name, value in {**GOOD, **changes}.items() if name not in without})


def raw(text: str, finish: Finish = "stop") -> RawCompletion:
    """Return *text* as a server returns it, with costs that a test can recognise."""
    return RawCompletion(
        text=text,
        finish=finish,
        input_tokens=700,
        output_tokens=150,
        load_s=0.25,
        prompt_s=1.5,
        decode_s=3.0,
        total_s=5.0,
        queue_s=0.125,
    )


class ScriptedModel:
    """Returns (or raises) one line of its script a call."""

    provider = "scripted"
    name = "script-1"

    def __init__(self, *script: RawCompletion | str | Exception) -> None:
        self.options: Mapping[str, Any] = {"temperature": 0.0}
        self._script = list(script)
        self.asked: list[tuple[Prompt, Mapping[str, Any], int]] = []
        self.last = ""

    def complete(self, prompt: Prompt, schema: Mapping[str, Any], max_tokens: int) -> RawCompletion:
        """Return what comes next."""
        self.asked.append((prompt, schema, max_tokens))
        line = self._script.pop(0)
        if isinstance(line, Exception):
            raise line
        found = raw(line) if isinstance(line, str) else line
        self.last = found.text
        return found

    def identity(self) -> ModelIdentity:
        """Return a name."""
        return ModelIdentity(server=self.provider, model=self.name, digest="d1")

    def capabilities(self) -> Capabilities:
        """Hold to schemas, and say no more."""
        return Capabilities(schema=True, logprobs=False)

    def probe(self) -> None:
        """Be well."""

    def close(self) -> None:
        """Hold nothing."""
