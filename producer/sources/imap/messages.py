"""What a server says of one message, as a raw mail (pure): its bytes, time of arrival, labels and conversation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from imapclient.imap_utf7 import decode as decode_utf7

from producer.sources.imap.account import Account
from producer.sources.source import RawMail


def folder_url(account: Account, folder: str) -> str:
    """Return the address of a folder (RFC 5092)."""
    scheme = "imaps" if account.security == "tls" else "imap"
    host = account.identity.removeprefix(f"{account.user}@")
    return f"{scheme}://{quote(account.user, safe='')}@{host}/{quote(folder)}"


def message_url(account: Account, folder: str, uidvalidity: int, uid: int) -> str:
    """Return the address of a message (RFC 5092)."""
    return f"{folder_url(account, folder)};UIDVALIDITY={uidvalidity}/;UID={uid}"


def raw_mail(name: str, said: Mapping[bytes, Any] | None) -> RawMail | None:
    """Return the mail in a FETCH answer, or None where it holds no bytes."""
    content = said.get(b"BODY[]") if said else None
    if not said or not isinstance(content, bytes):
        return None
    thread = said.get(b"X-GM-THRID")
    return RawMail(
        name=name,
        content=content,
        arrived_at=_aware(said.get(b"INTERNALDATE")),
        labels=_labels(said.get(b"X-GM-LABELS")),
        thread_keys=(f"gmail:{thread}",) if isinstance(thread, int) else (),
    )


def _aware(moment: object) -> datetime | None:
    if not isinstance(moment, datetime) or not moment.tzinfo:
        return None
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def _labels(said: object) -> tuple[str, ...]:
    r"""Return Gmail's labels by the names that Takeout gives them: `\Inbox` is Inbox."""
    found = [_label(label) for label in said] if isinstance(said, tuple) else []
    return tuple(label for label in found if label)


def _label(said: object) -> str:
    if not isinstance(said, bytes):
        return str(said)  # a label of digits
    try:
        name: str = decode_utf7(said)
    except UnicodeError:
        name = said.decode("utf-8", "replace")
    return name.removeprefix("\\")
