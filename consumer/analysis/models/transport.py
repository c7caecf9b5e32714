"""The HTTP connection to a model server: watched, cancellable, and raising only our two errors.

A completion may take minutes, so a time-out alone is not enough: a server that has begun to answer
and then stalls is seen within `stall_s`, and cancelling the work shuts the socket down, because closing a
connection from another thread does not wake up the thread that reads from it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import httpx

from consumer.analysis.models import failures
from consumer.analysis.models.watch import Call, Limits, Watch
from consumer.cancellation import current


class _WatchedStream(httpx.SyncByteStream):
    """The body of an answer, piece by piece."""

    def __init__(self, inner: httpx.SyncByteStream, call: Call, transport: ModelTransport, url: str) -> None:
        self._inner, self._call, self._transport, self._url = inner, call, transport, url

    def __iter__(self) -> Iterator[bytes]:
        with self._transport.failures(self._call, self._url):
            for piece in self._inner:
                self._call.progress(len(piece))
                yield piece
            if self._call.abandoned:
                raise self._call.abandoned

    def close(self) -> None:
        self._transport.forget(self._call)
        self._inner.close()


class ModelTransport(httpx.BaseTransport):
    """An httpx transport for one model server; *model* is named in its errors."""

    def __init__(self, limits: Limits, model: str) -> None:
        self._limits, self._model = limits, model
        # A connection of its own for every call: the trace hook below sees only new ones.
        self._inner = httpx.HTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))
        self._watch = Watch()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request*; an error answer or a broken connection is raised as Transient- or PermanentError.

        Abandoned work sends nothing more.
        """
        url = f"{request.url.scheme}://{request.url.netloc.decode()}"
        current().wait(0)
        call = self._begin(request.method)
        request.extensions = {**request.extensions, "trace": call.trace}
        try:
            with self.failures(call, url):
                response = self._inner.handle_request(request)
        except BaseException:
            self._watch.discard(call)
            raise
        assert isinstance(response.stream, httpx.SyncByteStream)  # noqa: S101 - what a synchronous transport returns
        stream = _WatchedStream(response.stream, call, self, url)
        answer = httpx.Response(
            response.status_code, headers=response.headers, stream=stream, extensions=response.extensions
        )
        if answer.is_redirect:
            answer.close()
            raise failures.of_redirect(answer.headers.get("location", ""), url=url)
        if answer.is_error:
            self._refuse(answer, url)
        return answer

    def close(self) -> None:
        """Abandon what is in flight and close the pool."""
        self._watch.close()
        self._inner.close()

    @contextlib.contextmanager
    def failures(self, call: Call, url: str) -> Iterator[None]:
        """Raise what httpx raises as what it means for the record."""
        try:
            yield
        except httpx.TransportError as error:
            raise (call.abandoned or failures.of_transport(error, url=url)) from error

    def forget(self, call: Call) -> None:
        """Watch over a call no more: it is over."""
        self._watch.discard(call)

    def _begin(self, method: str) -> Call:
        longest_s = self._limits.answer_s
        call = Call(self._limits, min(self._limits.ask_s, longest_s) if method == "GET" else longest_s)
        self._watch.add(call)
        return call

    def _refuse(self, answer: httpx.Response, url: str) -> None:
        try:
            body = answer.read().decode("utf-8", "replace")
        finally:
            answer.close()
        wait_s = failures.retry_after_s(answer.headers.get("retry-after"))
        raise failures.of_status(answer.status_code, body, url=url, model=self._model, retry_after_s=wait_s)
