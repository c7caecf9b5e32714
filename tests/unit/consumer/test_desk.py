"""The desk: what becomes of records whose attempts fail, without threads and with a clock that stands."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from consumer.errors import PermanentError, TransientError
from consumer.process import WrongLedgerError
from storage.outcomes import OutcomeKind
from tests.ledgers import chain
from tests.unit.consumer.stand import BACKLOG, LIVE, Stand, header, locked, record_of, refusal, unusable

STORED, DEAD = OutcomeKind.STORED, OutcomeKind.DEAD_LETTERED


def test_desk_stores_and_offers_for_commit(stand: Stand) -> None:
    """The main job would not be done."""
    stand.put(record_of(chain()), record_of(chain("other"), 1))
    assert stand.work() == 2
    assert stand.outcomes() == {0: STORED, 1: STORED}
    assert stand.desk.committable() == {LIVE: 2}
    assert [done.ticket.record.offset for done in stand.desk.commit({LIVE: 2})] == [0, 1]
    assert stand.desk.commit({LIVE: 2}) == []
    assert (stand.desk.completed, stand.desk.failed, stand.desk.state) == (2, 0, "idle")


def test_desk_lets_a_failed_record_wait_and_takes_the_next(stand: Stand) -> None:
    """One slow record would hold the slot through its whole back-off."""
    stand.model.faults = [TransientError("no answer in time")]
    stand.put(record_of(chain()), record_of(chain("other"), 1))
    stand.work()
    assert stand.outcomes() == {1: STORED}
    assert stand.desk.committable() == {}, "the first record is unfinished"
    assert stand.desk.state == "waiting"
    stand.work(seconds=60)
    assert stand.outcomes() == {0: STORED, 1: STORED}
    assert stand.desk.committable() == {LIVE: 2}


def test_desk_gives_a_record_up_after_its_attempts(stand: Stand) -> None:
    """A record that always times out would be tried for ever, or given up early."""
    stand.model.faults = [TransientError(f"time-out {number}") for number in range(5)]
    stand.put(record_of(chain()))
    for tried in range(1, 5):
        stand.work(seconds=60)
        assert (stand.tries(), stand.outcomes()) == (tried, {})
    stand.work(seconds=60)
    assert stand.outcomes() == {0: DEAD}
    (letter,) = stand.letters.sent
    assert header(letter, "dead-letter-attempts") == "5"
    assert header(letter, "dead-letter-error-message") == "time-out 4"
    assert stand.desk.failed == 1


def test_desk_never_counts_a_refusal(stand: Stand) -> None:
    """An outage would empty the topic into the dead letters."""
    stand.put(record_of(chain()))
    for _ in range(20):
        stand.model.faults = [refusal()]
        stand.work(seconds=60)
        assert stand.tries() == 0
    stand.work(seconds=60)
    assert (stand.outcomes(), stand.letters.sent) == ({0: STORED}, [])


def test_desk_never_counts_a_refusal_with_a_single_attempt(tmp_path: Path) -> None:
    """CHAINMAIL_MAX_ATTEMPTS=1 would make every outage a loss."""
    stand = Stand(tmp_path, max_attempts=1)
    stand.model.faults = [refusal()]
    stand.put(record_of(chain()))
    stand.work()
    assert stand.outcomes() == {}
    stand.work(seconds=60)
    assert stand.outcomes() == {0: STORED}
    stand.database.close()


def test_desk_makes_a_dead_letter_of_a_permanent_failure_at_once(stand: Stand) -> None:
    """A broken record would block its partition."""
    stand.put(record_of(chain(), value=b"not json"), record_of(chain("other"), 1))
    stand.work()
    assert stand.outcomes() == {0: DEAD, 1: STORED}
    assert stand.desk.committable() == {LIVE: 2}
    (letter,) = stand.letters.sent
    assert letter["topic"] == "mail.dead-letters"
    assert (letter["key"], letter["value"]) == (b"mail/0/0", b"not json")


def test_desk_writes_the_outcome_after_the_acknowledgement(stand: Stand) -> None:
    """A crash between the two would lose the record: closed, and in no topic."""
    seen: list[object] = []
    stand.letters.before_ack = lambda: seen.append((stand.outcomes(), stand.desk.committable()))
    stand.put(record_of(chain(), value=b""))
    stand.work()
    assert seen == [({}, {})]
    assert stand.outcomes() == {0: DEAD}


def test_desk_keeps_a_record_whose_dead_letter_is_not_acknowledged(stand: Stand) -> None:
    """While the broker is away, records would be given up into nothing, or the model be asked again and again."""
    stand.letters.refuses = True
    stand.model.faults = [unusable(), unusable()]
    stand.put(record_of(chain()), record_of(chain("other"), 1))
    for _ in range(4):
        stand.work(seconds=60)
    assert stand.outcomes() == {1: STORED}
    assert (stand.model.calls, stand.tries(), stand.model.probes) == (3, 1, 0)
    stand.letters.refuses = False
    stand.work(seconds=60)
    assert stand.outcomes() == {0: DEAD, 1: STORED}
    assert header(stand.letters.sent[-1], "dead-letter-attempts") == "1"


def test_desk_buries_broken_records_while_the_model_is_away(stand: Stand) -> None:
    """A record that needs no model would wait for it."""
    stand.model.nameless = refusal()
    stand.put(record_of(chain(), value=b"{"))
    stand.work()
    assert stand.outcomes() == {0: DEAD}
    assert header(stand.letters.sent[0], "dead-letter-analyser-id") == ""


def test_desk_buries_ten_broken_records_in_a_row(stand: Stand) -> None:
    """The eleventh, which is good, would never have its turn."""
    stand.put(*(record_of(chain(str(n)), n, value=b"[]") for n in range(10)), record_of(chain(), 10))
    stand.work()
    assert stand.outcomes() == {**dict.fromkeys(range(10), DEAD), 10: STORED}
    assert len(stand.letters.sent) == 10
    assert stand.desk.committable() == {LIVE: 11}


def test_desk_pauses_all_at_a_refusal_and_one_probe_resumes(stand: Stand) -> None:
    """Every record of the topic would run into the dead server, or nobody notice that it is back."""
    stand.model.faults = [refusal()]
    stand.model.down = refusal()
    stand.put(record_of(chain()), record_of(chain("other"), 1))
    stand.work()
    assert (stand.model.calls, stand.desk.state, stand.desk.paused()) == (1, "paused", [LIVE, BACKLOG])
    for looked in range(1, 9):
        stand.work(seconds=1)
        assert (stand.model.calls, stand.model.probes) == (1, looked)
    stand.model.down = None
    stand.work(seconds=1)
    assert (stand.model.probes, stand.outcomes()) == (9, {0: STORED, 1: STORED}), "the pool is back, and so are we"
    assert stand.desk.paused() == []


def test_desk_waits_as_long_as_the_server_asked(stand: Stand) -> None:
    """A record that the server has put off for 20 s would be sent again after one."""
    stand.model.faults = [refusal(retry_after_s=20)]
    stand.put(record_of(chain()))
    stand.work()
    stand.work(seconds=19)
    assert (stand.outcomes(), stand.model.calls) == ({}, 1)
    stand.work(seconds=1)
    assert stand.outcomes() == {0: STORED}


def test_desk_stays_paused_when_another_slot_ends_without_an_answer(stand: Stand) -> None:
    """A dead letter would be taken for a sign of life of the model server."""
    stand.put(record_of(chain()), record_of(chain("other"), 1))

    def refused_meanwhile() -> None:
        stand.model.during = lambda: None
        stand.model.faults = [refusal()]
        assert stand.desk.step(), "the other slot"
        stand.model.faults = [PermanentError("the prompt is refused as such")]

    stand.model.during = refused_meanwhile
    assert stand.desk.step()
    assert stand.outcomes() == {0: DEAD}
    assert stand.desk.state == "paused"


def test_desk_waits_while_the_database_is_locked(stand: Stand) -> None:
    """A backup that locks the database would use records up, or stop the member."""
    stand.failing("outcome", locked(), times=3)
    stand.put(record_of(chain()))
    for _ in range(3):
        stand.work(seconds=2)
        assert stand.outcomes() == {}
    stand.work(seconds=2)
    assert stand.outcomes() == {0: STORED}
    assert (stand.model.calls, stand.tries(), stand.desk.fault) == (1, 1, None)


def test_desk_counts_no_attempt_that_could_not_be_written_down(stand: Stand) -> None:
    """A locked database at the start of an attempt would make the numbers wrong."""
    stand.failing("attempt", locked())
    stand.put(record_of(chain()))
    stand.work()
    assert (stand.model.calls, stand.tries()) == (0, 0)
    stand.work(seconds=2)
    assert (stand.outcomes(), stand.tries()) == ({0: STORED}, 1)


def test_desk_counts_an_attempt_once_whose_end_could_not_be_written(stand: Stand) -> None:
    """A database that is locked when a refusal comes would use the record up."""
    stand.failing("attempt", locked(), how="UPDATE")
    stand.model.faults = [refusal(), TransientError("slow")]
    stand.put(record_of(chain()))
    stand.work()
    stand.work(seconds=60)
    assert stand.tries() == 1
    stand.work(seconds=60)
    assert (stand.outcomes(), stand.tries(), stand.model.calls) == ({0: STORED}, 2, 3)


def test_desk_puts_the_dead_letter_again_where_its_outcome_was_not_written(stand: Stand) -> None:
    """A letter without an outcome would be an unaccounted record; twice the same letter is one by its key."""
    stand.failing("outcome", locked())
    stand.put(record_of(chain(), value=b"{"))
    stand.work()
    assert (stand.outcomes(), len(stand.letters.sent)) == ({}, 1)
    stand.work(seconds=2)
    assert stand.outcomes() == {0: DEAD}
    assert [letter["key"] for letter in stand.letters.sent] == [b"mail/0/0"] * 2


def test_desk_writes_nothing_for_a_partition_that_was_lost(stand: Stand) -> None:
    """The new owner's record would be dead-lettered, or counted against, by a member that owns it no more."""
    stand.model.faults = [unusable(), unusable()]
    calls: list[object] = []

    def lose_it() -> None:
        calls.append(stand.desk.assign([BACKLOG]))

    stand.model.during = lose_it
    stand.put(record_of(chain()))
    stand.work()
    assert (stand.outcomes(), stand.letters.sent, stand.desk.failed) == ({}, [], 0)
    assert stand.model.cancelled >= 1, "its call is abandoned"


