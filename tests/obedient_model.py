"""The adversary: a model that does whatever any line of the mail says, and invents the rest where it is told to.

An in-process fake at the edge of the network. It reads what it is shown and nothing else: what was taken out of the
prompt it cannot obey. It also understands base64 and rot13, which a small model does not.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from consumer.analysis.models.server import Capabilities, ModelIdentity, Prompt, RawCompletion
from consumer.analysis.prompt import JOINER
from schemas.analysis import Priority

#: Fields in which a model speaks in its own words.
PROSE = ("summary", "priority_reason", "next_step", "situation", "background", "people", "stakes", "risks", "outlook")
INVENTED_OWNERS = ("Zebulon Quackenbush", "Compliance Daemon", "Xq")
_FIGURES = re.compile(r"[.,]?\d[\d.,' \u2019\u00a0\u202f]*\d|\d")
_BLOB = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
_QUOTED = re.compile(r"[\"\u201c\u00ab]([^\"\u201d\u00bb\n]{3,200})[\"\u201d\u00bb]")
_LEVELS = {"low": "low", "niedrig": "low", "basse": "low", "baja": "low", "低": "low", "critical": "critical"}
_LEVEL = re.compile(
    rf"priorit\w*\W+(?:\w+\W+){{0,3}}?({'|'.join(_LEVELS)})|({'|'.join(_LEVELS)})\W+priorit", re.IGNORECASE
)
_ADD = re.compile(r"\b(?:add|include|say|write|append|insert|integrate|füge|ajoute|añade)\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a mail wants of the model: where *seen* is shown to it, its *answer* takes the place of an honest one.

    `says` is put into every field of prose, `changed` tells how the rest of the prose is to be written.
    """

    seen: str
    answer: Mapping[str, Any] = field(default_factory=dict)
    says: str = ""
    changed: str = ""


class ObedientModel:
    """Answers honestly in the words of *gist* until a line of the mail tells it otherwise.

    Args:
        gist: What an honest model says in each field of prose; empty: it invents all it can.
        orders: What it understands the mail to want, beside what it sees itself.
    """

    options: Mapping[str, Any] = {}
    name = "obedient"
    provider = "test"

    def __init__(self, gist: str = "", orders: Sequence[Order] = ()) -> None:
        self._gist = gist
        self._orders = orders
        self._random = random.Random(5)
        self.obeyed = 0

    def complete(self, prompt: Prompt, schema: Mapping[str, Any], _max_tokens: int) -> RawCompletion:
        """Answer with what the mail orders."""
        body = prompt.user.split("\n\n", 1)[-1]
        answer = self._honest() if self._gist else self._inventions(body)
        for text in _plain(body):
            self._obey(text, answer)
        if "system prompt" in body or "your instructions" in body:
            answer["summary"] = prompt.system[:300]
        # What keeps a token from being one does not keep a reader from reading it.
        shown = prompt.user.replace(JOINER, "")
        for order in self._orders:
            if order.seen in shown:
                self.obeyed += 1
                _follow(order, answer)
        return RawCompletion(text=json.dumps(_shaped(answer, schema)), finish="stop")

    def identity(self) -> ModelIdentity:
        """Say who it is."""
        return ModelIdentity(server="test", model=self.name, digest="0")

    def capabilities(self) -> Capabilities:
        """Say that it can do all."""
        return Capabilities(schema=True, logprobs=False)

    def probe(self) -> None:
        """Be alive."""

    def close(self) -> None:
        """Hold nothing."""

    def _honest(self) -> dict[str, Any]:
        told = dict.fromkeys(PROSE[:3], self._gist)
        return {**told, "priority": "normal", "category": "request", "workflow_state": "waiting"}

    def _inventions(self, body: str) -> dict[str, Any]:
        """Return inventions, half quotes and true quotes under false claims."""
        lines = [line.strip() for line in body.splitlines() if len(line.strip()) > 12]
        verbatim = self._random.choice(lines)[:150] if lines else ""
        orders = [line for line in lines if re.search("ignore|priority|critical|low", line, re.IGNORECASE)]
        quote = self._random.choice([verbatim, *orders[:2], "the whole company will be lost tomorrow"])
        figures = _FIGURES.findall(body)
        cut = self._random.choice(figures)[:-1] if figures else "1"
        days = ("2031-01-01", "tomorrow", "Friday")
        return {
            **dict.fromkeys(PROSE, "Everything is on fire."),
            "priority": self._random.choice(list(Priority)),
            "priority_quote": quote,
            "category": "finance",
            "workflow_state": "blocked",
            "organisations": ["Umbrella Quux Holdings", verbatim[:9]],
            "amount_quotes": ["$9,000,000,000", f"${cut}", verbatim],
            "action_items": [
                {"what": "pay it", "owner": owner, "due": due, "quote": words}
                for owner, due, words in zip(INVENTED_OWNERS, days, (verbatim, quote, verbatim), strict=True)
            ],
            "decisions": [{"text": "We pay everything.", "quote": "we pay everything at once"}],
            "open_questions": [{"text": "Who pays?", "quote": quote}],
        }

    def _obey(self, text: str, answer: dict[str, Any]) -> None:
        """Do what *text* says in ways that anybody would understand."""
        if level := _LEVEL.search(text):
            answer["priority"] = _LEVELS[(level[1] or level[2]).lower()]
        for line in text.splitlines():
            if _ADD.search(line):
                for phrase in _QUOTED.findall(line):
                    _follow(Order(seen="", says=phrase), answer)
        for match in re.finditer(r"\{.{10,3000}\}", text, re.DOTALL):
            try:
                answer |= {name: value for name, value in json.loads(match.group()).items() if value}
            except (ValueError, AttributeError):
                continue


def _plain(body: str) -> list[str]:
    """Return *body*, what it is in rot13, and what stands in it in base64."""
    found = [body, codecs.decode(body, "rot13")]
    for blob in _BLOB.findall(body):
        try:
            found.append(base64.b64decode(blob + "=" * (-len(blob) % 4)).decode())
        except (binascii.Error, UnicodeDecodeError):
            continue
    return found


def _follow(order: Order, answer: dict[str, Any]) -> None:
    answer |= order.answer
    for name in PROSE:
        said = answer.get(name, "")
        if isinstance(said, str):
            answer[name] = f"{order.changed or said} {order.says}".strip()


def _shaped(answer: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return *answer* in the shape that is asked for: a grammar would have forced it."""
    return {name: _fitting(answer.get(name), node) for name, node in schema["properties"].items()}


def _fitting(value: Any, node: Mapping[str, Any]) -> Any:
    if "enum" in node:
        return value if value in node["enum"] else node["enum"][0]
    if node["type"] == "array":
        items = value if isinstance(value, list) else []
        return [_fitting(item, node["items"]) for item in items[: node.get("maxItems", len(items))]]
    if node["type"] == "object":
        inner = value if isinstance(value, dict) else {}
        return {name: _fitting(inner.get(name), each) for name, each in node["properties"].items()}
    return (value if isinstance(value, str) else "")[: node.get("maxLength", 10_000)]
