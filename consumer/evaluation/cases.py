"""A labelled set as cases: chains, each with how an answer to it is scored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from consumer.evaluation.items import Marks
from consumer.evaluation.scoring import CaseScore
from schemas.analysis import Analysis
from schemas.chain import Chain

#: From the bytes of one mail to a chain of it alone; None where they are no mail.
Reader = Callable[[bytes], Chain | None]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is to be scored of an analysis: marks, and what only some sets look at."""

    marks: Marks
    confidence: float | None = None
    owners: tuple[str, ...] = ()
    money: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Case:
    """One chain, how its analysis becomes an answer, and how an answer is scored."""

    case_id: str
    chain: Chain
    answer: Callable[[Analysis], Answer]
    score: Callable[[Answer], CaseScore]


@dataclass(frozen=True, kw_only=True)
class LabelledSet:
    """Cases, with the answer that suits most of them: the baseline that reads nothing."""

    name: str
    cases: Sequence[Case]
    majority: Answer
    notes: tuple[str, ...] = ()


class SetError(ValueError):
    """A labelled set cannot be read: its mail is not where it should be, or not what was labelled."""


_T = TypeVar("_T", bound=Hashable)


def most_frequent(values: Iterable[_T]) -> _T:
    """Return what occurs most often; of several the first."""
    return Counter(values).most_common(1)[0][0]
