"""A real Ollama with a small model for tests; `python -m tests.servers.ollama` builds what is missing beforehand.

Found on the PATH or in the user's cache folder, else built by `../shared/tools/build-ollama` (needs Go), which takes
minutes: so the Makefile does it before the tests, with its output to see.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chainmail.local import servers, toy_model
from chainmail.local.cache import cache_folder

BUILDER = Path(__file__).parents[3] / "shared" / "tools" / "build-ollama"
MODEL = "smollm2"
_MEND = "install Ollama from ollama.com, so that `ollama` stands on the PATH"
#: One thread: several wait for one another by spinning, and beside any other work each token takes a second.
_TEMPLATE = '''FROM {gguf}
TEMPLATE """{{{{- range .Messages }}}}<|im_start|>{{{{ .Role }}}}
{{{{ .Content }}}}<|im_end|>
{{{{ end }}}}<|im_start|>assistant
"""
PARAMETER stop <|im_end|>
PARAMETER num_thread 1
'''


def found() -> str | None:
    """Return the path of an Ollama program, or None."""
    cached = sorted(cache_folder("ollama").glob("*/ollama"))
    return shutil.which("ollama") or (str(cached[-1]) if cached else None)


def build() -> None:
    """Build Ollama into the user's cache folder where there is none and the means are there."""
    if found() or not BUILDER.exists() or not shutil.which("go"):
        return
    version = re.search(r"^version=v(\S+)", BUILDER.read_text("utf-8"), re.MULTILINE)
    place = cache_folder("ollama") / (version[1] if version else "built")
    sys.stderr.write(f"building a test server: Ollama into {place} (minutes, once)\n")
    subprocess.run(["bash", str(BUILDER), str(place)], check=False, stdout=subprocess.DEVNULL)


@contextmanager
def ollama(home: Path, parallel: int = 2) -> Iterator[str]:
    """Yield the base address of a running Ollama that has `MODEL`; it ends with the block."""
    from tests.servers.require import lacking

    program = found()
    if program is None:
        lacking("Ollama", _MEND)
    port = servers.free_port()
    address = f"127.0.0.1:{port}"
    own = {"OLLAMA_HOST": address, "OLLAMA_MODELS": str(home / "models"), "OLLAMA_NUM_PARALLEL": str(parallel)}
    environment = {**os.environ, **own, "HOME": str(home)}
    server = servers.start("Ollama", [program, "serve"], home / "ollama.log", env=environment)
    try:
        server.wait_until(lambda: servers.answers(port), 60)
        modelfile = home / "Modelfile"
        modelfile.write_text(_TEMPLATE.format(gguf=toy_model.fetch()), "utf-8")
        create = [program, "create", MODEL, "-f", str(modelfile)]
        subprocess.run(create, check=True, env=environment, capture_output=True, timeout=120)
        yield f"http://{address}"
    finally:
        server.stop()


if __name__ == "__main__":
    build()
