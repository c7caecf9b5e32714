"""Stopping the program by signals, as its user or an orchestrator does."""

from __future__ import annotations

import signal
import time

import psutil
import pytest

from tests.acceptance.conftest import Chainmail, running_with
from tests.mailbox import write_folder
from tests.servers.fake_model import FakeModel


@pytest.mark.parametrize(
    ("signals", "grace", "codes", "longest_s"),
    [([signal.SIGTERM], "1", {0}, 15.0), ([signal.SIGINT, signal.SIGINT], "300", {130}, 10.0)],
    ids=["grace", "second signal"],
)
def test_stop_abandons_what_takes_too_long(
    chainmail: Chainmail,
    fake_model: FakeModel,
    signals: list[signal.Signals],
    grace: str,
    codes: set[int],
    longest_s: float,
) -> None:
    """A ten-minute answer would hold up the stop, or members would go on with nobody to watch them."""
    fake_model.delay_s = 600
    mails = write_folder(chainmail.folder / "mails", 2)
    process = chainmail.start("run", str(mails), "--workers", "2", "--grace", grace)
    chainmail.wait_for(lambda: fake_model.in_flight == 2)
    members = running_with(process.pid, "consumer.member")
    assert len(members) == 2
    begun_s = time.monotonic()
    for number in signals:
        process.send_signal(number)
        time.sleep(0.5)
    chainmail.finish(process, code=None)
    assert process.returncode in codes
    assert time.monotonic() - begun_s < longest_s
    assert not [member for member in members if psutil.pid_exists(member.pid)]
    chainmail.wait_for(lambda: fake_model.in_flight == 0, timeout_s=5)
