"""The doorbell of a followed mailbox: a connection of its own that waits in IDLE and rings when anything changes.

Whatever the server says in IDLE means "look"; what changed is found by the look. It rings as well when it was away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from producer.sources.imap.account import Account
from producer.sources.imap.errors import MailServerUnreachableError
from producer.sources.imap.folders import Folder
from producer.sources.imap.patience import Patience, Rhythm
from producer.sources.imap.session import RefusedError, Session
from producer.sources.source import SourceError

_CLOSE_TIMEOUT_S = 1.0


@dataclass(kw_only=True)
class Doorbell:
    """Rings for one folder from `start` to `close`."""

    account: Account
    folder: Folder
    rhythm: Rhythm
    say: Callable[[str], None]
    #: Set when somebody has to look.
    rung: threading.Event = field(default_factory=threading.Event)
    #: Why it rings no more, where that cannot be mended by waiting.
    failure: SourceError | None = field(default=None, init=False)
    _closed: threading.Event = field(default_factory=threading.Event, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="imap-idle", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it; a connection that is just being made is left to its time-out."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(_CLOSE_TIMEOUT_S)

    def wait(self, timeout_s: float) -> None:
        """Wait until it rings, for no longer than that."""
        self.rung.wait(timeout_s)

    def has_rung(self) -> bool:
        """Tell whether it rang since the last call.

        Raises:
            SourceError: It cannot ring any more.
        """
        if self.failure is not None:
            raise self.failure
        if not self.rung.is_set():
            return False
        self.rung.clear()
        return True

    def _run(self) -> None:
        patience = self.rhythm.patience()
        while not self._closed.is_set():
            try:
                with Session(self.account) as session:
                    session.hang_up_when(self._closed)
                    self._watch(session, patience)
            except MailServerUnreachableError as error:
                if self._closed.is_set():
                    return
                wait_s = patience.failed(str(error)) or 0.0
                self.say(f"{error}; waiting for mail in {self.folder.name} again in {wait_s:.1f} s")
                self._closed.wait(wait_s)
            except SourceError as error:
                self.failure = error
                self.rung.set()
                return

    def _watch(self, session: Session, patience: Patience) -> None:
        try:
            if session.can_idle:
                session.examine(self.folder)
                self.rung.set()  # for what came before
                while not self._closed.is_set():
                    session.idle(self.rung.set, self._closed, self.rhythm.renew_s)
                    patience.progressed()
        except RefusedError as error:
            self.say(f"{self.account.identity}: {self.folder.name} cannot be watched ({error})")
        while not self._closed.wait(self.rhythm.poll_s):
            self.rung.set()
