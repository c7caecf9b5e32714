"""`doctor --pull`: the model onto every Ollama host that has it not yet."""

from __future__ import annotations

from chainmail.cli.speech import Advance, Exit, Stop, bar, human_bytes, say
from chainmail.settings import Settings
from consumer.analysis.models.calling import address
from consumer.analysis.models.failures import MisconfiguredError
from consumer.analysis.models.pulling import Pulled, pull
from consumer.analysis.models.select import addresses_of, model_host
from consumer.analysis.models.server import ModelHost
from consumer.errors import PermanentError, TransientError

_MB = 1_000_000


def pull_models(settings: Settings) -> None:
    """Pull the model of *settings* where it is missing, with its progress.

    Raises:
        Stop: Another server than Ollama is set (2), or a host does not answer or cannot pull (3).
    """
    if settings.model_server != "ollama":
        raise Stop(Exit.USAGE, f"--pull is for Ollama; the {settings.model_server} server brings its model itself")
    for url in addresses_of(settings):
        try:
            _pull(settings, url)
        except (TransientError, PermanentError) as error:
            raise Stop(Exit.UNREACHABLE, str(error)) from error


def _pull(settings: Settings, url: str) -> None:
    server = model_host(settings, url)
    try:
        if _has_it(server):
            say(f"{address(url)} has {server.name}")
            return
        with bar(f"pulling {server.name} onto {address(url)}, MB") as advance:
            pull(url, server.name, _Shown(advance, address(url)))
        server.identity()
        say(f"{address(url)} has {server.name} now")
    finally:
        server.close()


def _has_it(server: ModelHost) -> bool:
    try:
        server.identity()
    except MisconfiguredError:
        return False
    return True


class _Shown:
    """Shows how far a pull is; what it needs on the disk is said as soon as it grows by much."""

    def __init__(self, advance: Advance, host: str) -> None:
        self._advance, self._host, self._said_bytes = advance, host, 0

    def __call__(self, pulled: Pulled) -> None:
        if pulled.total_bytes > 1.1 * self._said_bytes:
            self._said_bytes = pulled.total_bytes
            say(f"it takes {human_bytes(pulled.total_bytes)} of the disk of {self._host}")
        self._advance(done=pulled.done_bytes // _MB, total=max(1, pulled.total_bytes // _MB))
