"""Where the words of our prompts come from: the package, or a folder of a person who tries others.

One process uses one set: an analyser's id is made of its words.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path


class _Place:
    """The folder that is looked into before the package."""

    folder: Path | None = None


def prompts_from(folder: Path | None) -> None:
    """Take the prompts that stand in *folder* in place of the packaged ones; None: the packaged ones alone."""
    _Place.folder = folder


def prompt_text(name: str) -> str:
    """Return the words of the prompt *name*."""
    return _read(_Place.folder, name)


@cache
def _read(folder: Path | None, name: str) -> str:
    packaged = resources.files("consumer.analysis").joinpath("prompts")
    own = folder / f"{name}.md" if folder is not None else None
    source: Traversable | Path = own if own is not None and own.is_file() else packaged.joinpath(f"{name}.md")
    return source.read_text("utf-8").strip()
