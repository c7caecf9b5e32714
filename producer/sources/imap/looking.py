"""One look at one folder: what is not done yet is fetched, newest first, window by window.

Comes in: a session, and the folder's cursor. Goes out: mails, what could not be had, and the cursor after each group.
A look that is broken off anywhere is taken up by the next one: what is missing then is the same question.

Messages are walked by sequence number, from the last to the first. Numbers only become smaller (when others are
expunged), so that a walk downwards misses none; UIDs would be no measure of how much there is between two of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from producer.exclusion import Exclusion
from producer.parse import parse
from producer.sources.imap.account import Account
from producer.sources.imap.cursor import FolderCursor
from producer.sources.imap.errors import MailServerUnreachableError
from producer.sources.imap.folders import Folder
from producer.sources.imap.messages import message_url, raw_mail
from producer.sources.imap.patience import LATER
from producer.sources.imap.session import RefusedError, Session
from producer.sources.source import MAX_MESSAGE_BYTES, Cursor, LeftOut, RawMail, UnreadableSource
from schemas.chain import Email

#: So many UIDs and sizes are asked for at once, so many messages and bytes.
WINDOW_MESSAGES = 500
GROUP_MESSAGES = 200
GROUP_BYTES = 4 * 1024 * 1024
#: Connections that ended while a message was fetched: from then on it is fetched alone, and at last not at all.
_ALONE_AFTER = 2
_NEVER_AFTER = 4

Seen = RawMail | LeftOut | UnreadableSource | Cursor


@dataclass
class Trouble:
    """Messages that the server did not deliver, by name; they are tried again by the next program."""

    ended: Counter[str] = field(default_factory=Counter)
    skipped: set[str] = field(default_factory=set)


@dataclass(kw_only=True)
class Look:
    """A look at *folder* through *session*."""

    session: Session
    account: Account
    folder: Folder
    cursor: FolderCursor
    trouble: Trouble
    exclusion: Exclusion
    #: What stands for a UIDVALIDITY that the server does not give.
    usual_uidvalidity: int
    window_messages: int = WINDOW_MESSAGES
    group_messages: int = GROUP_MESSAGES
    #: Whether the server kept something back.
    has_holes: bool = False

    def __iter__(self) -> Iterator[Seen]:
        """Yield what is missing.

        Raises:
            RefusedError: The folder cannot be opened.
            RenumberedError: Its UIDs change at every look.
            MailServerUnreachableError: The connection is of no more use.
        """
        opened = self.session.examine(self.folder)
        self.cursor.begin_look(opened.uidvalidity or self.usual_uidvalidity)
        done = self.cursor.done
        top, ceiling = opened.exists, 0
        while top:
            newest = self.session.uid_at(top)
            ceiling = max(ceiling, newest)
            start = done.start_of(newest)
            if start is not None:
                done.add(newest, ceiling)  # what was between them is expunged
                ceiling = start - 1
                top = bisect_left(range(1, top + 1), start, key=self.session.uid_at) if start > 1 else 0
                continue
            first = max(1, top - self.window_messages + 1)
            uids = self.session.uids(first, top)
            yield from self._window(uids, ceiling)
            top, ceiling = first - 1, uids[0] - 1
            opened = self.session.examine(self.folder)
            top = min(top, opened.exists)
            if self.cursor.is_renumbered(opened.uidvalidity or self.usual_uidvalidity):
                done, top, ceiling = self.cursor.done, opened.exists, 0
        done.add(1, ceiling)

    def _window(self, uids: list[int], ceiling: int) -> Iterator[Seen]:
        """Yield what is not done of the messages with these *uids*; all from there up to *ceiling* is done then."""
        missing = [uid for uid in uids if uid not in self.cursor.done]
        sizes = self.session.sizes(missing) if missing else {}
        for group in self._groups(sizes):
            holes: list[int] = []
            if len(group) == 1 and sizes[group[0]] > MAX_MESSAGE_BYTES:
                yield UnreadableSource(self._name(group[0]), f"of {sizes[group[0]]} bytes: too large for a message")
            else:
                yield from self._group(group, holes)
            self._cover(min(group), ceiling, holes)
            ceiling = min(group) - 1
            yield self.cursor.stored()
        self.cursor.done.add(uids[0], ceiling)

    def _groups(self, sizes: Mapping[int, int]) -> Iterator[list[int]]:
        """Yield UIDs, largest first, in groups that are not too much for one answer."""
        group: list[int] = []
        group_bytes = 0
        for uid in sorted(sizes, reverse=True):
            alone = sizes[uid] > MAX_MESSAGE_BYTES or self.trouble.ended[self._name(uid)] >= _ALONE_AFTER
            if group and (alone or group_bytes + sizes[uid] > GROUP_BYTES or len(group) >= self.group_messages):
                yield group
                group, group_bytes = [], 0
            if alone:
                yield [uid]
            else:
                group.append(uid)
                group_bytes += sizes[uid]
        if group:
            yield group

    def _cover(self, floor: int, ceiling: int, holes: list[int]) -> None:
        self.cursor.done.add(floor, ceiling)
        for uid in holes:
            self.has_holes = True
            self.cursor.done.discard(uid)

    def _group(self, uids: list[int], holes: list[int]) -> Iterator[RawMail | LeftOut | UnreadableSource]:
        wanted = [uid for uid in uids if not self._is_given_up(uid)]
        answers: Mapping[int, Mapping[bytes, object]] = {}
        with suppress(RefusedError):  # each is asked for alone then
            answers = self._fetch(wanted) if wanted else {}
        for uid in uids:
            mail = raw_mail(self._name(uid), answers.get(uid))
            if mail is not None:
                yield self._unless_excluded(mail)
            elif uid in wanted:
                yield from self._alone(uid, holes)
            else:
                holes.append(uid)
                yield from self._named(uid, f"the connection ended {_NEVER_AFTER} times while it was fetched")

    def _fetch(self, uids: list[int]) -> Mapping[int, Mapping[bytes, object]]:
        """Ask for messages; where the connection ends meanwhile, each of them may be the reason.

        A server that says that it is overloaded says nothing about them.
        """
        try:
            return self.session.fetch(uids)
        except MailServerUnreachableError as error:
            if not LATER.search(str(error)):
                self.trouble.ended.update(map(self._name, uids))
            raise

    def _alone(self, uid: int, holes: list[int]) -> Iterator[RawMail | LeftOut | UnreadableSource]:
        """Yield a message that a group's answer lacked: nothing where it is not in the folder any more."""
        reason = "it sends no bytes"
        try:
            mail = raw_mail(self._name(uid), self._fetch([uid]).get(uid))
        except RefusedError as error:
            mail, reason = None, str(error)
        if mail is not None:
            yield self._unless_excluded(mail)
        elif self.session.is_there(uid):
            holes.append(uid)
            yield from self._named(uid, f"the server does not deliver it: {reason}")

    def _named(self, uid: int, reason: str) -> Iterator[UnreadableSource]:
        """Name what could not be had, once."""
        name = self._name(uid)
        if name not in self.trouble.skipped:
            self.trouble.skipped.add(name)
            yield UnreadableSource(name, reason)

    def _unless_excluded(self, mail: RawMail) -> RawMail | LeftOut:
        if self.exclusion.addresses or self.exclusion.domains:
            email = parse(mail.content)
            if self.exclusion.of_mail(email if isinstance(email, Email) else None, mail.content):
                return LeftOut(mail.name)
        return mail

    def _is_given_up(self, uid: int) -> bool:
        name = self._name(uid)
        return name in self.trouble.skipped or self.trouble.ended[name] >= _NEVER_AFTER

    def _name(self, uid: int) -> str:
        return message_url(self.account, self.folder.name, self.cursor.uidvalidity, uid)
