"""Emails to chains, in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from producer.chains import ChainShape, group
from schemas.chain import hash_of_emails, hash_of_root
from schemas.member import Member

START_AT = datetime(2026, 11, 2, 8, tzinfo=UTC)
NODES = [f"{letter}@x.example" for letter in "abcdefgh"]


def member(node: str, *refs: str, hour: int | None = 0, email_id: str = "", subject: str = "") -> Member:
    """Return an email that was sent *hour* hours after the start (None: undated)."""
    sent_at = None if hour is None else START_AT + timedelta(hours=hour)
    return Member(email_id=email_id or f"id-{node}", node=node, refs=refs, sent_at=sent_at, subject=subject)


@st.composite
def mailboxes(draw: st.DrawFn) -> list[Member]:
    """Draw emails with links of every kind: missing, looping, repeated ids, by subject; undated ones, and copies."""
    found = []
    for number in range(draw(st.integers(1, 12))):
        node = draw(st.sampled_from(NODES))
        refs = draw(st.lists(st.sampled_from([n for n in NODES if n != node]), max_size=2, unique=True))
        hour = draw(st.none() | st.integers(0, 5) | st.integers(300, 700))
        email = replace(
            member(node, *refs, hour=hour, email_id=f"id{number}"),
            dated=hour is not None,
            subject_key=draw(st.sampled_from(["", "gear rings", "crane hooks"])) if hour is not None else "",
            seeks=not refs and draw(st.booleans()),
            people=("ann", "ben", draw(st.sampled_from(["cia", "dan"])))[draw(st.integers(0, 1)) :],
            thread_keys=tuple(draw(st.lists(st.sampled_from(["gmail:1", "gmail:2"]), max_size=1))),
        )
        found += [email, *([_copy(draw, email)] if draw(st.booleans()) else [])]
    return found


def _copy(draw: st.DrawFn, of: Member) -> Member:
    """Draw a copy by another route: relays and providers have added other things to it."""
    return replace(of, thread_keys=("gmail:3",), seeks=False, bulk=draw(st.sampled_from(["", "list: rings"])))


def by_id(shapes: list[ChainShape]) -> dict[str, ChainShape]:
    """Return chains by their ids."""
    return {shape.chain_id: shape for shape in shapes}


@settings(max_examples=40, deadline=None)
@given(mailboxes(), st.randoms(use_true_random=False))
def test_group_depends_on_the_set_of_emails_alone(emails: list[Member], random: Random) -> None:
    """The same mailbox read in another order, or with mail delivered twice, would give other chains or ids."""
    shuffled = [*emails, *emails[::2]]
    random.shuffle(shuffled)
    assert by_id(group(shuffled)) == by_id(group(emails))


@settings(max_examples=40, deadline=None)
@given(mailboxes(), st.data())
def test_group_of_batches_ends_in_the_same_chains(emails: list[Member], data: st.DataObject) -> None:
    """Importing a mailbox in halves would end in other chains than importing it in one go."""
    chains: list[ChainShape] = []
    rest = list(emails)
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        batch, rest = rest[:size], rest[size:]
        touched = {node for email in batch for node in (*email.path, *email.thread_keys)}
        subjects = {email.subject_key for email in batch} - {""}
        joined = [
            chain
            for chain in chains
            if chain.nodes & touched or subjects & {member.subject_key for member in chain.members}
        ]
        chains = [chain for chain in chains if chain not in joined]
        chains += group([*batch, *(email for chain in joined for email in chain.members)])
    assert by_id(chains) == by_id(group(emails))


@settings(max_examples=40, deadline=None)
@given(mailboxes())
def test_group_parts_the_emails_and_the_nodes(emails: list[Member]) -> None:
    """An email would be in no chain or in two, or two chains would answer to one Message-ID."""
    shapes = group(emails)
    assert sorted(m.email_id for shape in shapes for m in shape.members) == sorted({m.email_id for m in emails})
    nodes = [node for shape in shapes for node in shape.nodes]
    assert sorted(nodes) == sorted({node for email in emails for node in (*email.path, *email.thread_keys)})
    assert all(shape.chain_id in map(hash_of_root, shape.nodes) for shape in shapes)


@settings(max_examples=40, deadline=None)
@given(mailboxes(), mailboxes())
def test_group_of_more_mail_parts_nothing(emails: list[Member], more: list[Member]) -> None:
    """Chains would fall apart when mail arrives, and where they did would depend on its order."""
    others = [replace(email, email_id=f"more-{email.email_id}") for email in more]
    chain_of = {m.email_id: shape.chain_id for shape in group([*emails, *others]) for m in shape.members}
    assert all(len({chain_of[m.email_id] for m in shape.members}) == 1 for shape in group(emails))


def test_group_joins_by_the_ids_of_a_provider() -> None:
    """Conversations that Gmail or Exchange show whole would be torn."""
    emails = [replace(member(f"{n}@x.example", hour=n), thread_keys=("gmail:7",)) for n in (1, 2)]
    (shape,) = group([*emails, replace(member("c@x.example", "b@x.example", hour=3), thread_keys=("gmail:7",))])
    assert shape.ghosts == {"b@x.example"}
    assert shape.chain_id == hash_of_root("1@x.example")


def test_group_joins_an_answer_by_its_subject() -> None:
    """Answers of programs that write no references would be torn from what they answer."""
    first = replace(member("a@x.example"), subject_key="gear rings", people=("ann", "ben"))
    answer = replace(member("b@x.example", hour=9), subject_key="gear rings", people=("ann", "ben"), seeks=True)
    (shape,) = group([answer, first])
    assert shape.chain_id == hash_of_root("a@x.example")


def test_group_merges_the_copies_of_an_email() -> None:
    """Of the same mail out of two mailboxes, the one that came first would decide which conversation it is in."""
    email = replace(member("a@x.example"), thread_keys=("gmail:1",), bulk="list: rings", cut=True)
    other = replace(email, thread_keys=("gmail:2",), bulk="", cut=False)
    (shape,) = group([email, other])
    assert shape.members == (replace(email, thread_keys=("gmail:1", "gmail:2"), bulk="", cut=False),)
    assert shape.completeness.score == 1


def test_a_better_reading_of_an_email_changes_the_hash_and_not_the_id() -> None:
    """What a better parser reads in old mail would never be analysed."""
    (before,) = group([member("a@x.example")])
    (after,) = group([replace(member("a@x.example"), edition=1)])
    assert after.chain_id == before.chain_id
    assert after.chain_hash == hash_of_emails(["id-a@x.example.1"])


def test_group_of_nothing_is_nothing() -> None:
    """An empty folder would end in an error."""
    assert group([]) == []


def test_group_joins_an_answer_to_what_it_answers_oldest_first() -> None:
    """Conversations would be torn apart, or read backwards."""
    question, answer = member("q@x.example", hour=1), member("a@x.example", "q@x.example", hour=2)
    (shape,) = group([answer, question])
    assert shape.members == (question, answer)
    assert shape.chain_id == hash_of_root("q@x.example")
    assert shape.chain_hash == hash_of_emails(["id-q@x.example", "id-a@x.example"])
    assert shape.ghosts == frozenset()


def test_group_joins_two_answers_by_a_parent_that_nobody_has_seen() -> None:
    """Answers to a mail that was deleted would be two conversations."""
    (shape,) = group([member("a@x.example", "ghost@x.example"), member("b@x.example", "ghost@x.example")])
    assert shape.ghosts == {"ghost@x.example"}
    assert shape.chain_id == hash_of_root("ghost@x.example")
    assert shape.nodes == {"a@x.example", "b@x.example", "ghost@x.example"}
    assert shape.completeness.score == 0.6667


def test_group_keeps_strangers_apart() -> None:
    """One party's words would stand in the summary of another's conversation."""
    assert len(group([member("a@x.example", subject="Hello"), member("b@x.example", subject="Hello")])) == 2


def test_group_joins_two_emails_that_share_their_id_and_not_their_content() -> None:
    """A mail that a list changed on its way would be lost, or be a conversation of its own."""
    (shape,) = group([member("a@x.example", email_id="one"), member("a@x.example", email_id="two")])
    assert [m.email_id for m in shape.members] == ["one", "two"]


def test_group_gives_a_loop_the_id_of_its_earliest_email() -> None:
    """Forged headers that name each other would never end, or give another id at each import."""
    first = member("a@x.example", "b@x.example", hour=1)
    second = member("b@x.example", "a@x.example", hour=2)
    (shape,) = group([second, first])
    assert [m.node for m in shape.members] == ["a@x.example", "b@x.example"]
    # Both nodes are named at the first hour: their names settle it.
    assert shape.chain_id == hash_of_root("a@x.example")


def test_group_ends_on_a_loop_through_ghosts() -> None:
    """Two mails whose References contradict each other would hang the import."""
    (shape,) = group([member("x@x.example", "g1", "g2"), member("y@x.example", "g2", "g1")])
    assert shape.ghosts == {"g1", "g2"}


def test_group_takes_the_earliest_of_several_roots() -> None:
    """A chain with two beginnings would have an id by chance."""
    late, early = member("late@x.example", hour=5), member("early@x.example", hour=1)
    answer = member("both@x.example", "late@x.example", hour=6)
    bridge = member("bridge@x.example", "early@x.example", "both@x.example", hour=7)
    (shape,) = group([late, early, answer, bridge])
    assert shape.chain_id == hash_of_root("early@x.example")


def test_group_dates_a_ghost_by_the_earliest_email_that_names_it() -> None:
    """The id would depend on whether the first mail is at hand."""
    ghost_answer = member("a@x.example", "ghost@x.example", hour=1)
    bridge = member("b@x.example", "seen@x.example", "ghost@x.example", hour=3)
    (shape,) = group([member("seen@x.example", hour=2), bridge, ghost_answer])
    # The bridge makes the ghost a child of `seen`, so only `seen` is a root.
    assert shape.chain_id == hash_of_root("seen@x.example")
    (apart,) = group([ghost_answer, member("c@x.example", "other@x.example", "a@x.example", hour=3)])
    assert apart.chain_id == hash_of_root("ghost@x.example")


def test_group_puts_undated_mail_last_and_lets_ids_settle_ties() -> None:
    """Undated mail would come first, or mail of one second would change places."""
    root = member("r@x.example", hour=1)
    undated = member("u@x.example", "r@x.example", hour=None)
    tied = [member(f"{n}@x.example", "r@x.example", hour=2, email_id=f"id{n}") for n in (2, 1)]
    (shape,) = group([undated, *tied, root])
    assert [m.email_id for m in shape.members] == ["id-r@x.example", "id1", "id2", "id-u@x.example"]


def test_group_counts_damaged_emails() -> None:
    """A chain with unreadable parts would pass for complete."""
    damaged = Member(email_id="d", node="d@x.example", damaged=True)
    (shape,) = group([damaged])
    assert shape.completeness.score == 0.5


def test_subject_is_the_oldest_that_is_not_empty() -> None:
    """A list of chains would show blank lines."""
    emails = [
        member("a@x.example", hour=0),
        member("b@x.example", "a@x.example", hour=1, subject="Re: rings"),
        member("c@x.example", "a@x.example", hour=2, subject="other"),
    ]
    (shape,) = group(emails)
    assert shape.subject == "Re: rings"
    assert group([member("a@x.example")])[0].subject == ""


def test_newest_email_is_never_in_the_future() -> None:
    """One mail with a wrong clock would hide all others from `--hours`."""
    emails = [member("a@x.example", hour=1), member("b@x.example", "a@x.example", hour=9)]
    (shape,) = group(emails)
    assert shape.newest_email_at(START_AT + timedelta(hours=2)) == START_AT + timedelta(hours=1)
    assert shape.newest_email_at(START_AT) is None
    (undated,) = group([member("a@x.example", hour=None)])
    assert undated.newest_email_at(START_AT) is None


def test_group_is_linear_in_long_chains() -> None:
    """A list thread of ten thousand mails would stop the import."""
    emails = [member(f"{n}@x.example", *([f"{n - 1}@x.example"] if n else []), hour=n) for n in range(10_000)]
    (shape,) = group(reversed(emails))
    assert shape.chain_id == hash_of_root("0@x.example")
