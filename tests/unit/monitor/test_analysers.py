"""Whose analysis is the current one, and the analysers side by side."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from monitor.analysers import analysers, measured, outdated_rules
from monitor.chains import Filter, chains, detail
from schemas.analysis import Analysis, Priority
from schemas.chain import Chain
from schemas.house import Housed
from storage import analysers as stored
from storage import analyses, dead_letters
from storage.engine import Database
from tests.ledgers import START_AT, analysis, chain, dead_letter, keep


def add(connection: Connection, of: Chain, analyser_id: str, *, by_code: bool = False, **changes: object) -> int:
    """Store an analysis whose summary names its analyser."""
    made = analysis(of, analyser_id=analyser_id, summary=analyser_id).model_copy(
        update={"made_by": "code" if by_code else "model", **changes}
    )
    return analyses.add(connection, made, chain_id=of.chain_id, trace_id=None)


def current(connection: Connection) -> str:
    """Return the analyser of the current analysis."""
    (line,) = chains(connection, Filter())
    summary: str = line["summary"]
    return summary


def test_an_analysis_by_code_never_hides_a_models_of_the_same_revision(database: Database) -> None:
    """An hour without the model server would throw away a month's work."""
    with database.write() as connection:
        keep(connection, chain(revision=2))
        add(connection, chain(), "model of before")
        add(connection, chain(revision=2), "rules", by_code=True)
        assert current(connection) == "rules", "what is new has been read by rules alone"
        add(connection, chain(revision=2), "model")
        assert current(connection) == "model"
        add(connection, chain(revision=2), "newer rules", by_code=True)
        assert current(connection) == "model"
        add(connection, chain(revision=2), "later model")
        assert current(connection) == "later model"


def test_the_promoted_analyser_counts_first_but_not_over_newer_mail(database: Database) -> None:
    """A trial of another model would change what everybody sees, or a promotion hide this morning's mail."""
    with database.write() as connection:
        keep(connection, chain(revision=2))
        add(connection, chain(), "good")
        add(connection, chain(), "trial")
        stored.promote(connection, "good", START_AT)
        assert current(connection) == "good"
        stored.promote(connection, "trial", START_AT)
        assert current(connection) == "trial"
        stored.promote(connection, "good", START_AT)
        add(connection, chain(revision=2), "trial")
        assert current(connection) == "trial", "the newest analysed revision"
        stored.promote(connection, None, START_AT)
        assert [line.promoted_at for line in analysers(connection)] == [None, None]


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("abc1", ["abc1"]),
        ("abc", ["abc1", "abc2"]),
        ("tiny", ["abc1", "abc2"]),
        ("abc2", ["abc2"]),
        ("", []),
        ("x", []),
    ],
)
def test_analysers_are_named_by_id_its_start_or_their_model(database: Database, word: str, found: list[str]) -> None:
    """The wrong one would be promoted."""
    with database.write() as connection:
        keep(connection, chain())
        add(connection, chain(), "abc1")
        add(connection, chain(), "abc2")
        assert stored.named(connection, word) == found


def test_list_has_what_the_old_rules_were_judged_by(database: Database) -> None:
    """Nobody could tell whether a new model gives up more often."""
    letter = dead_letter(1)
    with database.write() as connection:
        for name, priority in (("one", Priority.HIGH), ("two", Priority.CRITICAL), ("three", Priority.LOW)):
            keep(connection, chain(name))
            add(connection, chain(name), "m", priority=priority, narrative="n" * 100, narrative_form="full")
        add(connection, chain("one"), "rules", by_code=True)
        dead_letters.put(connection, type(letter)(**{**vars(letter), "analyser_id": "m"}))
        model, rules = analysers(connection)
    assert (model.analyser_id, model.chains, model.current, model.high_share) == ("m", 3, 3, 0.667)
    assert (model.error_rate, model.narrative_chars, model.mean_confidence) == (0.25, 100, 0.75)
    assert (model.model, model.prompt_version, model.schema_version, model.first_at) == ("tiny", "1", "1", START_AT)
    assert (rules.made_by, rules.chains, rules.current, rules.narrative_chars) == ("code", 1, 0, None)
    assert model.as_json()["first_at"] == START_AT.isoformat()


def test_cost_is_measured_of_the_same_model(database: Database) -> None:
    """An estimate of hours would be taken from a model ten times smaller."""
    with database.write() as connection:
        keep(connection, chain())
        use = analysis(chain()).model_use
        add(connection, chain(), "a", model_use=use.model_copy(update={"calls": 2, "duration_s": 10.0}))
        add(connection, chain(), "b", model_use=use.model_copy(update={"model": "other", "duration_s": 99.0}))
        found = measured(connection, "tiny")
        assert found is not None
        assert (found.calls, found.seconds) == (2, 10.0)
        assert measured(connection, "unknown") is None


def test_rules_of_the_house_are_seen_beside_the_record(database: Database) -> None:
    """A VIP's mail would stay where the model put it, or the model's word be lost."""
    housed = Housed(version="v2", priority=Priority.HIGH, reasons=("raised to high: VIP sender ann@acme.example",))
    with database.write() as connection:
        keep(connection, chain())
        add(connection, chain(), "old rules")
        analyses.add(connection, analysis(chain()), chain_id=chain().chain_id, trace_id=None, housed=housed)
        assert outdated_rules(connection, "v2") == 0, "only the current analysis counts"
        assert outdated_rules(connection, "v3") == 1
        keep(connection, chain("stale", revision=2))
        add(connection, chain("stale"), "old rules")
        assert outdated_rules(connection, "v3") == 1, "what a chain no longer is gets no rules"
        assert [line["priority"] for line in chains(connection, Filter(priority="high"))] == ["high"]
        found = detail(connection, chain().chain_id)
    assert found is not None
    assert found.analysis is not None
    assert found.analysis.priority_reason == "somebody waits; raised to high: VIP sender ann@acme.example"
    assert (found.model_priority, found.housed) == ("normal", housed)
    shown = found.as_json()
    assert [(each["analyser_id"], each["is_current"]) for each in shown["analyses"]] == [
        ("an-analyser", True),
        ("old rules", False),
    ]
    assert Analysis.model_validate(shown["analysis"]) == found.analysis
