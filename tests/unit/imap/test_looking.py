"""Looks at a folder, whatever happens to it meanwhile: nothing is missed, nothing comes twice for no reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from producer.exclusion import NOTHING
from producer.sources.imap.account import open_account
from producer.sources.imap.cursor import FolderCursor
from producer.sources.imap.errors import MailServerUnreachableError
from producer.sources.imap.folders import Folder
from producer.sources.imap.looking import Look, Trouble
from producer.sources.imap.session import Opened, RefusedError, Session
from producer.sources.source import Cursor, RawMail, UnreadableSource

ACCOUNT = open_account("imaps://ann@x.example", usual_password=SecretStr("x"))
INBOX = Folder("INBOX", b"INBOX")


@dataclass
class FakeSession:
    """A folder on a server, asked over one line after another: what is there, what is refused, when the line breaks."""

    present: list[int]
    refuses: frozenset[int] = frozenset()
    #: So many questions are answered before the line breaks.
    breaks_in: int = 1_000_000
    words: str = "connection reset"
    #: What is expunged, and before the answer to which question.
    expunges: set[int] = field(default_factory=set)
    expunges_at: str = ""

    def _answer(self, question: str) -> None:
        self.breaks_in -= 1
        if self.breaks_in < 0:
            raise MailServerUnreachableError(self.words)
        if question == self.expunges_at:
            self.present = [uid for uid in self.present if uid not in self.expunges]

    def examine(self, _folder: Folder) -> Opened:
        """As `Session`."""
        self._answer("examine")
        return Opened(exists=len(self.present), uidvalidity=5)

    def uid_at(self, number: int) -> int:
        """As `Session`."""
        return self.uids(number, number)[0]

    def uids(self, first: int, last: int) -> list[int]:
        """As `Session`."""
        self._answer("uids")
        return self.present[first - 1 : last]

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """As `Session`."""
        self._answer("sizes")
        return {uid: 100 for uid in uids if uid in self.present}

    def fetch(self, uids: Sequence[int]) -> Mapping[int, Mapping[bytes, Any]]:
        """As `Session`."""
        self._answer("fetch")
        if self.refuses & set(uids):
            raise RefusedError("NO")
        return {uid: {b"BODY[]": b"Subject: %d\n\n" % uid} for uid in uids if uid in self.present}

    def is_there(self, uid: int) -> bool:
        """As `Session`."""
        self._answer("is_there")
        return uid in self.present


def look(
    server: FakeSession, cursor: FolderCursor, trouble: Trouble | None = None, **windows: int
) -> tuple[list[int], list[str]]:
    """Look once; return the UIDs of the mails that came, and the names of what did not; the cursor is that stored."""
    mails: list[int] = []
    named: list[str] = []
    made = Look(
        session=cast("Session", server),
        account=ACCOUNT,
        folder=INBOX,
        cursor=FolderCursor.of(cursor.source, cursor.stored().state),
        trouble=trouble or Trouble(),
        exclusion=NOTHING,
        usual_uidvalidity=1,
        **windows,
    )
    last: Cursor = cursor.stored()
    try:
        for found in made:
            if isinstance(found, RawMail):
                mails.append(int(found.name.rpartition("=")[2]))
            elif isinstance(found, UnreadableSource):
                named.append(found.name)
            else:
                last = found
        last = made.cursor.stored()
    except MailServerUnreachableError:
        pass
    stored = FolderCursor.of(cursor.source, last.state)
    cursor.uidvalidity, cursor.done = stored.uidvalidity, stored.done
    return mails, named


_UIDS = st.sets(st.integers(1, 400), max_size=60).map(sorted)


@settings(deadline=None, max_examples=150)
@given(
    uids=_UIDS,
    refuses=st.frozensets(st.integers(1, 400), max_size=6),
    breaks=st.lists(st.integers(1, 25), max_size=6),
    expunged=st.sets(st.integers(1, 400), max_size=20),
    expunged_at=st.sampled_from(["examine", "sizes", "fetch", "is_there"]),
    arrived=st.integers(0, 12),
)
def test_looks_miss_nothing_and_repeat_no_more_than_they_must(
    uids: list[int], refuses: frozenset[int], breaks: list[int], expunged: set[int], expunged_at: str, arrived: int
) -> None:
    """Mail would be skipped for ever after a lost line, an expunge or a message that is refused; or come again."""
    server, cursor = FakeSession(list(uids), refuses, expunges=expunged), FolderCursor("imap:x/INBOX")
    came, named = list[int](), set[str]()
    for number, questions in enumerate([*breaks, 1_000_000]):
        server.breaks_in = questions
        server.expunges_at = expunged_at if number == 1 else ""
        if number == 2:
            server.present += range(1_000, 1_000 + arrived)
        mails, lacking = look(server, cursor, window_messages=7, group_messages=3)
        came += mails
        named |= set(lacking)
    assert set(server.present) - refuses <= set(came)
    assert len(came) - len(set(came)) <= 3 * len(breaks), "no more than a group for each line that broke"
    assert {uid for uid in server.present if uid in cursor.done} == set(server.present) - refuses
    assert len(cursor.done.as_lists()) <= 1 + len(refuses), "what was expunged leaves no gap"
    assert {int(name.rpartition("=")[2]) for name in named} <= refuses, "what was expunged is not named"
    assert look(server, cursor)[0] == []
    server.refuses = frozenset()
    assert set(look(server, cursor)[0]) == refuses & set(server.present)


def test_new_mail_comes_before_the_rest_of_the_backlog() -> None:
    """A first look that was interrupted would be finished before this morning's mail is seen."""
    server, cursor = FakeSession(list(range(1, 1_001))), FolderCursor("imap:x/INBOX")
    server.breaks_in = 5
    first, _named = look(server, cursor)
    server.present += [2_000, 2_001]
    server.breaks_in = 1_000_000
    rest, _named = look(server, cursor)
    assert first == list(range(1_000, 800, -1))
    assert rest == [2_001, 2_000, *range(800, 0, -1)]


