"""A conversation in a few plain sentences, and what comes next, by code alone: no word of it is made up.

What was found is named, what was not is left out: padding is a fault.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from consumer.analysis.instructions import instructions
from consumer.analysis.reading import Reading
from schemas.analysis import ActionItem, Amount, WorkflowState

_SUBJECT_CHARS, _ACTION_CHARS, _NAME_CHARS = 300, 160, 80
_MOST_PEOPLE, _MOST_AMOUNTS, _MOST_DAYS = 3, 3, 3
_STATES = {
    WorkflowState.START: "",
    WorkflowState.IN_PROGRESS: "",
    WorkflowState.WAITING: "An answer is waited for.",
    WorkflowState.COMPLETED: "By its newest words the matter is settled.",
    WorkflowState.BLOCKED: "By its newest words the matter is held up.",
}


def summary(reading: Reading) -> str:
    """Return subject, who wrote, where it stands, the sums and days named, and what is asked."""
    sentences = (_first(reading), _STATES[reading.ruled.state], _money(reading), _days(reading), _asked(reading))
    return " ".join(filter(None, sentences))


def next_step(reading: Reading) -> str:
    """Return the newest thing to be done, in the mail's own words; empty where nothing is open."""
    if reading.ruled.state == WorkflowState.COMPLETED or reading.ruled.is_bulk:
        return ""
    latest = _newest_action(reading)
    return _told(latest) if latest else ""


def _first(reading: Reading) -> str:
    chain = reading.chain
    newest, count = chain.emails[-1], len(chain.emails)
    sender = (newest.sender.name or newest.sender.address if newest.sender else "nobody named")[:_NAME_CHARS]
    subject = _subject(chain.subject)
    day = f" on {newest.written_on.isoformat()}" if newest.written_on else ""
    if count == 1:
        return f"{subject} (1 email; by {sender}{day})."
    writers = [who.name[:_NAME_CHARS] for who in reading.people if who.role == "sender"]
    between = f" between {_listed(writers, _MOST_PEOPLE)}" if len(writers) > 1 else ""
    return f"{subject} ({count} emails{between}; the newest by {sender}{day})."


def _subject(written: str) -> str:
    subject = " ".join(written.split())
    if instructions(subject):
        return "(a subject that tells its reader what to do)"
    return subject[:_SUBJECT_CHARS] or "(no subject)"


def _money(reading: Reading) -> str:
    sums = [_plain(amount) for amount in reversed(reading.readings.amounts) if amount.kind == "sum"]
    return f"Sums named: {_listed(list(dict.fromkeys(sums)), _MOST_AMOUNTS)}." if sums else ""


def _days(reading: Reading) -> str:
    since = reading.chain.emails[-1].written_on
    due = _ahead(reading, "deadline", since)
    meetings = _ahead(reading, "meeting", since)
    told = [f"due on {_listed(due, _MOST_DAYS)}"] if due else []
    told += [f"to meet on {_listed(meetings, _MOST_DAYS)}"] if meetings else []
    return f"Days ahead: {'; '.join(told)}." if told else ""


def _ahead(reading: Reading, kind: str, since: date | None) -> list[str]:
    days = {day.resolved for day in reading.readings.dates if day.kind == kind and day.resolved}
    return sorted(day for day in days if since is None or day[:10] >= since.isoformat()[: len(day[:10])])


def _asked(reading: Reading) -> str:
    requests = [item for item in _open(reading) if item.kind == "request"]
    latest = _newest_action(reading, requests)
    if latest is None or reading.ruled.is_bulk:
        return ""
    more = len(requests) - 1
    return f"Asked: {_told(latest)}" + (f" (and {more} more)." if more else ".")


def _newest_action(reading: Reading, items: Iterable[ActionItem] | None = None) -> ActionItem | None:
    """Return the action that stands last: in the newest email, its own words before those that it quotes."""
    position = {email.email_id: at for at, email in enumerate(reading.chain.emails)}
    found = _open(reading) if items is None else items
    return max(
        found,
        key=lambda item: (position[item.evidence.email_id], item.evidence.quoted is None, item.kind == "request"),
        default=None,
    )


def _open(reading: Reading) -> list[ActionItem]:
    """Return the actions but those that the newest email only quotes and answers."""
    newest = reading.newest
    return [
        item
        for item in reading.readings.actions
        if not (newest.is_answer and item.evidence.quoted and item.evidence.email_id == newest.email.email_id)
    ]


def _told(item: ActionItem) -> str:
    what = " ".join(item.what.split()).rstrip(".")[:_ACTION_CHARS]
    who = f"{item.owner}: " if item.owner else ""
    return f"{who}{what}" + (f", until {item.due}" if item.due else "")


def _plain(amount: Amount) -> str:
    value = amount.value
    figures = f"{value:,.2f}" if value == round(value, 2) and value != value.to_integral_value() else f"{value:,}"
    return f"{amount.currency or ''} {figures}".strip()


def _listed(items: list[str], most: int) -> str:
    more = len(items) - most
    return ", ".join(items[:most]) + (f" and {more} more" if more > 0 else "")
