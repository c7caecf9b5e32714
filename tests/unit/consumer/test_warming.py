"""What a member does before it joins."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from chainmail.settings import load
from consumer.analysis.models.server import Capabilities
from consumer.cancellation import Cancellation, cancellable
from consumer.errors import PermanentError, TransientError
from consumer.warming import warm_up
from tests.model_pools import MemoryHost, Stand

SETTINGS = load(model_server="ollama")


def test_shortfall_is_said_once_at_the_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Shortened chains would be a riddle."""
    host = MemoryHost()
    stand = Stand(tmp_path, (host,))
    with caplog.at_level(logging.INFO):
        warm_up(stand.pool, SETTINGS)
        assert [record.levelname for record in caplog.records if record.name == "chainmail.member"] == ["INFO"]
        host.able = Capabilities(schema=False, logprobs=False, context_tokens=1024)
        warm_up(Stand(tmp_path / "other", (host,)).pool, SETTINGS)
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert "JSON schema" in warnings[0]
    assert "context is 1024 tokens" in warnings[0]


@pytest.mark.parametrize("error", [TransientError("down", counts=False), PermanentError("refused")])
def test_server_that_does_not_answer_holds_nobody_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """A model server that is down would end its members."""
    host = MemoryHost()
    host.down = error
    warm_up(Stand(tmp_path, (host,)).pool, SETTINGS)
    assert "going on without a warm model" in caplog.text


def test_member_that_is_stopped_meanwhile_says_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each stop would look like a fault."""
    host = MemoryHost(slots=1)
    stand = Stand(tmp_path, (host,))
    stand.pool.identity()
    held = stand.folders[0].take(0)
    assert held is not None
    stopped = Cancellation()
    stopped.throw()
    stand.clock.on_pause = lambda: stopped.wait(0)
    with cancellable(stopped):
        warm_up(stand.pool, SETTINGS)
    held.release()
    assert not [record for record in caplog.records if record.levelname == "WARNING"]
    assert host.asked == 0
