"""All hosts of the model as one server: the least busy one that is well gets the call, and its slot is free.

A host that refuses is left alone by its breaker and asked again in the background; the call goes to another one.
Slots are held over all processes of this user on this host, so that no request waits inside a server.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from opentelemetry.trace import SpanKind

from chainmail import telemetry
from consumer.analysis.models.abilities import least
from consumer.analysis.models.calling import call
from consumer.analysis.models.ceiling import Ceiling
from consumer.analysis.models.failures import StalledError, TimedOutError
from consumer.analysis.models.host import Host
from consumer.analysis.models.line import Line
from consumer.analysis.models.prober import Prober
from consumer.analysis.models.server import Capabilities, ModelIdentity, Prompt, RawCompletion
from consumer.analysis.models.slots import Held
from consumer.cancellation import AbandonedError
from consumer.errors import PermanentError, TransientError, cause_of
from consumer.meter import Meter

_LOG = logging.getLogger("chainmail.model")


class ModelPool:
    """A `ModelServer` made of *hosts*, which all have the same model and settings (one is a pool too).

    Args:
        hosts: In the order of preference; at least one.
        line: Where those wait who find no free slot.
        meter: Is told of calls and waits.
        ceiling: The calls a minute of this home; None: as many as there are.
        in_background: Runs what it is given beside the callers; by default in a thread.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        hosts: Sequence[Host],
        line: Line,
        *,
        meter: Meter | None = None,
        ceiling: Ceiling | None = None,
        in_background: Callable[[Callable[[], None]], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hosts, self._line, self._ceiling, self._clock = tuple(hosts), line, ceiling, clock
        self._meter = meter or Meter()
        self._prober = Prober(self._hosts, in_background=in_background, clock=clock)
        first = self._hosts[0].server
        self.name, self.provider, self.options = first.name, first.provider, first.options

    def complete(self, prompt: Prompt, schema: Mapping[str, Any], max_tokens: int) -> RawCompletion:
        """Return the completion of the first host that does not refuse (see `ModelServer.complete`).

        One turn of the ceiling is enough for all of them: a refusal costs nobody anything.
        """
        self.identity()
        allowed = self._ceiling is None
        while True:
            if self._ceiling is not None and not allowed:
                self._ceiling.wait()
            with self._slot() as host:
                allowed = allowed or (self._ceiling is not None and self._ceiling.take())
                if not allowed:
                    continue
                try:
                    return self._metered(host, prompt, schema, max_tokens)
                except AbandonedError:
                    raise
                except TransientError as error:
                    self._judge(host, error)

    def identity(self) -> ModelIdentity:
        """Return the model that all hosts have; another one is not used.

        Raises:
            TransientError: No host says.
        """
        return self._prober.identity()

    def capabilities(self) -> Capabilities:
        """Return what all hosts can do that are well; each is asked once, in a slot of its own.

        The ceiling does not hold for it: nothing is asked about mail.

        Raises:
            TransientError: No host answers.
            PermanentError: One refuses the simplest request.
        """
        self.identity()
        found = [said for host in self._hosts if (said := self._capabilities_of(host)) is not None]
        if not found:
            raise self._prober.refusal()
        return least(found)

    def probe(self) -> None:
        """Return if any host is alive and has the model; one that is left alone for a while is not disturbed.

        Raises:
            TransientError: None is.
            PermanentError: All lack the model, or the key is wrong.
        """
        self._prober.probe()

    def breakers(self) -> dict[str, str]:
        """Return the state of each host by its address: closed, open or half-open."""
        return self._prober.states()

    def close(self) -> None:
        """Give back the connections; what is in flight is abandoned."""
        self._prober.close()
        for host in self._hosts:
            host.server.close()

    def _capabilities_of(self, host: Host) -> Capabilities | None:
        """Return what *host* can do; None where it is not well."""
        if host.capabilities is None and host.is_usable:
            with self._slot((host,)):
                try:
                    host.capabilities = host.server.capabilities()
                except AbandonedError:
                    raise
                except TransientError as error:
                    self._prober.refused(host, error)
        return host.capabilities

    @contextmanager
    def _slot(self, hosts: Sequence[Host] | None = None) -> Iterator[Host]:
        """Hold a slot of the least busy of *hosts*, of all by default, while the block runs."""
        began_s = self._clock()
        with telemetry.span("model wait", kind=SpanKind.INTERNAL, attributes={}) as span:
            try:
                host, held = self._line.wait(partial(self._free, hosts))
            finally:
                self._meter.add(model_wait_s=self._clock() - began_s)
            span.set_attribute(telemetry.SERVER_ADDRESS, host.name)
        try:
            yield host
        finally:
            held.release()

    def _free(self, among: Sequence[Host] | None = None) -> tuple[Host, Held] | None:
        """Return the lowest free slot number over the hosts: the least busy host, for all processes alike.

        Raises:
            TransientError: No host is well.
        """
        hosts = [host for host in among or self._hosts if host.is_usable]
        if not hosts:
            raise self._prober.refusal()
        endless = any(host.slots is None for host in hosts)
        for number in itertools.count() if endless else range(max(host.slots or 0 for host in hosts)):
            for host in hosts:
                if (held := host.take(number)) is not None:
                    return host, held
        return None

    def _metered(self, host: Host, prompt: Prompt, schema: Mapping[str, Any], max_tokens: int) -> RawCompletion:
        began_s = self._clock()
        try:
            raw = call(host.server, host.url, prompt, schema, max_tokens)
        except AbandonedError:
            raise
        except (TransientError, PermanentError) as error:
            self._meter.failed(cause_of(error))
            raise
        finally:
            self._meter.add(model_calls=1, model_s=self._clock() - began_s)
        self._meter.add(
            answers=1,
            repairs=bool(prompt.reask),
            input_tokens=raw.input_tokens,
            output_tokens=raw.output_tokens,
            cached_tokens=raw.cached_tokens,
        )
        return raw

    def _judge(self, host: Host, error: TransientError) -> None:
        """Return where *host* refused and another one may be asked; else raise *error*.

        What may be the record's own doing goes to no other host, or one record could bring down all of them. A
        time-out counts against it only where the host is well otherwise.
        """
        if not error.counts:
            self._prober.refused(host, error)
            if not any(other.is_usable for other in self._hosts):
                raise error
            _LOG.warning("%s refuses: going on with another host: %s", host.name, error)
            return
        if host.is_usable:
            with suppress(TransientError, PermanentError):  # it is left alone for a while
                self._prober.prove(host)
        if isinstance(error, TimedOutError | StalledError) and not host.is_usable:
            error.counts = False
        raise error
