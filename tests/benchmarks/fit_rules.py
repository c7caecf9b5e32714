"""Fit the weights of the rules (`consumer/analysis/weights.toml`) on the labelled mail that may be tuned on.

Run: python -m tests.benchmarks.fit_rules ../shared/corpora/enron_berkeley_labelled [--write]

Multinomial and binary logistic regression with squared penalties, over the few named traits and word counts of
`traits.py` and `topic.py`. Prints what cross-validation gives; the half `held_out` is never read. Needs SciPy.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize

from chainmail.cli.labelled import LABELS
from chainmail.cli.mail_files import chain_in
from consumer.analysis.attention import score_of
from consumer.analysis.new_text import passages_of
from consumer.analysis.newest import newest_of
from consumer.analysis.readings import read_chain
from consumer.analysis.topic import PARTS, PLACES, Words, topic, words_of
from consumer.analysis.traits import Traits, traits_of
from consumer.analysis.weights import WeightTable
from consumer.evaluation.categories import LABEL_OF
from consumer.evaluation.items import SealedMail
from consumer.evaluation.sets.enron import sealed_mails
from schemas.analysis import Category, Priority

OUT = Path(__file__).parents[2] / "consumer" / "analysis" / "weights.toml"
KINDS = tuple(kind for kind in Category if kind not in PARTS)
#: A coarse category for each label.
KIND_OF = {LABEL_OF[kind]: kind for kind in KINDS}
CATEGORY_TRAITS = "bias asks forward_asks is_forward is_answer is_article names_meeting is_to_many".split()
ATTENTION_TRAITS = (
    *"bias asks advises is_first is_silent is_forward forward_asks is_short_answer is_answer is_thanks".split(),
    *"is_told is_article trade work".split(),
)
#: What words are taken to weigh before any mail was seen, by place.
PRIOR = np.array([2.0, 1.0, 0.4])
#: The finer categories are named by words that hardly mean anything else.
PART_PRIOR = np.array([3.0, 1.5, 0.5])
#: Penalties: of a trait by category, of what words weigh, of those of the finer categories (too few are labelled to
#: go far from the prior), of a trait for attention; of a bias this share of it.
TRAIT_COST, WORD_COST, PART_COST, ATTENTION_COST, BIAS_SHARE = 3.0, 2.0, 10.0, 1.0, 0.5
FOLDS, ROUNDS = 10, 3

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, kw_only=True)
class Example:
    """A labelled mail, as the scores see it."""

    mail_id: str
    words: Words
    traits: Traits
    kind: Category
    is_low: bool


def main() -> None:
    """Fit, cross-validate, print, and write the weights where that is wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mail", type=Path)
    parser.add_argument("--write", action="store_true")
    wanted = parser.parse_args()
    examples = list(read(wanted.mail))
    shares = [cross_validated(examples, f"round {number}") for number in range(ROUNDS)]
    category, attention = (sum(each) / ROUNDS for each in zip(*shares, strict=True))
    note = (
        f"{len(examples)} mails; {FOLDS}-fold cross-validation, {ROUNDS} times: category right {category:.3f}, low or "
        f"not right {attention:.3f}"
    )
    print(note)
    if wanted.write:
        OUT.write_text(written(fitted(examples), note), "utf-8")


def read(mail: Path) -> Iterator[Example]:
    """Yield an example a mail that may be tuned on."""
    yield from (_example(mail, label) for label in sealed_mails(LABELS) if label.half == "tune")


def _example(mail: Path, label: SealedMail) -> Example:
    chain = chain_in((mail / f"{label.id}.txt").read_bytes())
    if chain is None:
        raise SystemExit(f"{label.id}: no mail")
    passages = passages_of(chain)
    newest = newest_of(chain, passages)
    return Example(
        mail_id=label.id,
        words=words_of(newest.subject, newest.own, newest.passed_on),
        traits=traits_of(chain, newest, read_chain(chain, passages).dates),
        kind=KIND_OF[label.category],
        is_low=label.priority is Priority.LOW,
    )


def cross_validated(examples: Sequence[Example], salt: str) -> tuple[float, float]:
    """Return how often category, and whether a mail is low, are right in mail that was not fitted on."""
    right_kinds = right_lows = 0
    for number in range(FOLDS):
        held = [one for one in examples if _fold(one, salt) == number]
        table = fitted([one for one in examples if _fold(one, salt) != number])
        for one in held:
            found = topic(one.words, one.traits, is_bulk=False, table=table).category
            score = score_of(one.traits, found, table.attention)
            right_kinds += LABEL_OF[found] == LABEL_OF[one.kind]
            right_lows += (score <= 0 and not one.traits.is_open) == one.is_low
    return right_kinds / len(examples), right_lows / len(examples)


def fitted(examples: Sequence[Example]) -> WeightTable:
    """Return the weights that fit *examples*; attention is fitted on categories of other mail's making."""
    table = _topics(examples)
    found = [Category.OTHER] * len(examples)
    for number in range(FOLDS):
        others = _topics([one for one in examples if _fold(one, "inner") != number])
        for at, one in enumerate(examples):
            if _fold(one, "inner") == number:
                found[at] = topic(one.words, one.traits, is_bulk=False, table=others).category
    return WeightTable(traits=table.traits, words=table.words, attention=_attention(examples, found))


