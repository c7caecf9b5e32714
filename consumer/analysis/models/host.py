"""One host of a pool: its address, its slots, and whether it is well and has the right model."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from consumer.analysis.models.calling import address
from consumer.analysis.models.server import Capabilities, ModelHost, ModelIdentity
from consumer.analysis.models.slots import Held, SlotFolder
from consumer.breaker import Breaker
from consumer.errors import PermanentError


class OtherModelError(PermanentError):
    """A host of the pool has another model than the others: its answers would carry a wrong analyser id."""


@dataclass
class Host:
    """A host and what is known of it; `slots` as set, else as it says, else None: as many as come.

    Nothing is sent to it before it is `proven`: it answered, and has the model of the pool.
    """

    url: str
    server: ModelHost
    folder: SlotFolder
    set_slots: int | None = None
    slots: int | None = None
    proven: bool = False
    error: str = ""
    capabilities: Capabilities | None = None
    breaker: Breaker = field(default_factory=Breaker)

    @property
    def name(self) -> str:
        """Host and port, as logs and traces name it."""
        return address(self.url)

    @property
    def shown_url(self) -> str:
        """The whole address, without a password that may stand there."""
        return self.url.replace(urlsplit(self.url).netloc, self.name)

    @property
    def is_usable(self) -> bool:
        """Whether calls may go there."""
        return self.proven and not self.breaker.is_open

    def is_due(self, now_s: float) -> bool:
        """Tell whether the caller is the one to ask it how it is."""
        return self.breaker.may_probe(now_s) if self.breaker.is_open else not self.proven

    def due_in_s(self, now_s: float) -> float | None:
        """Return when it is to be asked, in seconds from now; None where there is nothing to find out."""
        if self.breaker.retry_at_s is not None:
            return max(0.0, self.breaker.retry_at_s - now_s)
        return None if self.proven else 0.0

    def look(self) -> tuple[ModelIdentity, int | None]:
        """Ask it which model it has, and how many slots."""
        return self.server.identity(), self.set_slots or self.server.slots()

    def take(self, number: int) -> Held | None:
        """Return slot *number*, or None where it is taken or not there."""
        return self.folder.take(number) if self.slots is None or number < self.slots else None


def same(wanted: ModelIdentity, found: ModelIdentity, host: Host) -> None:
    """Return if *host* has the model of the pool.

    Raises:
        OtherModelError: It has another one; the message says what to do.
    """
    if found != wanted:
        raise OtherModelError(
            f"{host.name} has {found.model} ({found.digest}), the others have {wanted.model} ({wanted.digest}): it is "
            "not used. Pull the same model there, or take it out of CHAINMAIL_MODEL_URL, or start again with this one"
        )
