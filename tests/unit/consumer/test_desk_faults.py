"""The desk: records that kill their process, rows of dead letters, a database that cannot be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from consumer.errors import TransientError
from storage.outcomes import OutcomeKind
from tests.ledgers import chain
from tests.unit.consumer.stand import BACKLOG, LIVE, Killed, Stand, header, locked, record_of, refusal

STORED, DEAD = OutcomeKind.STORED, OutcomeKind.DEAD_LETTERED


def kill_in_mid_call(stand: Stand) -> None:
    """Let the process die in its next model call."""

    def die() -> None:
        stand.model.during = lambda: None
        raise Killed

    stand.model.during = die
    with pytest.raises(Killed):
        stand.work()
    stand.restart()


def test_desk_gives_up_a_record_that_killed_its_process_three_times(stand: Stand) -> None:
    """A record that crashes a native parser would crash every member in turn, for ever."""
    killer = record_of(chain())
    for _ in range(3):
        stand.put(killer)
        kill_in_mid_call(stand)
        assert stand.outcomes() == {}
    stand.put(killer, record_of(chain("other"), 1))
    stand.work()
    assert stand.outcomes() == {0: DEAD, 1: STORED}
    assert stand.model.calls == 4, "it is not tried a fourth time"
    (letter,) = stand.letters.sent
    assert header(letter, "dead-letter-error-class") == "KillerError"
    assert "3 times" in str(header(letter, "dead-letter-error-message"))


def test_desk_spares_the_neighbours_of_a_record_that_kills(stand: Stand) -> None:
    """With several analyses at once, one killer would take its innocent neighbours into the dead letters."""
    records = [record_of(chain(), 0), record_of(chain("innocent"), 1)]
    stand.put(*records)

    def second_slot_dies() -> None:
        stand.model.during = die
        stand.desk.step()

    def die() -> None:
        raise Killed

    stand.model.during = second_slot_dies
    with pytest.raises(Killed):
        stand.desk.step()
    stand.restart()
    beside: list[bool] = []
    stand.model.during = lambda: beside.append(stand.desk.step())
    stand.put(*records)
    assert stand.work() == 2
    assert beside == [False, False], "a suspect is worked on alone"
    assert stand.outcomes() == {0: STORED, 1: STORED}


def test_desk_takes_no_finished_or_failed_attempt_for_a_kill(stand: Stand) -> None:
    """Three restarts in the course of weeks would make a good record a dead letter."""
    for number in range(4):
        stand.model.faults = [refusal() if number % 2 else TransientError("slow")]
        stand.put(record_of(chain()))
        stand.work()
        stand.restart()
    stand.put(record_of(chain()))
    stand.work()
    assert stand.outcomes() == {0: STORED}


def test_desk_leaves_a_redelivered_record_as_it_ended(stand: Stand) -> None:
    """A dead letter whose commit was lost would be tried again, and its letter be published twice."""
    bad, good = record_of(chain(), value=b"{"), record_of(chain("good"), 1)
    stand.put(bad, good)
    stand.work()
    stand.restart()
    stand.put(bad, good)
    stand.work()
    assert stand.outcomes() == {0: DEAD, 1: STORED}
    assert (len(stand.letters.sent), stand.model.calls) == (1, 1)
    assert stand.desk.committable() == {LIVE: 2}


def test_desk_stops_the_member_at_too_many_dead_letters_in_a_row(tmp_path: Path) -> None:
    """A wrong model or a bad release would empty the whole topic into the dead letters over night."""
    stand = Stand(tmp_path, max_dead_letters=3)
    bad = [record_of(chain(str(n)), n, value=b"[]") for n in range(6)]
    stand.put(*bad[:2], record_of(chain("good"), 6))
    stand.work()
    assert stand.desk.fault is None
    stand.put(*bad[2:5])
    stand.work()
    assert "CHAINMAIL_MAX_DEAD_LETTERS" in str(stand.desk.fault)
    assert "not a chain" in str(stand.desk.fault), "it says why"
    assert (stand.desk.state, stand.desk.paused()) == ("stopping", [LIVE, BACKLOG])
    stand.restart()
    stand.put(bad[5])
    stand.desk.start()
    for thread in stand.desk._threads:
        thread.join(timeout=5)
    assert stand.desk.fault is not None, "after a restart one more is enough: a restart mends nothing"
    assert stand.outcomes() == {**dict.fromkeys(range(6), DEAD), 6: STORED}
    stand.database.close()


def test_desk_asks_one_probe_whether_the_database_is_back(stand: Stand) -> None:
    """A full disk would be written to by every record, again and again, and fill the logs."""
    stand.failing("outcome", locked())
    stand.failing("ledger", locked(), how="UPDATE", times=2)
    stand.put(record_of(chain()), record_of(chain("other"), 1))
    stand.work()
    assert (stand.desk.breakers["database"], stand.desk.state) == ("open", "paused")
    assert stand.desk.paused() == [LIVE, BACKLOG]
    assert stand.model.calls == 1, "nothing new is begun"
    assert [stand.work(seconds) for seconds in (1, 1, 1, 1)] == [1, 0, 1, 0], "each failed probe doubles the pause"
    stand.work(seconds=4)
    assert stand.outcomes() == {0: STORED, 1: STORED}
    assert (stand.model.calls, stand.tries(), stand.desk.breakers["database"]) == (2, 1, "closed")


def test_desk_waits_while_the_database_is_full(stand: Stand) -> None:
    """A full disk would use up records or model calls, or need somebody to start the member again."""
    with stand.database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    stand.put(*(record_of(chain(str(number)), number) for number in range(16)))
    stand.work()
    assert stand.desk.breakers["database"] == "open"
    assert len(stand.outcomes()) < 16
    with stand.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    stand.work(seconds=60)
    assert stand.outcomes() == dict.fromkeys(range(16), STORED)
    assert (stand.model.calls, stand.letters.sent, stand.desk.fault) == (16, [], None)


def test_desk_begins_nothing_after_a_silence_until_heartbeats_have_answered(stand: Stand) -> None:
    """A member that was stopped and expelled would make all the calls that its successor makes."""
    stand.desk.rest(0)
    stand.put(record_of(chain()), record_of(chain("other"), 1))
    assert stand.desk.step()
    stand.now_s += 46
    assert not stand.desk.step(), "the slots run before the poll thread knows"
    assert stand.desk._nap_s() == 0.5, "and do not spin"
    stand.desk.rest(0)
    assert not stand.desk.step(), "nor does its first turn know"
    stand.now_s += 1
    stand.desk.rest(0)
    assert not stand.desk.step()
    stand.now_s += 1
    stand.desk.rest(0)
    assert stand.desk.step(), "nobody took the partition away"
    assert stand.outcomes() == {0: STORED, 1: STORED}
