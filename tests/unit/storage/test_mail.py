"""The ledger: which chain a word names, and what becomes of a chain that gets another id."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from storage import analyses, mail
from storage.engine import Database
from storage.packing import pack, unpack
from storage.tables import AnalysisRow, ChainRow
from tests.ledgers import analysis, chain, keep


@pytest.mark.parametrize(
    "word",
    [
        chain("a").chain_id,
        chain("a").chain_id[:6],
        "former",
        "0.a@acme.example",
        "<0.a@acme.example>",
        " <0.a@acme.example> ",
    ],
)
def test_resolve_takes_every_name_of_a_chain(database: Database, word: str) -> None:
    """A link of last week, or the Message-ID in somebody's mail program, would lead nowhere."""
    with database.write() as connection:
        keep(connection, chain("a"))
        keep(connection, chain("b"))
        mail.rename_chain(connection, "former", chain("a").chain_id)
        assert mail.resolve(connection, word) == chain("a").chain_id


@pytest.mark.parametrize("word", ["", "%", "_", "nobody@example.org", "zz"])
def test_resolve_of_no_name_finds_nothing(database: Database, word: str) -> None:
    """A typing mistake would show somebody else's conversation."""
    with database.write() as connection:
        keep(connection, chain("a"))
        assert mail.resolve(connection, word) is None


def test_resolve_refuses_an_ambiguous_start(database: Database) -> None:
    """One of two chains would be shown as if it were meant."""
    with database.write() as connection:
        for of, chain_id in (("a", "0001"), ("b", "0002")):
            keep(connection, chain(of))
            connection.execute(
                update(ChainRow).where(ChainRow.chain_id == chain(of).chain_id).values(chain_id=chain_id)
            )
        assert mail.resolve(connection, "000") is None
        assert mail.resolve(connection, "0001") == "0001"


def test_rename_takes_everything_along(database: Database) -> None:
    """An older root that turns up would cost a chain its analysis and all links to it."""
    old, middle, new = (chain(of).chain_id for of in "abc")
    with database.write() as connection:
        keep(connection, chain("a"))
        analyses.add(connection, analysis(chain("a")), chain_id=old, trace_id=None)
        mail.rename_chain(connection, old, middle)
        mail.rename_chain(connection, middle, new)
        assert {mail.resolve(connection, word) for word in (old, middle, "0.a@acme.example")} == {new}
        assert connection.scalar(select(AnalysisRow.chain_id)) == new
        assert mail.current_ids(connection, [old, middle, "other"]) == {new, "other"}
        assert mail.chains(connection, [old]) == {}
        assert [email.subject for email in mail.emails_of_chain(connection, new)] == ["About a"]


def test_chain_that_comes_back_is_no_alias_any_more(database: Database) -> None:
    """A chain would be hidden behind a former merge."""
    with database.write() as connection:
        mail.rename_chain(connection, chain("a").chain_id, chain("b").chain_id)
        keep(connection, chain("a"))
        assert mail.resolve(connection, chain("a").chain_id) == chain("a").chain_id


def test_lookups_take_more_ids_than_one_statement_does(database: Database) -> None:
    """An import of 25,000 mails would end in "too many SQL variables"."""
    with database.write() as connection:
        keep(connection, chain("a"))
        many = [f"id-{number}" for number in range(40_000)]
        email_id = chain("a").emails[0].email_id
        assert mail.chains_of_emails(connection, [*many, email_id]) == {email_id: chain("a").chain_id}
        assert mail.known_raw(connection, many) == {}


def test_is_superseded_looks_at_newer_revisions_only(database: Database) -> None:
    """A revision would be taken for outdated because of itself, or of another chain."""
    with database.write() as connection:
        keep(connection, chain(revision=2))
        analyses.add(connection, analysis(chain(revision=2)), chain_id=chain().chain_id, trace_id=None)

        def is_superseded(revision: int, of: str = "root") -> bool:
            return analyses.is_superseded(connection, chain_id=chain(of).chain_id, revision=revision)

        assert [is_superseded(revision) for revision in (1, 2, 3)] == [True, False, False]
        assert not is_superseded(1, "other")


def test_analysis_is_found_by_content_and_analyser(database: Database) -> None:
    """Another model's result would pass for this one's, or the model work twice."""
    of = chain()
    with database.write() as connection:
        made = analyses.add(connection, analysis(of), chain_id=of.chain_id, trace_id="t" * 32)

        def find(chain_hash: str = of.chain_hash, analyser_id: str = "an-analyser") -> int | None:
            return analyses.find(connection, chain_id=of.chain_id, chain_hash=chain_hash, analyser_id=analyser_id)

        assert find() == made
        assert find(analyser_id="another") is None
        assert find(chain_hash="0" * 64) is None
        row = connection.execute(select(AnalysisRow)).one()
    assert (row.priority, row.category, row.confidence, row.trace_id) == ("normal", "order", 0.75, "t" * 32)


@given(st.binary())
@settings(deadline=None)
def test_packed_bytes_come_back(data: bytes) -> None:
    """Raw mail would be damaged in the ledger."""
    assert unpack(pack(data)) == data
