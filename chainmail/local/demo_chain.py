"""One chain of the bundled mailbox, for those who need an analysis and may not take anybody's mail."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import resources

from producer.chains import group
from producer.parse import parse
from producer.reading import member_of
from schemas.chain import Chain, Email

#: The negotiation about a mesh curtain: four emails with amounts, dates and a decision.
_MAILS = "quote-curtain"


def demo_chain() -> Chain:
    """Return the same chain at every call; no ledger is needed."""
    files = (resources.files("chainmail.local") / "demo_mailbox" / "mails").iterdir()
    parsed = [parse(file.read_bytes()) for file in sorted(files, key=lambda file: file.name) if _MAILS in file.name]
    emails = {email.email_id: email for email in parsed if isinstance(email, Email)}
    (shape,) = group(member_of(email) for email in emails.values())
    return Chain(
        chain_id=shape.chain_id,
        revision=1,
        chain_hash=shape.chain_hash,
        subject=shape.subject,
        newest_email_at=shape.newest_email_at(datetime.now(UTC)),
        completeness=shape.completeness,
        emails=tuple(emails[member.email_id] for member in shape.members),
    )
