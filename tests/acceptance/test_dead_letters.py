"""Dead letters as their user meets them: listed, looked at, put back, stored."""

from __future__ import annotations

from tests.acceptance.conftest import Chainmail
from tests.mailbox import write_folder
from tests.servers.fake_model import FakeModel

CHAINS = 3


def test_dead_letters_are_listed_shown_redriven_and_stored(chainmail: Chainmail, fake_model: FakeModel) -> None:
    """What a bad model has cost could not be got back without writing a program."""
    fake_model.faults[:] = ["garbage"] * (2 * CHAINS)
    mails = write_folder(chainmail.folder / "mails", CHAINS)
    chainmail.run("up", "--detach")
    try:
        chainmail.run("ingest", str(mails))
        _out, err = chainmail.run("work", "--workers", "1", "--until-empty", code=1)
        assert f"dead letters: {CHAINS} open: `chainmail dead-letters list` says why" in err
        listed = chainmail.json("dead-letters", "list")
        assert [each["state"] for each in listed] == ["open"] * CHAINS
        shown = chainmail.json("dead-letters", "show", listed[0]["id"])
        assert shown["subject"].startswith("Order 100")
        assert shown["people"] == ["Ann Weber <ann@acme.example>"]
        assert shown["answer"]
        assert shown["missing"] is None
        chainmail.run("dead-letters", "redrive", code=2)
        chainmail.run("dead-letters", "redrive", "7/7", code=2)
        _out, err = chainmail.run("dead-letters", "redrive", "--all")
        assert f"{CHAINS} redriven, 0 superseded, 0 parked, 0 gone" in err
        assert chainmail.json("dead-letters", "list") == []
        status = chainmail.json("status")
        assert (status["published"], status["dead_lettered"], status["waiting"]) == (2 * CHAINS, CHAINS, CHAINS)
        fake_model.faults.clear()
        chainmail.run("work", "--workers", "1", "--until-empty")
        status = chainmail.json("status")
        assert (status["published"], status["stored"], status["dead_lettered"]) == (2 * CHAINS, CHAINS, CHAINS)
        assert status["dead_letters"] == {"open": 0, "redriven": CHAINS, "parked": 0, "superseded": 0}
        assert (status["waiting"], status["unaccounted"]) == (0, 0)
        assert all(line["summary"] for line in chainmail.json("chains"))
    finally:
        chainmail.run("down")


def test_dead_letters_can_be_seen_and_parked_but_not_redriven_without_a_broker(
    chainmail: Chainmail, fake_model: FakeModel
) -> None:
    """Whoever looks the next morning, with nothing running, would see a stack of a Kafka client."""
    fake_model.faults[:] = ["garbage"] * 4
    mails = write_folder(chainmail.folder / "mails", 2)
    chainmail.run("run", str(mails), "--workers", "1", code=1)
    out, _err = chainmail.run("dead-letters", "list")
    assert out.count("email-chains.backlog/0/") == 2
    out, _err = chainmail.run("dead-letters", "show", "0/0")
    assert "no Kafka broker" in out
    _out, err = chainmail.run("dead-letters", "redrive", "--all", code=3)
    assert "chainmail up --detach" in err
    _out, err = chainmail.run("dead-letters", "redrive", "--all", code=3, CHAINMAIL_KAFKA_BOOTSTRAP="127.0.0.1:1")
    assert "127.0.0.1:1" in err
    assert "Traceback" not in err
    chainmail.run("dead-letters", "park", "0/0")
    assert chainmail.json("status")["dead_letters"] == {"open": 1, "redriven": 0, "parked": 1, "superseded": 0}


def test_run_stops_at_a_row_of_dead_letters_and_goes_on_when_mended(
    chainmail: Chainmail, fake_model: FakeModel
) -> None:
    """A wrong model would empty the whole topic into the dead letters over night, or the mended one never start."""
    mails = str(write_folder(chainmail.folder / "mails", 8))
    words = ("run", mails, "--workers", "1")
    fake_model.faults.extend(["garbage"] * 16)
    _out, err = chainmail.run(*words, code=1, CHAINMAIL_MAX_DEAD_LETTERS="2")
    assert "the last 2 records were given up" in err
    assert "CHAINMAIL_MAX_DEAD_LETTERS" in err
    status = chainmail.json("status")
    assert (status["dead_lettered"], status["stored"], status["waiting"]) == (2, 0, 6)
    fake_model.faults.clear()
    chainmail.run(*words, CHAINMAIL_MAX_DEAD_LETTERS="2")
    status = chainmail.json("status")
    assert (status["dead_lettered"], status["stored"], status["unaccounted"]) == (2, 6, 0)
