"""What can this server do? Two tiny completions tell, with the options of all others, so that they warm it up as well.

The first is asked for one word and allowed another by its schema: whoever writes the allowed one holds to schemas. The
second has a sample of prose before it, and what it costs more than the first is the sample's price in tokens. A server
that refuses the first is asked once more without probabilities of tokens.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any

from consumer.analysis.models.label import FIELD
from consumer.analysis.models.server import Capabilities, Prompt, RawCompletion
from consumer.analysis.tokens import tokens_of
from consumer.errors import PermanentError

_SAID, _ALLOWED = "low", "high"
#: No answer but one fits it.
SCHEMA: Mapping[str, Any] = MappingProxyType(
    {
        "type": "object",
        "properties": {FIELD: {"type": "string", "enum": [_ALLOWED]}},
        "required": [FIELD],
        "additionalProperties": False,
    }
)
_PROMPT = Prompt(system="Answer in JSON.", user=f'Write {{"{FIELD}": "{_SAID}"}} and nothing else.')
#: What JSON of one short field takes, however it is laid out.
_ANSWER_TOKENS = 32
#: Business mail as it comes: prose, names, figures, a second language.
SAMPLE = """From: Jonas Brandt <jonas.brandt@nordlicht.example>
Date: Tuesday, 2026-03-03 16:42
Subject: RE: Delivery of order PO-2026-0417

Thank you for your call this morning. As discussed, we can deliver 240 of the 300 valve housings by Friday, March 13th;
the price stays at EUR 18.75 apiece, EUR 5,625.00 in all. Please confirm by Thursday noon, otherwise we lose a week.

Die Gutschrift über 312,40 € ist heute hinausgegangen; der Prüfbericht folgt bis Ende der Woche.

Jonas Brandt · Nordlicht Armaturen GmbH · +49 431 5550 178
"""
#: A count outside of this is none: older servers left out what they had in their cache.
_LEAST_FACTOR, _MOST_FACTOR = 0.4, 3.0

Complete = Callable[[Prompt, Mapping[str, Any], int, bool], RawCompletion]


def abilities(complete: Complete, *, context_tokens: int | None) -> Capabilities:
    """Return what the server behind *complete* can do; its last argument asks for probabilities of tokens.

    Raises:
        TransientError: It cannot answer now.
        PermanentError: It refuses even the simplest request.
    """
    try:
        first = complete(_PROMPT, SCHEMA, _ANSWER_TOKENS, True)
    except PermanentError:
        first = complete(_PROMPT, SCHEMA, _ANSWER_TOKENS, False)
    longer = replace(_PROMPT, user=f"{SAMPLE}\n{_PROMPT.user}")
    second = complete(longer, SCHEMA, 1, False)
    return Capabilities(
        schema=_is_held(first.text),
        logprobs=first.label_probability is not None,
        context_tokens=context_tokens,
        token_factor=_factor(second.input_tokens - first.input_tokens),
    )


def least(found: list[Capabilities]) -> Capabilities:
    """Return what all of them can do."""
    return Capabilities(
        schema=all(each.schema for each in found),
        logprobs=all(each.logprobs for each in found),
        context_tokens=min((each.context_tokens for each in found if each.context_tokens), default=None),
        token_factor=max(each.token_factor for each in found),
    )


def _is_held(text: str) -> bool:
    try:
        return bool(json.loads(text) == {FIELD: _ALLOWED})
    except (ValueError, RecursionError):
        return False


def _factor(counted: int) -> float:
    factor = counted / _estimate()
    return round(factor, 3) if _LEAST_FACTOR <= factor <= _MOST_FACTOR else 1.0


@cache
def _estimate() -> float:
    return tokens_of(SAMPLE)
