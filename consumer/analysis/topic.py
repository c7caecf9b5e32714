"""What a conversation is mainly about: a linear score by category, over the words that such mail uses and its traits.

Words of the subject weigh most, then those that the writer says himself, then those that he passes on
(`weights.toml`). Where no word tells, a mail that asks for something is a request.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from consumer.analysis.readers.category import strengths
from consumer.analysis.traits import Traits
from consumer.analysis.weights import WeightTable, weight_table
from schemas.analysis import Category

#: The finer categories, each a part of a coarser one: of them too little mail is labelled to weigh each by itself.
PARTS: Mapping[Category, Category] = {
    Category.ORDER: Category.REQUEST,
    Category.QUOTE: Category.REQUEST,
    Category.COMPLAINT: Category.REQUEST,
    Category.INCIDENT: Category.REQUEST,
    Category.INVOICE: Category.FINANCE,
    Category.CONTRACT: Category.LEGAL,
}
PLACES = ("subject", "own", "passed_on")
#: The words of each category, by place.
Words = Mapping[str, Mapping[Category, float]]


@dataclass(frozen=True, kw_only=True)
class Topic:
    """The category, and how far it stands out among the others, 0 to 1."""

    category: Category
    sureness: float


def words_of(subject: str, own: str, passed_on: str) -> Words:
    """Return how many words of each category stand in the *subject*, in what is said and in what is passed on."""
    return dict(zip(PLACES, map(strengths, (subject, own, passed_on)), strict=True))


def topic(words: Words, traits: Traits, *, is_bulk: bool, table: WeightTable | None = None) -> Topic:
    """Return what a mail is about.

    Args:
        words: Its words.
        traits: Its traits.
        is_bulk: Whether it was sent to many, by its headers or footers.
        table: Other weights than those of the package.
    """
    if is_bulk:
        return Topic(category=Category.BULK, sureness=1.0)
    table = table or weight_table()
    by_kind = {kind: _weight(words, kind, table) for kind in Category}
    scores = {kind: traits.weighed(weights) for kind, weights in table.traits.items()}
    for kind, weight in by_kind.items():
        scores[PARTS.get(kind, kind)] += weight
    sure = _shares(scores)
    named = {PARTS.get(kind, kind) for kind, weight in by_kind.items() if weight > 0}
    unnamed = Category.REQUEST if traits.asks or traits.forward_asks else Category.OTHER
    best = max(named or {unnamed}, key=lambda kind: scores[kind])
    return Topic(category=_finest(best, by_kind), sureness=sure[best])


def _finest(whole: Category, by_kind: Mapping[Category, float]) -> Category:
    """Return the part of *whole* that the words name, else *whole*: anybody says please, also who orders."""
    part = max((kind for kind, of in PARTS.items() if of is whole), key=lambda kind: by_kind[kind], default=whole)
    least = 0.0 if whole is Category.REQUEST else by_kind[whole]
    return part if by_kind[part] > least else whole


def _weight(words: Words, kind: Category, table: WeightTable) -> float:
    weights = table.words.get("part" if kind in PARTS else kind, {})
    return sum(weight * words[place].get(kind, 0.0) for place, weight in weights.items())


def _shares(scores: Mapping[Category, float]) -> dict[Category, float]:
    most = max(scores.values())
    powers = {kind: math.exp(score - most) for kind, score in scores.items()}
    return {kind: power / sum(powers.values()) for kind, power in powers.items()}
