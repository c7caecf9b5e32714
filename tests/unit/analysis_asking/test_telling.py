"""Asking for the story: one call, at most one more for what is short, and never the record's undoing."""

from __future__ import annotations

import pytest

from chainmail.settings import load
from consumer.analysis.analyse import Analyser
from consumer.analysis.calls import Calls
from consumer.analysis.free_text import FreeText
from consumer.analysis.models.server import RawCompletion
from consumer.analysis.narrative import LEAST_CHARS, MOST_CHARS
from consumer.analysis.prompt import ChainPrompt, narrative_part
from consumer.analysis.reading import read
from consumer.analysis.telling import Told, tell
from consumer.analysis.wire import SECTIONS, narrative_schema
from consumer.cancellation import AbandonedError
from consumer.errors import PermanentError, TransientError
from tests.conversations import conversation
from tests.scripted_model import STORY, ScriptedModel, answer, raw, story

PROMPT = ChainPrompt(system="the rules", user="the mail", elided_chars=0, last=narrative_part())


#: A mail that bears the whole story, and the beginnings that tests give it.
SAID = read(conversation("They buy gloves.", " ".join(STORY.values()), "It is short and much, so it is, some few."))
UNBORNE = "Zebulon pays $9,000 for it."


def told(model: ScriptedModel) -> Told:
    """Ask for a story with the usual budget."""
    return tell(Calls(model, PROMPT, "v"), "They buy gloves.", 1_200, FreeText(SAID))


def test_good_story_takes_one_call() -> None:
    """Each story would cost two."""
    model = ScriptedModel(story())
    found = told(model)
    assert LEAST_CHARS <= len(found.text) <= MOST_CHARS
    assert found.lacking == ()
    prompt, schema, tokens = model.asked[0]
    assert prompt.user == f"the mail\n\n{narrative_part()}"
    assert (schema, tokens) == (narrative_schema(1_200), 1_200)


@pytest.mark.parametrize(
    ("first", "names"),
    [
        (story(stakes="", risks=""), ("stakes", "risks")),
        (story(stakes="Much.", risks="Some."), ("stakes", "risks")),
        (story(without=("stakes", "risks")), ("stakes", "risks")),
        (story(stakes="so on and on, " * 40, risks="x " * 300), ("stakes", "risks")),
        (story(risks=STORY["people"], stakes=STORY["people"]), ("stakes", "risks")),
        (raw(story()[: story().index('"risks"') + 60], "length"), ("risks", "outlook")),
        (story(situation="Short.", background="Short too.", people="So it is."), ("situation", "background", "people")),
    ],
)
def test_sections_that_lack_are_asked_for_alone(first: RawCompletion | str, names: tuple[str, ...]) -> None:
    """The whole story, or the record, would be asked for again over a paragraph."""
    model = ScriptedModel(first, story())
    found = told(model)
    assert len(found.text) >= LEAST_CHARS
    assert found.lacking == ()
    assert tuple(model.asked[1][1]["properties"]) == names
    assert model.asked[1][2] < 1_200
    assert model.asked[1][0].user == model.asked[0][0].user
    assert len(model.asked) == 2


def test_short_story_is_kept_and_called_short() -> None:
    """A true story would be thrown away for its length, or one be padded to it."""
    few = story(**dict.fromkeys(("background", "people", "stakes", "risks"), ""))
    found = told(ScriptedModel(few, few))
    assert 0 < len(found.text) < LEAST_CHARS
    assert found.lacking == (f"narrative: {len(found.text):,} characters without repetition, where 2,200 were wanted",)


def test_what_the_mail_does_not_bear_is_no_part_of_the_story() -> None:
    """A model would reach the length by what it makes up, or a section lose its name with its first sentence."""
    made_up = story(stakes=f"{UNBORNE} {STORY['stakes']}", outlook=f"{STORY['outlook']} {UNBORNE}")
    assert told(ScriptedModel(made_up)) == told(ScriptedModel(story()))


