"""What can go wrong with the embedded stack; every message says what to do."""

from __future__ import annotations

EXTRA_MISSING = "{name} is not installed: `pip install 'chainmail[local]'` brings the embedded stack"


class StackError(RuntimeError):
    """Something that the embedded stack needs is missing, wrong or does not start."""


class HomeBusyError(StackError):
    """Another process holds the home."""
