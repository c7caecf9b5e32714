"""Stored chains analysed again: real database and analyser, the model at the network edge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, insert, select

from consumer.analysis.analyse import Analyser
from consumer.errors import PermanentError, TransientError
from consumer.reanalysis import Ending, Reanalysis
from consumer.reruling import Reruling, Ruled
from consumer.retry import Backoff
from schemas.chain import Chain
from schemas.house import HouseRules
from storage import analyses, mail
from storage.tables import AnalysisRow, Forgotten
from tests.ledgers import analysis, chain, keep
from tests.unit.consumer.stand import Stand

AT_ONCE = Backoff(base_s=0, max_attempts=3)
NAMES = ("one", "two", "three")
RULES = HouseRules.model_validate({"keywords": [{"words": ["boxes"], "raise_to": "critical"}]})


@pytest.fixture
def work(stand: Stand) -> Reanalysis:
    """Return what analyses again, on a ledger of three chains."""
    ledger = {chain(name).chain_id: chain(name) for name in NAMES}
    with stand.database.write() as connection:
        for each in ledger.values():
            keep(connection, each)
    analyser = Analyser(stand.model, stand.settings)
    return Reanalysis(database=stand.database, analyser=analyser, rules=HouseRules(), load=ledger.get, backoff=AT_ONCE)


def endings(
    work: Reanalysis, *names: str, workers: int = 1, stop: Callable[[], bool] = lambda: False
) -> Counter[Ending]:
    """Return how the chains end."""
    chain_ids = [chain(name).chain_id for name in names or NAMES]
    return Counter(done.ending for done in work.run(chain_ids, workers=workers, stop=stop))


def test_results_stand_beside_the_old_ones(stand: Stand, work: Reanalysis) -> None:
    """A trial of another model would take the place of what everybody works with."""
    with stand.database.write() as connection:
        analyses.add(connection, analysis(chain("one")), chain_id=chain("one").chain_id, trace_id=None)
    assert endings(work, workers=3) == {Ending.STORED: 3}
    assert stand.analyses() == 4
    assert endings(work) == {Ending.DUPLICATE: 3}, "another command was quicker"
    assert stand.analyses() == 4


def test_rules_of_the_house_are_applied(stand: Stand, work: Reanalysis) -> None:
    """What is analysed again would lose what the house knows."""
    assert endings(replace(work, rules=RULES), "one") == {Ending.STORED: 1}
    with stand.database.read() as connection:
        assert connection.scalar(select(AnalysisRow.priority)) == "critical"


def test_what_changed_or_was_forgotten_meanwhile_is_not_written(stand: Stand, work: Reanalysis) -> None:
    """An old revision would be put over a newer one, or deleted mail come back."""

    def meanwhile() -> None:
        stand.model.during = lambda: None
        with stand.database.write() as connection:
            newer = analysis(chain("one", revision=2), analyser_id="a member's")
            analyses.add(connection, newer, chain_id=newer.chain_id, trace_id=None)
            gone = {"hash": chain("two").emails[0].email_id, "forgotten_at": datetime.now(UTC)}
            connection.execute(insert(Forgotten), gone)

    stand.model.during = meanwhile
    assert endings(work) == {Ending.SUPERSEDED: 1, Ending.GONE: 1, Ending.STORED: 1}
    assert stand.analyses() == 2
    assert endings(replace(work, load=lambda _id: None)) == {Ending.GONE: 3}


def test_result_follows_a_chain_that_got_another_id_meanwhile(stand: Stand, work: Reanalysis) -> None:
    """It would be stored under an id that nobody looks up."""

    def rename() -> None:
        with stand.database.write() as connection:
            mail.rename_chain(connection, chain("one").chain_id, chain("older").chain_id)

    stand.model.during = rename
    assert endings(work, "one") == {Ending.STORED: 1}
    with stand.database.read() as connection:
        assert connection.scalar(select(AnalysisRow.chain_id)) == chain("older").chain_id


def test_a_chain_that_cannot_be_analysed_fails_alone(stand: Stand, work: Reanalysis) -> None:
    """One bad answer would end the night's work."""
    stand.model.faults = [PermanentError("no sense in it"), *[TransientError("too slow")] * 3]
    chain_ids = [chain(name).chain_id for name in NAMES]
    done = list(work.run(chain_ids, workers=1, stop=lambda: False))
    assert [(each.ending, each.words) for each in done] == [
        (Ending.FAILED, "no sense in it"),
        (Ending.FAILED, "too slow (3 times)"),
        (Ending.STORED, ""),
    ]


