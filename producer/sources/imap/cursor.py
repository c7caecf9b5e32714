"""How far one folder was read: under which UIDVALIDITY, which UIDs are done, and how the folder looked then."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from producer.sources.imap.ranges import Ranges
from producer.sources.source import Cursor

#: A folder whose UIDs are given anew at so many looks in a row is left alone.
MAX_RENUMBERINGS = 5


class RenumberedError(Exception):
    """The server gives a folder new UIDs at every look."""


@dataclass
class FolderCursor:
    """What is known of one folder; changes as it is read."""

    #: Its name in the ledger: `imap:user@host/FOLDER`.
    source: str
    uidvalidity: int = 0
    done: Ranges = field(default_factory=Ranges)
    #: UIDNEXT, MESSAGES and so on when all of it was done; empty while something is missing.
    status: dict[str, int] = field(default_factory=dict)
    #: Looks in a row that met another UIDVALIDITY than the look before.
    renumberings: int = 0

    @classmethod
    def of(cls, source: str, state: Mapping[str, Any] | None) -> FolderCursor:
        """Return the cursor that was stored as *state*; one that cannot be read counts as none: all is read again."""
        if not state:
            return cls(source)
        try:
            return cls(
                source,
                uidvalidity=int(state["uidvalidity"]),
                done=Ranges((int(first), int(last)) for first, last in state["done"]),
                status={str(name): int(number) for name, number in state.get("status", {}).items()},
                renumberings=int(state.get("renumberings", 0)),
            )
        except (LookupError, TypeError, ValueError, AttributeError):
            logging.getLogger(__name__).warning("the cursor of %s cannot be read: it is read from the start", source)
            return cls(source)

    def begin_look(self, uidvalidity: int) -> None:
        """Say that a look begins under *uidvalidity*.

        Raises:
            RenumberedError: It was another one too many times in a row.
        """
        if self.uidvalidity == uidvalidity:
            self.renumberings = 0
        self.is_renumbered(uidvalidity)

    def is_renumbered(self, uidvalidity: int) -> bool:
        """Tell whether the UIDs mean other messages now (RFC 3501 §2.3.1.1): nothing counts as done then.

        Raises:
            RenumberedError: As `begin_look`.
        """
        if self.uidvalidity == uidvalidity:
            return False
        self.renumberings += 1 if self.uidvalidity else 0
        self.uidvalidity, self.done, self.status = uidvalidity, Ranges(), {}
        if self.renumberings > MAX_RENUMBERINGS:
            raise RenumberedError(
                f"the server numbered its messages anew (UIDVALIDITY) {self.renumberings} times in a row, so that "
                "nothing says what was read; it is left alone (name it in `exclude`, or mend the server)"
            )
        return True

    def stored(self) -> Cursor:
        """Return the present state, to be stored."""
        state = {
            "uidvalidity": self.uidvalidity,
            "done": self.done.as_lists(),
            "status": dict(self.status),
            "renumberings": self.renumberings,
        }
        return Cursor(self.source, state)
