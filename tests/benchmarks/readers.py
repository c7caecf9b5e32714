"""How much processor time reading an email takes without a model: new text, readers, rules, people and summary.

Run: python tests/benchmarks/readers.py FOLDER [PATTERN]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from consumer.analysis.action_readings import actions_of
from consumer.analysis.day_readings import days_of
from consumer.analysis.new_text import passages_of
from consumer.analysis.people import people
from consumer.analysis.places import each
from consumer.analysis.readers import amounts, references
from consumer.analysis.reading import Reading
from consumer.analysis.readings import read_chain
from consumer.analysis.rules import judge
from consumer.analysis.summary import next_step, summary
from schemas.chain import Chain
from tests.mail_files import chains_of, emails_of

_T = TypeVar("_T")


class Clock:
    """Milliseconds of processor time an email, by step: those of a chain are shared by its emails."""

    def __init__(self) -> None:
        self.took_ms: dict[str, list[float]] = defaultdict(list)

    def time(self, step: str, emails: int, work: Callable[[], _T]) -> _T:
        """Return what *work* returns, and note what it took."""
        started_s = time.thread_time()
        result = work()
        self.took_ms[step] += [(time.thread_time() - started_s) * 1000 / emails] * emails
        return result


def main() -> None:
    """Read a folder of mail and print milliseconds an email."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("pattern", nargs="?", default="*")
    arguments = parser.parse_args()
    files = (path for path in sorted(arguments.folder.rglob(arguments.pattern)) if path.is_file())
    chains = chains_of(emails_of(path.read_bytes() for path in files))
    clock = Clock()
    for chain in chains:
        _alone(clock, chain)
        clock.time("all of a record by code", len(chain.emails), lambda: _whole(chain))  # noqa: B023 - called at once
    print(f"{sum(len(chain.emails) for chain in chains)} emails in {len(chains)} chains; ms of processor time an email")
    for step, took_ms in clock.took_ms.items():
        took_ms.sort()
        print(
            f"{step:24} mean {statistics.fmean(took_ms):6.2f}  p50 {statistics.median(took_ms):6.2f}  "
            f"p95 {took_ms[int(len(took_ms) * 0.95)]:6.2f}  max {took_ms[-1]:7.1f}"
        )


def _alone(clock: Clock, chain: Chain) -> None:
    """Time each reader by itself."""
    count = len(chain.emails)
    passages = clock.time("new text", count, lambda: passages_of(chain))
    clock.time("amounts", count, lambda: list(each(chain, passages, amounts.read)))
    clock.time("references", count, lambda: list(each(chain, passages, references.read)))
    days = clock.time("dates", count, lambda: days_of(chain, passages))
    clock.time("actions", count, lambda: actions_of(chain, passages))
    clock.time("rules", count, lambda: judge(chain, passages, days))
    clock.time("people", count, lambda: people(chain))


def _whole(chain: Chain) -> None:
    passages = passages_of(chain)
    readings = read_chain(chain, passages)
    ruled = judge(chain, passages, readings.dates)
    reading = Reading(chain=chain, passages=passages, readings=readings, ruled=ruled, people=people(chain))
    summary(reading)
    next_step(reading)


if __name__ == "__main__":
    main()
