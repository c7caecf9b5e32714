"""All chains anew from the raw mail of a real ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

from sqlalchemy import select, update

from producer.counts import Counts
from producer.ingest import Ledger, ingest
from producer.rebuild import Rebuild
from producer.sources.source import RawMail
from schemas.chain import hash_of_root
from storage import mail, outbox
from storage.engine import Database
from storage.packing import pack, unpack
from storage.tables import AnalysisRow, EmailRow, Node, OutboxRow
from storage.tables import RawMail as RawRow
from tests.integration.producer.ledger_state import aliases, members, outbox_rows, revisions, shapes
from tests.ledgers import analysis

NOW = datetime(2026, 11, 20, tzinfo=UTC)
TOPIC = "email-chains.backlog"


def raw(name: str, *refs: str, hour: int, subject: str = "Gear rings", body: str = "Twelve of them.") -> RawMail:
    """Return the mail *name*, which refers to others by their names."""
    lines = [
        "From: ann@acme.example",
        "To: ben@bolt.example",
        f"Date: Mon, 2 Nov 2026 {hour:02}:00:00 +0000",
        f"Subject: {subject}",
        f"Message-ID: <{name}@x.example>",
        *([f"References: {' '.join(f'<{ref}@x.example>' for ref in refs)}"] if refs else []),
    ]
    return RawMail(name=name, content="\n".join([*lines, "", body, ""]).encode())


#: Three chains: one by references, one by subject, one of a provider.
MAILS = [
    raw("a1", hour=1, subject="Crane hooks"),
    raw("a2", "a1", hour=2, subject="Re: Crane hooks"),
    raw("a3", "a2", hour=3, subject="Re: Crane hooks"),
    raw("b1", hour=4),
    raw("b2", hour=5, subject="AW: Gear rings"),
    RawMail(name="g1", content=raw("g1", hour=6, subject="x").content, thread_keys=("gmail:7",)),
    RawMail(name="g2", content=raw("g2", hour=7, subject="y").content, thread_keys=("gmail:7",)),
]
A, B, G = (hash_of_root(f"{name}@x.example") for name in ("a1", "b1", "g1"))


def take(database: Database, mails: Iterable[RawMail] = MAILS) -> None:
    """Ingest *mails*."""
    for _count in ingest(Ledger(database, TOPIC, Counts()), mails):
        pass


def publish_all(database: Database) -> None:
    """Mark everything that waits as acknowledged."""
    with database.write() as connection:
        waiting = connection.scalars(select(OutboxRow.outbox_id).where(OutboxRow.published_at.is_(None))).all()
        outbox.mark_published(connection, [(outbox_id, 0, outbox_id) for outbox_id in waiting], NOW)


def rebuild(database: Database, *, dry_run: bool = False) -> Rebuild:
    """Rebuild all and return what came of it."""
    work = Rebuild(database=database, topic=TOPIC, now=NOW, dry_run=dry_run)
    assert sum(work.run()) == work.emails
    return work


def state(database: Database) -> tuple[object, ...]:
    """Return all that a rebuilding could change."""
    return shapes(database), members(database), revisions(database), aliases(database), outbox_rows(database)


def test_rebuild_of_a_sound_ledger_changes_nothing(ledger: Database) -> None:
    """Every rebuilding would publish and analyse all mail again."""
    take(ledger)
    publish_all(ledger)
    before = state(ledger)
    work = rebuild(ledger)
    assert (work.emails, work.reread, work.found, work.chains) == (7, 0, 0, 3)
    assert (work.changed, work.gone) == ([], [])
    assert state(ledger) == before


def test_rebuild_joins_what_older_rules_kept_apart(new_ledger: Callable[[], Database]) -> None:
    """Better rules would count for new mail only, and old conversations stay torn for ever."""
    ledger, fresh = new_ledger(), new_ledger()
    take(fresh)
    take(ledger, [mail_ for mail_ in MAILS if mail_.name not in {"b2", "g2"}])
    with ledger.write() as connection:  # as by a version that knew neither subjects nor providers
        connection.execute(update(EmailRow).values(subject_key="", seeks=False, people=[], thread_keys=[]))
        connection.execute(update(Node).where(Node.node == "gmail:7").values(node="before"))
    take(ledger)
    publish_all(ledger)
    assert len(shapes(ledger)) == 5
    work = rebuild(ledger)
    assert shapes(ledger) == shapes(fresh)
    assert members(ledger) == members(fresh)
    assert set(work.gone) == {hash_of_root("b2@x.example"), hash_of_root("g2@x.example")}
    assert aliases(ledger) == {hash_of_root("b2@x.example"): B, hash_of_root("g2@x.example"): G}
    assert {chain.chain_id: (chain.revision, chain.email_count) for chain in work.changed} == {B: (2, 2), G: (2, 2)}
    waiting = [row for row in outbox_rows(ledger) if row[1] == 2]
    assert sorted(waiting) == sorted(
        [(chain_id, 2, True, TOPIC) for chain_id in work.gone] + [(chain_id, 2, False, TOPIC) for chain_id in (B, G)]
    )
    before = state(ledger)
    again = rebuild(ledger)
    assert (again.changed, again.gone, state(ledger)) == ([], [], before)


def joined_wrongly(ledger: Database) -> None:
    """Let an older rule have taken A and B for one conversation, which was analysed and published."""
    take(ledger)
    with ledger.write() as connection:
        mail.rename_chain(connection, B, A)
        stored = mail.chains(connection, [A])[A]
        row = {**vars(stored), "revision": 5, "chain_hash": "of both", "email_count": 5}
        mail.save_chains(connection, [], [type(stored)(**row)])
    publish_all(ledger)


def test_rebuild_parts_what_older_rules_joined(new_ledger: Callable[[], Database]) -> None:
    """A wrong join, by which one party reads the other's words, could never be mended."""
    ledger, fresh = new_ledger(), new_ledger()
    take(fresh)
    joined_wrongly(ledger)
    work = rebuild(ledger)
    assert shapes(ledger) == shapes(fresh)
    assert aliases(ledger) == {}
    assert {(chain.chain_id, chain.revision, chain.formerly) for chain in work.changed} == {(A, 6, ()), (B, 6, (A,))}
    with ledger.read() as connection:
        assert mail.resolve(connection, "b2@x.example") == B
        assert mail.resolve(connection, B) == B
    waiting = outbox_rows(ledger)[-2:]
    assert sorted(waiting) == sorted([(A, 6, False, TOPIC), (B, 6, False, TOPIC)])


