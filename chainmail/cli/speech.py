"""What the command line says: data to stdout, progress and words to stderr, exit codes of one meaning each."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, Protocol

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from chainmail.cli.untrusted import Screen, in_json

#: For people: progress and words.
ERR = Screen(stderr=True, soft_wrap=True)
#: For people as well, where a command prints a table instead of `--json`.
OUT = Screen(width=None if sys.stdout.isatty() or os.environ.get("COLUMNS") else 140)

#: Where no terminal shows a bar, a line says how far it is this often.
_LINE_S = 30.0
_HANG = 4


class Exit(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    FAILURES = 1
    USAGE = 2
    UNREACHABLE = 3
    INTERRUPTED = 130


class Stop(Exception):  # noqa: N818 - it ends a command, not always in error
    """End the command with *code* after saying *message*."""

    def __init__(self, code: Exit, message: str = "") -> None:
        super().__init__(message)
        self.code = code


def say(words: str) -> None:
    """Tell a person, on stderr."""
    ERR.print(words)


def print_hanging(words: str | Text) -> None:
    """Print for people; from the second line on it is indented, so that no part of it passes for a line of its own."""
    text = Text(words) if isinstance(words, str) else words
    first, *rest = text.wrap(OUT, max(1, OUT.width - _HANG))
    OUT.print(first)
    for line in rest:
        OUT.print(Text(" " * _HANG).append_text(line))


def print_json(data: Any) -> None:
    """Print data for programs, on stdout."""
    sys.stdout.write(in_json(json.dumps(data, ensure_ascii=False, indent=2)) + "\n")


class Advance(Protocol):
    """Is told how far a step is: *by* more, or *done* of *total*, and in which words."""

    def __call__(
        self, by: int = 0, *, done: int | None = None, total: int | None = None, words: str | None = None
    ) -> None:
        """Show it."""


@contextmanager
def bar(words: str, total: int | None = None) -> Iterator[Advance]:
    """Show progress on stderr while the block runs; where that is no terminal, a line now and then instead."""
    if not ERR.is_terminal:
        say(f"{words} …")
        yield _Lines(words, total)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=ERR, transient=True) as progress:
        task = progress.add_task(words, total=total)

        def advance(
            by: int = 0, *, done: int | None = None, total: int | None = None, words: str | None = None
        ) -> None:
            progress.update(task, advance=by if done is None else None, completed=done, total=total, description=words)

        yield advance


class _Lines:
    """Progress as lines of a log: none more often than every half a minute."""

    def __init__(self, words: str, total: int | None) -> None:
        self._words, self._total, self._done = words, total, 0
        self._said_s = time.monotonic()

    def __call__(
        self, by: int = 0, *, done: int | None = None, total: int | None = None, words: str | None = None
    ) -> None:
        self._done = self._done + by if done is None else done
        self._total, self._words = total or self._total, words or self._words
        if time.monotonic() - self._said_s >= _LINE_S:
            self._said_s = time.monotonic()
            say(f"{self._words}: {self._done}" + (f" of {self._total}" if self._total else ""))


def human_duration(seconds: float) -> str:
    """Return a duration as people say it: `40 s`, `12 min`, `3.5 h`, `2.1 days`."""
    for unit, size in (("days", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
        if seconds >= size * 1.5:
            return f"{seconds / size:.1f} {unit}".replace(".0 ", " ")
    return f"{seconds:.0f} s"


def human_bytes(count: float) -> str:
    """Return a size as people say it."""
    for unit in ("B", "kB", "MB"):
        if count < 1_000:  # noqa: PLR2004 - the step between units
            return f"{count:.0f} {unit}"
        count /= 1_000
    return f"{count:.1f} GB"
