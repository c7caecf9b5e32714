"""The spans, for all tests of telemetry."""

from __future__ import annotations

from tests.spans import spans, untraced

__all__ = ["spans", "untraced"]
