"""The ground of all delivery benchmarks: one broker, one folder, a stage a measurement."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chainmail.settings import Settings
from tests.acceptance.chaos.stage import Stage, stage
from tests.servers.kafka import OwnBroker, own_kafka


@dataclass
class Bench:
    """Where benchmarks run; `stage` gives each measurement topics, a group and a database of its own."""

    folder: Path
    broker: OwnBroker
    settings: Settings = field(default_factory=lambda: Settings(model_server="openai"))
    stages: int = 0

    @contextmanager
    def stage(self, **settings: Any) -> Iterator[Stage]:
        """Yield an empty stage; see `tests.acceptance.chaos.stage.stage`."""
        self.stages += 1
        with stage(self.folder / f"stage-{self.stages}", self.broker, **settings) as made:
            yield made


@contextmanager
def bench() -> Iterator[Bench]:
    """Yield the ground, with a broker of its own."""
    with tempfile.TemporaryDirectory() as folder, own_kafka(Path(folder) / "kafka") as broker:
        yield Bench(Path(folder), broker)
