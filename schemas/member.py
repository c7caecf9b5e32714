"""What of an email joins it to others: read when it is taken in, kept in columns of the ledger, grouped at will."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

_END_OF_TIME = datetime.max.replace(tzinfo=UTC)
#: The kinds of bulk mail, from the one that is most like mail between people.
_BULK_RANKS = {kind: rank for rank, kind in enumerate(("", "list", "automatic", "newsletter"))}


@dataclass(frozen=True, kw_only=True)
class Member:
    """An email as grouping sees it.

    Args:
        email_id: Which email.
        node: Its own key: the Message-ID, or its hash where it has none that names it.
        refs: The nodes that it refers to, oldest first, the direct parent last.
        sent_at: When it was sent, as far as is known.
        dated: Whether `sent_at` is the word of the mail itself, not of who relayed or found it.
        ahead: Whether its date lies in the future.
        subject: The subject as it stands.
        subject_key: The base subject (RFC 5256 §2.1) of mail that it may join by subject; empty: it may not.
        seeks: Whether its subject alone says that it answers or forwards another.
        people: The addresses of sender and recipients, lower case, sorted.
        thread_keys: Ids of the conversation by the provider (Gmail, Exchange).
        bulk: Why it is bulk mail: `list: …`, `newsletter: …`, `automatic: …`; empty: it is none.
        cut: Whether it ends before its end.
        damaged: Whether a part of it could not be read, or only by guessing.
        edition: How often a better parser has read it otherwise.
    """

    email_id: str
    node: str
    refs: tuple[str, ...] = ()
    sent_at: datetime | None = None
    dated: bool = True
    ahead: bool = False
    subject: str = ""
    subject_key: str = ""
    seeks: bool = False
    people: tuple[str, ...] = ()
    thread_keys: tuple[str, ...] = ()
    bulk: str = ""
    cut: bool = False
    damaged: bool = False
    edition: int = 0

    @property
    def path(self) -> tuple[str, ...]:
        """From the oldest known ancestor down to this email."""
        return (*self.refs, self.node)

    @property
    def order(self) -> tuple[datetime, str]:
        """Where the email stands among others."""
        return order_of(self.email_id, self.sent_at, dated=self.dated)

    @property
    def has_subject(self) -> bool:
        """Whether others may join it by its subject."""
        return bool(self.subject_key) and self.dated and self.sent_at is not None

    @property
    def content_key(self) -> str:
        """What the hash of a chain is made of: which email, and which reading of it."""
        return f"{self.email_id}.{self.edition}" if self.edition else self.email_id

    def merged(self, other: Member) -> Member:
        """Return what this email is by this copy of it and by an *other*.

        Copies differ in what relays, lists and providers added. The result is the same whichever came first, and a
        further copy adds to what joins the email and takes nothing away.
        """
        sent = [at for at in (self.sent_at, other.sent_at) if at is not None]
        return replace(
            self,
            sent_at=min(sent, default=None),
            ahead=self.ahead and other.ahead,
            subject_key=self.subject_key or other.subject_key,
            seeks=self.seeks or other.seeks,
            people=tuple(sorted({*self.people, *other.people})),
            thread_keys=tuple(sorted({*self.thread_keys, *other.thread_keys})),
            bulk=min(self.bulk, other.bulk, key=lambda bulk: (_BULK_RANKS[bulk.partition(":")[0]], bulk)),
            cut=self.cut and other.cut,
            damaged=self.damaged and other.damaged,
            edition=max(self.edition, other.edition),
        )


def order_of(email_id: str, sent_at: datetime | None, *, dated: bool) -> tuple[datetime, str]:
    """Return the key by which emails are ordered: oldest first, undated mail last; the id settles ties.

    Mail that is dated by the place of its finding alone counts as undated: who imports it must not move ids.
    """
    return (sent_at if sent_at and dated else _END_OF_TIME, email_id)
