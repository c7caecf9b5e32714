"""Child processes that end with their parent, and settings that reach them through the environment."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
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
