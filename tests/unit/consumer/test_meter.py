"""What a member counts."""

from __future__ import annotations

import pytest

from consumer.meter import COUNTERS, Meter


def test_meter_has_every_counter_from_the_start() -> None:
    """A dashboard would show no retries until the first, and take that for a gap."""
    meter = Meter()
    assert set(meter.amounts()) == set(COUNTERS)
    meter.add(retries=1, model_s=2.5)
    meter.add(retries=1)
    assert (meter.amounts()["retries"], meter.amounts()["model_s"], meter.amounts()["commits"]) == (2, 2.5, 0)


def test_meter_refuses_a_name_that_no_metric_has() -> None:
    """A mistyped counter would stay at 0 for ever."""
    with pytest.raises(KeyError):
        Meter().add(retrys=1)
