"""New emails into the chains of a real ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from producer.chains import group
from producer.join import Arrival, join
from producer.reading import member_of
from schemas.chain import Address, Email, hash_of_root
from storage import mail, outbox
from storage.engine import Database
from storage.outbox import Selection
from storage.packing import pack
from storage.tables import OutboxRow
from tests.integration.producer.ledger_state import aliases, members, outbox_rows, revisions, shapes
from tests.ledgers import pending

NOW = datetime(2026, 11, 20, tzinfo=UTC)
TOPIC = "email-chains.backlog"


def email(name: str, *refs: str, hour: int = 0, message_id: str | None = "") -> Email:
    """Return the email *name*, which refers to others by their names."""
    return Email(
        email_id=f"id-{name}",
        message_id=f"{name}@x.example" if message_id == "" else message_id,
        references=tuple(f"{ref}@x.example" for ref in refs),
        sent_at=NOW - timedelta(days=9) + timedelta(hours=hour),
        sent_at_from="date",
        subject=f"Subject {name}",
    )


#: Two chains that a late mail joins, ghosts, a loop, a shared Message-ID, mail without one.
MAILBOX = [
    email("a1", hour=1),
    email("a2", "a1", hour=2),
    email("a3", "a1", "a2", hour=3),
    email("b2", "b1", hour=2),
    email("b3", "b1", hour=4),
    email("b1", hour=1),
    email("c1", hour=5),
    email("c2", "c1", hour=6),
    email("bridge", "a2", "c2", hour=7),
    email("loop1", "loop2", hour=1),
    email("loop2", "loop1", hour=2),
    email("twin", hour=1),
    email("twin-copy", hour=2, message_id="twin@x.example"),
    email("nameless", hour=1, message_id=None),
    email("orphan", "never", "seen", hour=3),
]


def arrival(one: Email) -> Arrival:
    """Return an email as ingest hands it to the join."""
    return Arrival(member=member_of(one), content=pack(one.model_dump_json(exclude_defaults=True).encode()))


def take(database: Database, *batches: Sequence[Email], topic: str = TOPIC) -> list[str]:
    """Join batches of emails, each in a transaction of its own; return the chain ids that there ever were.

    As in an import, an email that is stored or stands in the batch before arrives no more: it is a copy.
    """
    found: list[str] = []
    for batch in batches:
        first = {one.email_id: one for one in reversed(batch)}
        with database.write() as connection:
            stored = mail.chains_of_emails(connection, first)
            new = [one for email_id, one in first.items() if email_id not in stored]
            copies = [member_of(one) for one in batch if not any(one is other for other in new)]
            found += join(connection, [arrival(one) for one in new], copies=copies, topic=topic, now=NOW)
    return found


def publish_all(database: Database) -> None:
    """Mark everything that waits as acknowledged."""
    with database.write() as connection:
        waiting = connection.scalars(select(OutboxRow.outbox_id).where(OutboxRow.published_at.is_(None))).all()
        outbox.mark_published(connection, [(outbox_id, 0, outbox_id) for outbox_id in waiting], NOW)


def test_join_stores_what_grouping_finds(ledger: Database) -> None:
    """The ledger would hold other chains than one reading of all mail gives."""
    take(ledger, MAILBOX)
    expected = {
        shape.chain_id: (shape.chain_hash, {m.email_id for m in shape.members}, shape.nodes, shape.completeness.score)
        for shape in group([member_of(one) for one in MAILBOX])
    }
    found = {
        chain_id: (shape.chain_hash, set(shape.email_ids), shape.nodes, shape.completeness)
        for chain_id, shape in shapes(ledger).items()
    }
    assert found == expected
    assert set(found) == {
        *(hash_of_root(f"{name}@x.example") for name in ("a1", "b1", "loop1", "twin", "never")),
        hash_of_root("sha256:id-nameless"),
    }


@pytest.mark.parametrize(
    "batches",
    [
        [MAILBOX[:7], MAILBOX[7:]],
        [[one] for one in MAILBOX],
        [MAILBOX[::-1]],
        [[one] for one in reversed(MAILBOX)],
        [MAILBOX[::2], MAILBOX[1::2]],
        [MAILBOX[1::2], [], MAILBOX[::2]],
    ],
    ids=["halves", "one by one", "reversed", "reversed one by one", "even then odd", "odd, nothing, even"],
)
def test_join_ends_in_the_same_chains_however_mail_arrives(
    new_ledger: Callable[[], Database], batches: list[list[Email]]
) -> None:
    """Ids and members would depend on when mail was imported, and two ledgers would never agree."""
    whole, parts = new_ledger(), new_ledger()
    take(whole, MAILBOX)
    ever = take(parts, *batches)
    assert shapes(parts) == shapes(whole)
    with parts.read() as connection:
        resolved = {chain_id: mail.resolve(connection, chain_id) for chain_id in ever}
    assert set(resolved.values()) == set(shapes(whole))
    assert set(aliases(parts)) == set(ever) - set(shapes(parts))


@st.composite
def mail_of_all_kinds(draw: st.DrawFn) -> list[Email]:
    """Draw emails that join by references, by subject and by ids of providers, and copies of them."""
    ann, ben, cia = (Address(address=f"{name}@acme.example") for name in ("ann", "ben", "cia"))
    names = [f"m{number}" for number in range(8)]
    found = []
    for name in draw(st.lists(st.sampled_from(names), min_size=2, max_size=8, unique=True)):
        refs = draw(st.lists(st.sampled_from([n for n in names if n != name]), max_size=1))
        one = email(name, *refs, hour=draw(st.integers(0, 3) | st.integers(400, 800))).model_copy(
            update={
                "subject": draw(st.sampled_from(["Gear rings", "Re: Gear rings", "AW: Crane hooks", "Re: Hello"])),
                "sender": draw(st.sampled_from([ann, ben])),
                "to": (cia, ben),
                "thread_keys": draw(st.sampled_from([(), (), ("gmail:1",), ("exchange:aa",)])),
                "bulk": draw(st.sampled_from(["", "list: rings", "newsletter: rings"])),
            }
        )
        copy = one.model_copy(update={"thread_keys": ("gmail:2",), "bulk": ""})
        found += [one, *([copy] if draw(st.booleans()) else [])]
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mails=mail_of_all_kinds() | st.just(MAILBOX), random=st.randoms(use_true_random=False), size=st.integers(1, 6))
def test_join_ends_in_the_same_chains_in_any_order(
    new_ledger: Callable[[], Database], mails: list[Email], random: Random, size: int
) -> None:
    """Some order of arrival that nobody thought of would leave a chain torn in two."""
    whole, parts = new_ledger(), new_ledger()
    take(whole, mails)
    order = [*mails, *mails[::3]]
    random.shuffle(order)
    take(parts, *(order[start : start + size] for start in range(0, len(order), size)))
    assert shapes(parts) == shapes(whole)
    assert members(parts) == members(whole)


def test_a_copy_out_of_another_mailbox_joins_what_its_provider_joins(ledger: Database) -> None:
    """The copy that came first would decide, and the two mailboxes' conversations would never meet."""
    first, second = email("a", hour=1), email("b", hour=2)
    in_two = [one.model_copy(update={"thread_keys": ("gmail:2",)}) for one in (first, second)]
    take(ledger, [first, second], in_two[:1])
    assert len(shapes(ledger)) == 2
    take(ledger, in_two[1:])
    assert {shape.email_ids for shape in shapes(ledger).values()} == {frozenset({"id-a", "id-b"})}
    assert set(aliases(ledger)) == {hash_of_root("b@x.example")}


