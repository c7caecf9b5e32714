"""Chains written by tests, without a producer: an email is its text and what the test says beside it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from consumer.analysis.new_text import passages_of
from consumer.analysis.readings import read_chain
from consumer.analysis.rules import Verdict, judge
from schemas.analysis import Evidence
from schemas.chain import Address, Chain, Completeness, Email

#: A Wednesday.
FIRST_AT = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)


def conversation(*texts: str | dict[str, Any], subject: str = "") -> Chain:
    """Return a chain of one email a text, an hour apart; a dict gives fields of `Email`."""
    emails = []
    for number, given in enumerate(texts):
        fields: dict[str, Any] = given if isinstance(given, dict) else {"text": given}
        sent_at = FIRST_AT + timedelta(hours=number)
        defaults = {
            "email_id": f"email-{number}",
            "message_id": f"{number}@ringwerk.example",
            "sent_at": sent_at,
            "subject": subject if number == 0 else f"Re: {subject}",
            "sender": Address(name="Ann Weber", address="ann@acme.example"),
            "to": (Address(name="Lena Brandt", address="lena@ringwerk.example"),),
        }
        emails.append(Email(**(defaults | fields)))
    return Chain(
        chain_id="chain",
        revision=1,
        chain_hash=hashlib.sha256("".join(email.text for email in emails).encode("utf-8", "replace")).hexdigest(),
        subject=emails[0].subject,
        newest_email_at=max((email.sent_at for email in emails if email.sent_at), default=None),
        completeness=Completeness(score=1),
        emails=tuple(emails),
    )


def ruled(chain: Chain) -> Verdict:
    """Return what the rules say of *chain*."""
    spans = passages_of(chain)
    return judge(chain, spans, read_chain(chain, spans).dates)


def stands(chain: Chain, evidence: Evidence) -> bool:
    """Return whether the quote stands where its evidence says."""
    email = next(email for email in chain.emails if email.email_id == evidence.email_id)
    text: str = getattr(email, evidence.field)
    return bool(evidence.quote) and text[evidence.start : evidence.end] == evidence.quote
