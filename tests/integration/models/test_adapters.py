"""Both adapters against a server over real sockets: what each fault becomes, and what is never lost."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from chainmail.settings import load
from consumer.analysis.asking import ask
from consumer.analysis.models.ollama import OllamaServer
from consumer.analysis.models.openai_compatible import OpenAICompatibleServer
from consumer.analysis.models.select import model_server
from consumer.analysis.models.server import ModelServer, Prompt, RawCompletion
from consumer.analysis.models.watch import Limits
from consumer.analysis.prompt import chain_prompt
from consumer.analysis.wire import wire_schema
from consumer.cancellation import AbandonedError, Cancellation, cancellable
from consumer.errors import PermanentError, TransientError
from tests.conversations import conversation
from tests.model_pools import pooled
from tests.servers.fake_model import FakeModel
from tests.spans import Spans, spans

__all__ = ["spans"]

KINDS = ["ollama", "openai"]
CHAIN = conversation("We need 40 pairs of gloves by Friday, for EUR 1,200.00 at most.", subject="Gloves")
_SHOWN = chain_prompt(CHAIN, 2_000)
PROMPT = Prompt(system=_SHOWN.system, user=_SHOWN.user)
_SOON_S = 5.0


def adapter(kind: str, fake: FakeModel, *, model: str = "fake-model", limits: Limits | None = None) -> ModelServer:
    """Return a client of *fake*."""
    limits = limits or Limits()
    if kind == "ollama":
        return OllamaServer(url=fake.url, model=model, context_tokens=4096, output_tokens=900, limits=limits)
    return OpenAICompatibleServer(url=fake.url, model=model, api_key="", limits=limits)


@pytest.fixture
def fake() -> Iterator[FakeModel]:
    """Return a model server."""
    with FakeModel() as server:
        yield server


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest, fake: FakeModel) -> Iterator[ModelServer]:
    """Return a client of the model server, of each kind."""
    client = adapter(request.param, fake)
    yield client
    client.close()


def complete(server: ModelServer) -> RawCompletion:
    """Ask for a completion."""
    return server.complete(PROMPT, wire_schema(900), 900)


def until(condition: Callable[[], bool]) -> None:
    """Wait for *condition*."""
    deadline_s = time.monotonic() + _SOON_S
    while not condition():
        assert time.monotonic() < deadline_s, "it never came"
        time.sleep(0.01)


@contextmanager
def asking(server: ModelServer, cancellation: Cancellation | None = None) -> Iterator[list[Exception]]:
    """Ask in a thread of its own; its error is in the list when the block has ended."""
    errors: list[Exception] = []

    def run() -> None:
        try:
            with cancellable(cancellation or Cancellation()):
                complete(server)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    yield errors
    thread.join(_SOON_S)
    assert not thread.is_alive()


def test_capabilities_are_asked_once_with_the_options_of_all_calls(server: ModelServer, fake: FakeModel) -> None:
    """Each chain would be preceded by two questions, or Ollama load the model anew for them."""
    fake.slots, fake.context_tokens = 2, 2048
    found = server.capabilities()
    assert server.capabilities() == found
    assert (found.schema, found.logprobs, found.context_tokens) == (True, True, 2048)
    assert 0.4 < found.token_factor < 3
    complete(server)
    assert (len(fake.questions), fake.call_count) == (2, 1)
    sent = [question.get("options", question) for question in fake.questions]
    same = fake.calls[0].options.get("options", fake.calls[0].options)
    for name in ("num_ctx", "seed", "temperature", "frequency_penalty"):
        assert {options.get(name) for options in sent} == {same.get(name)}


def test_server_that_can_do_less_is_known(server: ModelServer, fake: FakeModel) -> None:
    """Answers that nothing held to a schema would be a riddle."""
    fake.holds_schema, fake.tells_logprobs = False, False
    found = server.capabilities()
    assert (found.schema, found.logprobs) == (False, False)


def test_model_without_a_long_context_has_its_own(fake: FakeModel) -> None:
    """The context asked for would count, or the 131,072 tokens that the weights could have."""
    for own, expected in ((1024, 1024), (131_072, 4096)):
        fake.context_tokens = own
        ollama = adapter("ollama", fake)
        assert ollama.capabilities().context_tokens == expected
        ollama.close()


def test_question_that_fails_is_asked_again_later(server: ModelServer, fake: FakeModel) -> None:
    """A server that was busy at the start would count for ever as one that can do nothing."""
    fake.question_fault = "503"
    with pytest.raises(TransientError):
        server.capabilities()
    fake.question_fault = ""
    assert server.capabilities().schema


def test_probabilities_are_asked_for_where_they_are_told_and_only_for_the_label(
    server: ModelServer, fake: FakeModel
) -> None:
    """A server that does not know the parameter would refuse all calls, or each word of a story be weighed."""
    assert complete(server).label_probability is None, "nobody knows yet"
    server.capabilities()
    raw = complete(server)
    assert raw.label_probability is not None
    assert 0 < raw.label_probability < 1
    story = {"type": "object", "properties": {"situation": {"type": "string"}}}
    assert server.complete(PROMPT, story, 900).label_probability is None
    asked = [bool(call.options.get("logprobs")) for call in fake.calls]
    assert asked == [False, True, False]


def test_tokens_that_the_server_had_read_before_are_told(fake: FakeModel) -> None:
    """Nobody could see that the prefix is no longer cached."""
    openai, ollama = adapter("openai", fake), adapter("ollama", fake)
    raw = complete(openai)
    assert raw.cached_tokens == raw.input_tokens // 2
    assert complete(ollama).cached_tokens == 0, "Ollama does not say"
    openai.close()
    ollama.close()


def test_answer_comes_whole_with_its_costs(server: ModelServer, fake: FakeModel) -> None:
    """Streams would lose pieces, or nobody know what an answer cost."""
    raw = complete(server)
    assert raw.text == fake.calls[0].answer
    assert raw.finish == "stop"
    assert raw.input_tokens > 200
    assert raw.output_tokens > 100
    assert raw.total_s > 0


def test_times_are_the_servers_own(server: ModelServer, fake: FakeModel) -> None:
    """Waiting for the network would be taken for the model's work."""
    fake.delay_s = 0.2
    raw = complete(server)
    assert raw.prompt_s == pytest.approx(0.05)
    assert raw.decode_s == pytest.approx(0.15)
    assert raw.total_s >= 0.2


