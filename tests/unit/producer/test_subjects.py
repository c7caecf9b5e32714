"""Subjects: what of them is their own, and which emails they join."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producer.chains import group
from producer.subjects import answers_by_subject, base_subject, is_generic, subject_links
from schemas.member import Member

START_AT = datetime(2026, 11, 2, 8, tzinfo=UTC)
ANN, BEN, CIA, LIST = "ann@acme.example", "ben@bolt.example", "cia@corp.example", "list@lists.example"


def member(
    name: str, *people: str, days: float = 0, seeks: bool = True, subject: str = "gear rings", dated: bool = True
) -> Member:
    """Return an email without references, sent *days* after the start."""
    return Member(
        email_id=name,
        node=f"{name}@x.example",
        sent_at=START_AT + timedelta(days=days),
        dated=dated,
        subject_key=subject,
        seeks=seeks,
        people=tuple(sorted(people or (ANN, BEN))),
    )


@pytest.mark.parametrize(
    "subject",
    [
        *("Re: Gear  rings", "RE : gear rings", "Re[2]: Gear rings", "Re(3): gear rings", "Re^2: gear rings"),
        *("AW: WG: Gear rings", "SV: VS: gear rings", "Réf. : gear rings", "ENC: RES: gear rings", "Odp: gear rings"),
        *(
            "Vá: gear rings",
            "YNT: gear rings",
            "İlt: gear rings",
            "TR: gear rings",
            "RV: gear rings",
            "R: I: gear rings",
        ),
        *("回复\uff1agear rings", "转发: gear rings", "回覆: 轉寄: gear rings", "Antw: gear rings", "Отв: gear rings"),
        *("[rings] Re: gear rings", "Re: [rings] gear rings", "Re [rings]: gear rings", "Fwd: gear rings (fwd)"),
        *("[Fwd: Gear rings]", "[Fwd: Re: [Fwd: gear rings]]", "gear rings (FWD)", "Re: AW: Re: Fw: gear rings"),
    ],
)
def test_base_subject_leaves_out_the_marks_of_every_mail_program(subject: str) -> None:
    """Answers from a program in another language would be conversations of their own."""
    assert base_subject(subject) == ("gear rings", True)


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("Gear rings", "gear rings"),
        ("[rings] Gear rings", "gear rings"),
        ("Order: gear rings", "order: gear rings"),
        ("Real rings: new prices", "real rings: new prices"),
        ("", ""),
        ("[rings]", ""),
    ],
)
def test_base_subject_takes_no_other_word_for_an_answer(subject: str, base: str) -> None:
    """A new topic would be pulled into an old conversation."""
    assert base_subject(subject) == (base, False)


def test_base_subject_keeps_the_numbers_of_tickets() -> None:
    """Two customers' tickets of one subject would be one conversation."""
    assert base_subject("Re: [#1234] Ring broken") == ("[#1234] ring broken", True)
    assert base_subject("[#1234] Re: Ring broken") == ("[#1234] ring broken", True)
    assert base_subject("[#1235] Ring broken") == ("[#1235] ring broken", False)


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="Re: [#1]fwd()", max_size=60))
def test_base_subject_of_a_base_subject_is_itself(subject: str) -> None:
    """An answer to an answer would have another base than the first, or a strange subject would never end."""
    base, _ = base_subject(subject)
    assert base_subject(base) == (base, False)


@pytest.mark.parametrize(
    "subject",
    [
        *("", "Hello", "Meeting", "Re: Invoice", "Question", "Update", "Lunch?", "test", "help!", "Thanks", "FYI"),
        *("Rechnung", "Frage", "Besprechung am Montag", "réunion", "Hola", "会议", "問題", "2026-11-02", "12/3", "???"),
        *("Your order", "status report 12", "Monday meeting", "rings", "Ring?", "the new update", "Invoice 4711"),
    ],
)
def test_generic_subjects_join_nothing(subject: str) -> None:
    """Everybody's "Hello" would be one conversation."""
    assert is_generic(base_subject(subject)[0])


