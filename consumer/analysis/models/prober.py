"""Who of the hosts is well: asks them, and keeps their breakers.

No lock is held while a host is asked, so that one that hangs delays nobody who asks another.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from consumer.analysis.models.failures import MisconfiguredError
from consumer.analysis.models.host import Host, same
from consumer.analysis.models.server import ModelIdentity
from consumer.cancellation import AbandonedError
from consumer.errors import PermanentError, TransientError

_LOG = logging.getLogger("chainmail.model")
_LEAST_NAP_S = 0.01


class Prober:
    """The state of *hosts*; what is due is asked in the background, so that no call waits for it."""

    def __init__(
        self,
        hosts: Sequence[Host],
        *,
        in_background: Callable[[Callable[[], None]], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hosts, self._clock = hosts, clock
        self._in_background = in_background or _in_thread
        self._identity: ModelIdentity | None = None
        self._state = threading.Lock()
        self._watching = False
        self._closed = threading.Event()

    def identity(self) -> ModelIdentity:
        """Return the model of the first host that says; the others are proven in the background."""
        if self._identity is None:
            self.probe()
        assert self._identity is not None  # noqa: S101 - what a probe without error means
        return self._identity

    def probe(self) -> None:
        """Return if any host is well, asking those that nobody leaves alone just now.

        Raises:
            TransientError: None is.
            PermanentError: They answer, and none has the model.
        """
        hopeless = True
        for host in sorted(self._hosts, key=lambda host: host.breaker.is_open):
            if host.breaker.is_open and not self._is_due(host):
                hopeless = False
                continue
            try:
                self.prove(host)
            except AbandonedError:
                raise
            except TransientError as error:
                hopeless = hopeless and isinstance(error, MisconfiguredError)
            except PermanentError:
                pass
            else:
                self._watch()
                return
        raise PermanentError(self._errors()) if hopeless else self.refusal()

    def prove(self, host: Host) -> None:
        """Ask *host* which model it has: well, its breaker closes; else it opens.

        Raises:
            TransientError: It does not answer.
            PermanentError: It has not the model of the pool.
        """
        try:
            found, slots = host.look()
            with self._state:
                self._identity = self._identity or found
            same(self._identity, found, host)
        except AbandonedError:
            with self._state:
                host.breaker.abandoned()
            raise
        except (TransientError, PermanentError) as error:
            self.refused(host, error)
            raise
        with self._state:
            if host.breaker.is_open:
                _LOG.warning("%s answers again", host.name)
            if not host.proven or host.slots != slots:
                _LOG.info("%s answers %s at once (CHAINMAIL_MODEL_SLOTS sets it)", host.name, slots or "all that come")
            host.slots, host.proven, host.error = slots, True, ""
            host.breaker.succeeded()

    def refused(self, host: Host, error: TransientError | PermanentError) -> None:
        """Leave *host* alone for a while."""
        with self._state:
            if host.error != str(error):
                _LOG.warning("%s: %s", host.name, error)
            host.error = str(error)
            host.breaker.failed(self._clock(), getattr(error, "retry_after_s", None))
        self._watch()

    def refusal(self) -> TransientError:
        """Return what to raise where no host is well, with the wait until the next is asked."""
        now_s = self._clock()
        waits = [wait_s for host in self._hosts if (wait_s := host.due_in_s(now_s)) is not None]
        return TransientError(self._errors(), counts=False, retry_after_s=min(waits, default=None))

    def states(self) -> dict[str, str]:
        """Return the state of each host by its address."""
        return {host.shown_url: host.breaker.state for host in self._hosts}

    def ask_due(self) -> None:
        """Ask those hosts that are due."""
        for host in self._hosts:
            if self._closed.is_set() or not self._is_due(host):
                continue
            try:
                self.prove(host)
            except (TransientError, PermanentError) as error:
                _LOG.debug("%s is not well: %s", host.name, error)

    def close(self) -> None:
        """Ask nobody any more."""
        self._closed.set()

    def _is_due(self, host: Host) -> bool:
        with self._state:
            return host.is_due(self._clock())

    def _watch(self) -> None:
        """Let the hosts that are not well be asked in the background, until all are."""
        with self._state:
            if self._watching or all(host.is_usable for host in self._hosts):
                return
            self._watching = True
        self._in_background(self._keep_asking)

    def _keep_asking(self) -> None:
        while (nap_s := self._nap_s()) is not None and not self._closed.wait(nap_s):
            self.ask_due()

    def _nap_s(self) -> float | None:
        """Return when the next host is due; None, and nobody watches any more, where all are well."""
        with self._state:
            waits = [wait_s for host in self._hosts if (wait_s := host.due_in_s(self._clock())) is not None]
            self._watching = bool(waits)
        return max(_LEAST_NAP_S, min(waits)) if waits else None

    def _errors(self) -> str:
        return "; ".join(dict.fromkeys(host.error for host in self._hosts if host.error)) or "no model server answers"


def _in_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="model-prober", daemon=True).start()
