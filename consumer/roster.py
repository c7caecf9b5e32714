"""Who of this home stays in the group: static members keep their partitions until their session ends.

That makes a restart quick, and would leave a partition waiting where nobody restarts: behind a member
that was scaled away, and behind one that stops while others could take its work.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection

from filelock import FileLock, Timeout

from chainmail.kafka import Admin
from chainmail.records import BrokerUnreachableError
from chainmail.settings import Settings
from consumer.member import instance_id, slot_lock

_LOG = logging.getLogger("chainmail.roster")

#: A broker that does not answer soon must hold up neither start nor stop.
_TIMEOUT_S = 3.0


def scaled_away(in_group: Collection[str], settings: Settings, workers: int) -> list[str]:
    """Return the ids in the group that are of this home and beyond its *workers* slots."""
    return [name for name in sorted(in_group) if (_slot_of(name, settings) or 0) >= workers]


def to_leave(in_group: Collection[str], settings: Settings) -> list[str]:
    """Return this home's ids in the group where others are in it, who can take over; else none."""
    own = [name for name in sorted(in_group) if _slot_of(name, settings) is not None]
    return own if len(own) < len(in_group) else []


def tidy_at_start(settings: Settings, workers: int) -> None:
    """Remove the members that an earlier start with more workers has left in the group."""
    _remove(settings, lambda in_group: scaled_away(in_group, settings, workers))


def tidy_at_stop(settings: Settings) -> None:
    """Remove this home's stopped members where others are in the group; alone, they stay for a quick restart."""
    _remove(settings, lambda in_group: to_leave(in_group, settings))


def _remove(settings: Settings, choose: Callable[[Collection[str]], list[str]]) -> None:
    """Remove the chosen members whose slot no process holds; a broker that is away has no group to tidy."""
    try:
        admin = Admin(settings, timeout_s=_TIMEOUT_S)
    except BrokerUnreachableError as error:
        _LOG.warning("the group was not tidied: %s", error)
        return
    try:
        gone = [name for name in choose(admin.static_members()) if _is_free(settings, _slot_of(name, settings) or 0)]
        if gone:
            admin.remove_member(*gone)
    except BrokerUnreachableError as error:
        _LOG.warning("the group was not tidied: %s", error)
    finally:
        admin.close()


def _slot_of(name: str, settings: Settings) -> int | None:
    """Return the slot of a static id of this home; None for those of others."""
    slot = name.removeprefix(instance_id(settings, 0).removesuffix("0"))
    return int(slot) if slot != name and slot.isdecimal() else None


def _is_free(settings: Settings, slot: int) -> bool:
    lock: FileLock = slot_lock(settings, slot)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    lock.release()
    return True
