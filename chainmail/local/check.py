"""One thing that `doctor` looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Check:
    """One dependency; `mend` is what to do where it is not `ok`."""

    name: str
    ok: bool
    detail: str
    mend: str = ""