def test_a_further_copy_that_says_nothing_new_changes_nothing(ledger: Database) -> None:
    """The same list mail in two folders would be published twice."""
    take(ledger, MAILBOX)
    before = (shapes(ledger), revisions(ledger), outbox_rows(ledger))
    assert take(ledger, [one.model_copy(update={"bulk": "list: rings"}) for one in MAILBOX]) == []
    assert (shapes(ledger), revisions(ledger), outbox_rows(ledger)) == before


def test_answer_by_subject_joins_mail_of_earlier_imports(ledger: Database) -> None:
    """Live answers of programs without references would never find what they answer."""
    people = {"sender": Address(address="ann@acme.example"), "to": (Address(address="ben@bolt.example"),)}
    take(ledger, [email("a", hour=1).model_copy(update={"subject": "Gear rings", **people})])
    take(ledger, [email("b", hour=30).model_copy(update={"subject": "Re: Gear rings", **people})])
    assert list(shapes(ledger)) == [hash_of_root("a@x.example")]
    with ledger.read() as connection:
        (chain,) = mail.chains(connection, list(shapes(ledger))).values()
    assert chain.subject_joins == ["same subject 'gear rings' as a@x.example, 2 shared addresses, 1 day apart"]
    take(ledger, [email("c", hour=24 * 14 + 2).model_copy(update={"subject": "Gear rings", **people})])
    take(ledger, [email("d", hour=24 * 29).model_copy(update={"subject": "Re: Gear rings", **people})])
    # The second question is another conversation; the second answer comes 15 days later and is sent alone.
    assert len(shapes(ledger)) == 3


