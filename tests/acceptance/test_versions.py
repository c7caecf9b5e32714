"""Rules alone first, a model afterwards: `run --no-llm`, `reanalyse`, `compare`, `promote`, as they are called."""

from __future__ import annotations

import signal
from contextlib import closing

from tests.acceptance.conftest import Chainmail
from tests.ledgers import chain, keep, new_ledger
from tests.mailbox import write_folder
from tests.servers.fake_model import FakeModel

CHAINS = 4


def test_mail_is_read_by_rules_alone_and_later_by_a_model(chainmail: Chainmail, fake_model: FakeModel) -> None:
    """Without a model server nothing would work, or what rules found would stand in the way of a model later."""
    mails = write_folder(chainmail.folder / "mails", CHAINS, emails=2)
    chainmail.run("run", str(mails), "--workers", "1", "--no-llm")
    assert fake_model.call_count == 0
    found = chainmail.json("reanalyse", "--where", "made_by=code", "--limit", "3")
    assert (found["stored"], found["failed"]) == (3, 0)
    assert sorted(line["model"] == "rules" for line in chainmail.json("chains")) == [False, False, False, True]
    compared = chainmail.json("compare", "rules", "fake-model")
    assert compared["chains"] == 3
    assert compared["amounts"]["same"] > 0
    chainmail.run("promote", "rules")
    assert {line["model"] for line in chainmail.json("chains")} == {"rules"}


def test_stopped_work_goes_on_where_it_was(chainmail: Chainmail, fake_model: FakeModel) -> None:
    """Ctrl-C in the morning would throw the night away."""
    with closing(new_ledger(chainmail.folder)) as database, database.write() as connection:
        for number in range(CHAINS):
            keep(connection, chain(f"number {number}"))
    fake_model.delay_s = 0.5
    process = chainmail.start("reanalyse", "--missing", "--workers", "1")
    chainmail.wait_for(lambda: fake_model.call_count >= 2)
    process.send_signal(signal.SIGINT)
    chainmail.finish(process, code=130)
    fake_model.delay_s = 0
    assert 0 < chainmail.json("reanalyse", "--missing")["stored"] < CHAINS
    assert chainmail.json("reanalyse")["chains"] == 0
