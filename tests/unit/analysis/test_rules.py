"""How urgent a chain is by rules, and how far somebody else may go beyond them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from consumer.analysis.evidence import Quotes
from consumer.analysis.new_text import passages_of
from consumer.analysis.readings import read_chain
from consumer.analysis.rules import ceiling
from schemas.analysis import Priority
from tests.conversations import conversation, ruled, stands

CALM = "We would like to order twelve boxes of rings. Could you send a price list?"


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("The server is down and nobody can work.", "critical"),
        ("A worker was injured by the press this morning.", "critical"),
        ("We must start a product recall.", "critical"),
        ("We have an emergency in hall 2.", "critical"),
        ("Please tell us\nimmediately when it is back.", "high"),
        ("Notfall: die Produktion steht.", "critical"),
        ("This is urgent, please answer.", "high"),
        ("Please answer ASAP.", "high"),
        ("Our invoice is overdue.", "high"),
        ("Bitte antworten Sie dringend.", "high"),
        ("Das ist eine Reklamation.", "high"),
        ("Il faut répondre au plus vite.", "high"),
        ("Es urgente, por favor.", "high"),
        ("Срочно ответьте.", "high"),
        ("请紧急处理这个问题。", "high"),
        ("至急ご返信ください。", "high"),
        (CALM, "normal"),
    ],
)
def test_judge_knows_urgency_in_several_languages(text: str, priority: str) -> None:
    """An emergency abroad would be read as ordinary mail."""
    assert ruled(conversation(text)).priority == priority


@pytest.mark.parametrize(
    "text",
    [
        "This is not urgent.",
        "There is no outage and no deadline.",
        "It isn't urgent at all.",
        "Nothing urgent, have a look.",
        "Das ist nicht dringend.",
        "There was no sign of an outage.",
        "I recall that we met in Ghent.",
        "As I recall, you wanted twelve.",
        "The governor declared a state of emergency, the paper says.",
        "He left immediately after lunch.",
        "Please notify the sender immediately and delete this mail.",
        "If you received this in error, please notify us immediately and delete it.",
    ],
)
def test_judge_takes_no_denial_for_an_alarm(text: str) -> None:
    """Who writes that nothing is urgent, or has a lawyer's footer, would always be urgent."""
    assert ruled(conversation(text)).priority == Priority.NORMAL


@pytest.mark.parametrize(
    "text",
    [
        "No, the server is down.",
        "We cannot ship. There is an outage.",
        "I did not expect this.\nThe line is down.",
        "It does not answer since the outage.",
    ],
)
def test_judge_is_not_calmed_by_a_no_that_means_something_else(text: str) -> None:
    """An alarm would be missed for a "no" or "not" somewhere before it."""
    assert ruled(conversation(text)).priority == Priority.CRITICAL


@pytest.mark.parametrize(
    "answer",
    [
        "The problem is resolved.",
        "It is fixed now.",
        "The shop is up again.",
        "Alles behoben.",
        "The server is back online.",
    ],
)
def test_judge_knows_what_is_settled(answer: str) -> None:
    """Yesterday's outage would stay critical for ever."""
    assert ruled(conversation("We have an outage!", answer)).priority == Priority.NORMAL


@pytest.mark.parametrize(
    "answer",
    [
        "The problem has not been resolved.",
        "Call me when it is fixed.",
        "We stop until the problem is resolved.",
        "Is it fixed?",
        "It is fixed? Really?",
        "Please back up your files.",
        "We are working on it.",
    ],
)
def test_judge_takes_no_hope_for_a_settlement(answer: str) -> None:
    """An emergency would drop to normal because somebody asked whether it is over."""
    assert ruled(conversation("We have an outage!", answer)).priority == Priority.CRITICAL


@pytest.mark.parametrize(
    ("text", "priority", "is_bulk"),
    [
        ("Brass rose again. Unsubscribe: https://x.example/u", "low", True),
        ("URGENT sale, answer immediately! Unsubscribe here.", "normal", True),
        ("Our newsletter must be ready, this is urgent.", "high", False),
        ("Messing wird teurer. Newsletter abbestellen", "low", True),
    ],
)
def test_judge_knows_bulk_mail(text: str, priority: str, is_bulk: bool) -> None:
    """Advertising that shouts would stand above the day's work."""
    verdict = ruled(conversation(text))
    assert (verdict.priority, verdict.is_bulk) == (priority, is_bulk)


