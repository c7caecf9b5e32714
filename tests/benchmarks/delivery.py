"""The figures of delivery: speed-up, own cost, what is stored already, recovery, chaos, the live lane.

Run: python tests/benchmarks/delivery.py [NAME…] [--markdown]
Everything is measured over the program as processes, a broker of its own and a model server of set delay.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from tests.benchmarks import recovery, throughput
from tests.benchmarks.bench import Bench, bench
from tests.benchmarks.figures import Figure, as_markdown, as_text, machine

BENCHMARKS: dict[str, Callable[[Bench], list[Figure]]] = {
    "members": throughput.members,
    "own-cost": throughput.own_cost,
    "stored-already": throughput.stored_already,
    "in-flight": throughput.in_flight,
    "killed-alone": recovery.killed_alone,
    "killed-restarted": recovery.killed_and_restarted,
    "planned-stop": recovery.planned_stop,
    "long-calls": throughput.long_calls,
    "live-lane": recovery.live_lane,
    "chaos": recovery.chaos,
}


def main() -> int:
    """Measure what is named (without names: all) and print the table; 1 where a figure is not reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; all unless given")
    parser.add_argument("--markdown", action="store_true", help="print the table for docs/delivery.md")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - BENCHMARKS.keys()
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    measured_on, found = machine(), []
    with bench() as ground:
        for name in arguments.names or BENCHMARKS:
            started_s = time.monotonic()
            found += BENCHMARKS[name](ground)
            print(f"{name}: {time.monotonic() - started_s:.0f} s", flush=True)
    print(f"\n{measured_on}\n")
    print(as_markdown(found) if arguments.markdown else as_text(found))
    return 0 if all(figure.is_reached for figure in found) else 1


if __name__ == "__main__":
    raise SystemExit(main())
