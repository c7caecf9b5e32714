"""Why each email is in its chain."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from producer.chains import shape_of
from producer.explain import Explanation, explain
from schemas.chain import Address, Email, hash_of_root
from schemas.member import Member

START_AT = datetime(2026, 11, 2, 8, tzinfo=UTC)


def member(name: str, *refs: str, days: int = 0) -> Member:
    """Return an email that refers to others by their names."""
    return Member(email_id=f"id-{name}", node=name, refs=refs, sent_at=START_AT + timedelta(days=days))


def explained(*members: Member, in_reply_to: tuple[str, ...] = ()) -> Explanation:
    """Return the explanation of one chain; all of its References are in the emails, and what is given for the last."""
    emails = {
        m.email_id: Email(
            email_id=m.email_id,
            message_id=m.node,
            references=tuple(ref for ref in m.refs if ref not in in_reply_to),
            in_reply_to=in_reply_to if m is members[-1] else (),
            sender=Address(address="ann@acme.example"),
        )
        for m in members
    }
    return explain(shape_of(members), emails)


def words(found: Explanation) -> dict[str, list[str]]:
    """Return the reasons by node."""
    return {email.node: [reason.words for reason in email.reasons] for email in found.emails}


def test_explain_names_what_an_email_answers_and_in_which_header() -> None:
    """Nobody could check why two emails are one conversation."""
    found = explained(member("a"), member("b", "a", days=1), member("c", "a", "b", days=2), in_reply_to=("b",))
    assert words(found) == {
        "a": ["is answered by b and 1 more"],
        "b": ["answers a (References)"],
        "c": ["answers b (In-Reply-To)"],
    }
    assert found.why_id == "the hash of a, from which all the others descend"
    assert (found.chain_id, found.root) == (hash_of_root("a"), "a")
    assert (found.score, found.why_score) == (1, "3 of 3 emails: 3 at hand")


def test_explain_names_emails_that_nobody_has_seen() -> None:
    """A chain would be called incomplete without saying what to look for."""
    found = explained(member("b", "a"), replace(member("d", "a", "c", days=1), cut=True))
    assert words(found) == {
        "b": ["refers to a, which nobody has seen (References)"],
        "d": [
            "refers to c, which nobody has seen (References)",
            "refers to a, which nobody has seen (References)",
        ],
    }
    assert found.why_id == "the hash of a (nobody has seen it), from which all the others descend"
    assert found.unseen == ("a", "c")
    assert (found.score, found.why_score) == (
        0.375,
        "1.5 of 4 emails: 2 at hand, 1 of them cut or damaged, which count ½, 2 unseen",
    )


def test_explain_counts_unseen_emails_where_there_are_many() -> None:
    """A forged mail with hundreds of references would fill the screen."""
    found = explained(member("z", *(f"g{number}" for number in range(9))))
    (reasons,) = words(found).values()
    assert len(reasons) == 4
    assert reasons[-1] == "refers to 6 more unseen emails"


def test_explain_says_what_joined_by_subject() -> None:
    """A wrong join by subject could not be told from one by headers."""
    people = ("ann@acme.example", "ben@bolt.example", "cia@corp.example")
    first = replace(member("a"), subject_key="gear rings", people=people)
    answer = replace(member("b", days=3), subject_key="gear rings", people=people[:2], seeks=True)
    found = explained(first, answer)
    assert words(found) == {
        "a": ["is answered by b"],
        "b": ["same subject 'gear rings' as a, 2 shared addresses, 3 days apart"],
    }
    assert found.why_id == "the hash of a, the earliest sent of 2 beginnings"
    assert [reason.kind for email in found.emails for reason in email.reasons] == ["answered", "subject"]


def test_explain_says_what_a_provider_joined() -> None:
    """A join by Gmail's or Exchange's id would have no reason."""
    keys = ("gmail:7", "exchange:aa:00")
    found = explained(*(replace(member(name, days=day), thread_keys=keys) for day, name in enumerate("ab")))
    assert words(found)["b"] == [
        "is in the same Gmail conversation as a",
        "is in the same Exchange conversation as a",
    ]


def test_explain_says_that_two_emails_share_their_id() -> None:
    """The second would have no reason."""
    found = explained(member("a"), replace(member("a", days=1), email_id="other"))
    assert [reason.kind for email in found.emails for reason in email.reasons] == ["first", "same id"]


def test_explain_of_one_email_and_of_a_loop() -> None:
    """A chain of one, or one whose headers contradict each other, would end in an error."""
    assert words(explained(member("a"))) == {"a": ["begins the chain"]}
    found = explained(member("a", "b"), member("b", "a", days=1))
    assert found.why_id == "the hash of a, the earliest sent of 2 emails in a loop of references"
