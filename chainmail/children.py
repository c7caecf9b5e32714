"""Processes that end when they are told to or their parent ends, and settings that reach them by the environment."""

from __future__ import annotations

import itertools
import os
import queue
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from pydantic import SecretStr

from chainmail.settings import PREFIX, Settings

#: Members take no mail: they need no mailbox, and so they do not get the key to any.
_NOT_FOR_CHILDREN = {"accounts", "imap_password"}


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment in which `load()` gives these settings again, but for those of mail accounts."""
    fields: dict[str, Any] = settings.model_dump(exclude=_NOT_FOR_CHILDREN, exclude_none=True, exclude_unset=True)
    plain = {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value for name, value in fields.items()
    }
    own = {PREFIX + name.upper(): str(value) for name, value in plain.items() if value != ""}
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return others | own


def when_parent_ends(act: Callable[[], None]) -> None:
    """Call *act* when standard input ends: the parent holds its other end, whatever becomes of it."""

    def wait() -> None:
        while os.read(0, 4_096):  # not sys.stdin: its lock would be held at exit
            pass
        act()

    threading.Thread(target=wait, name="parent", daemon=True).start()


def when_signalled(act: Callable[[int], None], again: Callable[[int], None] = lambda _: None) -> None:
    """Call *act* with the first SIGTERM or SIGINT in a thread of its own, and *again* with each later one.

    Not in the handler: it interrupts the main thread wherever that is, and where that holds the lock of an event or a
    condition for a moment, setting it would wait for ever. A SimpleQueue may be put to from a handler.
    """
    heard: queue.SimpleQueue[int] = queue.SimpleQueue()
    numbers = itertools.count()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if next(numbers):
            again(number)
        else:
            heard.put(number)

    threading.Thread(target=lambda: act(heard.get()), name="signals", daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
