"""Records that are poison, that killed their process, that are outdated before their turn."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from sqlalchemy import select

from storage.tables import OutcomeRow
from tests.acceptance.chaos import poison, verdict
from tests.acceptance.chaos.stage import Stage, stage
from tests.mailbox import mail
from tests.servers.kafka import OwnBroker

CALL_S = 0.3


def _ended(played: Stage) -> dict[str, str]:
    with played.database.read() as connection:
        rows = connection.execute(
            select(OutcomeRow.topic, OutcomeRow.partition, OutcomeRow.offset, OutcomeRow.kind)
        ).all()
    return {f"{row.topic}/{row.partition}/{row.offset}": row.kind for row in rows}


def test_poison_records_end_one_by_one_and_hold_up_nobody(own_broker: OwnBroker, tmp_path: Path) -> None:
    """One record of another program would stop its partition for ever, or be lost without its bytes."""
    records = poison.poisons()
    with stage(tmp_path / "stage", own_broker, workers=2) as played:
        at = poison.publish(played, records)
        played.publish_chains(4)
        played.start()
        played.settle()
        played.stop()
        ended = _ended(played)
        assert {name: ended[at[name]] for name in at} == {name: record.outcome for name, record in records.items()}
        given_up = {name: record for name, record in records.items() if record.outcome == "dead_lettered"}
        letters = poison.dead_letters(played, len(given_up))
        assert letters.keys() == {at[name] for name in given_up}
        for name, record in given_up.items():
            value, headers = letters[at[name]]
            assert value == record.value, name
            assert headers.items() >= dict(record.headers).items(), name
            assert headers["dead-letter-key"] == record.key, name
        verdict.check(played, Counter(record.outcome for record in records.values()) + Counter(stored=4))


def test_a_record_that_kills_its_process_is_given_up_after_three_deaths(own_broker: OwnBroker, tmp_path: Path) -> None:
    """A mail that crashes a parser would end the run in a crash loop, and take its neighbours with it."""
    with stage(tmp_path / "stage", own_broker, workers=2, in_flight=2) as played:
        played.model.delay_s, played.model.lethal = CALL_S, "detonate"
        played.publish([*(mail(number) for number in range(8)), mail(100, words="Please detonate on Friday.")])
        played.start()
        played.settle()
        played.stop()
        deaths = [call for call in played.model.calls if any("detonate" in turn["content"] for turn in call.messages)]
        assert len(deaths) == 3
        # The first death takes what was beside it in its member; from then on it works alone.
        played.repeats_allowed = 2 + played.in_flight_of(1)
        verdict.check(played, {"stored": 8, "dead_lettered": 1})


def test_an_older_revision_that_still_waits_is_superseded(own_broker: OwnBroker, tmp_path: Path) -> None:
    """The model would be paid for a state of the conversation that nobody will ever look at."""
    with stage(tmp_path / "stage", own_broker, workers=1) as played:
        played.model.delay_s = CALL_S
        played.publish([mail(number) for number in range(3)])
        played.publish([mail(2, 1)])
        played.publish([mail(2, 2)], live=True)
        played.start()
        played.settle()
        played.stop()
        verdict.check(played, {"stored": 3, "superseded": 2})
        assert played.model.call_count == 3
