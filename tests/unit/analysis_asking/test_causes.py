"""Why an answer could not be used, as it is counted."""

from __future__ import annotations

from contextlib import suppress

import pytest

from consumer.analysis.answers import UnusableAnswerError
from consumer.analysis.causes import judged
from consumer.analysis.models.server import Finish
from consumer.meter import CAUSES, FAILURES, Meter
from schemas.completion import Completion
from tests.scripted_model import answer, raw


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
