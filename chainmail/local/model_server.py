"""The embedded model server: llama.cpp with the toy model, OpenAI-compatible, in a process of its own.

`python -m chainmail.local.model_server GGUF PORT SLOTS`: the server runs in the process that imports it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import urllib.error
import urllib.request
from importlib.util import find_spec
from pathlib import Path

from chainmail.local import servers, toy_model
from chainmail.local.cache import Progress
from chainmail.local.errors import EXTRA_MISSING, StackError
from chainmail.local.servers import Server

#: Context of each slot.
CONTEXT_TOKENS = 4_096
_START_TIMEOUT_S = 90.0
#: A proxy of the environment does not know this host's own ports.
_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def start(home: Path, slots: int, on_progress: Progress) -> tuple[Server, str]:
    """Start the model server of *home* and return it with its base address, once it answers.

    Raises:
        StackError: The `local` extra is missing, or the server does not start.
    """
    if find_spec("xllamacpp") is None:
        raise StackError(EXTRA_MISSING.format(name="xllamacpp"))
    gguf = toy_model.fetch(on_progress)
    on_progress("model server", 0, 1)
    port = servers.free_port()
    command = [sys.executable, "-P", "-m", "chainmail.local.model_server", str(gguf), str(port), str(slots)]
    server = servers.start("model server", command, home / "logs" / "model.log")
    url = f"http://127.0.0.1:{port}"
    server.wait_until(lambda: _healthy(url), _START_TIMEOUT_S)
    on_progress("model server", 1, 1)
    return server, url


def _healthy(url: str) -> bool:
    try:
        with _NO_PROXY.open(f"{url}/health", timeout=1) as response:
            return bool(response.status == 200)  # noqa: PLR2004 - HTTP
    except (urllib.error.URLError, OSError):
        return False


def main() -> int:
    """Serve until SIGTERM."""
    # Threads that wait must sleep: spinning on cores that others want made it 30 times slower. Read at import.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    import xllamacpp

    gguf, port, slots = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    parameters = xllamacpp.CommonParams()
    parameters.model.path = gguf
    parameters.model_alias = {toy_model.NAME}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    parameters.n_parallel = slots
    parameters.n_ctx = CONTEXT_TOKENS * slots
    parameters.cache_prompt = True
    parameters.cache_ram_mib = 256
    parameters.warmup = False
    parameters.fit_params = False
    parameters.ui = False
    parameters.cors_origins = "http://localhost"  # no web page may ask it
    parameters.cors_origins_explicit = True
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    server = xllamacpp.Server(parameters)
    ended.wait()
    del server
    return 0


if __name__ == "__main__":
    sys.exit(main())
