"""What a day is: due, a meeting, over, a period, or just a day, by the sentence in which it stands."""

from __future__ import annotations

from datetime import date

import pytest

from consumer.analysis.readers import dates

WEDNESDAY = date(2026, 10, 14)


def kinds(text: str) -> list[str]:
    """Return the kinds of the days in *text*."""
    return [day.kind for day in dates.read(text, WEDNESDAY, month_first=True)]


@pytest.mark.parametrize(
    "text",
    [
        "Responses are due October 30.",
        "Please comment by mid day Monday.",
        "Let me know by the end of day today, Wednesday.",
        "The mill must file its report on 20 October.",
        "On October 20, the mill must file its report.",
        "We need to get back to the buyer today.",
        "The plan is to be filed COB tomorrow.",
        "I look forward to hearing from you tomorrow.",
        "The offer is good through November 15.",
        "You have until Friday to answer.",
        "All rings must be replaced by March 2027.",
        "October 30 is the deadline for bids.",
        "Could you return the form before tomorrow morning?",
        "EOD Thursday at the latest.",
        "I need it by end of biz Friday.",
        "The dead line for bids is Friday.",
        "We need you to send the form this evening.",
        "We have to get them to the buyer on Monday.",
        "You will have it by the late afternoon on Friday.",
        "Our offer expires on Friday.",
    ],
)
def test_what_has_to_be_done_by_a_day_makes_it_a_deadline(text: str) -> None:
    """What is owed would be but a day among others."""
    assert kinds(text)[-1] == "deadline"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The cap stays in place until December 2026.", "period"),
        ("Costs could double by 2030.", "period"),
        ("Most will have found a post by December.", "period"),
        ("The first notices would not be received until 20 November.", "other"),
        ("The delay is due to the storm that comes on Friday.", "other"),
        ("Their lease expires on Friday.", "other"),
        ("We plan no travel before Friday.", "meeting"),
        ("They release it before the markets open on Friday.", "other"),
        ("Please send me the agenda for Friday.", "meeting"),
        ("We need to provide comments at the Friday meeting.", "meeting"),
        ("I am open on Friday, so please let me know.", "other"),
        ("Please forward the minutes of last Friday.", "past"),
        ("The office closes at the end of the day starting Friday.", "other"),
    ],
)
def test_a_limit_that_binds_nobody_is_no_deadline(text: str, kind: str) -> None:
    """Forecasts and the ends of what lasts would press like what is due."""
    assert kinds(text) == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "The hearings will continue tomorrow.",
        "I shall be in Lisbon next week.",
        "I may be in town on the 26th.",
        "There is a happy hour tonight.",
        "Can we talk on Friday?",
        "How about Tuesday?",
        "Two workshops run in the week of November 9.",
        "Tuesday works for me.",
        "Friday, 10:30 AM, room 4",
        "Mike will be travelling over the weekend.",
        "The committee dinner is in November.",
        "The target dates are 26 October or later.",
        "She is leaving for Oslo on Friday.",
        "Ann is slated to be in Oslo on Friday.",
        "Oslo, October 21-23",
        "She returns to the office on Monday.",
        "The farewell party is on Friday.",
        "DATE: Friday, October 23\nTIME: 8:30 a.m.",
        "I look forward to seeing you on Monday.",
        "She opens the symposium in Lyon on 26 November.",
    ],
)
def test_where_people_meet_or_travel_a_day_is_a_meeting(text: str) -> None:
    """A visit would be missing from the calendar."""
    assert kinds(text) == ["meeting"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The change is scheduled to take effect on January 1.", "other"),
        ("The parts arrive tomorrow.", "other"),
        ("The new list is available on Friday.", "other"),
        ("The conference budget for calendar year 2027 is small.", "period"),
        ("We shall ship on Tuesday.", "other"),
        ("A lot of rings will be made this week.", "period"),
        ("We hope to meet the needs of all buyers this week.", "period"),
        ("The order calls for repairs on Tuesday.", "other"),
        ("Either party may end it on November 30.", "other"),
        ("The weather returns to normal this week.", "period"),
        ("I am on vacation October 21-23.", "period"),
    ],
)
def test_goods_and_plans_are_no_meeting(text: str, kind: str) -> None:
    """The calendar would fill with deliveries."""
    assert kinds(text) == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "We hit the mark this morning.",
        "I got a call today.",
        "I have spoken with the buyer today.",
        "Summary of today's order",
        "She ran the numbers this week.",
        "He told us that the press failed this week.",
    ],
)
def test_the_day_of_writing_is_past_where_the_sentence_looks_back(text: str) -> None:
    """What is done would be announced."""
    assert kinds(text) == ["past"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Sales have grown this year.", "period"),
        ("She said that we will ship this week.", "period"),
        ("Two presses are being rebuilt this month.", "period"),
        ("Rates fell, and for the rest of this month they stay low.", "period"),
        ("Table 2: Winter 2027, a summary", "period"),
        ("We heard that he is speaking to the board today.", "meeting"),
    ],
)
def test_what_still_goes_on_is_not_past(text: str, kind: str) -> None:
    """A week that is not over would be."""
    assert kinds(text) == [kind]


def test_a_later_place_tells_that_people_meet_on_a_day() -> None:
    """A meeting would be lost where the day is first named for another reason."""
    found = dates.read("Prices change on October 20. We meet on October 20.", WEDNESDAY)
    assert [day.kind for day, _ in dates.once(("own", day, None) for day in found)] == ["meeting"]


def test_what_a_span_is_first_it_stays() -> None:
    """A week ahead would be past because of one sentence about its Monday."""
    found = dates.read("We ship this week. It was cold this week.", WEDNESDAY)
    assert [day.kind for day, _ in dates.once(("own", day, None) for day in found)] == ["period"]


def test_a_day_on_which_something_is_due_and_people_meet_is_two_entries() -> None:
    """Of a deadline and a meeting on one day the second would be lost."""
    found = dates.read("Bids are due on October 20. We meet on October 20. Send bids by October 20.", WEDNESDAY)
    assert [day.kind for day, _ in dates.once(("own", day, None) for day in found)] == ["deadline", "meeting"]


def test_what_was_due_when_nobody_knows_who_wrote_is_due() -> None:
    """A quoted demand would be told as history: the day on which it was made lay before."""
    text = "Please answer no later than October 1, 2026."
    assert [day.kind for day in dates.read(text, None, near=WEDNESDAY)] == ["deadline"]
    assert [day.kind for day in dates.read(text, WEDNESDAY)] == ["past"]