def test_rebuild_parts_a_chain_whose_own_id_is_gone(ledger: Database) -> None:
    """Of a chain that falls into two others, mail, analyses or the old link would be lost."""
    take(ledger)
    with ledger.write() as connection:  # all of A and B under an id that no rule of today gives
        for former in (A, B):
            mail.rename_chain(connection, former, "0" * 32)
        stored = mail.chains(connection, [G])[G]
        mail.save_chains(connection, [type(stored)(**{**vars(stored), "chain_id": "0" * 32, "revision": 8})], [])
        connection.execute(AnalysisRow.__table__.insert().values(_analysis("0" * 32)))
    publish_all(ledger)
    rebuild(ledger)
    assert {A, B, G} == set(shapes(ledger))
    assert revisions(ledger) == {A: 9, B: 9, G: 1}
    with ledger.read() as connection:
        assert mail.resolve(connection, "0" * 32) == A  # three of its five emails
        assert connection.scalars(select(AnalysisRow.chain_id)).all() == [A]


def _analysis(chain_id: str) -> dict[str, object]:
    from tests.ledgers import chain

    found = analysis(chain())
    return {
        **{name: getattr(found, name) for name in ("chain_hash", "revision", "analyser_id", "summary", "analysed_at")},
        "chain_id": chain_id,
        "priority": "normal",
        "category": "order",
        "confidence": 0.5,
        "model": "tiny",
        "repairs": 0,
        "model_s": 1.0,
        "record": found.model_dump_json(),
    }


def test_rebuild_publishes_what_a_better_parser_reads(new_ledger: Callable[[], Database]) -> None:
    """A parser that reads more would count for new mail only, or its text would never be analysed."""
    ledger, fresh = new_ledger(), new_ledger()
    take(fresh)
    take(ledger)
    publish_all(ledger)
    with ledger.write() as connection:  # an older parser lost the text of one email
        row = connection.execute(select(EmailRow).where(EmailRow.node == "a2@x.example")).one()
        worse = unpack(row.content).replace(b"Twelve of them.", b"?")
        values = {"content": pack(worse), "damaged": True}
        connection.execute(update(EmailRow).where(EmailRow.email_id == row.email_id).values(values))
    before = shapes(ledger)[A].chain_hash
    work = rebuild(ledger)
    assert (work.reread, [chain.chain_id for chain in work.changed]) == (1, [A])
    with ledger.read() as connection:
        texts = [email.text for email in mail.emails_of_chain(connection, A)]
    assert texts == ["Twelve of them."] * 3
    assert shapes(ledger)[A].chain_hash not in {before, shapes(fresh)[A].chain_hash}
    assert revisions(ledger) == {A: 2, B: 1, G: 1}
    assert rebuild(ledger).changed == []


def test_rebuild_publishes_nothing_for_what_people_do_not_read(ledger: Database) -> None:
    """An upgrade that notes one thing more of each email would have all mail analysed again, for days."""
    take(ledger)
    publish_all(ledger)
    before = state(ledger)
    with ledger.write() as connection:  # an older parser did not say whose clock told the time
        rows = connection.execute(select(EmailRow.email_id, EmailRow.content)).all()
        for row in rows:
            older = pack(unpack(row.content).replace(b'"sent_at_from":"date",', b""))
            connection.execute(update(EmailRow).where(EmailRow.email_id == row.email_id).values(content=older))
    work = rebuild(ledger)
    assert (work.reread, work.changed) == (7, [])
    assert state(ledger) == before
    assert rebuild(ledger).reread == 0


