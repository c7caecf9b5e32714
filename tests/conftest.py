"""Fixtures that several tiers share: real servers, one of each for a test session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.dovecot import Dovecot, dovecot
from tests.servers.kafka import kafka
from tests.servers.ollama import ollama
from tests.servers.require import lacking


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a real broker."""
    with kafka(tmp_path_factory.mktemp("kafka")) as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def ollama_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a real Ollama that has the toy model."""
    with ollama(tmp_path_factory.mktemp("ollama")) as url:
        yield url


@pytest.fixture(scope="session")
def mail_server() -> Iterator[Dovecot]:
    """Return a real Dovecot, in which every user exists."""
    with dovecot() as found:
        yield found


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Return the folder of real mail beside the checkout."""
    folder = Path(__file__).parents[2] / "shared" / "corpora"
    if not folder.is_dir():
        lacking("the mail corpora", f"they are expected in {folder.parent.name}/{folder.name} beside the checkout")
    return folder