def test_story_that_is_short_for_what_was_left_out_says_so() -> None:
    """A narrative would be short, or missing, and nobody know that the model made things up."""
    invented = {name: f"{STORY[name].split('.')[0]}. {UNBORNE}" for name in ("background", "people", "stakes", "risks")}
    model = ScriptedModel(story(**invented), story(**invented))
    found = told(model)
    assert len(model.asked) == 2, "what is left of it is asked about like any other short story"
    assert 0 < len(found.text) < LEAST_CHARS
    assert "Zebulon" not in found.text
    left_out = "repetition and 8 sentences that the mail does not bear"
    assert found.lacking == (f"narrative: {len(found.text):,} characters without {left_out}, where 2,200 were wanted",)


def test_story_of_which_the_mail_bears_nothing_says_so() -> None:
    """A model that talks of something else would look like one that does not answer."""
    nothing = story(**dict.fromkeys(SECTIONS, UNBORNE))
    found = told(ScriptedModel(nothing, nothing))
    assert found == Told(text="", lacking=("narrative: the mail does not bear the model's words",))


def test_record_says_what_its_narrative_lacks() -> None:
    """Whoever reads a short narrative would not learn why it is none."""
    invented = story(**dict.fromkeys(SECTIONS[1:], UNBORNE))
    letter = "We need them by Friday. We take them. They cost EUR 1,200.00. "
    chain = conversation("They buy gloves.", letter + " ".join(STORY.values()))
    model = ScriptedModel(answer(summary="They buy gloves."), invented, invented)
    analysis = Analyser(model, load(model_output_tokens=1_200)).analyse(chain)
    assert analysis.narrative_form == "short"
    assert analysis.narrative.startswith("Situation: The buyer ordered")
    assert "Zebulon" not in analysis.narrative
    assert [each for each in analysis.lacking if "without repetition and 10 sentences" in each]
    assert analysis.dropped["sentences"] >= 10


def test_second_answer_never_makes_a_story_shorter() -> None:
    """A good beginning would be replaced by a bad second try."""
    few = story(stakes="", risks="")
    alone = told(ScriptedModel(few, "no JSON"))
    assert told(ScriptedModel(few, story(stakes="", risks="", people="Few."))) == alone
    assert len(told(ScriptedModel(few, story(stakes="", risks="Few."))).text) > len(alone.text)


@pytest.mark.parametrize(
    "script",
    [
        ("no JSON", "still no JSON"),
        (raw("{", "length"), raw("", "cut")),
        ("[]", "{}"),
        (PermanentError("refused"),),
        (TransientError("timed out"),),
    ],
)
def test_no_story_is_no_error(script: tuple[RawCompletion | str | Exception, ...]) -> None:
    """A record that stands would become a dead letter for want of a story."""
    found = told(ScriptedModel(*script))
    assert found.text == ""
    assert len(found.lacking) == 1
    assert found.lacking[0].startswith("narrative: ")


def test_time_out_of_the_second_call_keeps_the_first() -> None:
    """What was told would be lost."""
    found = told(ScriptedModel(story(stakes="", risks=""), TransientError("timed out")))
    assert "Situation: " in found.text
    assert found.lacking


@pytest.mark.parametrize("error", [TransientError("busy", counts=False), AbandonedError()])
def test_server_that_refuses_is_asked_later(error: TransientError) -> None:
    """A short outage would leave many chains without their story, or an abandoned work go on."""
    with pytest.raises(TransientError):
        told(ScriptedModel(error))


def test_section_names_are_told_in_the_second_call() -> None:
    """The model would not know what is wanted."""
    model = ScriptedModel(story(stakes="", risks=""), story())
    told(model)
    assert "stakes, risks" in model.asked[1][0].messages[1]["content"]
    assert set(SECTIONS) >= set(model.asked[1][1]["properties"])
