"""A finished analysis into the database: once, over nothing newer, and nothing of what was forgotten."""

from __future__ import annotations

from opentelemetry import trace
from sqlalchemy import Connection

from schemas.analysis import Analysis
from schemas.chain import Chain
from schemas.house import Housed
from storage import analyses, mail
from storage.outcomes import OutcomeKind


def store(connection: Connection, analysis: Analysis, housed: Housed | None) -> tuple[OutcomeKind, int | None]:
    """Store *analysis* unless it is there already or outdated; it follows a chain that got another id meanwhile."""
    (chain_id,) = mail.current_ids(connection, [analysis.chain_id])
    if analyses.is_outdated(connection, chain_id=chain_id, revision=analysis.revision):
        return OutcomeKind.SUPERSEDED, None
    found = analyses.find(
        connection, chain_id=chain_id, chain_hash=analysis.chain_hash, analyser_id=analysis.analyser_id
    )
    if found is not None:
        return OutcomeKind.DUPLICATE, found
    context = trace.get_current_span().get_span_context()
    trace_id = format(context.trace_id, "032x") if context.is_valid else None
    added = analyses.add(connection, analysis, chain_id=chain_id, trace_id=trace_id, housed=housed)
    return OutcomeKind.STORED, added


def holds_forgotten(connection: Connection, chain: Chain) -> bool:
    """Tell whether *chain* holds mail that was deleted at somebody's wish."""
    return bool(mail.forgotten(connection, [email.email_id for email in chain.emails]))
