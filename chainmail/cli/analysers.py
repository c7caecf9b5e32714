"""An analyser for commands that store nothing: by the settings' model, or by rules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chainmail.cli import workspace
from chainmail.cli.speech import bar
from chainmail.local import model_server as embedded_model
from chainmail.local import stack
from chainmail.settings import Settings
from consumer.analysis.analyse import Analyser
from consumer.analysis.analyser import ChainAnalyser
from consumer.analysis.by_code import CodeAnalyser
from consumer.analysis.models.select import model_server


@contextmanager
def analyser_of(settings: Settings) -> Iterator[ChainAnalyser]:
    """Yield what analyses by *settings*; an embedded model server is started, where none of this home runs.

    Raises:
        Stop: The model server does not answer, or has not the model (exit code 3).
    """
    if settings.model_server == "none":
        yield CodeAnalyser()
        return
    with _with_model(settings) as reached:
        workspace.check_model(reached)
        analyser = Analyser(model_server(reached), reached)
        try:
            yield analyser
        finally:
            analyser.close()


@contextmanager
def _with_model(settings: Settings) -> Iterator[Settings]:
    found = stack.addresses_of(settings)
    reached = workspace.connected(settings, found) if found else settings
    if reached.model_server != "embedded" or reached.model_url:
        yield reached
        return
    with bar("starting the embedded model server") as advance:

        def on_progress(words: str, done: int = 0, total: int = 0) -> None:
            advance(done=done, total=total or None, words=words)

        server, url = embedded_model.start(settings.home_path, settings.in_flight, on_progress)
    try:
        yield reached.model_copy(update={"model_url": url, "model": settings.model or stack.TOY_MODEL})
    finally:
        server.stop()
