"""The health port of a running program: a model server that falls and comes back, and what is counted meanwhile."""

from __future__ import annotations

import json
import re
import signal
import urllib.error
import urllib.request

from chainmail.local.servers import free_port
from tests.acceptance.conftest import Chainmail
from tests.mailbox import write_folder
from tests.servers.fake_model import FakeModel

CHAINS = 6


def get(port: int, path: str) -> tuple[int, str]:
    """Return (status, body) of what the program answers; (0, "") where it does not."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


def sample(text: str, name: str) -> float:
    """Return the value of one series, named with its labels as it is written."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, f"no {name} in\n{text}"
    return float(found[1])


def test_health_follows_the_model_server_down_and_up(chainmail: Chainmail, fake_model: FakeModel) -> None:
    """An orchestrator would send work to members that can do none, or kill a supervisor because of an outage."""
    fake_model.delay_s = 1.0
    port, mails = free_port(), write_folder(chainmail.folder / "mails", CHAINS)
    words = ("run", str(mails), "--workers", "2", "--follow", "--health-port", str(port))
    process = chainmail.start(*words)
    chainmail.wait_for(lambda: get(port, "/ready")[0] == 200)
    fake_model.down = True
    _status, body = chainmail.wait_for(lambda: (found := get(port, "/ready"))[0] == 503 and found, timeout_s=30)
    assert json.loads(body)["ready"] is False
    assert fake_model.url in " ".join(json.loads(body)["reasons"])
    assert get(port, "/live")[0] == 200
    assert sample(get(port, "/metrics")[1], f'chainmail_breaker_state{{dependency="{fake_model.url}"}}') > 0
    fake_model.down = False
    chainmail.wait_for(lambda: get(port, "/ready")[0] == 200, timeout_s=60)
    chainmail.wait_for(lambda: chainmail.json("status")["stored"] == CHAINS)
    text, status_now = get(port, "/metrics")[1], chainmail.json("status")
    assert sample(text, 'chainmail_outcomes_total{outcome="stored"}') == status_now["stored"] == CHAINS
    assert sample(text, "chainmail_published_records_total") == status_now["published"]
    assert sample(text, "chainmail_unaccounted_records") == status_now["unaccounted"] == 0
    assert sample(text, "chainmail_broker_up") == 1
    assert sample(text, "chainmail_members_running") == 2
    process.send_signal(signal.SIGTERM)
    chainmail.finish(process)
    assert get(port, "/live") == (0, "")


def test_health_port_that_is_taken_ends_the_command_in_words(chainmail: Chainmail, fake_model: FakeModel) -> None:
    """The program would run without the health that its orchestrator relies on."""
    mails = write_folder(chainmail.folder / "mails", 1)
    _out, err = chainmail.run("run", str(mails), "--workers", "1", "--health-port", str(fake_model.port), code=2)
    assert f"health port 127.0.0.1:{fake_model.port}" in err
    assert "--health-port" in err
