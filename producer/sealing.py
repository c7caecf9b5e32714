"""Records of nobody's that let Kafka clean: behind a tombstone, a later record has to close the segment.

Kafka never cleans the segment that it writes to, and looks whether that is old enough (`segment.ms`) only when a record
comes. In a partition where nothing comes any more, what a tombstone deletes would stay on the disk for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from chainmail.records import Cleaning
from producer.publish import Outbox
from storage import forgetting

#: No chain has this key; a reader takes the record for the tombstone that it is.
KEY = b"chainmail-seal"


def seal(box: Outbox, cleaning: Mapping[str, Cleaning]) -> int:
    """Write a record wherever the segment of the last tombstone can be closed by now and was not; return how many.

    Args:
        box: Where to write.
        cleaning: The topics' settings (`Admin.cleaning`).

    Raises:
        BrokerUnreachableError: Not acknowledged in time.
    """
    count = 0
    headers = [("ledger", box.ledger_id.encode()), ("chain-revision", b"0")]
    for topic, settings in cleaning.items():
        with box.database.read() as connection:
            partitions = forgetting.unsealed(
                connection, topic, closed_after_s=settings.closed_after_s, now=datetime.now(UTC)
            )
        for partition in partitions:
            sent = box.publisher.send(topic, key=KEY, value=None, headers=headers, partition=partition)
            box.publisher.flush()
            acknowledged = sent()
            with box.database.write() as connection:
                forgetting.note_seal(connection, topic, acknowledged, datetime.now(UTC))
            count += 1
    return count
