"""`run`: mail in, analyses out, again and again, as its user calls it."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

from tests.acceptance.conftest import Chainmail
from tests.mailbox import mail, write_folder
from tests.servers.fake_model import FakeModel

CHAINS = 6


def test_run_analyses_every_chain_once_and_a_second_call_does_nothing(
    chainmail: Chainmail, fake_model: FakeModel
) -> None:
    """The main job would lose chains, or pay the model again for what is stored."""
    mails = write_folder(chainmail.folder / "mails", CHAINS, emails=2)
    words = ("run", str(mails), "--workers", "3", "--hours", "168", "--as-of", "newest")
    out, err = chainmail.run(*words, "--json")
    assert json.loads(out) == {
        "messages": 2 * CHAINS,
        "emails": 2 * CHAINS,
        "duplicates": 0,
        "unreadable": 0,
        "not_mail": 0,
        "chains": CHAINS,
        "published": CHAINS,
    }
    assert f"{CHAINS} chains to analyse by 3 workers" in err
    assert fake_model.call_count == CHAINS
    status = chainmail.json("status")
    assert (status["published"], status["stored"], status["unaccounted"]) == (CHAINS, CHAINS, 0)
    for line in chainmail.json("chains"):
        assert line["summary"]
        assert line["priority"]
    assert json.loads(chainmail.run(*words, "--json")[0])["published"] == 0
    assert fake_model.call_count == CHAINS


def test_run_shows_a_chain_by_its_id_and_by_every_message_id(chainmail: Chainmail) -> None:
    """A person who holds one mail in hand could not find what became of it."""
    mails = write_folder(chainmail.folder / "mails", 1, emails=3)
    chainmail.run("run", str(mails), "--workers", "1")
    (line,) = chainmail.json("chains")
    assert line["message_ids"] == [f"0.{answer}@acme.example" for answer in range(3)]
    for word in (line["chain_id"], line["chain_id"][:8], "<0.1@acme.example>"):
        shown = chainmail.json("show", word)
        assert len(shown["emails"]) == 3
        assert shown["analysis"]["priority_reason"]
    text = chainmail.run("show", line["chain_id"])[0]
    assert "EUR" in text


def test_run_leaves_one_trace_a_revision_from_ingest_to_commit(chainmail: Chainmail, fake_model: FakeModel) -> None:
    """The waterfall would have holes, or miss the mail that a person asks for."""
    fake_model.delay_s = 0.5
    mails = write_folder(chainmail.folder / "mails", 1, emails=2)
    chainmail.run("run", str(mails), "--workers", "1")
    for message_id in ("0.0@acme.example", "0.1@acme.example"):
        found = chainmail.json("trace", message_id)
        names = {span["name"].split(" ")[0] for span in found["spans"]}
        assert names >= {"ingest", "fetch", "parse", "join", "send", "queue", "poll", "process", "analyse", "chat"}
        assert names >= {"store", "commit"}
        assert {span["trace_id"] for span in found["spans"]} == {found["trace_id"]}
        roots = [span for span in found["spans"] if span["parent_id"] is None]
        assert [root["name"] for root in roots] == ["ingest email"]
        linked = [span for span in found["linked"] if span["name"] == "ingest email"]
        assert len(linked) == 1
        chat = next(span for span in found["spans"] if span["name"].startswith("chat"))
        assert chat["attributes"]["gen_ai.usage.input_tokens"] > 0
        assert "Please send" not in json.dumps(found)
    assert "the model" in " ".join(chainmail.run("trace", "0.0@acme.example")[0].split())


def test_run_takes_up_what_arrives_later_as_a_new_revision(chainmail: Chainmail, fake_model: FakeModel) -> None:
    """An answer that comes a day later would be ignored, or make a second chain."""
    mails = write_folder(chainmail.folder / "mails", 2)
    chainmail.run("run", str(mails), "--workers", "1")
    (mails / "later.eml").write_bytes(mail(0, 1, "We cannot deliver before Monday."))
    counts = chainmail.json("run", str(mails), "--workers", "1")
    assert (counts["emails"], counts["duplicates"], counts["published"]) == (1, 2, 1)
    assert fake_model.call_count == 3
    assert sorted(line["revision"] for line in chainmail.json("chains")) == [1, 2]


def test_run_follows_a_maildir_on_the_live_topic(chainmail: Chainmail) -> None:
    """New mail would wait for the next call, or behind the backlog."""
    maildir = chainmail.folder / "Maildir"
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True)
    (maildir / "cur" / "1:2,S").write_bytes(mail(1))
    process = chainmail.start("run", str(maildir), "--workers", "1", "--follow")
    database = chainmail.folder / "mail.db"

    def stored(count: int) -> bool:
        found = chainmail.json("status", code=None) if database.exists() else None
        return bool(found and found["stored"] == count)

    chainmail.wait_for(lambda: stored(1))
    arriving = maildir / "tmp" / "2"
    arriving.write_bytes(mail(2))
    arriving.rename(maildir / "new" / "2")
    chainmail.wait_for(lambda: stored(2), timeout_s=20)

    def sent_to() -> set[str]:
        found = chainmail.json("trace", "2.0@acme.example", code=None) or {"spans": []}
        sends = [span for span in found["spans"] if span["name"].startswith("send")]
        return {span["attributes"]["messaging.destination.name"] for span in sends}

    assert chainmail.wait_for(sent_to, timeout_s=20) == {"email-chains"}
    process.send_signal(signal.SIGTERM)
    chainmail.finish(process)


def test_run_stops_cleanly_on_sigterm_and_goes_on_afterwards(chainmail: Chainmail, fake_model: FakeModel) -> None:
    """A stop would lose the work in flight, or leave processes behind."""
    fake_model.delay_s = 0.5
    mails = write_folder(chainmail.folder / "mails", CHAINS)
    process = chainmail.start("run", str(mails), "--workers", "2")
    chainmail.wait_for(lambda: fake_model.call_count >= 2)
    process.send_signal(signal.SIGTERM)
    chainmail.finish(process, timeout_s=30)
    assert not any(call.cancelled for call in fake_model.calls)
    stopped = chainmail.json("status")
    assert stopped["unaccounted"] == 0
    assert 0 < stopped["stored"] < CHAINS
    chainmail.run("run", str(mails), "--workers", "2")
    assert chainmail.json("status")["stored"] == CHAINS
    assert fake_model.call_count == CHAINS


def test_run_exits_130_on_ctrl_c(chainmail: Chainmail, fake_model: FakeModel) -> None:
    """A script that calls chainmail could not tell an interruption from success."""
    fake_model.delay_s = 0.5
    mails = write_folder(chainmail.folder / "mails", CHAINS)
    process = chainmail.start("run", str(mails), "--workers", "1")
    chainmail.wait_for(lambda: fake_model.call_count >= 1)
    process.send_signal(signal.SIGINT)
    _out, err = chainmail.finish(process, code=130, timeout_s=30)
    assert "Traceback" not in err


def test_run_refuses_a_second_run_on_one_home_with_the_first_ones_pid(
    chainmail: Chainmail, fake_model: FakeModel
) -> None:
    """Two runs would write one database and start two brokers on one folder."""
    fake_model.delay_s = 2.0
    mails = write_folder(chainmail.folder / "mails", 2)
    first = chainmail.start("run", str(mails), "--workers", "1")
    chainmail.wait_for(lambda: fake_model.call_count >= 1)
    _out, err = chainmail.run("run", str(mails), "--workers", "1", code=2)
    assert f"pid {first.pid}" in err
    assert "another --db" in err
    chainmail.finish(first)


def test_run_gives_up_on_a_chain_in_words_and_ends_with_1(chainmail: Chainmail, fake_model: FakeModel) -> None:
    """One chain that the model cannot answer would stop all others, or be lost without a word."""
    mails = write_folder(chainmail.folder / "mails", 3)
    fake_model.faults.extend(["garbage", "garbage"])
    _out, err = chainmail.run("run", str(mails), "--workers", "1", code=1)
    assert "1 chains were given up on" in err
    status = chainmail.json("status")
    assert (status["stored"], status["dead_lettered"], status["unaccounted"]) == (2, 1, 0)
    assert fake_model.call_count == 4


def test_run_waits_for_a_model_server_that_is_away(chainmail: Chainmail, fake_model: FakeModel) -> None:
    """An outage of the model would empty the topic into the dead letters."""
    mails = write_folder(chainmail.folder / "mails", 4)
    fake_model.delay_s = 0.3
    process = chainmail.start("run", str(mails), "--workers", "2")
    chainmail.wait_for(lambda: fake_model.call_count >= 1)
    fake_model.down = True
    time.sleep(4)
    fake_model.down = False
    chainmail.finish(process)
    status = chainmail.json("status")
    assert (status["stored"], status["dead_lettered"], status["unaccounted"]) == (4, 0, 0)


@pytest.mark.parametrize("workers", [1, 4])
def test_run_reports_each_member_with_its_memory_below_200_mb(chainmail: Chainmail, workers: int) -> None:
    """A box that runs four members for weeks would run out of memory."""
    mails = write_folder(chainmail.folder / "mails", 4)
    chainmail.run("run", str(mails), "--workers", str(workers))
    members = chainmail.json("status")["workers"]
    assert len(members) == workers
    assert all(0 < member["rss_bytes"] <= 200_000_000 for member in members)
    partitions = [part for member in members for part in member["partitions"]]
    assert len(partitions) == len(set(partitions)) == 2 * workers


def test_run_says_how_to_get_a_model_where_none_answers(chainmail: Chainmail) -> None:
    """A newcomer without Ollama would see a traceback, or wait for ever."""
    mails = write_folder(chainmail.folder / "mails", 1)
    own = {"CHAINMAIL_MODEL_SERVER": "ollama", "CHAINMAIL_MODEL_URL": "http://127.0.0.1:1"}
    _out, err = chainmail.run("run", str(mails), code=3, **own)
    assert "ollama serve" in err
    assert "ollama pull llama3.2:3b" in err
    assert "Traceback" not in err
    assert not (chainmail.folder / "mail.db").exists()


def test_run_leaves_a_foreign_database_untouched(chainmail: Chainmail) -> None:
    """A typing error after --db would destroy somebody's data."""
    foreign = chainmail.folder / "theirs.db"
    foreign.write_bytes(b"SQLite format 3\x00" + bytes(4_080))
    before = foreign.read_bytes()
    mails = write_folder(chainmail.folder / "mails", 1)
    _out, err = chainmail.run("run", str(mails), "--db", str(foreign), code=2)
    assert "another program's database" in err
    assert foreign.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "settings", "said"),
    [
        (("run", "nowhere"), {}, "there is no such file or folder"),
        (("run", "mails"), {"CHAINMAIL_WORKER": "3"}, "unknown setting CHAINMAIL_WORKER"),
        (("run", "mails", "--workers", "0"), {}, "--workers"),
        (("status",), {}, "there is no database"),
        (("show", "abc"), {}, "there is no database"),
        (("work",), {}, "chainmail up --detach"),
    ],
)
def test_wrong_usage_is_said_in_words(
    chainmail: Chainmail, words: tuple[str, ...], settings: dict[str, str], said: str
) -> None:
    """A user would have to read a traceback to learn what he mistyped."""
    Path(chainmail.folder / "mails").mkdir()
    _out, err = chainmail.run(*words, code=3 if words == ("work",) else 2, **settings)
    assert said in " ".join(err.split())
    assert "Traceback" not in err
