"""A model server at the network edge: HTTP on loopback, deterministic, faulty on demand.

It speaks Ollama's API and the OpenAI one (with llama.cpp's `timings`), so that the real adapters, the real
clients and the real sockets are tested. Its answer is read off the prompt: the summary is the newest subject,
the quotes stand in the mail word for word, and bounds of the schema that was sent are kept.

    with FakeModel(delay_s=0.2) as model:
        model.faults[:] = ["503", "garbage"]     # the next two completions fail, one each
        ...
        assert model.call_count == 3
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from chainmail.local.servers import free_port
from tests.servers.fake_answer import answer_to, chain_of, faulty, is_question
from tests.servers.fake_wire import DETAILS, joined, line_of, ollama_events, openai_events
from tests.servers.peer import kill_peer

_TICK_S = 0.02
_CLOSE_S = 5.0
_DIGEST = "f" * 64
_COMPLETIONS = {"/api/chat", "/v1/chat/completions"}


@dataclass
class Call:
    """One completion that was asked for; `ended_s` is None while it is in flight. Times are monotonic."""

    path: str
    messages: list[dict[str, str]]
    options: dict[str, Any]
    chain: str
    started_s: float
    fault: str = ""
    answering_s: float | None = None
    ended_s: float | None = None
    cancelled: bool = False
    answer: str = ""

    @property
    def prompt_chars(self) -> int:
        """How long the prompt is."""
        return sum(len(turn.get("content") or "") for turn in self.messages)


class _GoneError(Exception):
    """The client closed its connection, or this server is closing."""


@dataclass
class FakeModel:
    """The server; enter it to start. All attributes may be set at any time, from any thread.

    Faults, consumed one a completion: an HTTP status (`503`, `500`, `400`, …; `429:7` adds Retry-After: 7, `307:URL`
    a Location), `reset` and `close` (the connection ends without a word), `page` (a web page), `hang` (no byte until
    the client leaves), `headers` (those, then no byte), `stall` (a first piece, then nothing), `cut` (the connection
    ends in mid-answer), `error` (an error within the stream), `noise` (no JSON on the wire), `flood` (no line ever
    ends), `endless`, `drip` (a word now and then, for ever), `half_utf8`, `not_done` (it ends without saying that it is
    done), `length`, `thinking`, `garbage`, `wrong_schema`, `empty`, `loop` (these: a bad answer, well sent). `""` is no
    fault: the call in between that works.

    Where it is `foreign`, it is no model server at all: a web page to every GET. Questions of what it can do
    (`consumer.analysis.models.abilities`) draw no fault, take no slot and count apart: `holds_schema`,
    `tells_logprobs`, `context_tokens`, `question_fault` are the answers. A pull ends with the model, or with
    `pull_error`. A completion whose mail has the word `lethal` kills the process that asks for it, as a native
    library or the OOM killer would.
    """

    delay_s: float = 0.0
    slots: int | None = None
    model: str = "fake-model"
    foreign: bool = False
    lethal: str = ""
    holds_schema: bool = True
    tells_logprobs: bool = True
    context_tokens: int = 131_072
    question_fault: str = ""
    question_delay_s: float = 0.0
    questions: list[dict[str, Any]] = field(default_factory=list)
    pull_error: str = ""
    pulls: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    probe_count: int = 0
    peak_in_flight: int = 0

    def __post_init__(self) -> None:
        """Choose the port; nothing listens yet."""
        self.port = free_port()
        self._calls: list[Call] = []
        self._turn = threading.Condition()
        self._answering = 0
        self._server: _Server | None = None

    def __enter__(self) -> Self:
        """Listen."""
        self.down = False
        return self

    def __exit__(self, *_: object) -> None:
        """Cut what is in flight and stop listening."""
        self.down = True

    @property
    def url(self) -> str:
        """The base address, the same before and after a fall."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def calls(self) -> list[Call]:
        """The completions so far, in the order of their arrival."""
        return list(self._calls)

    @property
    def call_count(self) -> int:
        """How many completions were asked for, refused ones included."""
        return len(self._calls)

    @property
    def in_flight(self) -> int:
        """How many completions are being answered or wait for a slot."""
        return sum(call.ended_s is None for call in self.calls)

    @property
    def down(self) -> bool:
        """Whether it refuses connections; setting it cuts those that are open, as a kill would."""
        return self._server is None

    @down.setter
    def down(self, wanted: bool) -> None:
        if wanted and self._server:
            server, self._server = self._server, None
            server.end()
            deadline_s = time.monotonic() + _CLOSE_S
            while self.in_flight and time.monotonic() < deadline_s:
                time.sleep(_TICK_S)
        elif not wanted and not self._server:
            self._server = _Server(self, self.port)

    def begin(self, path: str, request: dict[str, Any]) -> Call:
        """Record a completion and draw its fault."""
        messages = request.get("messages", [])
        options = {name: value for name, value in request.items() if name != "messages"}
        call = Call(path, messages, options, chain_of(messages), time.monotonic())
        with self._turn:
            call.fault = self.faults.pop(0) if self.faults else ""
            self._calls.append(call)
            self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        return call

    def count_probe(self) -> None:
        """Count a request that is no completion."""
        with self._turn:
            self.probe_count += 1

    @contextlib.contextmanager
    def slot(self, wait: Any, call: Call) -> Iterator[None]:
        """Hold one of the slots; *wait* is called while none is free, and raises where the client left."""
        while not self._took_slot():
            wait(_TICK_S)
        call.answering_s = time.monotonic()
        try:
            yield
        finally:
            with self._turn:
                self._answering -= 1

    def _took_slot(self) -> bool:
        with self._turn:
            if self.slots is not None and self._answering >= self.slots:
                return False
            self._answering += 1
            return True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, fake: FakeModel, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.fake = fake
        self.ending = threading.Event()
        threading.Thread(target=self.serve_forever, args=(_TICK_S,), name="fake-model", daemon=True).start()

    def end(self) -> None:
        self.ending.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is no news here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    connection: socket.socket

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.close_connection = True
        self.server.fake.count_probe()
        if self.server.fake.foreign:
            self._send(HTTPStatus.OK, "<html>welcome</html>")
            return
        known = self._known().get(self.path)
        self._send(HTTPStatus.OK if known is not None else HTTPStatus.NOT_FOUND, known or {"error": "not found"})

    def do_POST(self) -> None:
        self.close_connection = True
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        request = json.loads(body or b"{}")
        fake = self.server.fake
        if self.path == "/api/show":
            fake.count_probe()
            about = {"general.architecture": "fake", "fake.context_length": fake.context_tokens}
            self._send(HTTPStatus.OK, {"details": DETAILS, "model_info": about})
        elif self.path == "/api/pull":
            self._pull(request)
        elif self.path not in _COMPLETIONS:
            self._send(HTTPStatus.NOT_FOUND, {"error": "not found"})
        elif self.path == "/api/chat" and request.get("model") not in {fake.model, f"{fake.model}:latest"}:
            self._send(HTTPStatus.NOT_FOUND, {"error": f"model '{request.get('model')}' not found"})
        elif is_question(request):
            self._answer_question(request)
        else:
            self._complete(request)

    def _answer_question(self, request: dict[str, Any]) -> None:
        fake = self.server.fake
        fake.questions.append(request)
        with contextlib.suppress(_GoneError):
            self._wait(fake.question_delay_s)
        if fake.question_fault:
            self._send(int(fake.question_fault), {"error": f"fault {fake.question_fault}"})
            return
        call = Call(self.path, request["messages"], {}, "", time.monotonic())
        call.answer = json.dumps({"priority": "high" if fake.holds_schema else "low"})
        self._stream("", self._events(call, request), whole=False)

    def _events(self, call: Call, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield what is streamed for *call*, with probabilities where they are asked for and told."""
        fake = self.server.fake
        kind = ollama_events if self.path == "/api/chat" else openai_events
        probable = fake.tells_logprobs and bool(request.get("logprobs"))
        return kind(fake.model, call, delay_s=fake.delay_s, probable=probable)

    def _complete(self, request: dict[str, Any]) -> None:
        fake = self.server.fake
        call = fake.begin(self.path, request)
        try:
            if fake.lethal and any(fake.lethal in (turn.get("content") or "") for turn in call.messages):
                kill_peer(self.client_address[1], fake.port)
            with fake.slot(self._wait, call):
                self._wait(fake.delay_s)
                self._respond(call, request)
        except (_GoneError, OSError):
            call.cancelled = True
        finally:
            call.ended_s = time.monotonic()

    def _respond(self, call: Call, request: dict[str, Any]) -> None:
        status, _, more = call.fault.partition(":")
        if status.isdigit():
            name = "Location" if status.startswith("3") else "Retry-After"
            self._send(int(status), {"error": f"fault {status}"}, {name: more} if more else {})
            return
        if call.fault == "hang":
            self._wait(float("inf"))
        if call.fault in {"reset", "close"}:
            self._leave(reset=call.fault == "reset")
            return
        if call.fault == "page":
            self._send(HTTPStatus.OK, "<html>welcome</html>")
            return
        call.answer = faulty(call.fault, answer_to(request))
        self._stream(call.fault, self._events(call, request), whole=not request.get("stream", self.path == "/api/chat"))

    def _leave(self, *, reset: bool) -> None:
        """End the connection without a word, politely or as a process that was killed does."""
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close() if reset else self.connection.shutdown(socket.SHUT_RDWR)
        raise _GoneError

    def _pull(self, request: dict[str, Any]) -> None:
        """Stream the progress of a pull, and have the model, or an error."""
        fake = self.server.fake
        fake.pulls.append(request["model"])
        about = [{"status": "pulling manifest"}]
        if fake.pull_error:
            self._lines([*about, {"error": fake.pull_error}])
            return
        layer = {"status": "pulling abc", "digest": "sha256:abc", "total": 2_000_000_000}
        self._lines([*about, {**layer, "completed": 500_000_000}, {**layer, "completed": 2_000_000_000}])
        fake.model = request["model"]

    def _lines(self, lines: list[dict[str, Any]]) -> None:
        self._send(HTTPStatus.OK, "".join(f"{json.dumps(line)}\n" for line in [*lines, {"status": "success"}]))

    def _stream(self, fault: str, events: Iterable[dict[str, Any]], *, whole: bool) -> None:
        if whole:
            self._send(HTTPStatus.OK, joined(list(events)))
            return
        is_sse = self.path != "/api/chat"
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream" if is_sse else "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        if fault == "headers":
            self._wait(float("inf"))
        self._piece(b"data: {{{\n\n" if is_sse else b"{{{\n") if fault == "noise" else None
        while fault == "flood":
            self._piece(b"x" * 100_000)
        for number, event in enumerate(events):
            self._piece(line_of(event, fault, is_sse=is_sse))
            if fault == "stall":
                self._wait(float("inf"))
            if fault == "cut" and number == 1:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
        self._piece(b"data: [DONE]\n\n") if is_sse else None
        self.wfile.write(b"0\r\n\r\n")

    def _piece(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _send(self, status: int, value: dict[str, Any] | str, headers: dict[str, str] | None = None) -> None:
        body = (value if isinstance(value, str) else json.dumps(value)).encode()
        self.send_response(status)
        for name, text in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def _wait(self, seconds: float) -> None:
        """Wait; raise where the client leaves or the server ends meanwhile."""
        until_s = time.monotonic() + seconds
        while True:
            left_s = until_s - time.monotonic()
            readable, _, _ = select.select([self.connection], [], [], max(0.0, min(_TICK_S, left_s)))
            if self.server.ending.is_set() or (readable and not self.connection.recv(1, socket.MSG_PEEK)):
                raise _GoneError
            if left_s <= 0:
                return

    def _props(self) -> dict[str, Any]:
        fake = self.server.fake
        return {"total_slots": fake.slots, "default_generation_settings": {"n_ctx": fake.context_tokens}}

    def _known(self) -> dict[str, dict[str, Any]]:
        name = self.server.fake.model
        listed = {"name": name, "model": name, "digest": _DIGEST, "size": 1, "details": DETAILS}
        offered = {"id": name, "object": "model", "created": 0, "owned_by": "tests", "meta": {"n_params": 1}}
        return {
            "/api/tags": {"models": [{**listed, "modified_at": "2026-01-01T00:00:00Z"}]},
            "/api/ps": {"models": []},
            "/api/version": {"version": "0.12.11"},
            "/v1/models": {"object": "list", "data": [offered]},
            "/health": {"status": "ok"},
            **({"/props": self._props()} if self.server.fake.slots else {}),
        }
