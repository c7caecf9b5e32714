"""The stand and the spans, for all tests of the consumer."""

from __future__ import annotations

from tests.spans import spans, untraced
from tests.unit.consumer.stand import stand

__all__ = ["spans", "stand", "untraced"]
