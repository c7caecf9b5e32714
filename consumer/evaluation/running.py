"""Cases through an analyser: the scores in the order of the cases, and how many had no usable answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from consumer.analysis.analyser import ChainAnalyser
from consumer.analysis.by_code import CodeAnalyser
from consumer.errors import PermanentError, TransientError
from consumer.evaluation.cases import Case, LabelledSet
from consumer.evaluation.scoring import CaseScore
from schemas.analysis import Analysis, ModelUse
from schemas.chain import Chain

#: Is told that so many more cases are done.
OnCase = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """How an analyser did on the cases of a set; `failed` had no usable answer, and the rules' one was scored."""

    scores: tuple[CaseScore, ...]
    failed: int
    use: ModelUse | None


def run(labelled: LabelledSet, analyser: ChainAnalyser, on_case: OnCase, *, at_once: int = 1) -> Outcomes:
    """Return how *analyser* does on *labelled*, asking for so many analyses at once.

    Raises:
        TransientError: The model server does not answer.
    """
    scores, failed, use = [], 0, None
    for case, analysis, is_usable in _analysed(labelled.cases, analyser, at_once):
        scores.append(case.score(case.answer(analysis)))
        failed += not is_usable
        use = analysis.model_use if is_usable else use
        on_case(1)
    return Outcomes(scores=tuple(scores), failed=failed, use=use)


def majority(labelled: LabelledSet) -> tuple[CaseScore, ...]:
    """Return how the answer does that is the same for every case."""
    return tuple(case.score(labelled.majority) for case in labelled.cases)


def analyse_or_rule(chain: Chain, analyser: ChainAnalyser) -> tuple[Analysis, bool]:
    """Return the analysis of *chain* and whether *analyser* made it: where its answer is unusable, the rules do.

    Raises:
        TransientError: The model server refuses. That an answer took too long counts against the model instead.
    """
    try:
        return analyser.analyse(chain), True
    except PermanentError:
        return CodeAnalyser().analyse(chain), False
    except TransientError as error:
        if not error.counts:
            raise
        return CodeAnalyser().analyse(chain), False


def _analysed(cases: Sequence[Case], analyser: ChainAnalyser, at_once: int) -> Iterator[tuple[Case, Analysis, bool]]:
    if at_once == 1:
        yield from ((case, *analyse_or_rule(case.chain, analyser)) for case in cases)
        return
    with ThreadPoolExecutor(at_once) as pool:
        done = pool.map(lambda case: analyse_or_rule(case.chain, analyser), cases)
        yield from ((case, *result) for case, result in zip(cases, done, strict=True))