def test_desk_takes_no_abandoned_call_for_an_outage(stand: Stand) -> None:
    """After every rebalance the member would pause and probe a server that is well."""
    stand.model.faults = [TransientError("the analysis was abandoned", counts=False)]
    stand.model.during = lambda: stand.desk.assign([BACKLOG])
    stand.put(record_of(chain()))
    stand.work()
    assert stand.desk.paused() == []
    assert stand.tries() == 0, "the new owner's attempts are not used up"


def test_desk_spares_calls_beside_the_one_whose_partition_went(stand: Stand) -> None:
    """All work in flight of kept partitions would be thrown away at a rebalance."""
    stand.put(record_of(chain()), record_of(chain("other"), partition=BACKLOG))

    def second_slot() -> None:
        stand.model.during = lambda: stand.desk.assign([LIVE])
        assert stand.desk.step()

    stand.model.during = second_slot
    assert stand.desk.step()
    assert stand.model.cancelled == 1, "the one whose partition went"
    assert stand.outcomes(LIVE) == {0: STORED}
    assert stand.outcomes(BACKLOG) == {}


def test_desk_forgets_what_belonged_to_lost_partitions(stand: Stand) -> None:
    """Every rebalance would leave its finished records in memory for ever."""
    stand.put(record_of(chain()), record_of(chain("other"), 1))
    stand.work()
    stand.desk.assign([])
    stand.desk.assign([LIVE])
    assert stand.desk.commit({LIVE: 2}) == []
    assert stand.desk._tasks == {}


