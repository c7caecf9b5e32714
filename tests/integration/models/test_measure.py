"""`doctor --measure` against a server whose slots are known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chainmail.cli.measuring import measure_servers
from chainmail.cli.speech import Stop
from chainmail.local.server_memory import memory_bytes
from chainmail.settings import Settings, load
from tests.servers.fake_model import FakeModel


def settings_for(fake: FakeModel, folder: Path, **other: object) -> Settings:
    """Return settings that lead to *fake*."""
    own = {"model_server": "openai", "model_url": fake.url, "model": "fake-model", "db": str(folder / "x.db")}
    return load(**{**own, **other})


@pytest.mark.parametrize("slots", [1, 2])
def test_measurement_finds_the_servers_slots(slots: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """People would be told to set what makes requests wait inside the server."""
    with FakeModel(delay_s=0.4, slots=slots) as fake:
        measure_servers(settings_for(fake, tmp_path, model_slots=1), as_json=True)
        (found,) = json.loads(capsys.readouterr().out)
        assert fake.peak_in_flight > slots, "past the slots that members share"
        prompts = {call.messages[-1]["content"] for call in fake.calls}
        assert len(prompts) == fake.call_count, "none comes out of the server's cache"
    assert slots <= found["best_parallel"] <= 2 * slots, "10 % is less than what a busy machine adds"
    assert found["steps"][0]["p50_s"] == pytest.approx(0.5, abs=0.1)
    assert all(step["timed_out"] == step["unusable"] == 0 for step in found["steps"])


def test_measurement_counts_time_outs_and_bad_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The advice would be the fastest number, whatever became of the chains."""
    with FakeModel(delay_s=0.5, slots=1) as fake:
        fake.faults[:] = ["", "garbage", "garbage", "", "503"]
        measure_servers(settings_for(fake, tmp_path, model_timeout_s=0.98), as_json=True)
    (found,) = json.loads(capsys.readouterr().out)
    first, second = found["steps"]
    assert first["unusable"] == 1
    assert second["timed_out"] + second["refused"] > 0
    assert found["best_parallel"] == 1


def test_measurement_of_no_server_ends_in_words(tmp_path: Path) -> None:
    """It would end in a traceback, or measure nothing."""
    with FakeModel() as fake:
        settings = settings_for(fake, tmp_path)
    with pytest.raises(Stop, match="no model server at") as caught:
        measure_servers(settings, as_json=False)
    assert caught.value.code == 3


def test_memory_of_a_process_on_this_host_is_found_by_its_port() -> None:
    """Nobody could see what a slot costs."""
    with FakeModel() as fake:
        assert (memory_bytes("openai", fake.url) or 0) > 10_000_000
        assert memory_bytes("openai", "http://model.example:1") is None
    assert memory_bytes("openai", fake.url) is None
