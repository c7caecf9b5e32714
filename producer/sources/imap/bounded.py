"""IMAP connections whose server cannot fill our memory: what one command is answered with has a limit.

imaplib reads whatever literal length a server announces and keeps every line that comes before a command's end.
"""

from __future__ import annotations

import imaplib
import ssl
from typing import Literal

import imapclient
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.tls import IMAP4_TLS

from producer.sources.source import MAX_MESSAGE_BYTES

#: One message of the largest size, with what stands around it; several messages are asked for in smaller numbers.
MAX_ANSWER_BYTES = MAX_MESSAGE_BYTES + 64 * 1024 * 1024
#: What Python needs to keep one line, beside its bytes: millions of short lines fill the memory as well.
_LINE_COST_BYTES = 100


class AnswerTooLargeError(imaplib.IMAP4.abort):
    """The server sends more than anybody asked for; the connection is of no more use."""


class _Bounded(imaplib.IMAP4):
    """Counts what is read since the last command was sent."""

    limit_bytes = MAX_ANSWER_BYTES
    _left_bytes = MAX_ANSWER_BYTES

    def send(self, data: bytes) -> None:  # type: ignore[override] # typeshed's Buffer; imaplib sends bytes
        self._left_bytes = self.limit_bytes
        super().send(data)

    def read(self, size: int) -> bytes:
        self._take(size)
        return super().read(size)

    def readline(self) -> bytes:
        try:
            line = super().readline()
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:  # a line too long: what follows is its rest, not an answer
            raise AnswerTooLargeError(str(error)) from error
        self._take(len(line) + _LINE_COST_BYTES)
        return line

    def _get_response(self) -> bytes | None:
        """Say of what imaplib cannot read (numbers of 5,000 digits, bytes that are no text) that it is no IMAP."""
        try:
            line: bytes | None = super()._get_response()  # type: ignore[misc] # private; imapclient builds IDLE on it
        except (ValueError, OverflowError) as error:
            raise imaplib.IMAP4.abort(f"the server does not speak IMAP: {error}") from error
        return line

    def _take(self, size_bytes: int) -> None:
        self._left_bytes -= size_bytes
        if self._left_bytes < 0:
            raise AnswerTooLargeError(f"the server sends more than {self.limit_bytes} bytes for one command")


class _BoundedPlain(_Bounded, IMAP4WithTimeout):  # type: ignore[misc] # imapclient ships no types
    """Without TLS, or before STARTTLS."""

    def starttls(self, ssl_context: ssl.SSLContext | None = None) -> tuple[Literal["OK"], list[None]]:
        answer = super().starttls(ssl_context)
        self.untagged_responses.clear()  # anybody on the way could have said it
        return answer


class _BoundedTls(_Bounded, IMAP4_TLS):  # type: ignore[misc] # imapclient ships no types
    """With TLS from the first byte."""


class BoundedClient(imapclient.IMAPClient):  # type: ignore[misc] # imapclient ships no types
    """An IMAPClient over bounded connections that writes no protocol into logs."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None,
        connect_timeout_s: float,
        read_timeout_s: float,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        timeout = imapclient.SocketTimeout(connect_timeout_s, read_timeout_s)
        super().__init__(host, port, ssl=tls is not None, ssl_context=tls, timeout=timeout)
        self.normalise_times = False
        self._imap.debug = 0  # imapclient sets 5, which costs a repr of every line
        self._imap.limit_bytes = max_answer_bytes

    def _create_IMAP4(self) -> _Bounded:  # noqa: N802 - the name is imapclient's
        if self.ssl:
            return _BoundedTls(
                self.host,
                self.port,
                self.ssl_context,
                self._timeout.connect,  # type: ignore[call-arg] # mypy sees imaplib's constructor, not IMAP4_TLS'
            )
        return _BoundedPlain(self.host, self.port, self._timeout.connect)

    @property
    def is_entered_already(self) -> bool:
        """Whether the server greeted us as somebody who is logged in (PREAUTH)."""
        return bool(self._imap.state != "NONAUTH")

    @property
    def goodbye(self) -> str:
        """What the server said before it hung up (BYE); empty where it said nothing."""
        said = self._imap.untagged_responses.get("BYE") or [b""]
        return said[-1].decode("utf-8", "replace") if isinstance(said[-1], bytes) else ""

    def enter(self, command: Literal["login", "authenticate"], *arguments: object) -> None:
        """Log in; unlike imapclient's own methods it tells a lost connection (`abort`) from a refusal (`error`)."""
        self._command_and_check(command, *arguments)

    def drop(self) -> None:
        """Close the connection, whatever its state, without a word to the server."""
        try:
            self.shutdown()
        except OSError:
            self._imap.sock.close()
