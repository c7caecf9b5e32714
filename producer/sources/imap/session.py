"""One connection at work: what is asked of a server, and what its answers mean.

Comes in: an account. Goes out: values, and two errors: `MailServerUnreachableError` (this connection is of no more
use; another may be), `RefusedError` (the server says no to this one question). Folders are opened by EXAMINE and
messages fetched by BODY.PEEK[]: nothing in the mailbox is ever changed.
"""

from __future__ import annotations

import imaplib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self

from imapclient.exceptions import ProtocolError
from imapclient.imap_utf7 import decode as decode_utf7

from producer.sources.imap.account import Account
from producer.sources.imap.errors import MailServerUnreachableError, one_line
from producer.sources.imap.folders import Folder
from producer.sources.imap.login import connect
from producer.sources.imap.patience import LATER
from producer.sources.imap.sasl import words_of

#: A server that was asked to end IDLE has so long.
_DONE_TIMEOUT_S = 10.0
#: How often somebody who waits in IDLE looks whether it is to end.
_TICK_S = 0.5
_BODY = "BODY.PEEK[]"


class RefusedError(Exception):
    """The server answers NO or BAD to one question; in its words."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A folder as EXAMINE shows it; `uidvalidity` is 0 where the server promises nothing."""

    exists: int
    uidvalidity: int