def test_wait_for_a_slot_is_told_from_work(fake: FakeModel) -> None:
    """A server with too few slots would look like a slow model."""
    fake.delay_s, fake.slots = 0.3, 1
    server = adapter("ollama", fake)
    waits: list[float] = []
    threads = [threading.Thread(target=lambda: waits.append(complete(server).queue_s)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_SOON_S)
    server.close()
    assert fake.peak_in_flight == 2
    assert min(waits) < 0.2 < max(waits)


@pytest.mark.parametrize(
    ("fault", "kind", "words", "counts"),
    [
        ("400", PermanentError, "refuses this prompt", None),
        ("413", PermanentError, "refuses this prompt", None),
        ("422", PermanentError, "refuses this prompt", None),
        ("401", TransientError, "CHAINMAIL_MODEL_API_KEY", False),
        ("403", TransientError, "CHAINMAIL_MODEL_API_KEY", False),
        ("404", TransientError, "model not found: `ollama pull fake-model`", False),
        ("408", TransientError, "busy", False),
        ("429", TransientError, "busy", False),
        ("502", TransientError, "busy", False),
        ("503", TransientError, "busy", False),
        ("500", TransientError, "failed", True),
        ("504", TransientError, "failed", True),
        ("cut", TransientError, "was cut", True),
        ("error", TransientError, "fault in mid-answer", True),
        ("noise", TransientError, "JSON|no Ollama", True),
    ],
)
def test_fault_of_the_server_is_told_in_words(
    server: ModelServer, fake: FakeModel, fault: str, kind: type[Exception], words: str, counts: bool | None
) -> None:
    """A server that is down would fill the dead letters, or a hopeless prompt be tried for ever."""
    fake.faults[:] = [fault]
    with pytest.raises(kind, match=words) as caught:
        complete(server)
    assert getattr(caught.value, "counts", None) is counts
    assert complete(server).finish == "stop", "the next call must not suffer"


@pytest.mark.parametrize(("fault", "finish"), [("length", "length"), ("not_done", "cut")])
def test_unfinished_answer_is_known_as_such(server: ModelServer, fake: FakeModel, fault: str, finish: str) -> None:
    """Half an answer would be judged as if it were whole."""
    fake.faults[:] = [fault]
    assert complete(server).finish == finish


@pytest.mark.parametrize("fault", ["garbage", "wrong_schema", "empty", "loop", "length", "not_done"])
def test_bad_answer_is_repaired_over_the_wire(server: ModelServer, fake: FakeModel, fault: str) -> None:
    """What the servers return when they fail would not reach the repair."""
    fake.faults[:] = [fault]
    asked = ask(server, _SHOWN, output_tokens=900, prompt_version="v")
    assert asked.completion.summary == "This conversation is about Gloves."
    assert (asked.repaired, fake.call_count) == (True, 2)


def test_bad_answer_twice_is_permanent(server: ModelServer, fake: FakeModel) -> None:
    """A chain would be asked about for ever."""
    fake.faults[:] = ["garbage", "garbage"]
    with pytest.raises(PermanentError, match="twice") as caught:
        ask(server, _SHOWN, output_tokens=900, prompt_version="v")
    assert "Here is what you asked for" in caught.value.answer


@pytest.mark.parametrize(("fault", "wait_s"), [("429:7", 7.0), ("503:120", 120.0), ("503", None)])
def test_wait_that_the_server_asks_for_is_passed_on(
    server: ModelServer, fake: FakeModel, fault: str, wait_s: float | None
) -> None:
    """A server under load would be asked again at once."""
    fake.faults[:] = [fault]
    with pytest.raises(TransientError) as caught:
        complete(server)
    assert caught.value.retry_after_s == wait_s


def test_nobody_there_is_transient_and_says_what_to_start(server: ModelServer, fake: FakeModel) -> None:
    """Every record would become a dead letter while the model server restarts."""
    fake.down = True
    for call in (lambda: complete(server), server.probe, server.identity):
        with pytest.raises(TransientError, match=r"no model server at http://127\.0\.0\.1:.*start it") as caught:
            call()
        assert not caught.value.counts
    fake.down = False
    assert complete(server).finish == "stop"


def test_fall_of_the_server_in_mid_answer_is_transient(server: ModelServer, fake: FakeModel) -> None:
    """A restart of the model server would cost the record."""
    fake.faults[:] = ["stall"]
    with asking(server) as errors:
        until(lambda: fake.in_flight == 1)
        fake.down = True
    assert isinstance(errors[0], TransientError)


@pytest.mark.parametrize("fault", ["hang", "stall"])
def test_cancel_closes_the_connection(server: ModelServer, fake: FakeModel, fault: str) -> None:
    """An abandoned answer would keep the model busy for minutes, and a stop wait for it."""
    fake.faults[:] = [fault]
    cancellation = Cancellation()
    with asking(server, cancellation) as errors:
        until(lambda: fake.in_flight == 1)
        time.sleep(0.05)  # into the wait for the answer
        started_s = time.monotonic()
        cancellation.throw()
    assert time.monotonic() - started_s < 1
    assert isinstance(errors[0], AbandonedError)
    assert not errors[0].counts
    until(lambda: fake.calls[0].cancelled)


def test_cancel_ends_one_call_and_spares_the_others(server: ModelServer, fake: FakeModel) -> None:
    """A partition that moves would cost the analyses of those that stay, or none could be abandoned at all."""
    cancellation = Cancellation()
    fake.faults[:] = ["hang"]
    with asking(server, cancellation) as abandoned:
        until(lambda: fake.in_flight == 1)
        fake.delay_s = 0.3
        with asking(server) as kept:
            until(lambda: fake.in_flight == 2)
            cancellation.throw()
    assert [type(error) for error in abandoned] == [AbandonedError]
    assert kept == []


def test_abandoned_work_makes_no_further_call(server: ModelServer, fake: FakeModel) -> None:
    """The repair of an abandoned answer would take the model for half a minute more."""
    cancellation = Cancellation()
    cancellation.throw()
    with asking(server, cancellation) as errors:
        pass
    assert [type(error) for error in errors] == [AbandonedError]
    assert complete(server).finish == "stop"


@pytest.mark.parametrize("kind", KINDS)
def test_stalled_answer_is_given_up(fake: FakeModel, kind: str) -> None:
    """A server that has stopped in mid-answer would hold the member for the whole time-out."""
    server = adapter(kind, fake, limits=Limits(answer_s=60, stall_s=0.2))
    fake.faults[:] = ["stall"]
    started_s = time.monotonic()
    with pytest.raises(TransientError, match="stalled in mid-answer") as caught:
        complete(server)
    assert time.monotonic() - started_s < 3
    assert caught.value.counts
    until(lambda: fake.calls[0].cancelled)
    server.close()


@pytest.mark.parametrize("kind", KINDS)
def test_answer_that_never_begins_is_given_up(fake: FakeModel, kind: str) -> None:
    """One hanging request would hold a member for ever (the client's own time-out is none)."""
    server = adapter(kind, fake, limits=Limits(answer_s=0.3, stall_s=0.2))
    fake.faults[:] = ["hang"]
    with pytest.raises(TransientError, match="CHAINMAIL_MODEL_TIMEOUT_S"):
        complete(server)
    until(lambda: fake.calls[0].cancelled)
    server.close()


@pytest.mark.parametrize("kind", KINDS)
def test_slow_start_is_no_stall(fake: FakeModel, kind: str) -> None:
    """A long prompt on a slow machine would always be given up."""
    server = adapter(kind, fake, limits=Limits(answer_s=60, stall_s=0.2))
    fake.delay_s = 0.6
    assert complete(server).finish == "stop"
    server.close()


@pytest.mark.parametrize("kind", KINDS)
def test_host_that_does_not_accept_is_given_up(kind: str) -> None:
    """A host that swallows packets would hold every member."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fake = FakeModel()
        fake.port = full.getsockname()[1]
        plugs = [socket.socket() for _ in range(4)]
        for plug in plugs:
            plug.setblocking(False)
            plug.connect_ex(("127.0.0.1", fake.port))
        server = adapter(kind, fake, limits=Limits(connect_s=0.3))
        with pytest.raises(TransientError, match="no model server at") as caught:
            server.probe()
        assert not caught.value.counts
        server.close()
        for plug in plugs:
            plug.close()


@pytest.mark.parametrize("kind", KINDS)
def test_model_that_is_not_there_is_named(fake: FakeModel, kind: str) -> None:
    """A typing error in a setting would show as a server that is down."""
    server = adapter(kind, fake, model="llama9")
    with pytest.raises(TransientError, match="model not found") as caught:
        server.identity()
    assert not caught.value.counts
    with pytest.raises(PermanentError, match=r"model not found: .*CHAINMAIL_MODEL"):
        server.probe()
    server.close()


def test_probe_costs_no_completion(server: ModelServer, fake: FakeModel) -> None:
    """Watching a server that recovers would keep it busy."""
    server.probe()
    assert (fake.call_count, fake.probe_count) == (0, 1)


def test_identity_has_the_weights(fake: FakeModel) -> None:
    """A model pulled anew under its old name would keep the old one's analyses."""
    ollama, openai = (adapter(kind, fake) for kind in KINDS)
    assert ollama.identity().digest == "f" * 16
    assert len(openai.identity().digest) == 16
    assert {server.identity().model for server in (ollama, openai)} == {"fake-model"}
    ollama.close()
    openai.close()


def test_server_without_a_name_gives_its_first_model(fake: FakeModel) -> None:
    """The embedded server could not be used without naming its model."""
    server = adapter("openai", fake, model="")
    assert server.identity().model == "fake-model"
    assert complete(server).finish == "stop"
    server.close()


def test_what_is_no_model_server_is_said(server: ModelServer, fake: FakeModel) -> None:
    """A web server at the address would end the member with a parsing error."""
    fake.foreign = True
    with pytest.raises(TransientError, match=r"no Ollama|no OpenAI-compatible server"):
        server.identity()


def test_ollama_options_never_change_but_for_a_second_try(fake: FakeModel) -> None:
    """One option that differs makes Ollama load the model anew: half a minute a call."""
    server = adapter("ollama", fake)
    fake.faults[:] = ["garbage"]
    ask(server, _SHOWN, output_tokens=900, prompt_version="v")
    first, second = (call.options["options"] for call in fake.calls)
    changed = {name for name in first if first[name] != second[name]}
    assert changed == {"temperature", "num_predict"}, "neither is an option of the runner"
    assert first["num_ctx"] == second["num_ctx"] == 4096
    server.close()


def test_requests_carry_schema_budget_and_mail(server: ModelServer, fake: FakeModel) -> None:
    """An answer without schema or limit runs on in free text."""
    complete(server)
    call = fake.calls[0]
    sent = call.options.get("format") or call.options["response_format"]["json_schema"]["schema"]
    limit = call.options.get("max_tokens") or call.options["options"]["num_predict"]
    assert (sent, limit, call.options["stream"]) == (wire_schema(900), 900, True)
    assert call.messages == PROMPT.messages


def test_settings_lead_to_the_server_they_name(fake: FakeModel) -> None:
    """Outside servers could not be used by settings alone."""
    for kind, provider in (("ollama", "ollama"), ("openai", "openai"), ("embedded", "openai")):
        server = model_server(load(model_server=kind, model_url=fake.url, model="fake-model"))
        assert server.provider == provider
        assert complete(server).finish == "stop"
        server.close()


def test_openai_server_without_address_is_refused() -> None:
    """A member would ask nobody, for ever."""
    with pytest.raises(PermanentError, match="CHAINMAIL_MODEL_URL"):
        model_server(load(model_server="openai"))


def test_spans_of_a_real_call_hold_costs_and_no_mail(server: ModelServer, fake: FakeModel, spans: Spans) -> None:
    """Mail would leave the house with the traces, or the times of the server be missing in them."""
    fake.delay_s = 0.04
    fake.faults[:] = ["garbage"]
    with pooled(server) as pool:
        ask(pool, _SHOWN, output_tokens=900, prompt_version="v")
    first, second = ((span.attributes or {}) for span in spans.all() if span.name == "chat fake-model")
    for attributes in (first, second):
        assert attributes["chainmail.model.prompt_s"] == pytest.approx(0.01)
        assert attributes["chainmail.model.decode_s"] == pytest.approx(0.03)
        assert attributes["gen_ai.usage.input_tokens"]
        assert attributes["gen_ai.usage.output_tokens"]
    for word in ("gloves", "Gloves", "1,200", "Weber", "acme", "what you asked"):
        assert word not in spans.text()
