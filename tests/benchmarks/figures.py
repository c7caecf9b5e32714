"""What a benchmark hands back, and how a table of it looks."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import psutil


@dataclass(frozen=True)
class Figure:
    """One measured number; *goal* is what it has to reach, without one it is only told."""

    what: str
    value: float
    unit: str = ""
    goal: float | None = None
    wants: Literal["at least", "at most", "exactly"] = "at least"
    digits: int = 2

    @property
    def is_reached(self) -> bool:
        """Whether the goal is met; true without one."""
        if self.goal is None:
            return True
        shown = round(self.value, self.digits)
        return {"at least": shown >= self.goal, "at most": shown <= self.goal, "exactly": shown == self.goal}[
            self.wants
        ]

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The columns of a table."""
        measured = f"{self.value:,.{self.digits}f} {self.unit}".strip()
        goal = f"{self.wants} {self.goal:g} {self.unit}".strip() if self.goal is not None else ""
        return self.what, measured, goal, "yes" if self.goal is not None and self.is_reached else "NO" if goal else ""


HEAD = ("what", "measured", "wanted", "reached")


def as_text(figures: Sequence[Figure]) -> str:
    """Return an aligned table for a terminal."""
    rows = [HEAD, *(figure.cells for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def as_markdown(figures: Sequence[Figure]) -> str:
    """Return the table for docs/delivery.md."""
    rows = [HEAD, ("---",) * len(HEAD), *(figure.cells for figure in figures)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def machine() -> str:
    """Return in one line what was measured on, and how busy it was beside."""
    memory_gb = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory_gb:.0f} GB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.2f} at the start, {datetime.now(UTC):%Y-%m-%d}"
    )