def test_desk_goes_on_where_a_rewound_partition_is_read_again(stand: Stand) -> None:
    """Records whose outcome was lost in a power cut would not be done again."""
    stand.put(record_of(chain()))
    stand.work()
    stand.desk.rewind(LIVE, 0)
    assert stand.desk.committable() == {}
    stand.put(record_of(chain()))
    stand.work()
    assert stand.model.calls == 1
    assert stand.desk.committable() == {LIVE: 1}


def test_desk_takes_nothing_more_when_it_closes(stand: Stand) -> None:
    """A stopping member would begin a ten-minute answer."""
    stand.put(record_of(chain()))
    stand.desk.start()
    stand.desk.close()
    assert stand.desk.paused() == [LIVE, BACKLOG]
    assert (stand.desk.state, stand.desk._next()) == ("stopping", None)
    assert not any(thread.is_alive() for thread in stand.desk._threads)


def test_desk_closes_the_dead_letter_topic(stand: Stand) -> None:
    """A connection would stay behind, and hold the process."""
    stand.put(record_of(chain(), value=b""))
    stand.work()
    stand.desk.close()
    assert stand.letters.closed


@pytest.mark.parametrize("error", [PermanentError("no such model"), RuntimeError("a defect of ours")])
def test_desk_reports_what_it_cannot_mend(stand: Stand, error: Exception) -> None:
    """A slot would end in silence, and the member idle for ever with its partitions."""
    done = threading.Event()

    def fail() -> None:
        done.set()
        raise error

    stand.model.faults = [refusal()]
    stand.put(record_of(chain()))
    stand.work()
    stand.model.down = error
    stand.now_s += 1
    if isinstance(error, PermanentError):
        stand.work()
        assert (stand.desk.state, stand.desk.fault) == ("paused", None)
        return
    stand.desk.start()
    for thread in stand.desk._threads:
        thread.join(timeout=5)
    assert stand.desk.fault is error


