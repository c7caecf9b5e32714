"""What a member counts."""

from __future__ import annotations

import pytest

from consumer.meter import CAUSES, COUNTERS, FAILURES, Meter


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


def test_failures_are_counted_by_cause_and_an_unknown_one_apart() -> None:
    """A cause that nobody listed would stop the member that met it."""
    meter = Meter()
    for cause in ("no_server", "no_server", "never_heard_of"):
        meter.failed(cause)
    counted = {cause: meter.amounts()[FAILURES + cause] for cause in CAUSES}
    assert {cause: count for cause, count in counted.items() if count} == {"no_server": 2, "other": 1}
