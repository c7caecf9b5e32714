"""How far a record can be trusted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainmail.settings import load
from consumer.analysis.analyse import Analyser
from consumer.analysis.by_code import CodeAnalyser
from consumer.analysis.calibration import calibrated
from consumer.analysis.confidence import RULE_WEIGHTS, WEIGHTS, confidence, confidence_of_rules
from schemas.analysis import Confidence, Priority
from tests.conversations import conversation
from tests.scripted_model import ScriptedModel, answer

LEVELS = list(Priority)
SHARES = st.floats(min_value=0, max_value=1)
PARTS = st.fixed_dictionaries(
    {
        "kept": st.integers(0, 50),
        "dropped": st.integers(0, 50),
        "claimed": st.sampled_from(LEVELS),
        "ruled": st.sampled_from(LEVELS),
        "completeness": SHARES,
        "repaired": st.booleans(),
        "shown": SHARES,
    }
)
BEST: dict[str, Any] = {
    "kept": 5,
    "dropped": 0,
    "claimed": Priority.HIGH,
    "ruled": Priority.HIGH,
    "completeness": 1,
    "repaired": False,
    "shown": 1,
}


def score(parts: dict[str, Any]) -> float:
    """Return the score of *parts*."""
    return confidence(**parts).score


def test_confidence_is_whole_where_everything_speaks_for_the_record() -> None:
    """The best record would not be told from a good one."""
    best = confidence(**BEST)
    assert best.score == 1
    assert set(best.parts.values()) == {1}


def test_confidence_is_nothing_where_everything_speaks_against_it() -> None:
    """A record without any support would still look half right."""
    worst = confidence(
        kept=0, dropped=5, claimed=Priority.CRITICAL, ruled=Priority.LOW, completeness=0, repaired=False, shown=0
    )
    assert worst.score == 0


def test_confidence_takes_no_claim_for_neither_good_nor_bad() -> None:
    """A model that claims nothing would be trusted as one whose claims were all found."""
    parts = {"claimed": Priority.LOW, "ruled": Priority.LOW, "completeness": 1, "repaired": False, "shown": 1}
    assert score(parts | {"kept": 0, "dropped": 3}) < score(parts | {"kept": 0, "dropped": 0})
    assert score(parts | {"kept": 0, "dropped": 0}) < score(parts | {"kept": 3, "dropped": 0})


@settings(max_examples=150, deadline=None)
@given(PARTS)
def test_confidence_stays_in_bounds(parts: dict[str, Any]) -> None:
    """A score outside 0 to 1 would be refused by the record."""
    one = confidence(**parts)
    assert 0 <= one.score <= 1
    assert all(0 <= part <= 1 for part in one.parts.values())
    assert one.calibrated is False


@settings(max_examples=150, deadline=None)
@given(PARTS, SHARES, st.integers(0, 50))
def test_confidence_grows_with_each_of_its_parts(parts: dict[str, Any], share: float, count: int) -> None:
    """A record with less support could look the better one."""
    checked = parts["kept"] + parts["dropped"] > 0
    assert not checked or score(parts | {"kept": parts["kept"] + count}) >= score(parts)
    assert not checked or score(parts | {"dropped": parts["dropped"] + count}) <= score(parts)
    for name in ("completeness", "shown"):
        low, high = sorted((parts[name], share))
        assert score(parts | {name: low}) <= score(parts | {name: high})
    assert score(parts | {"repaired": True}) <= score(parts | {"repaired": False})
    assert score(parts) <= score(parts | {"claimed": parts["ruled"]})


def found(**parts: Any) -> Confidence:
    """Return the confidence of a record for which everything speaks, but for *parts*."""
    return confidence(**{**BEST, **parts})


def test_a_record_that_nothing_speaks_against_has_no_reasons() -> None:
    """A person would look for a fault that is none."""
    assert found(label_probability=1, alike=3).reasons == ()


@pytest.mark.parametrize(
    ("parts", "name", "reason"),
    [
        ({"dropped": 3}, "grounded", "3 of 8 claims of the model have no evidence in the mail"),
        ({"kept": 0}, "grounded", "the model claimed nothing that could be checked"),
        ({"claimed": Priority.LOW}, "agreement", "the model says low, the rules say high"),
        ({"alike": 1, "apart": 2}, "readers", "code does not read 2 of 3 amounts and due days as the model does"),
        ({"label_probability": 0.6}, "label", "the model gave its priority a probability of 60%"),
        ({"label_probability": 0.0}, "label", "the model gave its priority a probability of 0%"),
        ({"completeness": 0.75}, "completeness", "25% of the conversation is missing"),
        ({"shown": 0.29}, "intact", "the model saw 29% of the text"),
        ({"repaired": True}, "intact", "its first answer could not be used"),
        ({"lacking": ("risks: it is missing",)}, "intact", "its answer lacks 1 part"),
        ({"lacking": ("risks: it is missing", "decisions: it is missing")}, "intact", "its answer lacks 2 parts"),
    ],
)
def test_what_keeps_a_confidence_down_is_its_one_part_and_its_one_reason(
    parts: dict[str, Any], name: str, reason: str
) -> None:
    """A person could not tell what to check, or would be told what is not so."""
    lowered = found(**parts)
    assert lowered.reasons == (reason,)
    assert {part for part, value in lowered.parts.items() if value < 1} == {name}
    assert lowered.score < 1


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"completeness": 0.998}, "1% of the conversation is missing"),
        ({"label_probability": 0.997}, "the model gave its priority a probability of 99%"),
        ({"shown": 0.999}, "the model saw 99% of the text"),
    ],
)
def test_a_reason_never_says_that_all_is_well(parts: dict[str, Any], reason: str) -> None:
    """A person would read that the model saw 100% of the text, as what is wrong."""
    assert found(**parts).reasons == (reason,)


def test_all_that_was_wrong_with_an_answer_is_said_in_one_reason() -> None:
    """Of an answer that was cut, repaired and lacks something, a part of it would be hidden."""
    spoilt = found(shown=0.5, repaired=True, lacking=("risks: it is missing",))
    words = "the model saw 50% of the text, its first answer could not be used, its answer lacks 1 part"
    assert spoilt.reasons == (words,)
    assert spoilt.parts["intact"] < min(
        found(**one).parts["intact"]
        for one in ({"shown": 0.5}, {"repaired": True}, {"lacking": ("risks: it is missing",)})
    )


def test_reasons_come_with_the_gravest_first() -> None:
    """Who reads the first alone would read of a trifle."""
    mixed = found(dropped=5, claimed=Priority.NORMAL, completeness=0.9)
    assert [reason.split()[-1] for reason in mixed.reasons] == ["mail", "high", "missing"]


def test_a_part_that_nobody_knows_is_none() -> None:
    """A server without label probabilities would cost every record some of its confidence."""
    assert set(found().parts) == {"grounded", "agreement", "completeness", "intact"}
    assert set(found(label_probability=1, alike=1).parts) == set(WEIGHTS)
    assert found().score == found(label_probability=1, alike=1).score == 1


def test_two_readers_apart_cost_confidence_and_two_alike_mend_it() -> None:
    """Where model and code read other sums, the record would look as sure as where they read the same."""
    apart, both, alike = found(apart=2).score, found(alike=2, apart=2).score, found(alike=2).score
    assert apart < both < alike == 1
    assert found(dropped=5, alike=3).score > found(dropped=5).score


def test_the_parts_weigh_one_in_all() -> None:
    """A record without any support would keep a rest of confidence, or a good one would be cut off at one."""
    assert sum(WEIGHTS.values()) == pytest.approx(1)
    assert sum(RULE_WEIGHTS.values()) == pytest.approx(1)


@settings(max_examples=150, deadline=None)
@given(PARTS, st.none() | SHARES, st.integers(0, 9), st.integers(0, 9))
def test_there_is_a_reason_for_each_part_that_is_not_whole(
    parts: dict[str, Any], label: float | None, alike: int, apart: int
) -> None:
    """A score could be low without a word."""
    one = confidence(**parts, label_probability=label, alike=alike, apart=apart)
    assert len(one.reasons) >= sum(value < 1 for value in one.parts.values())
    assert all(one.reasons)
    assert one.raw is None


def test_calibration_moves_the_score_and_leaves_what_it_is_made_of() -> None:
    """The reasons of a calibrated record would be lost, or its raw score be taken for a share."""
    raw = found(dropped=5, completeness=0.5)
    fitted = calibrated(raw, ((0.0, 0.1), (1.0, 0.6)))
    assert (fitted.parts, fitted.reasons) == (raw.parts, raw.reasons)
    assert (fitted.calibrated, fitted.raw) == (True, raw.score)
    assert fitted.score == round(0.1 + 0.5 * raw.score, 3)


def test_what_was_asked_of_an_answer_shows_in_the_record() -> None:
    """The parts would be computed from other things than what happened to the answer."""
    chain = conversation("Please send us forty pairs of gloves by Friday.", subject="Gloves")
    whole = Analyser(ScriptedModel(answer()), load(model_output_tokens=600)).analyse(chain).confidence
    broken = Analyser(ScriptedModel("no", answer()), load(model_output_tokens=600)).analyse(chain).confidence
    assert broken.parts == whole.parts | {"intact": 0.6}
    assert set(broken.reasons) - set(whole.reasons) == {"its first answer could not be used"}
    assert broken.score < whole.score


@settings(max_examples=100, deadline=None)
@given(SHARES, SHARES, SHARES, SHARES)
def test_confidence_of_rules_grows_with_each_of_its_parts(one: float, other: float, third: float, more: float) -> None:
    """A doubtful verdict could look surer than a plain one."""
    low, high = sorted((one, more))
    for name, rest in (
        ("priority", {"category": other, "completeness": third}),
        ("category", {"priority": other, "completeness": third}),
        ("completeness", {"priority": other, "category": third}),
    ):
        worse, better = confidence_of_rules(**rest | {name: low}), confidence_of_rules(**rest | {name: high})
        assert 0 <= worse.score <= better.score <= 1
        assert len(worse.reasons) >= sum(part < 1 for part in worse.parts.values())


def test_no_record_by_rules_is_beyond_doubt() -> None:
    """Rules that are sure of themselves would be trusted as if somebody had read the mail."""
    best = confidence_of_rules(priority=1, category=1, completeness=1)
    assert best.reasons == ("by rules alone: no model read the mail",)
    assert best.score == 1 - RULE_WEIGHTS["read"] / 2
    assert best.calibrated is False


def test_a_plain_case_by_rules_is_surer_than_a_doubtful_one() -> None:
    """All records by rules would be trusted alike, and nobody could look at the doubtful ones first."""
    plain = (
        CodeAnalyser()
        .analyse(conversation("Could you send the contract and the invoice? The law wants it."))
        .confidence
    )
    doubtful = CodeAnalyser().analyse(conversation("Boxes?", "They are round and blue.")).confidence
    assert plain.score > doubtful.score
    assert plain.parts["priority"] > doubtful.parts["priority"]
    assert any("sure of the priority" in reason for reason in doubtful.reasons)