def test_folder_with_wide_gaps_between_uids_costs_no_more_questions() -> None:
    """Servers that take the time for the UID would be asked a million times."""
    server, cursor = FakeSession([5, 10**6, 4 * 10**9]), FolderCursor("imap:x/INBOX")
    server.breaks_in = 10
    assert look(server, cursor) == ([4 * 10**9, 10**6, 5], [])
    assert server.breaks_in > 0
    assert cursor.done.as_lists() == [[1, 4 * 10**9]]


def test_message_is_not_given_up_because_the_server_is_overloaded() -> None:
    """A provider's limit would count against the mail that we asked for, and skip it."""
    server, cursor, trouble = FakeSession([1]), FolderCursor("imap:x/INBOX"), Trouble()
    server.words = "[OVERQUOTA] Account exceeded command or bandwidth limits"
    for _time in range(9):
        server.breaks_in = 4  # EXAMINE, two questions for UIDs and the sizes are answered
        assert look(server, cursor, trouble) == ([], [])
    server.breaks_in = 1_000_000
    assert look(server, cursor, trouble) == ([1], [])


def test_message_that_ends_every_connection_is_given_up_alone() -> None:
    """One message would block all older ones; or its neighbours be given up with it."""
    server, cursor, trouble = FakeSession([1, 2, 3]), FolderCursor("imap:x/INBOX"), Trouble()
    for _time in range(3):
        server.breaks_in = 4
        assert look(server, cursor, trouble) == ([], [])
    server.breaks_in = 4
    look(server, cursor, trouble)
    server.breaks_in = 1_000_000
    mails, named = look(server, cursor, trouble)
    assert mails == [2, 1]
    assert [name.rpartition(";")[2] for name in named] == ["UID=3"]
    assert cursor.done.as_lists() == [[1, 2]]


def test_folder_that_is_emptied_meanwhile_ends_the_look() -> None:
    """Whoever deletes most of a mailbox during a first look would break the line, again and again."""
    server = FakeSession(list(range(1, 31)), expunges=set(range(1, 28)), expunges_at="fetch")
    cursor = FolderCursor("imap:x/INBOX")
    assert look(server, cursor, window_messages=7) == ([30, 29, 28], [])
    assert cursor.done.as_lists() == [[1, 30]]
