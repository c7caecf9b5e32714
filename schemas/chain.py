"""What travels from the producer to the consumer: emails grouped into a chain.

Comes in: what `producer.parse` read in raw bytes. Goes out: the value of a record of the
chain topics. Nothing here reads files, topics or databases.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

#: Which clock told when an email was sent: its Date, else its newest Received, else its container.
SentAtFrom = Literal["date", "received", "arrived", "none"]
#: How a defect begins that says that a part of the mail is missing.
CUT = "cut:"
#: How defects begin that say nothing against the text of the mail.
_NO_DAMAGE = (CUT, "the date ", "the text of the attachment ")


class Frozen(BaseModel):
    """A value: immutable, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Address(Frozen):
    """One mailbox of a header (RFC 5322 §3.4)."""

    name: str = ""
    address: str

    @property
    def shown(self) -> str:
        """The address with an international domain in its own letters (RFC 5890), where its coding is valid."""
        local, at, domain = self.address.rpartition("@")
        if "xn--" not in domain.lower():
            return self.address
        try:
            return local + at + domain.lower().encode("ascii").decode("idna")
        except UnicodeError:
            return self.address

    def __str__(self) -> str:
        """As a person writes it: `Ann <ann@example.org>`."""
        return f"{self.name} <{self.shown}>" if self.name else self.shown


class Attachment(Frozen):
    """A part that is not the text: its bytes stay in the ledger, in the raw mail (`producer.attachments`)."""

    filename: str = ""
    content_type: str
    size_bytes: int = Field(ge=0)
    sha256: str
    text: str = Field(default="", description="What a text-like attachment says, bounded; empty for all others.")
    is_inline: bool = Field(default=False, description="Shown within the text, such as a picture of the HTML.")


class Email(Frozen):
    """One RFC 5322 message, parsed.

    `email_id` is the hex SHA-256 of the identifying headers and the body, so that the same
    mail delivered over two routes is one email, and two mails which share a Message-ID but
    not their content stay two. An email without a Message-ID is identified by its raw bytes.
    """

    email_id: str
    message_id: str | None = Field(description="Without angle brackets; null where the mail has none.")
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sent_at: AwareDatetime | None = None
    sent_at_from: SentAtFrom = "none"
    ahead: bool = Field(
        default=False, description="The time lies in the future of the arrival: it is never the newest."
    )
    sent_on: date | None = Field(default=None, description="The day of the Date header where its sender was.")
    utc_offset_s: int | None = Field(default=None, description="Of its sender's clock, by the Date header.")
    subject: str = ""
    sender: Address | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    text: str = ""
    text_from: Literal["plain", "html", "none"] = "none"
    hidden_chars: int = Field(default=0, ge=0, description="Characters of hidden HTML that were removed.")
    elided_chars: int = Field(default=0, ge=0, description="Characters cut because the chain was too large.")
    attachments: tuple[Attachment, ...] = ()
    defects: tuple[str, ...] = Field(default=(), description="What was damaged, in words.")
    thread_keys: tuple[str, ...] = Field(default=(), description="Keys that the mails of one conversation share.")
    labels: tuple[str, ...] = Field(default=(), description="The provider's labels, where it keeps any.")
    bulk: str = Field(
        default="", description="Why it is bulk: `list: …`, `newsletter: …` or `automatic: …`, else empty."
    )

    @property
    def is_cut(self) -> bool:
        """Whether the mail ends before its end."""
        return any(defect.startswith(CUT) for defect in self.defects)

    @property
    def is_damaged(self) -> bool:
        """Whether parts could not be read, or only by guessing; that the mail is cut is told apart (`is_cut`)."""
        return any(not defect.startswith(_NO_DAMAGE) for defect in self.defects)

    @property
    def written_on(self) -> date | None:
        """The day of writing, as near to the sender's own as is known."""
        return self.sent_on or (self.sent_at.date() if self.sent_at else None)

    @property
    def node(self) -> str:
        """The key under which other emails can refer to this one."""
        return self.message_id or f"sha256:{self.email_id}"


class Completeness(Frozen):
    """How much of a conversation is at hand: 1 means nothing is known to be missing."""

    score: float = Field(ge=0, le=1)
    missing: tuple[str, ...] = Field(default=(), description="What is missing, in words.")


class Chain(Frozen):
    """The emails of one conversation, oldest first: the unit of analysis."""

    chain_id: str
    revision: int = Field(ge=1, lt=2**31, description="Grows by one whenever an email joins or leaves.")
    chain_hash: str = Field(description="SHA-256 over the ordered content.")
    subject: str
    newest_email_at: AwareDatetime | None
    completeness: Completeness
    emails: tuple[Email, ...] = Field(min_length=1)


def hash_of_emails(email_ids: list[str]) -> str:
    """Return the chain hash of emails in their order (hex SHA-256)."""
    return hashlib.sha256("\n".join(email_ids).encode()).hexdigest()


def hash_of_root(node: str) -> str:
    """Return the chain id that belongs to a root node: 32 hex digits of its SHA-256."""
    return hashlib.sha256(node.encode("utf-8", "surrogateescape")).hexdigest()[:32]
