"""Reports: systems side by side, and two of them compared."""

from __future__ import annotations

import pytest

from chainmail.settings import Settings
from consumer.analysis.analyse import Analyser
from consumer.analysis.by_code import CodeAnalyser
from consumer.errors import TransientError
from consumer.evaluation.cases import Answer, Case, LabelledSet, SetError
from consumer.evaluation.comparing import compare
from consumer.evaluation.items import AmountItem, Marks
from consumer.evaluation.report import Report, markdown, report, system
from consumer.evaluation.running import majority, run
from consumer.evaluation.scoring import CaseScore, Share, score
from consumer.evaluation.sets.enron import answer_of
from schemas.analysis import Priority
from tests.conversations import conversation
from tests.scripted_model import ScriptedModel


def one_set(count: int = 3) -> LabelledSet:
    """Return a set of mails that each name EUR 5 and are normal."""
    five = AmountItem(start=7, end=12, where="own", value=5, currency="EUR", kind="sum")
    marks = Marks(amounts=(five,), priority=Priority.NORMAL, category="finance")
    cases = []
    for number in range(count):
        chain = conversation("We pay EUR 5 for it.")

        def answer(analysis: object, email: object = chain.emails[0]) -> Answer:
            return answer_of(email, analysis)  # type: ignore[arg-type]

        def judge(given: Answer, case_id: str = str(number)) -> CaseScore:
            return score(case_id, marks, given.marks, given.confidence)

        cases.append(Case(case_id=str(number), chain=chain, answer=answer, score=judge))
    return LabelledSet(name="fives", cases=cases, majority=Answer(marks=marks.model_copy(update={"amounts": ()})))


def quiet(_done: int, _total: int) -> None:
    """Hear of progress."""


def reported(shares: list[int], name: str = "m", set_name: str = "fives") -> Report:
    """Return a report on cases of which so many are right."""
    scores = [CaseScore(case_id=str(at), shares={"category": Share(right, 1)}) for at, right in enumerate(shares)]
    found = report(LabelledSet(name=set_name, cases=(), majority=one_set(1).majority), [])
    return found.model_copy(update={"systems": (system(name, scores, on_metric=quiet),)})


def test_rules_and_the_most_frequent_answer_stand_side_by_side() -> None:
    """A model's figure says nothing without what costs nothing beside it."""
    chosen = one_set()
    ruled = run(chosen, CodeAnalyser(), lambda _: None)
    found = report(
        chosen,
        [
            system("rules", ruled.scores, use=ruled.use, on_metric=quiet),
            system("most frequent answer", majority(chosen), on_metric=quiet),
        ],
    )
    text = markdown(found)
    assert "| | rules | most frequent answer |" in text
    assert "| amounts recall | 1.000 (1.00 to 1.00) | 0.000 (0.00 to 0.00) |" in text
    assert "| amounts precision | 1.000 (1.00 to 1.00) | - |" in text
    assert "| normal | 0 | 3 | 0 | 0 |" in text
    assert Report.model_validate_json(found.model_dump_json()) == found


def test_an_unusable_answer_is_counted_and_the_rules_stand_in() -> None:
    """A model that fails on the hard cases would look good on the others."""
    chosen = one_set(1)
    analyser = Analyser(ScriptedModel(*["nonsense"] * 20), Settings(model_server="openai", model="m"))
    outcomes = run(chosen, analyser, lambda _: None)
    assert outcomes.failed == 1
    assert outcomes.use is None
    assert outcomes.scores[0].counts["amounts"].right == 1


def test_an_answer_that_takes_too_long_is_unusable_and_a_server_that_refuses_ends_the_evaluation() -> None:
    """One slow chain of 150 would cost all figures; or a server that is down would be scored as the rules."""
    settings = Settings(model_server="openai", model="m")
    slow = Analyser(ScriptedModel(TransientError("too slow")), settings)
    assert run(one_set(1), slow, lambda _: None).failed == 1
    refusing = Analyser(ScriptedModel(TransientError("refused", counts=False)), settings)
    with pytest.raises(TransientError, match="refused"):
        run(one_set(1), refusing, lambda _: None)


def test_comparing_says_in_words_what_is_more_than_chance() -> None:
    """A table of differences would be read as if all of them counted."""
    worse, better = reported([1, 0] * 20), reported([1] * 40)
    (found,) = compare(worse, better)
    assert found.words.startswith("category right: 0.500 → 1.000, better (+0.3")
    (back,) = compare(better, worse)
    assert "worse (-0." in back.words
    (same,) = compare(worse, worse)
    assert "no difference that these cases show (p = 1.000)" in same.words


def test_reports_of_other_cases_are_not_compared() -> None:
    """The difference would be that of the cases."""
    with pytest.raises(SetError, match="two sets"):
        list(compare(reported([1]), reported([1], set_name="others")))
    with pytest.raises(SetError, match="share no case"):
        list(compare(reported([1]), reported([])))
