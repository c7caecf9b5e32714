"""A mail account as a source: all that is there, newest first, and then what arrives.

Comes in: an account. Goes out: `Found`. Connections come and go; what is done is in the folders' cursors, so that
after every loss the same question is asked again: what is missing?
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from producer.exclusion import Exclusion
from producer.sources.files import LeavesOut, nothing_out
from producer.sources.imap.account import Account
from producer.sources.imap.cursor import FolderCursor, RenumberedError
from producer.sources.imap.errors import MailServerUnreachableError
from producer.sources.imap.folders import Folder, choose, front_of
from producer.sources.imap.idling import Doorbell
from producer.sources.imap.looking import Look, Trouble
from producer.sources.imap.messages import folder_url
from producer.sources.imap.patience import Patience, Rhythm
from producer.sources.imap.session import RefusedError, Session
from producer.sources.source import QUIET, Cursor, Cursors, Found, SourceError, UnreadableSource, no_cursors

#: How often a wait looks whether it is to end.
_TICK_S = 0.5
_USUAL_RHYTHM = Rhythm()


@dataclass(kw_only=True)
class _Reading:
    """What one `mails` or `follow` knows: the cursors of the folders, ahead of what is stored."""

    load: Cursors
    prefix: str
    cursors: dict[str, FolderCursor] = field(default_factory=dict)

    def cursor_of(self, folder: Folder) -> FolderCursor:
        if folder.name not in self.cursors:
            source = f"{self.prefix}/{folder.name}"
            self.cursors[folder.name] = FolderCursor.of(source, self.load(source))
        return self.cursors[folder.name]


class MailAccount:
    """The mail of one account. Each `mails` and `follow` has connections of its own; `follow` may run in any thread."""

    def __init__(
        self,
        account: Account,
        leaves_out: LeavesOut = nothing_out,
        say: Callable[[str], None] = lambda _words: None,
        rhythm: Rhythm = _USUAL_RHYTHM,
    ) -> None:
        """Take an account; *say* is told, from any thread, why something has to wait."""
        self._account = account
        self._exclusion = Exclusion.of(account.exclude)
        self._leaves_out = leaves_out
        self._say = say
        self._rhythm = rhythm
        self._trouble = Trouble()
        self._left_alone: set[str] = set()
        #: Without a UIDVALIDITY, UIDs are trusted as long as this program runs; no server gives one of this size.
        self._usual_uidvalidity = time.time_ns()

    @property
    def name(self) -> str:
        """The account's name, or `user@host`."""
        return self._account.name

    def count(self) -> int:
        """Return how many messages the folders hold that are read.

        Raises:
            SourceError: The account cannot be read.
            MailServerUnreachableError: The server does not answer.
        """
        total = 0
        with Session(self._account) as session:
            for folder in self._chosen(session, strict=True):
                with suppress(RefusedError):
                    total += session.status(folder).get("MESSAGES", 0)
        return total

    def mails(self, cursors: Cursors = no_cursors) -> Iterator[Found]:
        """Yield what is not done yet, newest first in each folder; QUIET while it waits for a server that is away.

        Raises:
            SourceError: The account cannot be read.
            MailServerUnreachableError: Nothing went forward for two minutes.
        """
        reading = self._reading(cursors)
        finished: set[str] = set()

        def work(session: Session) -> Iterator[Found]:
            for folder in self._chosen(session, strict=True):
                if folder.name not in finished:
                    status = self._news(session, folder, reading)
                    if status is not None:
                        yield from self._look(session, folder, reading, status)
                    finished.add(folder.name)

        yield from self._persistently(work, self._rhythm.patience(self._rhythm.give_up_s), threading.Event())

    def follow(self, cursors: Cursors, stopping: threading.Event) -> Iterator[Found]:
        """Yield what arrives, and between arrivals what is not done yet, until *stopping*.

        Raises:
            SourceError: The account cannot be read any more.
        """
        reading = self._reading(cursors)
        bells: list[Doorbell] = []

        def work(session: Session) -> Iterator[Found]:
            session.hang_up_when(stopping)
            if not bells:
                front = front_of(self._chosen(session, strict=True))
                bells.append(Doorbell(account=self._account, folder=front, rhythm=self._rhythm, say=self._say))
                bells[0].start()
            yield from self._attend(session, reading, bells[0], stopping)

        try:
            yield from self._persistently(work, self._rhythm.patience(), stopping)
        finally:
            for bell in bells:
                bell.close()

    def _attend(
        self, session: Session, reading: _Reading, bell: Doorbell, stopping: threading.Event
    ) -> Iterator[Found]:
        """Look where something may have changed; the bell's folder goes before all others, whatever is at work."""
        front = bell.folder
        todo: dict[str, tuple[Folder, Mapping[str, int]]] = {}
        unswept: list[Folder] = []
        swept_s = -math.inf
        while not stopping.is_set():
            if bell.has_rung() and front.name not in self._left_alone:
                todo = {front.name: (front, {}), **{name: each for name, each in todo.items() if name != front.name}}
            elif unswept:
                folder = unswept.pop(0)
                status = self._news(session, folder, reading)
                if status is not None:
                    todo.setdefault(folder.name, (folder, status))
                continue
            elif time.monotonic() - swept_s >= self._rhythm.sweep_s:
                swept_s, unswept = time.monotonic(), self._chosen(session, strict=False)
                continue
            if not todo:
                yield QUIET
                bell.wait(_TICK_S)
                continue
            name, (folder, status) = next(iter(todo.items()))
            del todo[name]
            for found in self._look(session, folder, reading, status):
                yield found
                if isinstance(found, Cursor):
                    yield QUIET
                    if stopping.is_set() or bell.rung.is_set() or time.monotonic() - swept_s >= self._rhythm.sweep_s:
                        todo[name] = folder, status  # the others come first
                        break

    def _persistently(
        self, work: Callable[[Session], Iterator[Found]], patience: Patience, stopping: threading.Event
    ) -> Iterator[Found]:
        """Yield what *work* finds, with another connection whenever one is lost.

        Raises:
            MailServerUnreachableError: Patience is used up.
        """
        while not stopping.is_set():
            try:
                with Session(self._account) as session:
                    for found in work(session):
                        patience.progressed()
                        yield found
            except MailServerUnreachableError as error:
                if stopping.is_set():
                    return
                wait_s = patience.failed(str(error))
                if wait_s is None:
                    raise MailServerUnreachableError(f"{error}; given up: run it again, it goes on here") from error
                self._say(f"{error}; trying again in {wait_s:.1f} s")
                yield from _pause(wait_s, stopping)
            else:
                return

    def _reading(self, cursors: Cursors) -> _Reading:
        return _Reading(load=cursors, prefix=f"imap:{self._account.identity}")

    def _chosen(self, session: Session, *, strict: bool) -> list[Folder]:
        try:
            return choose(
                session.folders(),
                self._account.folders,
                leaves_out=lambda name: self._leaves_out(name) or self._exclusion.of_folder(name),
                is_gmail=session.is_gmail,
                strict=strict,
            )
        except SourceError as error:
            raise SourceError(f"{self._account.identity}: {error}") from None

    def _news(self, session: Session, folder: Folder, reading: _Reading) -> Mapping[str, int] | None:
        """Return how a folder looks now, or nothing where only a look can say it.

        None where nothing has changed since all of it was done.
        """
        if folder.name in self._left_alone:
            return None
        if session.has_open(folder):
            return {}
        try:
            status = session.status(folder)
        except RefusedError:
            return {}
        cursor = reading.cursor_of(folder)
        is_done = status == cursor.status and status.get("UIDVALIDITY") == cursor.uidvalidity
        return None if is_done else status

    def _look(self, session: Session, folder: Folder, reading: _Reading, status: Mapping[str, int]) -> Iterator[Found]:
        """Yield what a folder lacks, and at its end the cursor that says how it looked before (*status*)."""
        cursor = reading.cursor_of(folder)
        look = Look(
            session=session,
            account=self._account,
            folder=folder,
            cursor=cursor,
            trouble=self._trouble,
            exclusion=self._exclusion,
            usual_uidvalidity=self._usual_uidvalidity,
        )
        try:
            yield from look
        except (RefusedError, RenumberedError) as error:
            self._left_alone.add(folder.name)
            yield UnreadableSource(folder_url(self._account, folder.name), str(error))
        else:
            cursor.status = {} if look.has_holes else dict(status)
        yield cursor.stored()


def _pause(wait_s: float, stopping: threading.Event) -> Iterator[Found]:
    """Wait, and say meanwhile that nothing more is at hand."""
    end_s = time.monotonic() + wait_s
    while (left_s := end_s - time.monotonic()) > 0 and not stopping.is_set():
        yield QUIET
        stopping.wait(min(_TICK_S, left_s))
