"""The embedded stack as its user sees it: `up`, `down`, `doctor`, and the stations one by one."""

from __future__ import annotations

import psutil

from tests.acceptance.conftest import Chainmail, descendants
from tests.mailbox import write_folder
from tests.servers.fake_model import FakeModel


def test_up_serves_ingest_and_work_until_down(chainmail: Chainmail, fake_model: FakeModel) -> None:
    """Who wants the stations one by one could not have the embedded broker, or not get rid of it."""
    mails = write_folder(chainmail.folder / "mails", 3)
    try:
        chainmail.run("up", "--detach")
        counts = chainmail.json("ingest", str(mails))
        assert (counts["emails"], counts["published"]) == (3, 3)
        assert chainmail.json("ingest", str(mails))["published"] == 0
        assert fake_model.call_count == 0
        waiting = chainmail.json("status")
        assert (waiting["waiting"], waiting["broker"]) == (3, "reachable")
        chainmail.run("work", "--workers", "2", "--until-empty")
        assert chainmail.json("status")["stored"] == 3
    finally:
        chainmail.run("down")
    stopped = chainmail.json("status")
    assert stopped["broker"] == "not running"
    assert stopped["stored"] == 3
    assert "broker not running" in chainmail.run("status")[0]
    assert "nothing runs" in chainmail.run("down")[1]


def test_up_ends_its_broker_when_it_is_killed(chainmail: Chainmail) -> None:
    """A killed `up` would leave a broker that nobody can stop."""
    process = chainmail.start("up")
    home = chainmail.folder / "mail.db.home"
    chainmail.wait_for((home / "stack.json").exists)
    children = descendants(process.pid)
    assert any("java" in child.name() for child in children)
    process.kill()
    process.communicate()
    psutil.wait_procs(children, timeout=30)
    assert not any(child.is_running() for child in children)


def test_up_shows_the_end_of_the_log_where_the_broker_cannot_start(chainmail: Chainmail) -> None:
    """A newcomer would learn that something failed, and not what."""
    data = chainmail.folder / "mail.db.home" / "kafka" / "data"
    data.mkdir(parents=True)
    (data / "meta.properties").write_text("version=1\nnode.id=7\ncluster.id=AAAAAAAAAAAAAAAAAAAAAA\n")
    _out, err = chainmail.run("up", code=3)
    assert "the broker did not start" in err
    assert "node" in err.partition("ends with:")[2]
    assert "Traceback (most recent call last)" not in err


def test_doctor_names_what_is_missing_and_how_to_mend_it(chainmail: Chainmail, fake_model: FakeModel) -> None:
    """A dependency that is away would show only in the middle of the work."""
    whole = chainmail.json("doctor")
    assert all(check["ok"] for check in whole)
    fake_model.down = True
    found = chainmail.json("doctor", code=3, CHAINMAIL_KAFKA_BOOTSTRAP="127.0.0.1:1")
    assert {check["name"] for check in found if not check["ok"]} == {"Kafka", "model server"}
    assert all(check["mend"] for check in found if not check["ok"])


def test_two_runs_at_once_do_not_disturb_each_other(chainmail: Chainmail, fake_model: FakeModel) -> None:
    """Two demos on one machine would take each other's ports, members or records."""
    runs = []
    for name in ("one", "two"):
        mails = write_folder(chainmail.folder / name, 3)
        db = str(chainmail.folder / f"{name}.db")
        runs.append((db, chainmail.start("run", str(mails), "--workers", "2", "--db", db)))
    for db, process in runs:
        chainmail.finish(process)
        status = chainmail.json("status", "--db", db)
        assert (status["published"], status["stored"], status["unaccounted"]) == (3, 3, 0)
    assert fake_model.call_count == 6


def test_help_teaches_every_command(chainmail: Chainmail) -> None:
    """A user could not find out what there is without reading the source."""
    words = ("demo", "run", "up", "down", "doctor", "ingest", "work", "status", "chains", "show", "trace", "db")
    asked = {word: chainmail.start(word, "--help") for word in words}
    top = chainmail.run("--help")[0]
    for word, process in asked.items():
        assert word in top
        assert "Usage" in chainmail.finish(process)[0]
