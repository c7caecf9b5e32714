"""When a mail was sent, and by whose clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from producer.headers import split
from producer.sent import Sent, sent

NOW = datetime(2026, 11, 10, tzinfo=UTC)
RECEIVED = b"Received: by x; Mon, 2 Nov 2026 09:00:00 +0000\n"
DATED = b"Date: Mon, 2 Nov 2026 08:30:00 +0000\n"
ARRIVED = datetime(2026, 11, 3, tzinfo=UTC)


def sent_of(head: bytes, *, arrived_at: datetime | None = None) -> Sent:
    """Return when the mail with the header lines *head* was sent."""
    return sent(split(b"Subject: s\n" + head + b"\n"), arrived_at=arrived_at, now=NOW)


@pytest.mark.parametrize(
    ("head", "arrived_at", "expected"),
    [
        (DATED + RECEIVED, ARRIVED, (datetime(2026, 11, 2, 8, 30, tzinfo=UTC), "date")),
        (RECEIVED, ARRIVED, (datetime(2026, 11, 2, 9, tzinfo=UTC), "received")),
        (b"Date: soon\n" + RECEIVED, ARRIVED, (datetime(2026, 11, 2, 9, tzinfo=UTC), "received")),
        (b"", ARRIVED, (ARRIVED, "arrived")),
        (b"Date: soon\nReceived: by x\n", ARRIVED, (ARRIVED, "arrived")),
        (b"", None, (None, "none")),
    ],
)
def test_sent_takes_the_nearest_clock_that_can_be_read(
    head: bytes, arrived_at: datetime | None, expected: tuple[datetime | None, str]
) -> None:
    """Mail without a Date would fall out of the order, or its time would not say where it is from."""
    found = sent_of(head, arrived_at=arrived_at)
    assert (found.at, found.at_from) == expected


def test_sent_takes_the_topmost_received_that_has_a_time() -> None:
    """The last relay is the nearest to the arrival; one that writes no time would hide the others."""
    older = b"Received: by z; Sun, 1 Nov 2026 09:00:00 +0000\n"
    assert sent_of(RECEIVED + older).at == datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert sent_of(b"Received: by a, no time\n" + older).at == datetime(2026, 11, 1, 9, tzinfo=UTC)


def test_sent_takes_the_first_date_that_can_be_read() -> None:
    """A second Date, as broken gateways add it, would make both unreadable."""
    assert sent_of(b"Date: soon\n" + DATED).at == datetime(2026, 11, 2, 8, 30, tzinfo=UTC)


def test_sent_keeps_the_day_where_the_sender_was() -> None:
    """'Tomorrow' would be counted from the wrong day."""
    found = sent_of(b"Date: Mon, 2 Nov 2026 23:30:00 -0800\n")
    assert (found.at, str(found.on)) == (datetime(2026, 11, 3, 7, 30, tzinfo=UTC), "2026-11-02")
    assert sent_of(RECEIVED).on is None


@pytest.mark.parametrize(
    ("head", "arrived_at", "ahead"),
    [
        (b"Date: Tue, 3 Nov 2026 08:00:00 +0000\n" + RECEIVED, None, False),
        (b"Date: Tue, 3 Nov 2026 10:00:00 +0000\n" + RECEIVED, None, True),
        # What the relay wrote counts before what the container says: an archive may have been copied later.
        (b"Date: Thu, 5 Nov 2026 10:00:00 +0000\n" + RECEIVED, datetime(2026, 11, 9, tzinfo=UTC), True),
        (b"Date: Thu, 5 Nov 2026 10:00:00 +0000\n", ARRIVED, True),
        (b"Date: Thu, 5 Nov 2026 10:00:00 +0000\n", None, False),
        (b"Date: Thu, 12 Nov 2026 10:00:00 +0000\n", None, True),
        # A relay whose own clock is ahead proves nothing.
        (b"Date: Fri, 1 Jan 2100 00:00:00 +0000\nReceived: by x; Fri, 1 Jan 2100 00:00:00 +0000\n", None, True),
        (b"Received: by x; Fri, 1 Jan 2100 00:00:00 +0000\n", None, True),
    ],
)
def test_sent_flags_a_time_in_the_future_of_the_arrival(head: bytes, arrived_at: datetime | None, ahead: bool) -> None:
    """A wrong clock would put a mail on top for years, or a wrong zone would be called a wrong clock."""
    found = sent_of(head, arrived_at=arrived_at)
    assert found.ahead is ahead
    assert ("the date lies in the future of the arrival" in found.defects) is ahead


def test_sent_names_a_date_that_cannot_be_read_and_not_one_that_is_missing() -> None:
    """Drafts would be called damaged, or a wrong order would have no reason."""
    assert sent_of(b"Date: soon\n").defects == ("the date could not be read",)
    assert sent_of(b"").defects == ()
