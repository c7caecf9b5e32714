"""What of an email joins it to others: read once when it is taken in, kept in columns of the ledger, grouped again at will."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """An email as grouping sees it.

    Args:
        email_id: Which email.
        node: Its own key: the Message-ID, or its hash.
        refs: The nodes that it refers to, oldest first, the direct parent last.
        sent_at: When it was sent, as far as is known.
        dated: Whether `sent_at` is the word of the mail or its relays, not of the place where it was found.
        ahead: Whether its date lies in the future.
        subject: The subject as it stands.
        subject_key: The base subject (RFC 5256 §2.1) of mail that it may join by subject; empty: it may not.
        is_reply: Whether the subject says that it answers or forwards.
        people: The addresses of sender and recipients, lower case, sorted.
        thread_keys: Ids of the conversation by the provider (Gmail, Exchange).
        bulk: Why it is bulk mail: `list: …`, `newsletter: …`, `automatic: …`; empty: it is none.
        damaged: Whether a part of it could not be read, or only by guessing.
    """

    email_id: str
    node: str
    refs: tuple[str, ...] = ()
    sent_at: datetime | None = None
    dated: bool = True
    ahead: bool = False
    subject: str = ""
    subject_key: str = ""
    is_reply: bool = False
    people: tuple[str, ...] = ()
    thread_keys: tuple[str, ...] = ()
    bulk: str = ""
    damaged: bool = False

    @property
    def path(self) -> tuple[str, ...]:
        """From the oldest known ancestor down to this email."""
        return (*self.refs, self.node)

    @property
    def order(self) -> tuple[datetime, str]:
        """Oldest first; mail whose date is only that of its finding last; the id settles ties.

        Where a mail was found depends on who imports it: it must move neither order nor ids.
        """
        return (self.sent_at if self.sent_at and self.dated else _END_OF_TIME, self.email_id)
