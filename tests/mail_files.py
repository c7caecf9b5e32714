"""Chains of mail that lies in files, parsed and grouped as the producer does, without a ledger."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from producer.chains import group
from producer.parse import parse
from producer.reading import member_of
from schemas.chain import Chain, Email

#: Mail from after this day has a broken clock.
NOW = datetime(2027, 1, 1, tzinfo=UTC)


def emails_of(raws: Iterable[bytes]) -> dict[str, Email]:
    """Return what is mail among *raws*, by email id."""
    parsed = map(parse, raws)
    return {email.email_id: email for email in parsed if isinstance(email, Email)}


def chains_of(emails: dict[str, Email]) -> list[Chain]:
    """Return the chains of *emails*, in the order of their ids."""
    chains = []
    for shape in sorted(group(map(member_of, emails.values())), key=lambda shape: shape.chain_id):
        own = tuple(emails[member.email_id] for member in shape.members)
        chains.append(
            Chain(
                chain_id=shape.chain_id,
                revision=1,
                chain_hash=shape.chain_hash,
                subject=shape.subject,
                newest_email_at=shape.newest_email_at(NOW),
                completeness=shape.completeness,
                emails=own,
            )
        )
    return chains
