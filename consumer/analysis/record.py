"""The fields of an analysis that do not depend on who made it: coordinates, and what headers and code say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from consumer.analysis.instructions import instructions
from consumer.analysis.reading import Reading
from schemas.chain import Chain

_SUMMARY_CHARS = 300
_NAME_CHARS = 80


def coordinates(chain: Chain, analyser_id: str) -> dict[str, Any]:
    """Return which analysis it is, of what, by whom, and when."""
    return {
        "chain_id": chain.chain_id,
        "chain_hash": chain.chain_hash,
        "revision": chain.revision,
        "analyser_id": analyser_id,
        "analysed_at": datetime.now(UTC),
    }


def facts(reading: Reading, organisations: Iterable[str] = ()) -> dict[str, Any]:
    """Return what headers and code say of the chain; *organisations* are others that somebody else found in it."""
    known = filter(None, (who.organisation for who in reading.people))
    return {
        "people": reading.people,
        "organisations": tuple(dict.fromkeys([*organisations, *known])),
        "dates": reading.readings.dates,
        "references": reading.readings.references,
        "hidden_chars": sum(email.hidden_chars for email in reading.chain.emails),
    }


def summary(reading: Reading) -> str:
    """Return the subject, who wrote last and when: no word of it is made up, and none is an order to its reader."""
    newest = reading.chain.emails[-1]
    count = len(reading.chain.emails)
    sender = newest.sender.name or newest.sender.address if newest.sender else "nobody named"
    day = f" on {newest.written_on.isoformat()}" if newest.written_on else ""
    subject = " ".join(reading.chain.subject.split()) or "(no subject)"
    if instructions(subject):
        subject = "(a subject that tells its reader what to do)"
    emails = "1 email" if count == 1 else f"{count} emails"
    return f"{subject[:_SUMMARY_CHARS]} ({emails}; the newest by {sender[:_NAME_CHARS]}{day})"
