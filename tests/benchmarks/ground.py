"""The ground of the ingest benchmarks: a large Maildir, one broker, a ledger, and the other programs' own places."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from chainmail.settings import PREFIX
from tests.acceptance.conftest import PROGRAM, clean_environment
from tests.benchmarks.copies import multiply
from tests.benchmarks.metered import Meter, metered

#: Longer than the window in which a subject alone joins.
OLDER_DAYS = 30


@dataclass
class Ground:
    """Where the benchmarks of one run work; `import` fills the ledger that `again` and `live` use."""

    folder: Path
    maildir: Path
    bootstrap: str
    files: int
    topic: str = field(default_factory=lambda: f"ingest-{uuid.uuid4().hex[:12]}")
    #: What the import of this run took.
    import_s: float | None = None

    @property
    def database(self) -> Path:
        """The ledger."""
        return self.folder / "mail.db"

    @property
    def log(self) -> Path:
        """What all programs said beside their output."""
        return self.folder / "log"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of our program."""
        own = {"DB": str(self.database), "KAFKA_BOOTSTRAP": self.bootstrap, "TOPIC": self.topic}
        return {**clean_environment(), **{PREFIX + name: value for name, value in own.items()}}

    def ingest(self) -> tuple[Meter, dict[str, int]]:
        """Run `chainmail ingest` on the Maildir; return what it took, and its counts."""
        self.warm()
        took = metered([PROGRAM, "ingest", str(self.maildir), "--json"], self.log, self.environment)
        return took, json.loads(took.out)

    def warm(self) -> None:
        """Read every file once, so that nobody is measured with a colder page cache than another."""
        for path in (self.maildir / "cur").iterdir():
            path.read_bytes()


def make_maildir(source: Path, target: Path, copies: int) -> int:
    """Write *copies* of the mail in *source* as a Maildir where it is not there yet; return how many files it has."""
    if (target / "cur").is_dir():
        return sum(1 for _path in (target / "cur").iterdir())
    return multiply(source, target, range(copies), older_days=OLDER_DAYS)
