"""The fields of an analysis that do not depend on who made it: coordinates, and what headers and code say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from consumer.analysis.reading import Reading
from consumer.analysis.summary import summary
from schemas.chain import Chain

__all__ = ["coordinates", "facts", "summary"]


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
