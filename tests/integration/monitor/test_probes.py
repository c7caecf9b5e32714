"""The port: what each path answers, on loopback only."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chainmail.local.servers import free_port
from chainmail.settings import Settings
from monitor.health import Supervised
from monitor.probes import PortTakenError, serving
from storage import workers
from tests.ledgers import new_ledger
from tests.unit.monitor.test_health import BEAT, SUPERVISED


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings of a ledger whose only member beats, and a free port."""
    now, database = datetime.now(UTC), new_ledger(tmp_path)
    with database.write() as connection:
        workers.leave_beat(connection, replace(BEAT, beat_at=now, since_at=now, started_at=now))
    database.close()
    return Settings(db=str(database.path), health_port=free_port())


@pytest.fixture
def said(settings: Settings) -> Iterator[list[Supervised]]:
    """Serve while the test runs; the last of the list is what the supervisor says."""
    found = [SUPERVISED]
    with serving(settings, lambda: found[-1], lambda: None):
        yield found


def get(settings: Settings, path: str) -> tuple[int, str, str]:
    """Return (status, content type, body)."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{settings.health_port}{path}", timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


def test_port_says_yes_while_all_is_well(settings: Settings, said: list[Supervised]) -> None:
    """An orchestrator would restart members that work."""
    assert get(settings, "/live") == (200, "application/json", '{"live": true, "reasons": []}')
    assert get(settings, "/ready") == (200, "application/json", '{"ready": true, "reasons": []}')


def test_port_says_no_with_its_reasons(settings: Settings, said: list[Supervised]) -> None:
    """An orchestrator would leave a supervisor that hangs, and a person would not know why."""
    said.append(replace(SUPERVISED, ticked_ago_s=45.0, stopping=True))
    status, _type, body = get(settings, "/live")
    assert status == 503
    assert json.loads(body) == {"live": False, "reasons": ["the supervisor's loop has not turned for 30 s or more"]}
    status, _type, body = get(settings, "/ready")
    assert status == 503
    reasons = ["the supervisor's loop has not turned for 45 s", "the supervisor is stopping"]
    assert json.loads(body) == {"ready": False, "reasons": reasons}


def test_port_gives_metrics_in_the_text_format(settings: Settings, said: list[Supervised]) -> None:
    """Prometheus would refuse the scrape."""
    status, content_type, body = get(settings, "/metrics")
    assert (status, content_type.partition(";")[0]) == (200, "text/plain")
    assert "\nchainmail_ready 1.0\n" in body


def test_port_names_its_paths_where_another_is_asked_for(settings: Settings, said: list[Supervised]) -> None:
    """A wrong path in a probe would look like a member that is not ready."""
    assert get(settings, "/healthz") == (404, "text/plain", "/live /ready /metrics\n")


def test_port_that_is_taken_is_said_in_words(settings: Settings, said: list[Supervised], tmp_path: Path) -> None:
    """The command would end in a stack, or run without the health that was asked for."""
    with (
        pytest.raises(PortTakenError, match=r"in use.*--health-port"),
        serving(settings, lambda: SUPERVISED, lambda: None),
    ):
        pytest.fail("two servers listen on one port")
