"""What a conversation is about and where it stands, by rules."""

from __future__ import annotations

import pytest

from consumer.analysis.readers.asking import asks, promises
from consumer.analysis.readers.state import is_settled, workflow_state
from tests.conversations import conversation, ruled

_HEAD = (
    "-----Original Message-----\nFrom: Bo <bo@acme.example>\nSent: Monday, October 12, 2026 9:14 AM\nTo: Ann\n"
    "Subject: {}\n\n"
)


@pytest.mark.parametrize(
    ("subject", "own", "expected"),
    [
        ("Our purchase order PO-4471", "We order twelve boxes, delivery date as usual.", "order"),
        ("Request for quotation", "Please send us your price list for rings.", "quote"),
        ("Overdue invoice RE-1187", "Your payment is missing.", "invoice"),
        ("Reklamation", "Die Ringe haben Mängel.", "complaint"),
        ("Server outage in hall 2", "The line is down.", "incident"),
        ("Lease agreement", "Attached is the contract for signature.", "contract"),
        ("Hearing on the new bill", "The senate hears our counsel on the settlement.", "legal"),
        ("Meeting on Tuesday", "You are invited to attend. RSVP.", "scheduling"),
        ("Einladung zur Besprechung", "Der Termin ist am Dienstag.", "scheduling"),
        ("Candidate for the job", "His resume is attached.", "personnel"),
        ("Your flight", "The hotel and the tickets are booked.", "logistics"),
        ("Status", "This is the summary of our analysis.", "report"),
        ("Happy birthday", "How is the family?", "personal"),
        ("Rings", "Could you tell me their width?", "request"),
        ("Rings", "They are round.", "other"),
    ],
)
def test_category_goes_by_the_words_of_the_trade(subject: str, own: str, expected: str) -> None:
    """Without a model all mail would be of one kind, and nobody could sort by it."""
    assert ruled(conversation(own, subject=subject)).category == expected


def test_category_weighs_the_subject_above_what_is_passed_on() -> None:
    """A long forwarded text would outweigh what its sender says it is about."""
    passed_on = _HEAD.format("Re:")
    invoice = conversation(passed_on + "We had a meeting with lunch.", subject="Invoice RE-1187")
    assert ruled(invoice).category == "invoice"
    assert ruled(conversation(passed_on + "You are invited to a meeting.", subject="Re:")).category == "scheduling"


def test_category_of_bulk_mail_needs_no_words() -> None:
    """An advertisement for a conference would be a meeting."""
    assert ruled(conversation("Come to our meeting! Unsubscribe here.", subject="Meeting")).category == "bulk"


@pytest.mark.parametrize(
    ("own", "emails", "state"),
    [
        ("We would like to order rings.", 1, "start"),
        ("Could you send the price?", 2, "waiting"),
        ("I will send the price.", 2, "in_progress"),
        ("We cannot proceed until we have the drawing.", 2, "blocked"),
        ("Approved.", 2, "completed"),
        ("Yes", 2, "completed"),
        ("Alles erledigt.", 2, "completed"),
        ("Yes. Please order it.", 2, "waiting"),
        ("It is not resolved.", 2, "in_progress"),
        ("Tell me when it is resolved?", 2, "waiting"),
    ],
)
def test_state_goes_by_what_the_newest_email_says(own: str, emails: int, state: str) -> None:
    """A matter that waits for an answer would look like one that is done."""
    assert workflow_state(own, emails=emails, is_bulk=False) == state


@pytest.mark.parametrize("own", ["Looks fine to me.", "Not interested.", "Sounds good", "Done", "Oui"])
def test_is_settled_knows_short_answers(own: str) -> None:
    """Answered mail would stand in the list of work."""
    assert is_settled(own)


@pytest.mark.parametrize("own", ["Yes, I will send it.", "Done? Really?", "It is not done.", "If it is resolved, fine"])
def test_is_settled_takes_no_promise_for_an_end(own: str) -> None:
    """What was promised would be forgotten."""
    assert not is_settled(own)


@pytest.mark.parametrize(
    ("text", "is_asking"),
    [
        ("When do you come?", True),
        ("Please send it.", True),
        ("Bitte senden Sie es.", True),
        ("The report is ready for your approval.", True),
        ("Please feel free to call.", False),
        ("If you have any questions, please\ncall me.", False),
        ("Please find it attached.", False),
        ("see http://acme.example/a?b=1", False),
    ],
)
def test_asks_tells_requests_from_courtesy(text: str, is_asking: bool) -> None:
    """Each polite last line would be work."""
    assert asks(text) == is_asking


def test_promises_are_the_writers_own() -> None:
    """Who promised something would have nothing to do."""
    assert promises("We will ship on Monday.")
    assert not promises("They ship on Monday.")


_ARTICLE = (
    "Rings Become Dear\nBy Ada Quill\nDaily Staff Writer\n\n"
    "The makers of rings face a lawsuit. An outage is possible.\n"
)


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("Yes.\n\n" + _HEAD.format("Lunch") + "Shall we order lunch?", "low"),
        ("FYI, the rings came.", "low"),
        (_HEAD.format("Rings") + "The new rings are blue.", "low"),
        (_HEAD.format("Rings") + "Could you look at the rings?", "normal"),
        ("Interesting.\n\n" + _ARTICLE, "low"),
        ("What shall we do about it?\n\n" + _ARTICLE, "normal"),
        ("FYI, please pay it.", "normal"),
        ("We are not interested.\n\n" + _HEAD.format("Offer") + "This is urgent, answer please.", "low"),
        ("Can you see to it?\n\n" + _HEAD.format("Offer") + "This is urgent, answer please.", "high"),
        (_HEAD.format("Offer") + "This is urgent, answer please.", "high"),
        ("FYI. We have an outage.", "critical"),
        ("Please tell me by tomorrow whether you come to lunch.", "normal"),
        ("Please pay the invoice by tomorrow.", "high"),
        ("Our counsel says the complaint goes to the court; the judge sits in March.", "normal"),
        ("This is a complaint about your rings.", "high"),
    ],
)
def test_rules_know_what_nobody_has_to_act_on(text: str, priority: str) -> None:
    """Most mail would be work, and what presses would drown in it."""
    assert ruled(conversation(text)).priority == priority


@pytest.mark.parametrize("added", ["FYI. ", "Thanks. ", "Yes. ", "Done. ", "Approved. ", "For your information. "])
def test_added_words_do_not_lower_what_is_asked_or_alarming(added: str) -> None:
    """A stranger could make his colleague's request disappear with a word in front of it."""
    for text in ("Please send the price list.", "The server is down.", "This is urgent.", "Please pay by tomorrow."):
        assert ruled(conversation(added + text)).priority == ruled(conversation(text)).priority