@pytest.mark.parametrize(
    "subject", ["Gear rings", "Ring gear for the 12 t crane", "Hauptversammlung", "Q3 budget", "齿轮订单延期通知"]
)
def test_own_subjects_are_not_generic(subject: str) -> None:
    """Answers of programs without headers would never join."""
    assert not is_generic(base_subject(subject)[0])


def test_answer_joins_by_subject_people_and_days() -> None:
    """Answers of programs that write no references would be torn from what they answer."""
    assert answers_by_subject(member("b", days=3), member("a", seeks=False))


@pytest.mark.parametrize(
    ("answer", "other"),
    [
        (member("b", days=3, seeks=False), member("a", seeks=False)),
        (member("b", days=3, subject=""), member("a", seeks=False, subject="")),
        (member("b", days=3, subject="other rings"), member("a", seeks=False)),
        (member("b", ANN, LIST, days=3), member("a", CIA, LIST, seeks=False)),
        (member("b", days=14.01), member("a", seeks=False)),
        (member("b"), member("a", days=1, seeks=False)),
        (member("b", days=3, dated=False), member("a", seeks=False)),
        (member("b", days=3), member("a", seeks=False, dated=False)),
    ],
    ids=["no answer", "generic", "other subject", "one address", "too late", "sent before", "undated", "to undated"],
)
def test_answer_does_not_join_without_each_of_the_guards(answer: Member, other: Member) -> None:
    """One party's words would stand in the summary of another's conversation."""
    assert not answers_by_subject(answer, other)


PEOPLE = st.lists(st.sampled_from([ANN, BEN, CIA, LIST]), min_size=1, max_size=3, unique=True)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(PEOPLE, st.integers(0, 40), st.booleans(), st.sampled_from(["gear rings", "crane hooks"])),
        max_size=14,
    )
)
def test_subject_links_connect_what_all_pairs_connect(drawn: list[tuple[list[str], int, bool, str]]) -> None:
    """The shortcut for busy subjects would join other emails than the rule says, or depend on their order."""
    emails = [
        member(f"m{number}", *people, days=days, seeks=seeks, subject=subject)
        for number, (people, days, seeks, subject) in enumerate(drawn)
    ]
    pairs = [(one, other) for one in emails for other in emails if answers_by_subject(one, other)]
    assert _components(emails, pairs) == _components(emails, list(subject_links(emails)))
    assert {frozenset(m.email_id for m in shape.members) for shape in group(emails)} == _components(emails, pairs)


def _components(emails: list[Member], pairs: list[tuple[Member, Member]]) -> set[frozenset[str]]:
    found = {email.email_id: frozenset({email.email_id}) for email in emails}
    for one, other in pairs:
        joined = found[one.email_id] | found[other.email_id]
        found |= dict.fromkeys(joined, joined)
    return set(found.values())


def test_four_thousand_answers_of_one_subject_are_grouped_at_once() -> None:
    """A subject that everybody uses would stop the import."""
    crowd = [f"p{number}@x.example" for number in range(25)]
    emails = [member(f"m{number:04}", *crowd[:8], days=number / 400) for number in range(4_000)]
    before_s = time.process_time()
    (shape,) = group(emails)
    assert len(shape.members) == 4_000
    assert time.process_time() - before_s < 3


def test_reasons_are_of_the_links_without_which_the_chain_would_part() -> None:
    """Nobody could say afterwards why mail without any header in common was read as one conversation."""
    asked, answered = member("a", seeks=False), member("b", days=2)
    (shape,) = group([answered, asked, replace(member("c", days=3), refs=("b@x.example",), seeks=False)])
    assert shape.subject_joins == ("same subject 'gear rings' as a@x.example, 2 shared addresses, 2 days apart",)
    by_header = [asked, replace(answered, refs=("a@x.example",), seeks=False)]
    assert [shape.subject_joins for shape in group(by_header)] == [()]
