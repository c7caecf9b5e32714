"""A process that asks the model server of its settings: `python -m tests.servers.model_client FOLDER CALLS THREADS`.

It says `ready` when it knows the server, begins when a line comes in, and ends with its counters as JSON.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from chainmail.settings import load
from consumer.analysis.models.select import model_server
from consumer.analysis.models.server import Prompt
from consumer.analysis.wire import wire_schema
from consumer.meter import Meter


def main() -> None:
    """Ask."""
    folder, calls, threads = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    meter = Meter()
    server = model_server(load(), meter=meter, folder=folder)
    server.identity()
    print("ready", flush=True)
    sys.stdin.readline()

    def ask(number: int) -> None:
        server.complete(Prompt(system="Answer.", user=f"Mail {number}."), wire_schema(900), 900)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(ask, range(calls)))
    print(json.dumps(meter.amounts()), flush=True)
    server.close()


if __name__ == "__main__":
    main()