class Session:
    """A connection that is logged in; belongs to one thread, but for `hang_up`."""

    def __init__(self, account: Account) -> None:
        """Connect and log in.

        Raises:
            LoginRefusedError: It will not work until somebody changes something.
            MailServerUnreachableError: It may work later.
        """
        self._account = account
        self._client = connect(account)
        self._client.folder_encode = False  # names that are no modified UTF-7 would end the whole list
        self._is_closed = threading.Event()
        self._open_folder = b""
        try:
            with self._asking():
                offered = {str(name, "ascii", "replace").upper() for name in self._client.capabilities()}
        except BaseException:
            self._client.drop()
            raise
        self.is_gmail = "X-GM-EXT-1" in offered
        self.can_idle = "IDLE" in offered
        self._counts_changes = "CONDSTORE" in offered
        self._tells_uses = {"SPECIAL-USE", "LIST-EXTENDED"} <= offered

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_closed.set()
        self._client.drop()

    def hang_up_when(self, stopping: threading.Event) -> None:
        """Let whatever waits for an answer fail as soon as *stopping* is set."""

        def watch() -> None:
            while not self._is_closed.is_set():
                if stopping.wait(_TICK_S):
                    with suppress(OSError):  # the socket's own: a TLS socket's would change what the reader uses
                        socket.socket.shutdown(self._client.socket(), socket.SHUT_RDWR)
                    return

        threading.Thread(target=watch, daemon=True).start()

    def folders(self) -> list[Folder]:
        """Return all folders, with their special uses where the server knows them (RFC 6154)."""
        with self._asking():
            if not self._tells_uses:
                listed = self._client.list_folders()
            else:
                question = [b'""', b'"*"', b"RETURN (SPECIAL-USE)"]
                lines = self._client._raw_command_untagged(b"LIST", question, uid=False)  # noqa: SLF001 - no public way
                listed = self._client._proc_folder_list(lines)  # noqa: SLF001 - as list_folders does
            return [_folder(*entry) for entry in listed]

    def has_open(self, folder: Folder) -> bool:
        """Tell whether *folder* was opened last: its `status` may be that of then (RFC 3501 §6.3.10)."""
        return self._open_folder == folder.raw_name

    def status(self, folder: Folder) -> dict[str, int]:
        """Return what changes with every change of the folder: UIDNEXT, MESSAGES and so on.

        Raises:
            RefusedError: The server does not say it.
        """
        items = ["UIDNEXT", "UIDVALIDITY", "MESSAGES"] + (["HIGHESTMODSEQ"] if self._counts_changes else [])
        with self._asking():
            try:
                found = self._client.folder_status(_speakable(folder), items)
                return {str(name, "ascii").upper(): int(number) for name, number in found.items()}
            except (LookupError, TypeError, ValueError) as error:  # no answer to read, or half of one
                raise RefusedError("STATUS is not answered") from error

    def examine(self, folder: Folder) -> Opened:
        """Open *folder* for reading only.

        Raises:
            RefusedError: The server does not open it.
        """
        with self._asking():
            found = self._client.select_folder(_speakable(folder), readonly=True)
            self._open_folder = folder.raw_name
            return Opened(exists=int(found[b"EXISTS"]), uidvalidity=int(found.get(b"UIDVALIDITY", 0)))

    def uid_at(self, number: int) -> int:
        """Return the UID of the message with this sequence number."""
        return self.uids(number, number)[0]

    def uids(self, first: int, last: int) -> list[int]:
        """Return the UIDs of the messages with these sequence numbers, in order."""
        with self._asking():
            found: list[int] = sorted(self._client.search(f"{first}:{last}"))
        if not found:
            raise self._unreachable("the folder became shorter while it was read")
        return found

    def is_there(self, uid: int) -> bool:
        """Tell whether a message has not been expunged."""
        with self._asking():
            self._client.noop()
            return uid in self._client.search(f"UID {uid}")

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Return the sizes in bytes of the messages that are there, as the server says."""
        with self._asking():
            found = self._client.fetch(uids, ["RFC822.SIZE"])
            return {uid: int(data[b"RFC822.SIZE"]) for uid, data in found.items() if b"RFC822.SIZE" in data}

    def fetch(self, uids: Sequence[int]) -> Mapping[int, Mapping[bytes, Any]]:
        """Return the messages that are there: UID → INTERNALDATE, BODY[], Gmail's labels and conversation."""
        items = ["INTERNALDATE", _BODY] + (["X-GM-LABELS", "X-GM-THRID"] if self.is_gmail else [])
        with self._asking():
            found: Mapping[int, Mapping[bytes, Any]] = self._client.fetch(uids, items)
            return found

    def idle(self, on_line: Callable[[], None], is_over: threading.Event, for_s: float) -> None:
        """Wait in IDLE (RFC 2177) for so long, or until *is_over*; *on_line* is called when the server says anything.

        A connection that is gone shows when IDLE is ended, so this returns early where the wait itself ended early.
        """
        with self._asking():
            self._client.idle()
            end_s = time.monotonic() + for_s
            while not is_over.is_set() and (begun_s := time.monotonic()) < end_s:
                if self._client.idle_check(_TICK_S):
                    on_line()
                elif time.monotonic() - begun_s < _TICK_S / 2:
                    break
            self._client.socket().settimeout(_DONE_TIMEOUT_S)
            _said, lines = self._client.idle_done()
            self._client.socket().settimeout(self._account.settings.read_timeout_s)
        if lines:
            on_line()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except (imaplib.IMAP4.abort, ProtocolError, OSError) as error:
            raise self._unreachable(self._client.goodbye or words_of(error)) from error
        except imaplib.IMAP4.error as error:
            if LATER.search(words_of(error)):
                raise self._unreachable(words_of(error)) from error
            raise RefusedError(words_of(error)) from error
        except (ValueError, TypeError, LookupError, AttributeError) as error:  # imapclient trusts what servers say
            raise self._unreachable(f"the server does not speak IMAP: {one_line(str(error))}") from error

    def _unreachable(self, words: str) -> MailServerUnreachableError:
        return MailServerUnreachableError(f"{self._account.identity}: {words}")


def _speakable(folder: Folder) -> bytes:
    """Return a folder's name as it is sent: one that holds line ends would be a command of its own."""
    if not all(ord(" ") <= byte <= ord("~") for byte in folder.raw_name):
        raise RefusedError("its name cannot be sent: it is not written in modified UTF-7 (RFC 3501 §5.1.3)")
    return folder.raw_name


def _folder(flags: Sequence[bytes], separator: bytes | None, raw_name: bytes | str) -> Folder:
    raw = raw_name.encode() if isinstance(raw_name, str) else raw_name
    try:
        name = decode_utf7(raw)
    except UnicodeError:
        name = raw.decode("utf-8", "replace")
    return Folder(
        name=name,
        raw_name=raw,
        separator=separator.decode("latin-1") if separator else "",
        flags=frozenset(flag.decode("latin-1").lower() for flag in flags),
    )
