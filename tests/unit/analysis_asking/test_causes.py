"""Why an answer could not be used, as it is counted."""

from __future__ import annotations

from contextlib import suppress

import pytest

from chainmail.settings import load
from consumer.analysis.analyse import Analyser
from consumer.analysis.answers import UnusableAnswerError
from consumer.analysis.asking import ask_record
from consumer.analysis.calls import Calls
from consumer.analysis.causes import judged
from consumer.analysis.models.server import Finish
from consumer.analysis.prompt import chain_prompt
from consumer.meter import CAUSES, FAILURES, Meter
from schemas.completion import Completion
from tests.conversations import conversation
from tests.scripted_model import ScriptedModel, answer, raw

CHAIN = conversation("We need forty pairs of gloves, please send us your offer.", subject="Gloves")
SHOWN = chain_prompt(CHAIN, 2_000)


@pytest.mark.parametrize(
    ("text", "finish", "cause"),
    [
        (answer(), "stop", ""),
        (answer(), "length", "long_answer"),
        ("", "length", "long_answer"),
        (answer()[:80], "cut", "cut_answer"),
        ("", "stop", "no_json"),
        ("<think>They want gloves.</think>", "stop", "no_json"),
        ("[1, 2]", "stop", "no_json"),
        ("[" * 100_000, "stop", "no_json"),
        (answer(priority="whenever"), "stop", "wrong_shape"),
        (answer(without=("summary",)), "stop", "wrong_shape"),
        (answer(priority="whenever", summary="and so on " * 40), "stop", "wrong_shape"),
        (answer(summary="and so on " * 40), "stop", "empty_talk"),
        (answer(summary="the mail <mail 0a1b> says"), "stop", "empty_talk"),
    ],
)
def test_faulty_answer_is_counted_once_by_its_cause(text: str, finish: Finish, cause: str) -> None:
    """Nobody could tell a budget that is too small from a model that is."""
    meter = Meter()
    with suppress(UnusableAnswerError):
        judged(meter, raw(text, finish), Completion)
    counted = meter.amounts()
    assert {name for name in CAUSES if counted[FAILURES + name]} == ({cause} if cause else set())
    assert sum(counted[FAILURES + name] for name in CAUSES) == bool(cause)


def test_what_cannot_be_used_is_raised_all_the_same() -> None:
    """Counting would swallow the repair."""
    with pytest.raises(UnusableAnswerError):
        judged(Meter(), raw("no"), Completion)


def test_share_that_was_valid_at_first_can_be_told() -> None:
    """A change of prompt or model could not be judged by it."""
    meter = Meter()
    for script in ([answer()], [answer(priority="whenever"), answer()], ["no", answer()]):
        ask_record(Calls(ScriptedModel(*script), SHOWN, "v", meter=meter), 900)
    counted = meter.amounts()
    assert (counted["first_answers"], counted["first_answers_valid"]) == (3, 1)
    assert (counted[FAILURES + "wrong_shape"], counted[FAILURES + "no_json"]) == (1, 1)


def test_answer_without_evidence_is_counted() -> None:
    """A model that makes everything up would look as good as any."""
    meter = Meter()
    made_up = answer(
        priority_quote="the sky has fallen",
        amount_quotes=["EUR 9,999.00"],
        action_items=[{"what": "run", "owner": "", "due": "", "quote": "run for your lives"}],
        decisions=[],
    )
    analyser = Analyser(ScriptedModel(made_up), load(model_output_tokens=600), meter=meter)
    analyser.analyse(CHAIN)
    assert meter.amounts()[FAILURES + "no_evidence"] == 1