def test_what_passes_is_tried_again(stand: Stand, work: Reanalysis) -> None:
    """A hiccup of the server would cost a chain."""
    stand.model.faults = [TransientError("busy", counts=False), TransientError("slow")]
    assert endings(work, "one") == {Ending.STORED: 1}


def test_a_server_that_refuses_all_along_ends_the_work(stand: Stand, work: Reanalysis) -> None:
    """25,000 chains would fail one by one because nobody was there."""
    stand.model.faults = [None, *[TransientError("refused", counts=False)] * 3]
    with pytest.raises(TransientError, match="refused"):
        endings(work)
    assert stand.analyses() == 1, "what was stored stays"


def test_stop_finishes_what_is_in_work_and_takes_no_more(stand: Stand, work: Reanalysis) -> None:
    """Ctrl-C would throw away minutes of the model's time, or not end."""
    stopped: list[bool] = []
    stand.model.during = lambda: stopped.append(True)
    assert endings(work, stop=lambda: bool(stopped)) == {Ending.STORED: 1}
    assert stand.analyses() == 1


def test_leaving_early_abandons_what_is_in_work(stand: Stand, work: Reanalysis) -> None:
    """After the second Ctrl-C the command would wait for the model all the same."""
    running = work.run([chain(name).chain_id for name in NAMES], workers=1, stop=lambda: False)
    next(running)
    running.close()  # type: ignore[attr-defined] # a generator
    assert stand.analyses() <= 2


def reruling(stand: Stand, rules: HouseRules) -> Reruling:
    """Return what applies *rules* to the chains of the stand."""
    ledger: dict[str, Chain] = {chain(name).chain_id: chain(name) for name in NAMES}
    return Reruling(
        database=stand.database, rules=rules, load=lambda _connection, ids: {each: ledger[each] for each in ids}
    )


def test_other_rules_need_no_model(stand: Stand, work: Reanalysis) -> None:
    """A new VIP would cost days of the model's time."""
    endings(work)
    calls = stand.model.calls
    chain_ids = [chain(name).chain_id for name in NAMES]
    assert list(reruling(stand, RULES).run(chain_ids, stop=lambda: False)) == [Ruled(chains=3, analyses=3, moved=3)]
    assert list(reruling(stand, RULES).run(chain_ids, stop=lambda: False)) == [Ruled(chains=3, analyses=0, moved=0)]
    assert list(reruling(stand, RULES).run(chain_ids, stop=lambda: True)) == []
    with stand.database.read() as connection:
        assert set(connection.scalars(select(AnalysisRow.priority))) == {"critical"}
    list(reruling(stand, HouseRules()).run(chain_ids, stop=lambda: False))
    with stand.database.read() as connection:
        same = AnalysisRow.priority == AnalysisRow.model_priority
        assert connection.scalar(select(func.count()).where(same, AnalysisRow.house_version == "")) == 3
        assert set(connection.execute(select(AnalysisRow.house)).scalars().all()[0]) == set()
    assert stand.model.calls == calls


def test_rules_are_not_applied_to_what_a_chain_no_longer_is(stand: Stand) -> None:
    """Today's mail would raise an analysis that never saw it."""
    with stand.database.write() as connection:
        older = analysis(chain("one")).model_copy(update={"chain_hash": "0" * 64})
        analyses.add(connection, older, chain_id=older.chain_id, trace_id=None)
    ruled = list(reruling(stand, RULES).run([chain("one").chain_id], stop=lambda: False))
    assert ruled == [Ruled(chains=1, analyses=0, moved=0)]
