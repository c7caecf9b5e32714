"""What traits and words weigh (`weights.toml`): fitted on labelled mail, by a few names that anybody can read."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from schemas.analysis import Category

Weights = Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class WeightTable:
    """The weights: of traits by category, of words by category and place, and of what calls for attention."""

    traits: Mapping[Category, Weights]
    words: Mapping[str, Weights]
    attention: Weights


@cache
def weight_table() -> WeightTable:
    """Return the weights of the package."""
    found = tomllib.loads(resources.files("consumer.analysis").joinpath("weights.toml").read_text("utf-8"))
    return WeightTable(
        traits={Category(kind): weights for kind, weights in found["traits"].items()},
        words=found["words"],
        attention=found["attention"],
    )
