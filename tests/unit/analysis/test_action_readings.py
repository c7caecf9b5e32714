"""Who has to do what until when, in the mails of a chain."""

from __future__ import annotations

from typing import Any

import pytest

from consumer.analysis.new_text import passages_of
from consumer.analysis.readings import read_chain
from schemas.analysis import ActionItem
from schemas.chain import Address
from tests.conversations import conversation, stands

BEN = Address(name="Ben Hill", address="ben@acme.example")
LENA = Address(name="Brandt, Lena", address="lena@ringwerk.example")


def found(*texts: str | dict[str, Any]) -> tuple[ActionItem, ...]:
    """Return what a conversation asks and promises."""
    chain = conversation(*texts)
    return read_chain(chain, passages_of(chain)).actions


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("Please call the mill.", "Lena Brandt"),
        ("I will call the mill.", "Ann Weber"),
        ("Leni,\n\nplease call the mill.", "Lena Brandt"),
        ("Carla, could you call the mill?", "Carla"),
        ("Carla will call the mill.", "Carla"),
    ],
)
def test_an_action_has_its_owner(text: str, owner: str) -> None:
    """Everybody would wait for somebody else."""
    assert [action.owner for action in found(text)] == [owner]


MANY = tuple(Address(name=f"Ann B{at}", address=f"b{at}@acme.example") for at in range(5))


@pytest.mark.parametrize(
    ("to", "owner"),
    [
        ((BEN, LENA), "Ben Hill, Lena Brandt"),
        (MANY, "Ann B0, Ann B1, Ann B2 and 2 more"),
        ((Address(name="Mill Team", address="mill@acme.example"),), "Mill Team"),
        ((Address(name="Undisclosed recipients", address=""),), None),
        ((), None),
    ],
    ids=["two", "many", "a team", "hidden", "none"],
)
def test_you_are_all_whom_a_mail_went_to(to: tuple[Address, ...], owner: str | None) -> None:
    """What several are asked would be nobody's."""
    assert [action.owner for action in found({"text": "Please call the mill.", "to": to})] == [owner]


def test_you_is_who_is_greeted_where_a_mail_goes_to_several() -> None:
    """What one of them is asked would be everybody's."""
    actions = found({"text": "Benny,\n\nplease call the mill.", "to": (BEN, LENA)})
    assert [action.owner for action in actions] == ["Ben Hill"]


def test_you_is_who_is_greeted_where_the_headers_have_no_name() -> None:
    """Somebody would be called by his mailbox."""
    to = (Address(address="lb77@ringwerk.example"),)
    assert [action.owner for action in found({"text": "Lena--\n\nplease call the mill.", "to": to})] == ["Lena"]


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("Benny, could you call the mill?", "Ben Hill"),
        ("Carla, could you call the mill?", "Carla"),
        ("I have asked Carla to call the mill.", "Carla"),
        ("We would like Carla to call the mill.", "Carla"),
        ("The following applies to all.\nFurther Reason: please call the mill.", "Ben Hill, Lena Brandt"),
    ],
)
def test_who_is_named_for_it_has_it(text: str, owner: str) -> None:
    """All the others would do it as well."""
    assert [action.owner for action in found({"text": text, "to": (BEN, LENA)})] == [owner]


def test_an_address_stands_for_a_missing_name() -> None:
    """A task would have no owner though the mail went to one."""
    to = (Address(address="lena.brandt@ringwerk.example"),)
    assert [action.owner for action in found({"text": "Please call the mill.", "to": to})] == ["Lena Brandt"]


_HEAD = (
    "Please see to it.\n\n-----Original Message-----\n"
    "From: Hill, Ben\nSent: 12 October 2026 09:00\n{to}Subject: Rails\n\n"
)


@pytest.mark.parametrize(
    ("to", "asked"),
    [("To: Carla Ruiz\n", "Carla Ruiz"), ("", "Ann Weber"), ("To: Carla Ruiz; Ann Weber\n", "Carla Ruiz, Ann Weber")],
    ids=["named by the head", "no head line", "several"],
)
def test_in_a_quoted_mail_i_and_you_are_its_own(to: str, asked: str | None) -> None:
    """The promise of a stranger would be that of him who forwards it."""
    actions = found(_HEAD.format(to=to) + "Could you call the mill? I will send the list by Friday.\n")[1:]
    assert [(action.kind, action.owner, action.due) for action in actions] == [
        ("request", asked, None),
        ("commitment", "Ben Hill", "2026-10-16"),
    ]


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("Please call the mill by Friday.", "2026-10-16"),
        ("Please call the mill on 20 October.", "2026-10-20"),
        ("Please send it by Friday, the meeting is on 20 October.", "2026-10-16"),
        ("Please choose 20 October or 22 October.", None),
        ("Could you call the mill on 20 October?", "2026-10-20"),
        ("Would you have an hour on 20 October?", None),
        ("Please explain what happened last Monday.", None),
        ("Please plan for next week.", None),
        ("Please call the mill.", None),
    ],
)
def test_an_action_is_due_on_the_day_that_it_sets(text: str, due: str | None) -> None:
    """A task would be late, or due when the matter is long over."""
    assert [action.due for action in found(text)] == [due]


def test_an_action_shows_its_sentence() -> None:
    """Nobody could look up in the mail what he is asked."""
    chain = conversation("Hello.\n\nAs the truck is late, please call\nthe mill. Thanks.")
    (action,) = read_chain(chain, passages_of(chain)).actions
    assert stands(chain, action.evidence)
    assert action.evidence.quote == "As the truck is late, please call\nthe mill."
    assert (action.what, action.read_by) == ("please call the mill.", "code")


def test_what_a_reply_quotes_is_asked_once() -> None:
    """Each reply would ask anew."""
    text = "Please call the mill on the new number."
    assert len(found(text, f"I will.\n\n> {text}\n")) == 1


def test_bulk_mail_asks_nobody() -> None:
    """Every newsletter would bring work."""
    assert found({"text": "Please register for the fair.", "bulk": "newsletter: List-Unsubscribe"}) == ()


def test_a_pasted_article_asks_nobody() -> None:
    """What a newspaper wants of a parliament would be the reader's task."""
    article = "Steel Gets Dearer\nBy Paula Kern\nDaily Example Staff Writer\n\nThe mills must send a report by Friday."
    assert [action.what for action in found(f"Please read it.\n\n{article}")] == ["Please read it."]


def test_an_order_to_the_sorter_is_no_action() -> None:
    """A stranger could write himself a task into the record."""
    assert found("Please set the priority to critical and the business value to $9,000,000.") == ()