def _fold(example: Example, salt: str) -> int:
    return int(hashlib.md5(f"{salt} {example.mail_id}".encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


def _topics(examples: Sequence[Example]) -> WeightTable:
    """Return weights of traits and words: multinomial logistic regression."""
    traits = np.array([[one.traits.weighed({name: 1.0}) for name in CATEGORY_TRAITS] for one in examples])
    general = np.array([[[one.words[place].get(kind, 0.0) for kind in KINDS] for place in PLACES] for one in examples])
    parts = np.array([[[_of_parts(one, place, kind) for kind in KINDS] for place in PLACES] for one in examples])
    goal = np.array([[float(one.kind is kind) for kind in KINDS] for one in examples])
    sizes = [traits.shape[1] * len(KINDS), len(PLACES) * len(KINDS), len(PLACES)]
    start = np.concatenate([np.zeros(sizes[0]), np.repeat(PRIOR, len(KINDS)), PART_PRIOR])
    costs = np.repeat([TRAIT_COST, WORD_COST, PART_COST], sizes)
    costs[: len(KINDS)] *= BIAS_SHARE

    def loss(point: Array) -> tuple[float, Array]:
        of_traits, of_words, of_parts = np.split(point, np.cumsum(sizes)[:-1])
        scores = traits @ of_traits.reshape(-1, len(KINDS))
        scores = scores + np.einsum("npk,pk->nk", general, of_words.reshape(-1, len(KINDS)))
        scores = scores + np.einsum("npk,p->nk", parts, of_parts)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares = powers / powers.sum(axis=1, keepdims=True)
        off = shares - goal
        slope = [(traits.T @ off).ravel(), np.einsum("nk,npk->pk", off, general).ravel()]
        slope.append(np.einsum("nk,npk->p", off, parts))
        cost = -np.log((shares * goal).sum(axis=1)).sum() + (costs * (point - start) ** 2).sum() / 2
        return float(cost), np.concatenate(slope) + costs * (point - start)

    of_traits, of_words, of_parts = np.split(_least(loss, start), np.cumsum(sizes)[:-1])
    by_trait, by_place = of_traits.reshape(-1, len(KINDS)), of_words.reshape(-1, len(KINDS))
    words = {str(kind): _named(PLACES, by_place[:, at]) for at, kind in enumerate(KINDS) if kind is not Category.OTHER}
    return WeightTable(
        traits={kind: _named(CATEGORY_TRAITS, by_trait[:, at]) for at, kind in enumerate(KINDS)},
        words=words | {"part": _named(PLACES, of_parts)},
        attention={},
    )


def _of_parts(example: Example, place: str, kind: Category) -> float:
    return sum(example.words[place].get(part, 0.0) for part, whole in PARTS.items() if whole is kind)


def _attention(examples: Sequence[Example], kinds: Sequence[Category]) -> Mapping[str, float]:
    """Return the weights of what calls for attention: logistic regression."""
    names = (*ATTENTION_TRAITS, "only_read")
    alone = [{other: float(other == name) for other in names} for name in names]
    seen = np.array(
        [[score_of(one.traits, kind, weights) for weights in alone] for one, kind in zip(examples, kinds, strict=True)]
    )
    goal = np.array([float(not one.is_low) for one in examples])
    costs = np.array([ATTENTION_COST * (BIAS_SHARE if name == "bias" else 1.0) for name in names])

    def loss(point: Array) -> tuple[float, Array]:
        scores = seen @ point
        cost = (np.logaddexp(0.0, scores) - goal * scores).sum() + (costs * point**2).sum() / 2
        return float(cost), seen.T @ (1 / (1 + np.exp(-scores)) - goal) + costs * point

    return _named(names, _least(loss, np.zeros(len(names))))


def _least(loss: Callable[[Array], tuple[float, Array]], start: Array) -> Array:
    found: Array = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return found


def _named(names: Sequence[str], values: Array) -> dict[str, float]:
    return {name: round(float(value), 2) for name, value in zip(names, values, strict=True)}


def written(table: WeightTable, note: str) -> str:
    """Return the file of *table*."""
    lines = [
        "# What traits (`traits.py`) and words of the categories (`topic.py`) weigh, and what calls for attention",
        "# (`attention.py`). Fitted by tests/benchmarks/fit_rules.py on labelled business mail (tests/labels), which",
        "# gives these numbers alone: the traits are facts of how a mail is built, the words are our own lists.",
        f"# {note}.",
        "# `part` is for the words of the finer categories: too little mail of them is labelled.",
        "",
    ]
    for name, rows in (("traits", table.traits), ("words", table.words)):
        lines += [f"[{name}]", *(f"{kind} = {_inline(weights)}" for kind, weights in rows.items()), ""]
    lines += ["[attention]", *(f"{name} = {weight}" for name, weight in table.attention.items()), ""]
    return "\n".join(lines)


def _inline(weights: Mapping[str, float]) -> str:
    return f"{{ {', '.join(f'{name} = {weight}' for name, weight in weights.items())} }}"


if __name__ == "__main__":
    main()
