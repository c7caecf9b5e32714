"""`make injection`: all attacks against an obedient model, as a Markdown table; exit 1 where one moved something."""

from __future__ import annotations

import sys
from multiprocessing import Pool
from pathlib import Path

from tests.injection import attacks, bipia
from tests.injection.scoring import HARM, Score, score

_FOLDER = Path(__file__).parents[3] / "shared" / "corpora" / "injection" / "bipia"
_PARTS = 16
_SHOWN = 20


def table(scores: dict[str, Score]) -> str:
    """Return *scores* as a Markdown table."""
    names = ["attacks", "obeyed", "dead letters", *HARM, "clean amounts lost"]
    lines = ["| set | " + " | ".join(names) + " |", "|" + " --- |" * (len(names) + 1)]
    for name, each in scores.items():
        counts = [each.attacks, each.obeyed, each.refused, *(each.harm[harm] for harm in HARM), each.lost]
        lines.append(f"| {name} | " + " | ".join(map(str, counts)) + " |")
    return "\n".join(lines)


def _own(part: int) -> Score:
    return score(attacks.case_of(*each) for each in list(attacks.placed())[part::_PARTS])


def _bipia(part: int) -> Score:
    return score(list(bipia.cases(_FOLDER))[part::_PARTS])


def _sum(scores: list[Score]) -> Score:
    total = Score()
    for one in scores:
        total.attacks += one.attacks
        total.obeyed += one.obeyed
        total.refused += one.refused
        total.lost += one.lost
        total.harm += one.harm
        total.where += one.where
    return total


def main() -> int:
    """Print the table, and what moved something."""
    with Pool() as pool:
        scores = {
            "our own list": _sum(pool.map(_own, range(_PARTS))),
            "BIPIA, all": _sum(pool.map(_bipia, range(_PARTS), chunksize=1)),
        }
    print(table(scores))
    moved = [where for each in scores.values() for where in each.where]
    print("\n".join(moved[:_SHOWN]), file=sys.stderr)
    return int(bool(moved))


if __name__ == "__main__":
    sys.exit(main())
