"""One broker for all cases of a test process: they pause and kill it, and leave it running."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.kafka import OwnBroker, own_kafka


@pytest.fixture(scope="session")
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnBroker]:
    """Return a broker that a case may pause and kill."""
    with own_kafka(tmp_path_factory.mktemp("chaos-kafka")) as broker:
        yield broker
