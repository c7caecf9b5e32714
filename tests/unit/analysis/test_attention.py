"""Whether a matter in which nothing presses needs anybody."""

from __future__ import annotations

import pytest

from schemas.analysis import Priority
from tests.conversations import conversation, ruled

_HEAD = (
    "-----Original Message-----\nFrom: Bo <bo@acme.example>\nSent: Monday, October 12, 2026 9:14 AM\nTo: Ann\n"
    "Subject: Rings\n\n"
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Thanks, that is kind.\n\n" + _HEAD + "The rings left.", "thanks, nothing asked or promised"),
        ("Sounds good.\n\n" + _HEAD + "Shall we take the blue ones?", "answered in a few words, nothing asked"),
        (_HEAD + "The blue ones are round.", "passed on without a word, nothing asked"),
        ("Happy birthday to your wife and the kids!", "personal to be read, nothing asked"),
    ],
)
def test_low_says_why_in_words(text: str, reason: str) -> None:
    """Somebody would have to believe that nobody need look."""
    verdict = ruled(conversation(text))
    assert (verdict.priority, verdict.reason) == (Priority.LOW, reason)


@pytest.mark.parametrize("text", ["Их двенадцать, они синие.", "They are round.", "Sie sind rund und blau."])
def test_a_first_mail_of_which_nothing_is_known_is_not_low(text: str) -> None:
    """A customer who writes in a tongue that no list has would never be read."""
    assert ruled(conversation(text)).priority == Priority.NORMAL


@pytest.mark.parametrize("added", ["Happy birthday! ", "Our newsletter. ", "The report is done. ", "Thanks, fine. "])
@pytest.mark.parametrize("text", ["Please send the boxes.", "Could you call me?", "I will send the boxes."])
def test_what_asks_or_promises_is_never_low(text: str, added: str) -> None:
    """A stranger could hide a request behind a birthday."""
    assert ruled(conversation("Hello", added + text)).priority == Priority.NORMAL


def test_sureness_grows_with_what_speaks_for_the_verdict() -> None:
    """A plain case and a doubtful one would be trusted alike."""
    request = ruled(conversation("Could you tell us what the law and the contract say about the invoice?"))
    remark = ruled(conversation("Boxes?", "They are round and all of them are blue."))
    assert request.sureness > remark.sureness >= 0.5


def test_a_day_presses_unless_the_matter_is_trivial() -> None:
    """An invoice would wait because it names an office, or each lunch would be urgent."""
    office = "The office, phone and travel forms: please pay the invoice by tomorrow."
    assert ruled(conversation(office)).priority == Priority.HIGH
    lunch = conversation("Please tell me by tomorrow whether you come to lunch.", subject="Lunch meeting")
    assert ruled(lunch).priority == Priority.NORMAL


def test_words_passed_on_press_where_they_ask_something_of_weight() -> None:
    """Each forwarded advertisement that shouts would be urgent, or a forwarded alarm would not."""
    assert ruled(conversation(_HEAD + "URGENT offer of rings.")).priority != Priority.HIGH
    assert ruled(conversation(_HEAD + "This is urgent, please answer the customer.")).priority == Priority.HIGH
    assert ruled(conversation(_HEAD + "Lunch meeting: please answer the invitation asap.")).priority != Priority.HIGH
    assert ruled(conversation(_HEAD + "The server is down.")).priority == Priority.CRITICAL


@pytest.mark.parametrize(
    "footer", ["please advise the sender immediately.", "Please delete it\nimmediately.", "inform the sender at once."]
)
def test_no_footer_of_lawyers_presses(footer: str) -> None:
    """All mail of a law firm would be urgent."""
    assert ruled(conversation(f"Here are the rings. If this is not for you, {footer}")).priority == Priority.NORMAL