def test_desk_stops_the_member_at_a_record_of_another_database(stand: Stand) -> None:
    """The member would skip it, or go round it for ever."""
    stand.put(record_of(chain(), ledger="another"))
    stand.desk.start()
    for thread in stand.desk._threads:
        thread.join(timeout=5)
    assert isinstance(stand.desk.fault, WrongLedgerError)
    assert stand.outcomes() == {}


def test_desk_wakes_its_slots_for_new_records(stand: Stand) -> None:
    """A record would lie until the next nap ends, or for ever."""
    stored = threading.Event()
    stand.model.during = stored.set
    stand.desk.start()
    stand.put(record_of(chain()))
    assert stored.wait(5)
    stand.desk.close()
    assert stand.outcomes() == {0: STORED}


def test_desk_naps_no_longer_than_to_the_next_attempt(stand: Stand) -> None:
    """A retry would be late by half a second every time."""
    assert stand.desk._nap_s() == 0.5
    stand.failing("outcome", locked())
    stand.put(record_of(chain()))
    stand.work()
    stand.now_s += 0.75
    assert stand.desk._nap_s() == 0.25


def test_desk_lets_the_poll_thread_rest_while_work_is_at_hand(stand: Stand) -> None:
    """It would poll hundreds of times a second beside the slots, or be late with new records for idle ones."""
    assert not stand.desk.rest(60), "nothing is at hand: it has to fetch"
    stand.put(record_of(chain()), record_of(chain("other"), 1))
    assert stand.desk.rest(0.001)
    resting = threading.Thread(target=stand.desk.rest, args=(60,))
    resting.start()
    stand.work()
    resting.join(5)
    assert not resting.is_alive(), "the last record at hand was taken"
    stand.put(record_of(chain("third"), 2))
    stopping = threading.Thread(target=stand.desk.rest, args=(60,))
    stopping.start()
    stand.desk.take_no_more()
    stopping.join(5)
    assert not stopping.is_alive(), "a stop is not waited out"
