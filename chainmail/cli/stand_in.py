"""Rules stand in while no model answers for long: what waits gets a record by code, marked as such.

Nothing of Kafka is touched: the records wait as before, and the model's analysis takes the place of the rules' as
soon as there is one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import select

from chainmail.cli.speech import human_duration, say
from chainmail.settings import Settings
from consumer.analysis.by_code import CodeAnalyser
from consumer.analysis.calibration import CalibratedAnalyser
from consumer.curves import curves_of
from consumer.house_file import HouseFile
from consumer.reanalysis import Ending, Reanalysis
from monitor.selection import selected
from producer.chain_records import chains_of
from schemas.chain import Chain
from storage.engine import Database
from storage.tables import ChainRow, OutboxRow
from storage.workers import Beat

_MODELS = "models"
#: Chains that are published while the model is away are looked for so often.
_PAUSE_S = 30.0


@dataclass
class Outage:
    """How long no member has had a model (pure); times are of the caller's monotonic clock, in seconds."""

    patience_s: float
    since_s: float | None = None

    def look(self, beats: Sequence[Beat], now_s: float) -> bool:
        """Note what the members' beats say, and return whether the model has been away for too long."""
        if not beats or any(beat.breakers.get(_MODELS, "closed") == "closed" for beat in beats):
            self.since_s = None
            return False
        self.since_s = now_s if self.since_s is None else self.since_s
        return now_s - self.since_s >= self.patience_s


@dataclass
class StandIn:
    """Analyses what waits by rules, in a thread of its own, while `look` says that the model is away."""

    settings: Settings
    database: Database
    clock: Callable[[], float] = time.monotonic
    _outage: Outage = field(init=False)
    _house: HouseFile = field(init=False)
    _wanted: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _ended_s: float = float("-inf")

    def __post_init__(self) -> None:
        """Take the patience and the rules of the house from the settings."""
        self._house = HouseFile(self.settings)
        self._outage = Outage(patience_s=self.settings.stand_in_after_s)

    def look(self, beats: Sequence[Beat]) -> None:
        """Begin, go on or stop, by what the members' beats say of the model."""
        if not self._outage.look(beats, self.clock()):
            self._wanted.clear()
            return
        self._wanted.set()
        is_working = self._thread is not None and self._thread.is_alive()
        if not is_working and self.clock() - self._ended_s >= _PAUSE_S:
            self._thread = threading.Thread(target=self._work, name="stand-in", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Finish the chain in work, and end."""
        self._wanted.clear()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        waiting = self._waiting()
        if waiting:
            away = human_duration(self.settings.stand_in_after_s)
            say(f"no model for {away}: {len(waiting)} chains get a record by rules until it is back")
        work = Reanalysis(
            database=self.database,
            analyser=CalibratedAnalyser(CodeAnalyser(), curves_of(self.database)),
            rules=self._house.rules(),
            load=partial(_load, self.database, self.settings),
        )
        done = [done.ending for done in work.run(waiting, workers=1, stop=lambda: not self._wanted.is_set())]
        if done:
            say(f"{done.count(Ending.STORED)} records by rules are stored; the model's will take their place")
        self._ended_s = self.clock()

    def _waiting(self) -> list[str]:
        """Return the published chains that nobody has analysed as they are now."""
        published = select(OutboxRow.chain_id).where(OutboxRow.published_at.is_not(None))
        with self.database.read() as connection:
            found = selected(connection, [ChainRow.chain_id.in_(published)], missing=True)
        return [target.chain_id for target in found]


def _load(database: Database, settings: Settings, chain_id: str) -> Chain | None:
    with database.read() as connection:
        return chains_of(connection, [chain_id], settings).get(chain_id)
