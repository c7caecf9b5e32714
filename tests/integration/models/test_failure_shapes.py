"""Every shape in which a model server fails, over real sockets and in both APIs: its meaning and its counter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from consumer.analysis.models import failures
from consumer.analysis.models.ollama import OllamaServer
from consumer.analysis.models.openai_compatible import OpenAICompatibleServer
from consumer.analysis.models.server import ModelServer, Prompt, RawCompletion
from consumer.analysis.models.watch import Limits
from consumer.analysis.prompt import chain_prompt
from consumer.analysis.wire import wire_schema
from consumer.errors import PermanentError, TransientError, cause_of
from consumer.meter import CAUSES, FAILURES
from tests.conversations import conversation
from tests.model_pools import pooled
from tests.servers.fake_model import FakeModel

_SHOWN = chain_prompt(conversation("We need 40 pairs of gloves by Friday.", subject="Gloves"), 2_000)
PROMPT = Prompt(system=_SHOWN.system, user=_SHOWN.user)
LIMITS = Limits(first_s=0.3, stall_s=0.3, answer_s=0.9, answer_bytes=3_000_000)

#: fault: class, whether it counts against the record (None: it is given up at once).
ERRORS: dict[str, tuple[type[TransientError | PermanentError], bool | None]] = {
    "400": (failures.RefusedPromptError, None),
    "401": (failures.MisconfiguredError, False),
    "403": (failures.MisconfiguredError, False),
    "404": (failures.MisconfiguredError, False),
    "408": (failures.BusyError, False),
    "413": (failures.RefusedPromptError, None),
    "422": (failures.RefusedPromptError, None),
    "425": (failures.BusyError, False),
    "429:7": (failures.BusyError, False),
    "499": (failures.ServerFailedError, True),
    "500": (failures.ServerFailedError, True),
    "502": (failures.BusyError, False),
    "503": (failures.BusyError, False),
    "504": (failures.ServerFailedError, True),
    "301:http://elsewhere.example/": (failures.MisconfiguredError, False),
    "307:http://elsewhere.example/": (failures.MisconfiguredError, False),
    "refused": (failures.NoServerError, False),
    "reset": (failures.ConnectionCutError, True),
    "close": (failures.ConnectionCutError, True),
    "cut": (failures.ConnectionCutError, True),
    "error": (failures.ServerFailedError, True),
    "hang": (failures.TimedOutError, True),
    "headers": (failures.TimedOutError, True),
    "stall": (failures.StalledError, True),
    "drip": (failures.TimedOutError, True),
    "flood": (failures.EndlessAnswerError, True),
    "noise": (failures.GarbledError, True),
    "page": (failures.GarbledError, True),
}

#: fault: how the answer ended, and what its text begins with; `consumer.analysis.answers` judges what it is worth.
ANSWERS: dict[str, tuple[str, str]] = {
    "length": ("length", '{"'),
    "not_done": ("cut", '{"'),
    "endless": ("length", "and so on"),
    "thinking": ("stop", ""),
    "empty": ("stop", ""),
    "garbage": ("stop", "Sure!"),
    "wrong_schema": ("stop", '{"'),
    "half_utf8": ("stop", '{"'),
    "": ("stop", '{"'),
}


@pytest.fixture
def fake() -> Iterator[FakeModel]:
    """Return a model server."""
    with FakeModel() as server:
        yield server


@pytest.fixture(params=["ollama", "openai"])
def server(request: pytest.FixtureRequest, fake: FakeModel) -> Iterator[ModelServer]:
    """Return an impatient client of the model server, of each kind."""
    client: ModelServer
    if request.param == "ollama":
        client = OllamaServer(url=fake.url, model=fake.model, context_tokens=4096, output_tokens=900, limits=LIMITS)
    else:
        client = OpenAICompatibleServer(url=fake.url, model=fake.model, api_key="", limits=LIMITS)
    yield client
    client.close()


def complete(server: ModelServer) -> RawCompletion:
    """Ask for a completion."""
    return server.complete(PROMPT, wire_schema(900), 900)


@pytest.mark.parametrize("fault", ERRORS)
def test_failure_is_of_its_kind_and_counted_once(server: ModelServer, fake: FakeModel, fault: str) -> None:
    """A server that is down would fill the dead letters, a hopeless prompt be tried for ever, and nobody know why."""
    kind, counts = ERRORS[fault]
    with pooled(server) as pool:
        pool.identity()
        fake.faults[:] = [fault]
        fake.down = fault == "refused"
        with pytest.raises(kind) as caught:
            complete(pool)
        fake.down = False
        counted = pool._meter.amounts()
    assert type(caught.value) is kind
    assert getattr(caught.value, "counts", None) is counts
    assert [cause for cause in CAUSES if counted[FAILURES + cause]] == [cause_of(caught.value)]
    assert (counted["model_calls"], counted["answers"]) == (1, 0)


@pytest.mark.parametrize("fault", ANSWERS)
def test_answer_is_passed_on_as_it_ended(server: ModelServer, fake: FakeModel, fault: str) -> None:
    """Half an answer would be judged as if it were whole, or a bad one be taken for a fault of the server."""
    finish, begins = ANSWERS[fault]
    with pooled(server) as pool:
        pool.identity()
        fake.faults[:] = [fault]
        raw = complete(pool)
        counted = pool._meter.amounts()
    assert raw.finish == finish
    assert raw.text.startswith(begins) if begins else raw.text == ""
    assert counted["answers"] == 1
    assert not any(counted[FAILURES + cause] for cause in CAUSES)
    if fault == "half_utf8":
        assert "\N{REPLACEMENT CHARACTER}" in raw.text


@pytest.mark.parametrize("fault", ["flood", "endless", "hang", "headers", "stall", "drip"])
def test_server_is_rid_of_what_was_given_up(server: ModelServer, fake: FakeModel, fault: str) -> None:
    """It would go on with an answer that nobody reads, and the next one wait behind it."""
    fake.faults[:] = [fault]
    with suppress(TransientError):
        complete(server)
    assert complete(server).finish == "stop"
    fake.down = True  # waits for what is in flight
    assert fake.calls[0].cancelled


def test_mail_does_not_follow_a_redirect(server: ModelServer, fake: FakeModel) -> None:
    """Whoever can answer in the server's place would have the mail sent wherever he likes."""
    with FakeModel() as elsewhere:
        fake.faults[:] = [f"307:{elsewhere.url}/v1/chat/completions"]
        with pytest.raises(failures.MisconfiguredError, match="CHAINMAIL_MODEL_URL"):
            complete(server)
        assert elsewhere.call_count == 0


def test_every_kind_of_failure_has_its_counter() -> None:
    """A new kind would be counted as `other`, or not be in the table above."""
    kinds = {
        kind for kind in vars(failures).values() if isinstance(kind, type) and kind.__module__ == failures.__name__
    }
    assert {cause_of(kind()) for kind in kinds} <= set(CAUSES)
    assert kinds == {kind for kind, _ in ERRORS.values()}
