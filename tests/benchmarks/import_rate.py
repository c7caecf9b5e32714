"""How fast mail is imported: ours from files to acknowledged by the broker, notmuch and mu into their indexes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from sqlite3 import connect

from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import Ground
from tests.benchmarks.metered import Meter, metered

_MB = 1024 * 1024


def first_import(ground: Ground) -> list[Figure]:
    """Import all into an empty ledger, and publish it."""
    took, counts = ground.ingest()
    _check_published(ground, counts)
    ground.import_s = took.took_s
    what = f"import of {counts['messages']:,} mails ({counts['chains']:,} chains), published"
    return [
        Figure(what, counts["messages"] / took.took_s, "mails/s", digits=0),
        *_details(took),
        Figure("… memory, main process, at most", took.main_bytes / _MB, "MB", digits=0),
        Figure("… memory, all processes, at most", took.all_bytes / _MB, "MB", 400, "at most", digits=0),
        Figure("… of it not mapped from files, at most", took.own_bytes / _MB, "MB", digits=0),
        Figure("… ledger on disk", ground.database.stat().st_size / _MB, "MB", digits=0),
    ]


def _check_published(ground: Ground, counts: dict[str, int]) -> None:
    """Refuse figures of an import that is not done."""
    with closing(connect(ground.database)) as ledger:
        (waiting,) = ledger.execute("select count(*) from outbox where published_at is null").fetchone()
        (chains,) = ledger.execute("select count(distinct chain_id) from outbox where offset is not null").fetchone()
    assert (waiting, chains) == (0, counts["chains"]), f"{waiting} wait, {chains} of {counts['chains']} published"


def again(ground: Ground) -> list[Figure]:
    """Import what is there already."""
    took, counts = ground.ingest()
    return [
        Figure(f"the same {ground.files:,} files again", ground.files / took.took_s, "files/s", 10_000, digits=0),
        *_details(took),
        Figure("… memory, all processes, at most", took.all_bytes / _MB, "MB", 400, "at most", digits=0),
        Figure("… published", counts["published"], "", 0, "exactly", digits=0),
    ]


def _details(took: Meter) -> list[Figure]:
    return [
        Figure("… in", took.took_s, "s", digits=1),
        Figure("… CPU of all its processes (the broker's is not in it)", took.cpu_s, "s", digits=1),
    ]


@dataclass(frozen=True)
class Peer:
    """Another program that indexes mail; we want to be so many times as fast."""

    name: str
    package: str
    index: Callable[[Ground], list[Meter]]
    times: float


def _notmuch(ground: Ground) -> list[Meter]:
    place = ground.folder / "notmuch"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    configuration = place / "config"
    configuration.write_text(
        f"[database]\npath={place}\nmail_root={ground.maildir}\nhook_dir={place}/hooks\n"
        "[user]\nname=Benchmark\nprimary_email=benchmark@acme.example\n"
        "[new]\ntags=new\n[maildir]\nsynchronize_flags=false\n",
        "utf-8",
    )
    environment = {**os.environ, "NOTMUCH_CONFIG": str(configuration)}
    return [metered(["notmuch", "new", "--quiet"], ground.log, environment)]


def _mu(ground: Ground) -> list[Meter]:
    place = ground.folder / "mu"
    shutil.rmtree(place, ignore_errors=True)
    home = f"--muhome={place}"
    commands = (["mu", "init", home, f"--maildir={ground.maildir}", "--quiet"], ["mu", "index", home, "--quiet"])
    return [metered(command, ground.log) for command in commands]


PEERS = (
    Peer("notmuch new", "notmuch", _notmuch, 4),
    Peer("mu init, mu index", "maildir-utils", _mu, 2),
)


def peers(ground: Ground) -> list[Figure]:
    """Index the same files with the other programs, and compare them with our import into an empty ledger."""
    found = []
    for peer in PEERS:
        if shutil.which(peer.name.split()[0]) is None:
            print(f"{peer.name}: not here; apt install {peer.package}", flush=True)
            continue
        ground.warm()
        took = peer.index(ground)
        took_s = sum(part.took_s for part in took)
        found += [
            Figure(peer.name, ground.files / took_s, "files/s", digits=0),
            Figure("… CPU", sum(part.cpu_s for part in took), "s", digits=1),
            Figure("… memory at most", max(part.all_bytes for part in took) / _MB, "MB", digits=0),
        ]
        if ground.import_s:
            found.append(Figure(f"our import against {peer.name}", took_s / ground.import_s, "x", peer.times))
    return found
