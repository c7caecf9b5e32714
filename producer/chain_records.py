"""Chains of the ledger as the values of records: packed emails put together, shortened where they are too large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from chainmail.settings import Settings
from schemas import wire
from schemas.chain import Chain, Email
from storage import mail
from storage.mail import PackedEmail, StoredChain
from storage.outbox import Pending

#: Room for the words that say what was left out.
_NOTE_BYTES = 200
#: Room for the number of characters that were cut from an email.
_COUNT_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class ChainRecord:
    """A chain's newest revision, the record's value, and the traces of its emails."""

    chain: StoredChain
    value: bytes
    traceparents: Sequence[str]


def load(connection: Connection, rows: Sequence[Pending], settings: Settings) -> dict[str, ChainRecord]:
    """Return chain id → record for the outbox *rows* (tombstones have none)."""
    wanted = [row.chain_id for row in rows if row.chain_hash]
    chains = mail.chains(connection, wanted)
    emails = mail.packed_emails(connection, wanted)
    return {
        chain_id: ChainRecord(
            chain=chain,
            value=_value(chain, emails[chain_id], settings),
            traceparents=[email.traceparent for email in emails[chain_id] if email.traceparent],
        )
        for chain_id, chain in chains.items()
    }


def chains_of(connection: Connection, chain_ids: Sequence[str], settings: Settings) -> dict[str, Chain]:
    """Return chain id → the newest revision of these chains, as their records hold it; none of what is gone."""
    stored = mail.chains(connection, chain_ids)
    emails = mail.packed_emails(connection, list(stored))
    return {
        chain_id: Chain.model_validate_json(_value(chain, emails[chain_id], settings))
        for chain_id, chain in stored.items()
        if chain_id in emails
    }


def _value(chain: StoredChain, emails: Sequence[PackedEmail], settings: Settings) -> bytes:
    """Return the value of a chain's record, as the policy for bulk mail and the limit of its size want it."""
    value = wire.encode_packed(_head(chain), [email.content for email in emails])
    headers_alone = settings.bulk_policies.get(chain.bulk) == "headers"
    if not headers_alone and len(value) <= settings.max_chain_bytes:
        return value
    whole = Chain.model_validate_json(value)
    return wire.encode(fit(without_texts(whole) if headers_alone else whole, settings.max_chain_bytes))


def _head(chain: StoredChain) -> dict[str, object]:
    newest_at = chain.newest_email_at
    return {
        "chain_id": chain.chain_id,
        "revision": chain.revision,
        "chain_hash": chain.chain_hash,
        "subject": chain.subject,
        "newest_email_at": newest_at.isoformat() if newest_at else None,
        "completeness": {"score": chain.completeness, "missing": chain.missing},
    }


def without_texts(chain: Chain) -> Chain:
    """Return *chain* with headers alone: its texts count as elided."""
    return chain.model_copy(update={"emails": tuple(_elided(email, len(email.text)) for email in chain.emails)})


def fit(chain: Chain, max_bytes: int) -> Chain:
    """Return *chain* so that its JSON fits into *max_bytes*, saying what was left out.

    The oldest texts go first. Where the headers alone are too many the oldest emails go, at last lists of the newest.
    """
    chain = _with_fewer_texts(chain, max_bytes)
    excess = len(wire.encode(chain)) - max_bytes
    if excess <= 0:
        return chain
    sizes = [len(wire.encode(chain.model_copy(update={"emails": (email,)}))) for email in chain.emails]
    frame = len(wire.encode(chain.model_copy(update={"emails": ()})))
    kept, room = 0, max_bytes - frame - _NOTE_BYTES
    while kept < len(sizes) and room >= sizes[-1 - kept] - frame:
        room -= sizes[-1 - kept] - frame + 1
        kept += 1
    emails = chain.emails[-kept:] if kept else (_without_lists(chain.emails[-1]),)
    return _noted(chain, emails)


def _noted(chain: Chain, emails: tuple[Email, ...]) -> Chain:
    left_out = len(chain.emails) - len(emails)
    note = f"the {left_out} oldest emails: too many for one record" if left_out else "lists of addresses and references"
    completeness = chain.completeness.model_copy(update={"missing": (*chain.completeness.missing, note)})
    return chain.model_copy(update={"emails": emails, "completeness": completeness})


def _without_lists(email: Email) -> Email:
    return email.model_copy(update=dict.fromkeys(("references", "to", "cc", "attachments", "labels"), ()))


def _with_fewer_texts(chain: Chain, max_bytes: int) -> Chain:
    excess = len(wire.encode(chain)) - max_bytes
    emails: list[Email] = list(chain.emails)
    for index, email in enumerate(emails):
        if excess <= 0:
            break
        shorter = _elided(email, _chars_of(email, excess + _COUNT_BYTES))
        excess -= _size_bytes(email) - _size_bytes(shorter)
        emails[index] = shorter
    return chain.model_copy(update={"emails": tuple(emails)}) if emails != list(chain.emails) else chain


def _size_bytes(email: Email) -> int:
    return len(email.model_dump_json(exclude_defaults=True).encode())


def _chars_of(email: Email, excess_bytes: int) -> int:
    """Return how much text makes up for *excess_bytes*; one character is at most six bytes of JSON."""
    return min(len(email.text), excess_bytes if email.text.isascii() else excess_bytes * 6)


def _elided(email: Email, cut_chars: int) -> Email:
    """Keep the beginning of the text; an attachment's text goes with it."""
    kept = len(email.text) - cut_chars
    attachments = tuple(part.model_copy(update={"text": ""}) for part in email.attachments)
    cut_chars += sum(len(part.text) for part in email.attachments)
    return email.model_copy(
        update={
            "text": email.text[:kept],
            "attachments": attachments,
            "elided_chars": email.elided_chars + cut_chars,
        }
    )