def test_rebuild_takes_mail_that_could_not_be_read(ledger: Database) -> None:
    """Mail that a better parser reads would stay unreadable for ever."""
    take(ledger, MAILS[:2])
    late = MAILS[2]
    with ledger.write() as connection:
        values = {"raw_sha256": "f" * 64, "content": pack(late.content), "size_bytes": len(late.content)}
        more = {"source": "m", "first_seen_at": NOW, "labels": [], "thread_keys": [], "unreadable_reason": "a fault"}
        connection.execute(RawRow.__table__.insert().values({**values, **more}))
    assert rebuild(ledger, dry_run=True).found == 1
    assert rebuild(ledger).found == 1
    assert len(shapes(ledger)[A].email_ids) == 3
    assert rebuild(ledger).found == 0


def test_dry_run_says_what_would_change_and_writes_nothing(ledger: Database) -> None:
    """Nobody could look before all mail is published and analysed again."""
    joined_wrongly(ledger)
    before = [shapes_or_torn(ledger), revisions(ledger), aliases(ledger), outbox_rows(ledger)]
    planned = rebuild(ledger, dry_run=True)
    assert [shapes_or_torn(ledger), revisions(ledger), aliases(ledger), outbox_rows(ledger)] == before
    assert planned.changed == rebuild(ledger).changed


def test_chain_that_is_parted_is_told_once_however_large_it_is(ledger: Database) -> None:
    """A dry run would count a change once for each transaction that meets it."""
    two = [raw(f"{of}{n}", *([f"{of}0"] if n else []), hour=1, subject="x") for of in "ab" for n in range(201)]
    take(ledger, two)
    ids = {hash_of_root(f"{of}0@x.example") for of in "ab"}
    with ledger.write() as connection:
        kept, gone = sorted(ids)
        mail.rename_chain(connection, gone, kept)
        stored = mail.chains(connection, [kept])[kept]
        mail.save_chains(connection, [], [replace(stored, chain_hash="of both", email_count=402)])
    planned, done = rebuild(ledger, dry_run=True), rebuild(ledger)
    assert [chain.chain_id for chain in planned.changed] == [chain.chain_id for chain in done.changed]
    assert sorted(chain.chain_id for chain in done.changed) == sorted(ids)


def shapes_or_torn(database: Database) -> list[tuple[str, str]]:
    """Return (chain id, email id) as stored, in a ledger whose chains do not add up."""
    with database.read() as connection:
        rows = connection.execute(select(EmailRow.chain_id, EmailRow.email_id).order_by(EmailRow.email_id))
        return [(row.chain_id, row.email_id) for row in rows]


def test_mail_that_arrives_meanwhile_is_in_its_chain(new_ledger: Callable[[], Database]) -> None:
    """Live mail would be torn from its chain, or hide what the rebuilding found."""
    ledger, fresh = new_ledger(), new_ledger()
    late = [raw("b3", "b2", hour=8), raw("bridge", "a3", "g1", hour=9), raw("new", hour=10, subject="Else")]
    take(fresh, [*MAILS, *late])
    joined_wrongly(ledger)
    work = Rebuild(database=ledger, topic=TOPIC, now=NOW)
    steps = work.run()
    next(steps)
    take(ledger, late)
    assert list(steps) == []
    rebuild(ledger)
    assert shapes(ledger) == shapes(fresh)


def test_rebuild_that_is_stopped_parts_nothing(ledger: Database) -> None:
    """Chains of which half the mail was read would be torn."""
    many = [raw(f"n{number}", *([f"n{number - 1}"] if number else []), hour=1) for number in range(250)]
    take(ledger, many)
    before = state(ledger)
    stops = [False, True]  # asked before each batch, and no more once it has said so
    work = Rebuild(database=ledger, topic=TOPIC, now=NOW)
    assert list(work.run(lambda: stops.pop(0) if stops else False)) == [200]
    assert state(ledger) == before


def test_readers_never_see_half_of_a_change(ledger: Database) -> None:
    """An email would be in no chain, or in a chain that is not there, while a rebuilding goes on."""
    joined_wrongly(ledger)
    seen: list[set[str]] = []
    work = Rebuild(database=ledger, topic=TOPIC, now=NOW)

    def look() -> bool:
        with ledger.read() as connection:
            chains_of_emails = set(connection.scalars(select(EmailRow.chain_id)))
            stored = mail.chains(connection, chains_of_emails)
        assert chains_of_emails == stored.keys()
        seen.append(chains_of_emails)
        return False

    assert sum(work.run(look)) == 7
    assert seen[0] == {A, G}
    assert all(later in (earlier, {A, B, G}) for earlier, later in pairwise(seen))
