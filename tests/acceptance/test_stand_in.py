"""No model for long: rules stand in, and the model takes its place back."""

from __future__ import annotations

from tests.acceptance.conftest import Chainmail
from tests.mailbox import write_folder
from tests.servers.fake_model import FakeModel

CHAINS = 4


def test_rules_stand_in_while_the_model_is_away_and_no_longer(chainmail: Chainmail, fake_model: FakeModel) -> None:
    """A morning without its model would be a morning without any result; with rules for ever it would not be better."""
    mails = write_folder(chainmail.folder / "mails", CHAINS)
    fake_model.delay_s = 60
    run = chainmail.start("run", str(mails), "--workers", "2", CHAINMAIL_STAND_IN_AFTER_S="1")
    chainmail.wait_for(lambda: fake_model.call_count)
    fake_model.down = True

    def made_by_rules() -> bool:
        return [line["model"] for line in chainmail.json("chains")] == ["rules"] * CHAINS

    chainmail.wait_for(made_by_rules)
    assert chainmail.json("status")["stored"] == 0, "what waits for the model still waits"
    fake_model.delay_s = 0
    fake_model.down = False
    _out, err = chainmail.finish(run)
    assert "chains get a record by rules" in err
    assert {line["model"] for line in chainmail.json("chains")} == {"fake-model"}
    status = chainmail.json("status")
    assert (status["stored"], status["unaccounted"]) == (CHAINS, 0)
