"""Whether a matter in which nothing presses needs anybody at all: what is answered, told or passed on may not.

A linear score over named traits (`weights.toml`): above zero somebody has to look. What asks or promises something
is never low, whatever else it says, nor is what somebody wrote of his own accord: a stranger can add words to a mail,
and cannot take away what it asks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from consumer.analysis.newest import Newest
from consumer.analysis.readers.state import is_settled
from consumer.analysis.topic import PARTS
from consumer.analysis.traits import Traits
from consumer.analysis.weights import Weights, weight_table
from schemas.analysis import Category

#: What is read and done with.
_TO_BE_READ = frozenset({Category.PERSONAL, Category.REPORT, Category.BULK})


@dataclass(frozen=True, kw_only=True)
class Attention:
    """Whether somebody has to look, how far that is from doubt (0.5 is even), and why not, in words."""

    is_needed: bool
    sureness: float
    why_not: str = ""


def attention(newest: Newest, traits: Traits, category: Category) -> Attention:
    """Return whether the *newest* email with its *traits*, of that *category*, needs anybody."""
    is_only_read = only_read(traits, category)
    score = score_of(traits, category, weight_table().attention)
    is_of_its_own = traits.is_first and not (traits.is_short_answer or traits.is_told or is_only_read)
    is_needed = traits.is_open or is_of_its_own or score > 0
    needed = 1 / (1 + math.exp(-score))
    return Attention(
        is_needed=is_needed,
        sureness=needed if is_needed else 1 - needed,
        why_not="" if is_needed else _why_not(newest, traits, category),
    )


def only_read(traits: Traits, category: Category) -> bool:
    """Return whether a mail is of a *category* to be read, or an answer of none, and has no word of trade or work."""
    is_small_talk = category is Category.OTHER and traits.is_answer
    is_read = is_small_talk or PARTS.get(category, category) in _TO_BE_READ
    return is_read and not (traits.trade or traits.work)


def score_of(traits: Traits, category: Category, weights: Weights) -> float:
    """Return the log odds that somebody has to look, by *weights*."""
    rest = {name: weight for name, weight in weights.items() if name != "only_read"}
    return traits.weighed(rest) + weights["only_read"] * only_read(traits, category)


def _why_not(newest: Newest, traits: Traits, category: Category) -> str:
    if newest.is_article:
        return "an article passed on, nothing asked"
    if newest.passed_on and is_settled(newest.own):
        return "answered in a few words, nothing asked"
    if traits.is_told:
        return "for information, nothing asked"
    if traits.is_forward:
        return "passed on without a word, nothing asked"
    if category in _TO_BE_READ:
        return f"{category} to be read, nothing asked"
    return "nothing asked, promised or advised, and few words of business"
