"""What grouping looks at in an email."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producer.chains import group
from producer.reading import member_of
from schemas.chain import Address, Email
from schemas.member import Member
from tests.ledgers import START_AT

ANN, BEN = Address(address="Ann@Acme.example"), Address(address="ben@bolt.example")


def email(**fields: Any) -> Email:
    """Return an answer of Ann's to Ben."""
    given_fields: dict[str, Any] = {
        "email_id": "e" * 64,
        "message_id": "a@acme.example",
        "sent_at": START_AT,
        "sent_at_from": "date",
        "subject": "AW: Gear rings",
        "sender": ANN,
        "to": (BEN,),
    }
    return Email(**given_fields | fields)


def test_member_may_join_by_its_subject() -> None:
    """Answers of programs that write no references would stay by themselves."""
    found = member_of(email())
    assert (found.subject_key, found.seeks) == ("gear rings", True)
    assert found.people == ("ann@acme.example", "ben@bolt.example")


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "AW: Hello"},
        {"sent_at_from": "received"},
        {"sent_at_from": "arrived"},
        {"to": ()},
        {"to": tuple(Address(address=f"{number}@bolt.example") for number in range(25))},
        {"bulk": "newsletter: rings"},
        {"bulk": "automatic: auto-replied"},
    ],
    ids=["generic", "a relay's date", "found then", "one address", "circular", "newsletter", "machine"],
)
def test_member_may_not_join_by_its_subject(fields: dict[str, Any]) -> None:
    """One party's words would stand in the summary of another's conversation."""
    assert member_of(email(**fields)).subject_key == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "Gear rings"},
        {"references": ("b@bolt.example",)},
        {"in_reply_to": ("b@bolt.example",)},
        {"thread_keys": ("gmail:7",)},
    ],
    ids=["no answer", "references", "in reply to", "provider"],
)
def test_member_that_says_what_it_answers_does_not_seek(fields: dict[str, Any]) -> None:
    """Mail that has its place would be pulled into another conversation as well."""
    found = member_of(email(**fields))
    assert (found.subject_key, found.seeks) == ("gear rings", False)


def test_member_of_a_discussion_list_may_join_by_its_subject() -> None:
    """Discussions on lists would be torn like newsletters."""
    assert member_of(email(bulk="list: rings.lists.example")).subject_key == "gear rings"


def test_exchange_keys_count_together_with_the_subject() -> None:
    """All that somebody ever answered to one old mail would be one conversation."""
    keys = {
        subject: member_of(email(subject=subject, thread_keys=("exchange:aa",))).thread_keys for subject in SUBJECTS
    }
    assert keys["Gear rings"] == keys["RE: gear rings"] != keys["Crane hooks"]
    assert all(key.startswith("exchange:aa:") for (key,) in keys.values())
    assert member_of(email(thread_keys=("gmail:7",))).thread_keys == ("gmail:7",)


SUBJECTS = ("Gear rings", "RE: gear rings", "Crane hooks")


def test_exchange_conversation_parts_where_the_subject_changes() -> None:
    """A new topic would be read as a part of the old one."""
    mails = [
        email(email_id=str(number), message_id=f"{number}@x.example", subject=subject, thread_keys=("exchange:aa",))
        for number, subject in enumerate(SUBJECTS)
    ]
    assert sorted(len(shape.members) for shape in group(map(member_of, mails))) == [1, 2]


def test_member_with_an_id_that_names_no_email_goes_by_its_hash() -> None:
    """All mail of a faulty program would be one conversation."""
    found = member_of(email(message_id="undefined@shop.example", references=("null@shop.example",)))
    assert (found.node, found.refs) == (f"sha256:{'e' * 64}", ())


def test_member_tells_cut_from_damaged_and_both_from_an_odd_date() -> None:
    """A whole mail with a wrong clock would make its chain incomplete, or a cut one pass for whole."""
    cut, damaged = member_of(email(defects=("cut: it ends",))), member_of(email(defects=("broken base64",)))
    assert (cut.cut, cut.damaged) == (True, False)
    assert (damaged.cut, damaged.damaged) == (False, True)
    dates = ("the date could not be read", "the date lies in the future of the arrival")
    assert not member_of(email(defects=dates)).damaged


COPIES = st.lists(
    st.builds(
        Member,
        email_id=st.just("e"),
        node=st.just("n"),
        dated=st.just(value=False),
        sent_at=st.none() | st.datetimes().map(lambda when: when.replace(tzinfo=START_AT.tzinfo)),
        ahead=st.booleans(),
        subject_key=st.sampled_from(["", "gear rings"]),
        seeks=st.booleans(),
        people=st.sampled_from([(), ("a",), ("a", "b")]),
        thread_keys=st.sampled_from([(), ("gmail:1",), ("gmail:2",)]),
        bulk=st.sampled_from(["", "list: a", "list: b", "newsletter: c", "automatic: d"]),
        cut=st.booleans(),
        damaged=st.booleans(),
        edition=st.integers(0, 2),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=80, deadline=None)
@given(COPIES, st.randoms(use_true_random=False))
def test_copies_make_the_same_email_whichever_came_first(copies: list[Member], random: Any) -> None:
    """What an email is would depend on the folder that was imported first."""
    shuffled = [*copies, copies[0]]
    random.shuffle(shuffled)
    assert _merged(shuffled) == _merged(copies)


def _merged(copies: list[Member]) -> Member:
    merged = copies[0]
    for copy in copies[1:]:
        merged = merged.merged(copy)
    # A single copy is merged with itself, so that its lists are sorted as those of all others.
    return merged.merged(merged)


def test_copy_that_is_not_bulk_makes_an_email_of_people() -> None:
    """Mail that was sent to somebody and to a list would be skipped with the list."""
    list_copy, own = member_of(email(bulk="list: rings")), member_of(email())
    assert list_copy.merged(own).bulk == own.merged(list_copy).bulk == ""