def test_judge_takes_no_conversation_for_bulk() -> None:
    """A customer's answer to a newsletter would be low for its footer."""
    chain = conversation("Brass rose. Unsubscribe here.", "The server is down. Unsubscribe here.")
    assert ruled(chain).priority == Priority.CRITICAL


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("Thanks, that is fine for us.", "low"),
        ("Danke!", "low"),
        ("Thanks. Could you send it again?", "normal"),
        ("Thanks, I will send the papers.", "normal"),
        ("Thanks. The server is down.", "critical"),
        ("Thank you " + "for all that you did for us " * 5, "low"),
    ],
)
def test_judge_knows_mere_thanks(text: str, priority: str) -> None:
    """A thank-you would ask for work, or work would hide behind a thank-you."""
    assert ruled(conversation(CALM, text)).priority == priority


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("Please pay by Friday.", "high"),
        ("Please pay by Saturday.", "high"),
        ("Please pay by 17 October 2026.", "high"),
        ("Please pay by 18 October 2026.", "normal"),
        ("Please pay by 13 October 2026.", "normal"),
        ("Please pay by the end of the month.", "normal"),
        ("The fair opens on Friday.", "normal"),
    ],
)
def test_judge_counts_deadlines_within_three_days(text: str, priority: str) -> None:
    """What is due the day after tomorrow would be ordinary, or what is due next month urgent."""
    assert ruled(conversation(text)).priority == priority


def test_judge_counts_from_the_senders_own_day() -> None:
    """Three days would be two or four in the zones far from Greenwich."""
    evening = {"sent_at": datetime(2026, 10, 15, 4, tzinfo=UTC), "sent_on": date(2026, 10, 14)}
    assert ruled(conversation({"text": "Please pay by 18 October 2026."} | evening)).priority == Priority.NORMAL


def test_judge_does_not_count_what_is_only_quoted() -> None:
    """An alarm that was answered would ring again with every quote of it."""
    chain = conversation(
        "We have an outage here, please help!", "It is fixed now.\n\n> We have an outage here, please help!"
    )
    assert ruled(chain).priority == Priority.NORMAL


@pytest.mark.parametrize(
    "text", ["The server is down.", "This is urgent.", "Please pay by Friday.", "Thanks.", "Unsubscribe"]
)
def test_judge_shows_the_words_it_goes_by(text: str) -> None:
    """A priority would stand in the record without a reason that anybody can check."""
    chain = conversation(text)
    verdict = ruled(chain)
    assert verdict.evidence is not None
    assert stands(chain, verdict.evidence)


@pytest.mark.parametrize(
    ("texts", "quote", "highest"),
    [
        ((CALM,), "twelve boxes of rings", "high"),
        ((CALM, "Thanks."), "twelve boxes of rings", "normal"),
        (("Please pay by Friday.",), "Please pay by Friday", "critical"),
        (("Brass rose to new heights. Unsubscribe here.",), "Brass rose to new heights", "normal"),
        (("The server is down! Unsubscribe here.",), "The server is down", "normal"),
        (("We had an outage.", "It is fixed."), "We had an outage", "critical"),
        (("There is no outage at all, I think.",), "outage at all, I think", "high"),
        (("The server is down.",), "The server is down", "critical"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_ceiling_follows_the_quoted_words(texts: tuple[str, ...], quote: str, highest: str) -> None:
    """A model could call small talk critical with any words of it, or an alarm could not be called one."""
    chain = conversation(*texts)
    evidence = Quotes(chain).find(quote)
    assert evidence is not None
    dates = read_chain(chain, passages_of(chain)).dates
    assert ceiling(chain, ruled(chain), evidence, dates) == highest


def test_judge_takes_no_forward_of_a_newsletter_for_one() -> None:
    """A colleague's question about an advertisement would be filed with the advertisements."""
    letter = "New rings are here.\n\nUnsubscribe at any time."
    head = "From: Shop <shop@shop.example>\nSent: Monday, October 12, 2026 9:14 AM\nTo: Ann\nSubject: News"
    asked = ruled(
        conversation(f"Can you tell me whether we need these?\n\n-----Original Message-----\n{head}\n\n{letter}")
    )
    assert (asked.priority, asked.is_bulk) == (Priority.NORMAL, False)
    passed_on = ruled(conversation(f"-----Original Message-----\n{head}\n\n{letter}"))
    assert passed_on.is_bulk
