"""Why an answer of the model could not be used as it came, as a counter names it (`consumer.meter.CAUSES`)."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import BaseModel

from consumer.analysis.answers import Draft, UnusableAnswerError, drafted
from consumer.analysis.models.server import RawCompletion
from consumer.meter import Meter

_OF_FINISH = {"length": "long_answer", "cut": "cut_answer"}
#: Faults of fields that have their shape and say nothing.
_TALK = ("the same words are repeated", "it repeats the tags around the mail")


def cause_in(raw: RawCompletion, draft: Draft | None) -> str:
    """Return why *raw* is faulty, of which *draft* could be used (None: nothing); empty where it is not."""
    if raw.finish in _OF_FINISH:
        return _OF_FINISH[raw.finish]
    if draft is None:
        return "no_json"
    if not draft.faults:
        return ""
    return "empty_talk" if all(fault in _TALK for fault in draft.faults.values()) else "wrong_shape"


def judged(meter: Meter, raw: RawCompletion, model: type[BaseModel], asked: Collection[str] = ()) -> Draft:
    """Return what of the answer can be used (see `answers.drafted`), and count why it is not all of it.

    Raises:
        UnusableAnswerError: Nothing can.
    """
    try:
        draft = drafted(raw, model, asked)
    except UnusableAnswerError:
        meter.failed(cause_in(raw, None))
        raise
    if cause := cause_in(raw, draft):
        meter.failed(cause)
    return draft