def test_join_leaves_one_row_waiting_for_each_chain(ledger: Database) -> None:
    """Revisions that are outdated before anybody saw them would be published and analysed."""
    take(ledger, *([one] for one in MAILBOX))
    waiting = [(chain_id, revision) for chain_id, revision, _, _ in outbox_rows(ledger)]
    assert sorted(waiting) == sorted(revisions(ledger).items())


def test_join_of_nothing_changes_nothing(ledger: Database) -> None:
    """Importing the same mail again would publish it again."""
    take(ledger, MAILBOX)
    before = (shapes(ledger), revisions(ledger), outbox_rows(ledger))
    assert take(ledger, []) == []
    assert (shapes(ledger), revisions(ledger), outbox_rows(ledger)) == before


def test_revision_grows_by_one_with_each_join(ledger: Database) -> None:
    """A consumer could not tell the newer of two states, or would wait for one that never comes."""
    chain_id = hash_of_root("a1@x.example")
    take(ledger, [email("a1")])
    assert revisions(ledger) == {chain_id: 1}
    take(ledger, [email("a2", "a1")])
    assert revisions(ledger) == {chain_id: 2}
    take(ledger, [email("a3", "a1"), email("a4", "a1"), email("z")])
    assert revisions(ledger)[chain_id] == 3


def test_revision_of_joined_chains_is_above_both(ledger: Database) -> None:
    """An older record of either chain would pass for newer than the whole."""
    take(ledger, [email("a1", hour=1)], [email("a2", "a1", hour=2)], [email("a3", "a2", hour=3)])
    take(ledger, [email("b1", hour=4)])
    take(ledger, [email("bridge", "a3", "b1", hour=5)])
    assert revisions(ledger) == {hash_of_root("a1@x.example"): 4}


def test_joined_chains_leave_an_alias_and_a_tombstone(ledger: Database) -> None:
    """The record of a chain that is no more would be analysed for ever, and its links would be dead."""
    former, chain_id = hash_of_root("b1@x.example"), hash_of_root("a1@x.example")
    take(ledger, [email("a1", hour=1)], [email("b1", hour=2)])
    publish_all(ledger)
    take(ledger, [email("bridge", "a1", "b1", hour=3)])
    assert aliases(ledger) == {former: chain_id}
    assert outbox_rows(ledger)[2:] == [(former, 2, True, TOPIC), (chain_id, 2, False, TOPIC)]
    with ledger.read() as connection:
        waiting = pending(connection, Selection(), limit=10)
    assert [(row.chain_id, row.chain_hash is None) for row in waiting] == [(former, True), (chain_id, False)]


def test_chain_that_was_never_published_leaves_no_tombstone(ledger: Database) -> None:
    """Every import in an odd order would fill the topic with tombstones."""
    take(ledger, [email("a1", hour=1)], [email("b1", hour=2)], [email("bridge", "a1", "b1", hour=3)])
    assert outbox_rows(ledger) == [(hash_of_root("a1@x.example"), 2, False, TOPIC)]


def test_tombstones_go_to_every_topic_that_has_the_chain(ledger: Database) -> None:
    """A chain that was imported and then followed would live on in one of the two topics."""
    former = hash_of_root("b1@x.example")
    take(ledger, [email("b1", hour=2)])
    publish_all(ledger)
    take(ledger, [email("b2", "b1", hour=3)], topic="email-chains")
    publish_all(ledger)
    take(ledger, [email("a1", hour=1), email("bridge", "a1", "b1", hour=4)], topic="email-chains")
    tombstones = {(chain_id, topic) for chain_id, _, is_tombstone, topic in outbox_rows(ledger) if is_tombstone}
    assert tombstones == {(former, TOPIC), (former, "email-chains")}


