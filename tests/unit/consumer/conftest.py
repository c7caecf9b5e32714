"""The stand, for all tests of the consumer."""

from __future__ import annotations

from tests.unit.consumer.stand import stand

__all__ = ["stand"]
