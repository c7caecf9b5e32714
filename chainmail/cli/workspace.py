"""What every command needs before its own work: the settings, the database, the broker, the model server."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from chainmail import settings as settings_module
from chainmail import telemetry
from chainmail.cli.speech import Exit, Stop, bar
from chainmail.local import stack
from chainmail.records import BrokerUnreachableError, Partition, Position
from chainmail.settings import Settings
from chainmail.span_store import SqliteSpanExporter
from consumer.analysis.models.select import model_server
from consumer.errors import PermanentError, TransientError
from storage import migrate
from storage.engine import Database

#: `status` must answer soon, also while the broker is down.
_STATUS_TIMEOUT_S = 3.0


def settings_of(**flags: object) -> Settings:
    """Return the settings with the command's flags over them."""
    return settings_module.load(**flags)


@contextmanager
def tracing(settings: Settings, role: str) -> Iterator[None]:
    """Trace this process into the home's trace database (and by OTLP where asked) while the block runs."""
    settings.home_path.mkdir(parents=True, exist_ok=True)
    exporter = SqliteSpanExporter(settings.trace_path)
    provider = telemetry.configure(role, [exporter, *telemetry.exporters_of_environment()])
    try:
        yield
    finally:
        provider.shutdown()


@contextmanager
def ledger(settings: Settings) -> Iterator[tuple[Database, str]]:
    """Yield the upgraded database and its ledger id."""
    database = Database(settings.db_url)
    try:
        yield database, migrate.upgrade(database, settings.home_path / "locks")
    finally:
        database.close()


@contextmanager
def existing(settings: Settings) -> Iterator[Database]:
    """Yield the database for reading; it must exist."""
    if settings.db_path is not None and not settings.db_path.exists():
        raise Stop(
            Exit.USAGE, f"there is no database {settings.db_path}: `chainmail run SOURCE --db {settings.db}` makes one"
        )
    database = Database(settings.db_url)
    try:
        migrate.check(database)
        yield database
    finally:
        database.close()


def connected(settings: Settings, found: stack.Addresses) -> Settings:
    """Return the settings with the addresses of the embedded stack in place of what was not configured."""
    update: dict[str, object] = {"kafka_bootstrap": settings.kafka_bootstrap or found.bootstrap}
    if settings.model_server == "embedded":
        update |= {"model_url": found.model_url or settings.model_url, "model": settings.model or stack.TOY_MODEL}
    return settings.model_copy(update=update)


@contextmanager
def embedded(settings: Settings, *, model: bool) -> Iterator[Settings]:
    """Yield settings that reach a broker (and a model server): the configured ones, else embedded ones."""
    needs_model = model and settings.model_server == "embedded" and not settings.model_url
    if settings.kafka_bootstrap and not needs_model:
        yield settings
        return
    with ExitStack() as opened:
        with bar("starting the embedded stack") as advance:

            def on_progress(words: str, done: int = 0, total: int = 0) -> None:
                advance(done=done, total=total or None, words=words)

            found = opened.enter_context(stack.embedded(settings, model=needs_model, on_progress=on_progress))
        yield connected(settings, found)


def reachable(settings: Settings, *, model: bool) -> Settings:
    """Return settings that reach what runs already: configured servers, or the stack of this home.

    Raises:
        Stop: Nothing is configured and nothing runs (exit code 3).
    """
    found = stack.addresses_of(settings)
    if found is not None:
        settings = connected(settings, found)
    if not settings.kafka_bootstrap:
        raise Stop(
            Exit.UNREACHABLE,
            "no Kafka broker: start the embedded one with `chainmail up --detach`, or set CHAINMAIL_KAFKA_BOOTSTRAP",
        )
    if model and settings.model_server == "embedded" and not settings.model_url:
        raise Stop(Exit.UNREACHABLE, "the embedded model server does not run: start it with `chainmail up --detach`")
    return settings


def check_model(settings: Settings) -> None:
    """Make sure that the model server answers and has the model.

    Raises:
        Stop: It does not (exit code 3); the message has the two lines that mend it.
    """
    if settings.model_server == "none":
        return
    server = model_server(settings)
    log = logging.getLogger("chainmail.model")
    try:
        log.disabled = len(settings.model_urls) <= 1  # of one host it says what the error says
        server.probe()
    except (TransientError, PermanentError) as error:
        raise Stop(Exit.UNREACHABLE, f"{error}\n{_mend(settings, server.name)}") from error
    finally:
        log.disabled = False
        server.close()


def positions(settings: Settings) -> tuple[dict[Partition, Position] | None, str | None]:
    """Return the group's positions, or None and the reason why they are not known."""
    found = stack.addresses_of(settings)
    if found is not None:
        settings = connected(settings, found)
    if not settings.kafka_bootstrap:
        return None, "not running"
    from chainmail.kafka import Admin

    try:
        admin = Admin(settings, timeout_s=_STATUS_TIMEOUT_S)
    except BrokerUnreachableError as error:
        return None, f"unreachable: {error}"
    try:
        return admin.positions(), None
    except BrokerUnreachableError as error:
        return None, f"unreachable: {error}"
    finally:
        admin.close()


def _mend(settings: Settings, model: str) -> str:
    if settings.model_server == "ollama":
        mend = f"  ollama serve\n  ollama pull {model}"
    else:
        mend = (
            "  start the server, set CHAINMAIL_MODEL_URL to its address\n  and CHAINMAIL_MODEL to a model that it has"
        )
    return f"{mend}\nor go on by rules alone, without a model: --no-llm"
