"""What is done now and then beside the work: mail that is too old is forgotten, deletions are completed in Kafka."""

from __future__ import annotations

from contextlib import closing, suppress
from datetime import UTC, datetime

from chainmail.cli.speech import say
from chainmail.records import BrokerUnreachableError
from producer.forget import Forgetter, Gone, too_old
from producer.publish import Outbox
from producer.sealing import seal
from storage import forgetting


def retain(box: Outbox) -> Gone:
    """Forget what the setting `retention_days` gives no more time, and say so; return what went."""
    wish = too_old(box.settings, datetime.now(UTC))
    if wish is None:
        return Gone()
    with box.database.read() as connection:
        doomed = wish.find(connection)
    forgetter = Forgetter(box.database, box.settings)
    gone = forgetter.forget(doomed, on_wait=lambda pid: say(f"retention waits for process {pid}, which is publishing"))
    if gone:
        forgetter.overwrite()
        say(f"older than {box.settings.retention_days:g} days, so forgotten: {gone.words}")
    return gone


def clean(box: Outbox) -> int:
    """Close the segments behind older deletions; return how many. Where no broker answers, another time will do."""
    with box.database.read() as connection:
        topics = forgetting.topics_with_tombstones(connection)
    if not topics:
        return 0
    from chainmail.kafka import Admin

    with suppress(BrokerUnreachableError), closing(Admin(box.settings)) as admin:
        return seal(box, admin.cleaning(topics))
    return 0
