"""How sure was the model of a label that it chose, by the probabilities that the server tells of each token (pure).

The first token of a label tells which one it is, because no two of ours begin alike; the probabilities of all labels
there are set to one in sum. llama.cpp and vLLM tell them as they are before the grammar has its say, so that most of
what is listed may be no label at all.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from schemas.analysis import Priority

#: The field whose label counts, and what it may be.
FIELD = "priority"
LABELS = tuple(priority.value for priority in Priority)
#: So many alternatives are asked for; OpenAI's API, vLLM and Ollama give no more than 20.
ALTERNATIVES = 20


@dataclass(frozen=True)
class Token:
    """A piece of an answer, and what else could have stood there: each with its probability."""

    text: str
    alternatives: Mapping[str, float]


def wants_label(schema: Mapping[str, Any]) -> bool:
    """Tell whether an answer of *schema* has the label."""
    return FIELD in schema.get("properties", {})


def tokens_of(logprobs: Iterable[Any]) -> list[Token]:
    """Return the tokens of one event as servers list them: `token`, `logprob`, `top_logprobs` of the same two.

    What has another shape is left out: a server's whim is no reason to lose its answer.
    """
    found = []
    for entry in logprobs:
        try:
            listed = [entry, *(entry.get("top_logprobs") or ())]
            alternatives = {str(each["token"]): math.exp(float(each["logprob"])) for each in listed}
            found.append(Token(str(entry["token"]), alternatives if len(listed) > 1 else {}))
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
            continue
    return found


def label_probability(tokens: Sequence[Token], *, field: str = FIELD, labels: Sequence[str] = LABELS) -> float | None:
    """Return the probability of the label that the answer gives as its *field*, or None where nobody knows.

    A label that is not among the alternatives counts as much as the least of them, so that nothing is overstated.
    """
    text = "".join(token.text for token in tokens)
    found = re.search(rf"{json.dumps(field)}\s*:\s*\"({'|'.join(map(re.escape, labels))})\"", text)
    if found is None:
        return None
    starts = list(accumulate((len(token.text) for token in tokens), initial=0))
    at = max(number for number, start in enumerate(starts[:-1]) if start <= found.start(1))
    before = tokens[at].text[: found.start(1) - starts[at]]
    known = tokens[at].alternatives
    if not known:
        return None
    shares = {label: _share(label, before, known) or min(known.values()) for label in labels}
    whole = sum(shares.values())
    return shares[found.group(1)] / whole if whole else None


def _share(label: str, before: str, known: Mapping[str, float]) -> float:
    """Return the probability of the tokens that begin *label* after what stands *before* it in the same token."""
    shares = (share for text, share in known.items() if text.startswith(before) and _begins(label, text[len(before) :]))
    return sum(shares)


def _begins(label: str, text: str) -> bool:
    """Tell whether *text* is the beginning of *label*, or all of it and what closes it."""
    return bool(text) and (label.startswith(text) or text.startswith(f'{label}"'))
