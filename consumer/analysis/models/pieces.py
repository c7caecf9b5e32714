"""The pieces of a streamed answer: its text, and what is known of its tokens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from consumer.analysis.models.label import Token, label_probability, tokens_of
from consumer.analysis.models.server import Finish, RawCompletion

#: No token has more characters than so many, on the average of an answer: a server that goes on has lost its budget.
_CHARS_PER_TOKEN = 16
_SLACK_CHARS = 2_000


class Pieces:
    """An answer of at most *max_tokens* while it comes."""

    def __init__(self, max_tokens: int) -> None:
        self._most_chars = max_tokens * _CHARS_PER_TOKEN + _SLACK_CHARS
        self._texts: list[str] = []
        self._tokens: list[Token] = []
        self._chars = 0

    @property
    def is_too_long(self) -> bool:
        """Whether the server has gone on far beyond the budget: nobody needs to read the rest."""
        return self._chars > self._most_chars

    def add(self, text: str, logprobs: Iterable[Any] = ()) -> None:
        """Add a piece, with the probabilities of its tokens where the server tells them."""
        self._texts.append(text)
        self._chars += len(text)
        self._tokens += tokens_of(logprobs)

    def completion(self, finish: Finish, **costs: Any) -> RawCompletion:
        """Return the answer as it ended, or as we ended it."""
        return RawCompletion(
            text="".join(self._texts),
            finish="length" if self.is_too_long else finish,
            label_probability=label_probability(self._tokens),
            **costs,
        )
