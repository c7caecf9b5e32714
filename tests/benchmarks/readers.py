"""How much processor time reading an email takes without a model: new text, readers and rules.

Run: python tests/benchmarks/readers.py FOLDER [PATTERN]
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from consumer.analysis.new_text import passages_of
from consumer.analysis.readings import read_chain
from consumer.analysis.rules import judge
from tests.mail_files import chains_of, emails_of


def main() -> None:
    """Read a folder of mail and print milliseconds an email."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("pattern", nargs="?", default="*")
    arguments = parser.parse_args()
    files = (path for path in sorted(arguments.folder.rglob(arguments.pattern)) if path.is_file())
    chains = chains_of(emails_of(path.read_bytes() for path in files))
    took_ms: list[float] = []
    for chain in chains:
        started_s = time.thread_time()
        spans = passages_of(chain)
        judge(chain, spans, read_chain(chain, spans).dates)
        took_ms += [(time.thread_time() - started_s) * 1000 / len(chain.emails)] * len(chain.emails)
    took_ms.sort()
    print(
        f"{len(took_ms)} emails in {len(chains)} chains: mean {statistics.fmean(took_ms):.2f} ms, "
        f"median {statistics.median(took_ms):.2f}, p95 {took_ms[int(len(took_ms) * 0.95)]:.2f}, "
        f"slowest {took_ms[-1]:.1f} ms of processor time an email"
    )


if __name__ == "__main__":
    main()
