"""Is everything there: one check a dependency, each with the line that mends it."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from chainmail.local import broker, jars, servers, toy_model
from chainmail.local.cache import is_there
from chainmail.local.check import Check
from chainmail.local.errors import StackError
from chainmail.local.model_checks import model_checks
from chainmail.settings import Settings

_ENOUGH_BYTES = 2_000_000_000
_OLDEST_PYTHON = (3, 11)


def checks(settings: Settings) -> list[Check]:
    """Look at everything that these settings need."""
    return list(_checks(settings))


def _checks(settings: Settings) -> Iterator[Check]:
    python = platform.python_version()
    yield Check(
        name="Python", ok=sys.version_info >= _OLDEST_PYTHON, detail=python, mend="install Python 3.11 or newer"
    )
    yield Check(name="SQLite", ok=True, detail=sqlite3.sqlite_version)
    yield _home(settings.home_path)
    if settings.kafka_bootstrap:
        yield _configured_broker(settings.kafka_bootstrap)
    else:
        yield _check("Java", _java, "pip install 'chainmail[local]'")
        yield _jars()
    if settings.model_server == "none":
        yield Check(name="model server", ok=True, detail="none is wanted: rules alone (CHAINMAIL_MODEL_SERVER=none)")
    elif settings.model_server == "embedded" and not settings.model_url:
        there = is_there(toy_model.path())
        detail = "cached" if there else "fetched at the first start (93 MB)"
        yield Check(name="toy model", ok=True, detail=detail)
    else:
        yield from model_checks(settings)


def _home(home: Path) -> Check:
    folder = next(parent for parent in (home, *home.parents) if parent.exists())
    free = shutil.disk_usage(folder).free
    return Check(
        name="disk",
        ok=free > _ENOUGH_BYTES,
        detail=f"{free / 1e9:.1f} GB free at {folder}",
        mend="make room there, or set CHAINMAIL_HOME to another folder",
    )


def _configured_broker(bootstrap: str) -> Check:
    host, _, port = bootstrap.split(",", maxsplit=1)[0].rpartition(":")
    ok = servers.answers(int(port), host) if port.isdigit() else False
    mend = "start it, or correct CHAINMAIL_KAFKA_BOOTSTRAP (host:port)"
    return Check(name="Kafka", ok=ok, detail=bootstrap, mend=mend)


def _java() -> str:
    done = subprocess.run([broker.java(), "-version"], capture_output=True, text=True, check=False)  # noqa: S603 - our own Java
    return done.stderr.splitlines()[0] if done.stderr else "runs"


def _jars() -> Check:
    missing = len(jars.missing(jars.folder(), jars.wanted()))
    detail = f"{missing} of {len(jars.wanted())} are fetched at the first start (45 MB)" if missing else "cached"
    return Check(name="Kafka jars", ok=True, detail=detail)


def _check(name: str, look: Callable[[], str], mend: str) -> Check:
    try:
        return Check(name=name, ok=True, detail=look())
    except (StackError, OSError) as error:
        return Check(name=name, ok=False, detail=str(error), mend=mend)
