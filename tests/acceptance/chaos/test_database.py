"""The database is the truth: rows that are lost are made again; one that cannot be written is waited for."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from pathlib import Path

from tests.acceptance.chaos import verdict
from tests.acceptance.chaos.stage import Stage, signal_all, stage
from tests.servers.kafka import OwnBroker
from tests.servers.require import lacking

CHAINS = 8


def _work_to_the_end(played: Stage) -> None:
    played.start()
    played.settle()
    played.stop()


def test_rows_that_were_lost_are_made_again(own_broker: OwnBroker, tmp_path: Path) -> None:
    """A power cut that took the last transactions would leave chains that nobody ever looks at again."""
    with stage(tmp_path / "stage", own_broker, workers=2) as played:
        played.publish_chains(CHAINS)
        _work_to_the_end(played)
        played.database.close()
        with sqlite3.connect(tmp_path / "stage" / "mail.db") as rows:
            lost = "SELECT analysis_id FROM outcome WHERE topic LIKE '%backlog' AND offset BETWEEN 1 AND 2"
            rows.execute("CREATE TEMP TABLE lost AS " + lost)
            rows.execute("DELETE FROM outcome WHERE analysis_id IN (SELECT * FROM lost)")
            rows.execute("DELETE FROM analysis WHERE analysis_id IN (SELECT * FROM lost)")
        rows.close()
        assert played.ended() == CHAINS - 4
        _work_to_the_end(played)
        assert played.model.call_count == CHAINS + 4
        played.repeats_allowed = 4
        verdict.check(played)


def test_an_older_copy_of_the_database_is_filled_up_again(own_broker: OwnBroker, tmp_path: Path) -> None:
    """A restored backup would lack what was analysed after it, because the committed offsets are beyond."""
    folder = tmp_path / "stage"
    with stage(folder, own_broker, workers=2) as played:
        played.publish_chains(CHAINS)
        played.model.delay_s = 0.4
        played.start()
        played.wait_for(lambda: played.ended() >= 3, "three outcomes")
        played.stop()
        with sqlite3.connect(folder / "mail.db") as original, sqlite3.connect(folder / "backup.db") as backup:
            original.backup(backup)
        original.close()
        backup.close()
        at_backup = played.ended()
        _work_to_the_end(played)
        played.database.close()
        for leftover in folder.glob("mail.db-*"):
            leftover.unlink()
        shutil.copyfile(folder / "backup.db", folder / "mail.db")
        _work_to_the_end(played)
        assert played.model.call_count == CHAINS + CHAINS - at_backup
        played.repeats_allowed = CHAINS - at_backup
        verdict.check(played)


def test_a_read_only_database_is_waited_for(own_broker: OwnBroker, tmp_path: Path) -> None:
    """A file system that turned read-only would empty the topic into the dead letters, or need a restart by hand."""
    folder = tmp_path / "stage"
    with stage(folder, own_broker, workers=1) as played:
        if os.geteuid() == 0:  # root without its privilege obeys file modes like everybody
            setpriv = shutil.which("setpriv") or lacking("setpriv", "install util-linux, or run the tests as a user")
            played.prefix = [setpriv, "--bounding-set=-dac_override", "--inh-caps=-dac_override"]
        played.publish_chains(CHAINS)
        played.model.delay_s = 0.3
        played.start()
        played.wait_for(lambda: played.ended() >= 2, "two outcomes")
        files = [folder / "mail.db", *folder.glob("mail.db-*")]
        for file in files:
            file.chmod(0o444)
        signal_all(played.members(), signal.SIGKILL)  # the next one opens it as it is now
        played.repeats_allowed += played.in_flight_of(1)
        log = folder / "mail.db.home" / "logs" / "member-0.log"
        played.wait_for(lambda: "readonly database" in log.read_text(), "the log says so")
        for file in files:
            file.chmod(0o644)
        played.settle()
        played.stop()
        verdict.check(played)
