"""`doctor` and `doctor --pull` against a server that has the model, or has it not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chainmail.cli.pulling import pull_models
from chainmail.cli.speech import Exit, Stop
from chainmail.local.check import Check
from chainmail.local.model_checks import model_checks
from chainmail.settings import Settings, load
from tests.servers.fake_model import FakeModel

WANTED = "llama3.2:3b"


@pytest.fixture
def fake() -> Iterator[FakeModel]:
    """Return an Ollama host that has another model."""
    with FakeModel(model="other:1b") as server:
        yield server


def settings_for(fake: FakeModel, folder: Path, **other: object) -> Settings:
    """Return settings that lead to *fake*."""
    return load(**{"model_server": "ollama", "model_url": fake.url, "db": str(folder / "x.db"), **other})


def checks_of(settings: Settings) -> dict[str, Check]:
    """Return the checks by name."""
    return {check.name: check for check in model_checks(settings)}


def test_pull_fetches_what_is_missing_and_says_what_it_takes(
    fake: FakeModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """People would have to know Ollama's own command, and find their disk full."""
    pull_models(settings_for(fake, tmp_path))
    words = capsys.readouterr().err
    assert fake.pulls == [WANTED]
    assert "it takes 2.0 GB of the disk of 127.0.0.1" in words
    assert f"has {WANTED} now" in words
    pull_models(settings_for(fake, tmp_path))
    assert fake.pulls == [WANTED], "what is there is not pulled again"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("pull model manifest: file does not exist", "no model llama3.2:3b: set CHAINMAIL_MODEL"),
        ("write /models/abc: no space left on device", "disk of the Ollama host is full"),
        ("dial tcp: lookup registry.ollama.ai: no such host", "does its host reach the library"),
    ],
)
def test_pull_that_fails_says_why(fake: FakeModel, tmp_path: Path, said: str, words: str) -> None:
    """It would end in a traceback, or in words that nobody can act on."""
    fake.pull_error = said
    with pytest.raises(Stop, match=words) as caught:
        pull_models(settings_for(fake, tmp_path))
    assert caught.value.code is Exit.UNREACHABLE


def test_pull_from_a_server_that_is_down_says_what_to_start(fake: FakeModel, tmp_path: Path) -> None:
    """It would be taken for a missing model."""
    fake.down = True
    with pytest.raises(Stop, match="no model server at") as caught:
        pull_models(settings_for(fake, tmp_path))
    assert caught.value.code is Exit.UNREACHABLE


def test_pull_is_ollamas_alone(fake: FakeModel, tmp_path: Path) -> None:
    """Another server would be sent a request that it does not know."""
    with pytest.raises(Stop, match="for Ollama") as caught:
        pull_models(settings_for(fake, tmp_path, model_server="openai"))
    assert caught.value.code is Exit.USAGE


def test_mail_never_waits_for_a_pull(fake: FakeModel, tmp_path: Path) -> None:
    """The first mail would hold its partition while gigabytes come."""
    found = checks_of(settings_for(fake, tmp_path))
    assert not found["model server"].ok
    assert "doctor --pull" in found["model server"].mend
    assert list(found) == ["model server"], "nothing is asked of a model that is not there"
    assert fake.pulls == []


def test_doctor_says_what_the_model_can_do(fake: FakeModel, tmp_path: Path) -> None:
    """A context that is too short would show in cut chains only."""
    fake.model = WANTED
    found = checks_of(settings_for(fake, tmp_path))
    assert found["model answers"].ok
    assert found["model answers"].detail.startswith("held to a schema, context 4,096 tokens, ")
    assert found["model answers"].detail.endswith("probabilities told")
    assert fake.call_count == 0


def test_doctor_says_what_the_model_cannot_do(fake: FakeModel, tmp_path: Path) -> None:
    """Bad answers would be blamed on the model."""
    fake.model, fake.holds_schema, fake.context_tokens = WANTED, False, 2048
    found = checks_of(settings_for(fake, tmp_path))["model answers"]
    assert not found.ok
    assert "not held to a schema, context 2,048 tokens" in found.detail
    assert "less than the 4096 wanted" in found.mend
    fake.question_fault = "500"
    assert "fault 500" in checks_of(settings_for(fake, tmp_path))["model answers"].detail


def test_doctor_looks_at_each_host(fake: FakeModel, tmp_path: Path) -> None:
    """The second host would be found out in the middle of the work."""
    fake.model = WANTED
    with FakeModel(model=WANTED, tells_logprobs=False) as second:
        both = settings_for(fake, tmp_path, model_url=f"{fake.url},{second.url}")
        found = [(check.name.rpartition(":")[0], check.ok) for check in model_checks(both)]
    names = ["model server 127.0.0.1", "model answers 127.0.0.1"] * 2
    assert found == [(name, True) for name in names]
