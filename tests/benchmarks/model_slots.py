"""What the gate before a model server costs: a call where a slot is free, and a slot while others wait for it."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.model_pools import MemoryHost, Stand
from tests.servers.fake_model import FakeModel

_ROOT = Path(__file__).parents[2]
_CALL_S = 0.5


def free_call_us(calls: int = 2_000) -> float:
    """Return the median cost of a call of a model of no delay, in microseconds."""
    with TemporaryDirectory() as folder:
        stand = Stand(Path(folder), (MemoryHost(slots=4), MemoryHost(slots=4)))
        stand.ask()
        stand.ask_due()
        costs = []
        for _ in range(calls):
            began_s = time.perf_counter()
            stand.ask()
            costs.append(time.perf_counter() - began_s)
    return statistics.median(costs) * 1e6


def idle_share(slots: int, processes: int, threads: int, calls: int) -> float:
    """Return the share of time that slots are idle between the first and the last call while all have work."""
    with FakeModel(delay_s=_CALL_S, slots=slots) as fake, TemporaryDirectory() as folder:
        own = {"CHAINMAIL_MODEL_SERVER": "openai", "CHAINMAIL_MODEL_URL": fake.url, "CHAINMAIL_MODEL": fake.model}
        command = [sys.executable, "-m", "tests.servers.model_client", folder, str(calls), str(threads)]
        started = [
            subprocess.Popen(
                command, cwd=_ROOT, env=os.environ | own, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            for _ in range(processes)
        ]
        for process in started:
            assert process.stdout
            process.stdout.readline()
        for process in started:
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()
        for process in started:
            process.communicate()
        # As long as at least as many are still to come as there are slots, all have work.
        whole = sorted(fake.calls, key=lambda call: call.started_s)
        until_s = whole[-slots].started_s
        busy_s = sum(min(call.ended_s or 0, until_s) - call.started_s for call in whole if call.started_s < until_s)
        return 1 - busy_s / (slots * (until_s - whole[0].started_s))


def main() -> None:
    """Print the figures."""
    figures: dict[str, object] = {"free call, two hosts (us)": round(free_call_us())}
    for slots, processes, threads, calls in ((4, 4, 2, 10), (1, 3, 1, 8)):
        name = f"idle share of {slots} slots, {processes} processes x {threads}, {_CALL_S} s a call"
        figures[name] = round(idle_share(slots, processes, threads, calls), 4)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
