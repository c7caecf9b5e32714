"""How long new rules of the house take on 25,000 stored chains: `python tests/benchmarks/rules_only.py [CHAINS]`.

The ledger is synthetic: three emails of some 1,500 characters a chain, analysed by code. The rules are larger than a
company's usual ones; every chain has to be read, because any keyword may stand in any mail.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, insert

sys.path.insert(0, str(Path(__file__).parents[2]))

from consumer.analysis.by_code import CodeAnalyser
from schemas.analysis import Analysis
from schemas.chain import Address, Chain, hash_of_emails, hash_of_root
from storage import analysers
from storage.tables import AnalysisRow
from tests.acceptance.conftest import PROGRAM, clean_environment
from tests.ledgers import chain, keep, new_ledger

CHAINS = 25_000
_BATCH = 500
_WORDS = (
    "the gloves cartons arrive with our carrier and must be signed for at the gate by somebody from the store which "
    "opens early; delivery note price steel rings mesh order sample curtain welding invoice total quantity please"
).split()
_RULES = {
    "own": [f"@house-{number}.example" for number in range(3)],
    "own_currency": "EUR",
    "vip": {"senders": [f"boss-{number}@partner.example" for number in range(20)]},
    "customers": {"senders": [f"@customer-{number}.example" for number in range(50)]},
    "keywords": [
        {"words": [f"keyword {group} {number}" for number in range(10)] + ["line stop"], "raise_to": "high"}
        for group in range(4)
    ],
    "patterns": [
        {"kind": kind, "regex": rf"\b{prefix}-(\d{{4,6}})\b"}
        for kind, prefix in (("order", "SO"), ("quote", "QU"), ("part", "PN"), ("product", "RW"), ("ticket", "TK"))
    ],
}


def main(count: int) -> None:
    """Build the ledger, apply the rules twice (the second time there is nothing to do), and print the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began_s = time.monotonic()
        build(folder, count)
        size_mb = (folder / "mail.db").stat().st_size / 1e6
        print(f"ledger of {count:,} chains, {3 * count:,} emails: {size_mb:,.0f} MB, built in {_since(began_s)}")
        (folder / "priority.toml").write_text(toml(), "utf-8")
        for what in ("new rules", "the same rules again"):
            began_s, began_cpu_s = time.monotonic(), _cpu_s()
            found = rules_only(folder)
            took = f"{_since(began_s)} ({_cpu_s() - began_cpu_s:.1f} s of one core)"
            print(f"{what}: {took}; {found['analyses']:,} analyses written, {found['moved']:,} moved")
        peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"peak memory of the command: {peak_mb:,.0f} MB")


def rules_only(folder: Path) -> dict[str, int]:
    """Run the command as its user does."""
    environment = {**clean_environment(), "CHAINMAIL_DB": "mail.db"}
    words = [PROGRAM, "reanalyse", "--rules-only", "--json"]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    found: dict[str, int] = json.loads(done.stdout)
    return found


def build(folder: Path, count: int) -> None:
    """Make the ledger with its analyses."""
    dice = random.Random(7)
    analyser = CodeAnalyser()
    templates = [analyser.analyse(written(number, dice)) for number in range(20)]
    with closing(new_ledger(folder)) as database:
        for start in range(0, count, _BATCH):
            with database.write() as connection:
                for number in range(start, min(start + _BATCH, count)):
                    of = written(number, dice)
                    keep(connection, of)
                    add(connection, of, templates[number % len(templates)])


def written(number: int, dice: random.Random) -> Chain:
    """Return a chain of three emails; every tenth is a VIP's, every fifth names numbers of the house."""
    of = chain(f"synthetic-{number}", revision=3)
    senders = (f"boss-{number % 20}@partner.example" if number % 10 == 0 else f"ann@customer-{number % 90}.example",)
    emails = tuple(
        each.model_copy(update={"text": text(number, dice), "sender": Address(address=senders[0])})
        for each in of.emails
    )
    ids = [each.email_id for each in emails]
    root = hash_of_root(f"synthetic-{number}")
    return of.model_copy(update={"emails": emails, "chain_id": root, "chain_hash": hash_of_emails(ids)})


def text(number: int, dice: random.Random) -> str:
    """Return some 1,500 characters in short paragraphs."""
    paragraphs = [" ".join(dice.choices(_WORDS, k=45)) + "." for _ in range(5)]
    if number % 5 == 0:
        paragraphs.insert(2, f"It is about SO-{100_000 + number} and PN-{number:05}; we pay EUR {number}.50 by Friday.")
    return "\n\n".join(paragraphs)


def add(connection: Connection, of: Chain, template: Analysis) -> None:
    """Store an analysis of *of* with what was read in another one: only its size matters."""
    same = {"chain_id": of.chain_id, "chain_hash": of.chain_hash, "revision": of.revision}
    made = template.model_copy(update=same)
    analysers.note(connection, made)
    columns = ("chain_id", "chain_hash", "revision", "analyser_id", "summary", "analysed_at", "made_by")
    row = {name: getattr(made, name) for name in columns}
    row |= {"priority": made.priority.value, "model_priority": made.priority.value, "category": made.category.value}
    row |= {"confidence": made.confidence.score, "model": made.model_use.model, "repairs": 0, "model_s": 0.1}
    row |= {"record": made.model_dump_json(), "house": {}, "house_version": ""}
    connection.execute(insert(AnalysisRow), row)


def toml() -> str:
    """Return the rules as a file."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield f"own = {json.dumps(_RULES['own'])}"
    yield f"own_currency = {json.dumps(_RULES['own_currency'])}"
    for name in ("vip", "customers"):
        yield f"[{name}]\nsenders = {json.dumps(_RULES[name]['senders'])}"  # type: ignore[call-overload] # a table
    for name in ("keywords", "patterns"):
        for each in _RULES[name]:
            yield f"[[{name}]]"
            yield from (f"{key} = {json.dumps(value)}" for key, value in each.items())  # type: ignore[attr-defined]


def _cpu_s() -> float:
    """Return what the commands have computed so far: the wall clock also counts what else the machine does."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _since(began_s: float) -> str:
    return f"{time.monotonic() - began_s:.1f} s"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CHAINS)
