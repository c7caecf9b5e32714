"""A real Kafka broker for tests: the one that CHAINMAIL_TEST_KAFKA names, else the embedded one on free ports."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chainmail.local import broker
from chainmail.local.cache import silent
from chainmail.local.errors import StackError
from tests.servers.require import lacking


@contextmanager
def kafka(home: Path) -> Iterator[str]:
    """Yield the address of a broker; one that was started here ends with the block."""
    given = os.environ.get("CHAINMAIL_TEST_KAFKA")
    if given:
        yield given
        return
    try:
        server, bootstrap = broker.start(home, silent)
    except StackError as error:
        lacking(f"Kafka ({error})", "pip install 'chainmail[local]', or set CHAINMAIL_TEST_KAFKA=host:port")
    try:
        yield bootstrap
    finally:
        server.stop()
