"""One ledger with topics of its own, and the program that fills it: started, watched, killed, started again."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psutil

from chainmail.settings import PREFIX, Settings
from storage.engine import Database
from tests.acceptance.conftest import PROGRAM, clean_environment, descendants, kill

Stage = Literal["starting", "storing", "publishing"]

#: The program needs about a second until it looks at the first mail.
_STARTING_S = 1.2
#: Where in a transaction or a batch it is hit: one of each takes some tens of ms.
_JITTER_S = 0.05
#: The chains of a part are handed over, acknowledged and noted in about this time.
_PUBLISHING_S = 0.3
_LOOK_S = 0.01
_PATIENCE_S = 60.0
#: Readers see within this time that their parent is gone.
_ORPHANS_S = 5.0

_STORED = "select count(*) from raw_mail"
_WAITING = "select count(*) from outbox where published_at is null"
_LAST_CLAIM = "select coalesce(max(claimed_at), '') from outbox"


@dataclass(frozen=True)
class Strike:
    """Where to kill: in which stage, and after which share of it."""

    stage: Stage
    share: float


@dataclass
class Importer:
    """`chainmail ingest SOURCE…`, as a process, into one ledger."""

    folder: Path
    sources: tuple[Path, ...]
    settings: Settings
    random_: random.Random
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        """Start it."""
        fields = self.settings.model_dump(exclude_unset=True)
        own = {PREFIX + name.upper(): str(value) for name, value in fields.items()}
        with (self.folder / "ingest.log").open("ab") as log:
            process = subprocess.Popen(
                [PROGRAM, "ingest", *map(str, self.sources), *options],
                cwd=self.folder,
                env={**clean_environment(), **own},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    def finish(self) -> None:
        """Import all that there is, undisturbed."""
        code = self.start().wait(_PATIENCE_S)
        assert code == 0, f"exit code {code}: {self.log()}"

    def strike(self, strike: Strike, delivered: int, *options: str) -> str | None:
        """Start it, and kill it in *strike*'s stage; return where it was hit, None where it was done before.

        *delivered* is how many different mails the source holds.
        """
        before, claim = self.stored(), self._last_claim()
        process = self.start(*options)
        if strike.stage == "starting":
            self._wait(process, lambda: False, strike.share * _STARTING_S)
        elif strike.stage == "storing":
            wanted = before + strike.share * (delivered - before)
            self._wait(process, lambda: self.stored() >= wanted)
            self._wait(process, lambda: False, self.random_.random() * _JITTER_S)
        else:
            self._wait(process, lambda: self._last_claim() != claim)
            self._wait(process, lambda: False, strike.share * _PUBLISHING_S)
        return self.kill(process)

    def _wait(self, process: subprocess.Popen[bytes], until: Callable[[], bool], seconds: float | None = None) -> None:
        """Wait *until* something, or so many seconds, or for the end of the process."""
        deadline_s = time.monotonic() + (_PATIENCE_S if seconds is None else seconds)
        while process.poll() is None and not until():
            if time.monotonic() > deadline_s:
                assert seconds is not None, f"the import stands still: {self.log()}"
                return
            time.sleep(_LOOK_S)

    def kill(self, process: subprocess.Popen[bytes]) -> str | None:
        """End it as `kill -9` does, and nothing else of it; return how far it was, None where it had ended."""
        if process.poll() is not None:
            assert process.returncode == 0, f"exit code {process.returncode}: {self.log()}"
            return None
        orphans = descendants(process.pid)
        kill(psutil.Process(process.pid))
        process.wait()
        _gone, left = psutil.wait_procs(orphans, timeout=_ORPHANS_S)
        words = [orphan.cmdline() for orphan in left]
        for orphan in left:
            kill(orphan)
        assert not left, f"left behind: {words}"
        return f"{self.stored()} stored, {self.waiting()} to be published, {len(orphans)} readers"

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """Ask it to end, as Ctrl-C or a service manager does."""
        process.send_signal(signal.SIGTERM)
        code = process.wait(_PATIENCE_S)
        assert code in {0, 130}, f"exit code {code}: {self.log()}"

    def wait_until_all(self, process: subprocess.Popen[bytes], delivered: int) -> None:
        """Wait until *process* has stored *delivered* different mails and nothing waits to be published."""
        deadline_s = time.monotonic() + _PATIENCE_S
        while self.stored() < delivered or self.waiting():
            assert process.poll() is None, f"exit code {process.returncode}: {self.log()}"
            assert time.monotonic() < deadline_s, f"{self.stored()} of {delivered}, {self.waiting()}: {self.log()}"
            time.sleep(0.05)

    def stored(self) -> int:
        """Return how many mails are in the ledger."""
        return int(self._ask(_STORED) or 0)

    def waiting(self) -> int:
        """Return how many records are still to be published."""
        return int(self._ask(_WAITING) or 0)

    def _last_claim(self) -> str:
        """Return when records were last begun to be published."""
        return str(self._ask(_LAST_CLAIM) or "")

    def _ask(self, query: str) -> object:
        """Return what the ledger answers; None where there is no such table yet."""
        try:
            with closing(sqlite3.connect(f"file:{self.settings.db_path}?mode=ro", uri=True)) as connection:
                return connection.execute(query).fetchone()[0]
        except sqlite3.OperationalError:
            return None

    def log(self) -> str:
        """Return the end of what it said."""
        return (self.folder / "ingest.log").read_text("utf-8", "replace")[-2_000:]

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Yield the ledger."""
        database = Database(self.settings.db_url)
        try:
            yield database
        finally:
            database.close()

    def close(self) -> None:
        """Kill what still runs of a test that failed."""
        for process in self.running:
            if process.poll() is None:
                for child in [*descendants(process.pid), psutil.Process(process.pid)]:
                    child.kill()
                process.wait()


@contextmanager
def importer(folder: Path, bootstrap: str, random_: random.Random, *sources: Path) -> Iterator[Importer]:
    """Yield an importer with an empty ledger in *folder*."""
    folder.mkdir(parents=True)
    name = f"crash-{uuid.uuid4().hex[:12]}"
    settings = Settings(db=str(folder / "mail.db"), kafka_bootstrap=bootstrap, topic=name, group=name, workers=2)
    made = Importer(folder, sources, settings, random_)
    try:
        yield made
    finally:
        made.close()