def test_older_root_gives_a_new_id_and_the_old_one_resolves(ledger: Database) -> None:
    """Links to a chain would break when its first mail is found."""
    take(ledger, [email("answer", "question", "middle", hour=3)])
    take(ledger, [email("question", "origin", hour=1)])
    former, chain_id = hash_of_root("question@x.example"), hash_of_root("origin@x.example")
    assert set(shapes(ledger)) == {chain_id}
    with ledger.read() as connection:
        assert mail.resolve(connection, former) == chain_id
        assert mail.resolve(connection, "<middle@x.example>") == chain_id
        assert mail.current_ids(connection, {former, chain_id}) == {chain_id}


def test_alias_of_an_alias_resolves(ledger: Database) -> None:
    """A chain that changed its id twice would be lost to whoever has the first."""
    ids = take(ledger, [email("c", "b")], [email("b", "a")], [email("a", "root")])
    assert ids == [hash_of_root(f"{name}@x.example") for name in ("b", "a", "root")]
    assert aliases(ledger) == {ids[0]: ids[2], ids[1]: ids[2]}


def test_id_that_comes_back_is_no_alias_any_more(ledger: Database) -> None:
    """A chain would answer to its own id with one that is no more, and its tombstone would hide it."""
    late, early = hash_of_root("late@x.example"), hash_of_root("early@x.example")
    take(ledger, [email("late", hour=5), email("x", "late", hour=6)])
    publish_all(ledger)
    take(ledger, [email("early", hour=1), email("y", "early", "x", hour=7)])  # two roots: the earlier one counts
    assert aliases(ledger) == {late: early}
    take(ledger, [email("z", "late", "early", hour=8)])  # `early` turns out to be an answer
    assert aliases(ledger) == {early: late}
    assert revisions(ledger) == {late: 3}
    # The tombstone waits in front of the revision that is above it.
    assert outbox_rows(ledger)[1:] == [(late, 2, True, TOPIC), (late, 3, False, TOPIC)]


def test_trace_of_the_newest_arrival_goes_with_the_chain(ledger: Database) -> None:
    """A trace would not lead from the email to its analysis."""
    with ledger.write() as connection:
        arrivals = [
            replace(arrival(email("a2", "a1", hour=2)), traceparent="00-second"),
            replace(arrival(email("a1", hour=1)), traceparent="00-first"),
        ]
        join(connection, arrivals, topic=TOPIC, now=NOW)
    with ledger.read() as connection:
        (row,) = pending(connection, Selection(), limit=10)
        packed = mail.packed_emails(connection, [row.chain_id])[row.chain_id]
    assert row.traceparent == "00-second"
    assert [one.traceparent for one in packed] == ["00-first", "00-second"]


def test_chain_that_becomes_complete_is_published_by_itself(ledger: Database) -> None:
    """With `--phase complete`, a conversation whose first mail comes late would never be published."""
    complete, incomplete = Selection(phase="complete"), Selection(phase="incomplete")
    take(ledger, [email("answer", "question", hour=2)])
    with ledger.read() as connection:
        assert not outbox.has_pending(connection, complete)
        assert outbox.has_pending(connection, incomplete)
    publish_all(ledger)
    take(ledger, [email("question", hour=1)], topic="email-chains")
    with ledger.read() as connection:
        assert outbox.has_pending(connection, complete)
        assert not outbox.has_pending(connection, incomplete)
    assert outbox_rows(ledger)[1:] == [(hash_of_root("question@x.example"), 2, False, "email-chains")]


def test_start_of_a_former_id_resolves(ledger: Database) -> None:
    """The short ids that tables print would be dead as soon as a chain gets another."""
    take(ledger, [email("answer", "question", hour=3)])
    take(ledger, [email("question", "origin", hour=1)])
    with ledger.read() as connection:
        assert mail.resolve(connection, hash_of_root("question@x.example")[:8]) == hash_of_root("origin@x.example")
        assert mail.resolve(connection, hash_of_root("elsewhere@x.example")[:8]) is None
