"""How urgent a chain is by rules: a second opinion that cannot be talked to.

Words in several languages, near deadlines and the marks of bulk mail, each with the place where it
stands. Only what an email says itself counts, not what it quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from consumer.analysis.new_text import Span, slices
from schemas.analysis import DateMention, Evidence, Priority
from schemas.chain import Chain, Email

_CRITICAL = re.compile(
    r"\b(emergency|injur(?:y|ed|ies)|outage|production (?:is )?down|(?:server|system|site|line)s? (?:is|are) down|"
    r"data breach|safety (?:issue|hazard|incident)|recall|gas leak|fire alarm|line stop|"
    r"notfall|verletz(?:t|ung)|ausfall|produktion steht|stillstand|panne totale|urgence absolue|emergencia)\b",
    re.IGNORECASE,
)
_HIGH = re.compile(
    r"\b(urgent(?:ly)?|asap|as soon as possible|immediately|right away|deadline|overdue|final notice|last reminder|"
    r"complain(?:t|ts|ing)?|unacceptable|escalat(?:e|ed|ing|ion)|legal action|lawsuit|"
    r"cancel (?:the|our) (?:order|contract)|"
    r"dringend|eilig|sofort|umgehend|mahnung|überfällig|reklamation|beschwerde|frist|"
    r"au plus vite|réclamation|urgente|lo antes posible|reclamación|pilne|срочно|紧急|至急)",
    re.IGNORECASE,
)
_BULK = re.compile(
    r"\b(unsubscribe|view (?:this|it) in (?:your|a) browser|newsletter|abmelden|abbestellen|se désabonner|"
    r"darse de baja|mailing preferences|you (?:are )?receiv(?:e|ed|ing) this (?:e-?mail|message|newsletter))\b",
    re.IGNORECASE,
)
_SETTLED = re.compile(
    r"\b(?:(?:is|are|been|now|problem|issue|all) (?:fully )?(?:resolved|fixed|solved|restored|settled)|"
    r"works again|back (?:up|online)|behoben|gelöst|erledigt)\b",
    re.IGNORECASE,
)
_THANKS = re.compile(r"\b(thanks|thank you|danke|merci|gracias|cheers|dziękuję)\b", re.IGNORECASE)
_ASKS = re.compile(r"\?|\b(please|could you|can you|need|must|bitte|s'il vous|por favor)\b", re.IGNORECASE)
_NEGATED = re.compile(r"\b(?:no|not|never|without|isn't|nothing|non|kein\w*|nicht|pas)\b[^.!?\n]{0,20}$", re.IGNORECASE)
_THANKS_WORDS = 25
_NEAR = timedelta(days=3)
_NEGATION_CHARS = 30


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the rules say: a priority, why in words, and the words of the mail where there are any."""

    priority: Priority
    reason: str
    evidence: Evidence | None = None


def judge(chain: Chain, spans: Mapping[str, tuple[Span, ...]], dates: tuple[DateMention, ...]) -> Verdict:
    """Return the priority by rules; the first that fits, from the gravest down."""
    newest = chain.emails[-1]
    said = slices(newest.text, spans[newest.email_id])
    settled = len(chain.emails) > 1 and _SETTLED.search(said) is not None
    bulk = _first(_BULK, [newest], spans) if len(chain.emails) == 1 else None
    read = [newest] if settled else list(reversed(chain.emails))
    grave = _first(_CRITICAL, read, spans)
    if grave and not bulk and not settled:
        return Verdict(priority=Priority.CRITICAL, reason=f'the mail says "{grave.quote}"', evidence=grave)
    pressing = _first(_HIGH, read, spans)
    if pressing and not bulk and not settled:
        return Verdict(priority=Priority.HIGH, reason=f'the mail says "{pressing.quote}"', evidence=pressing)
    due = None if settled or bulk else _near_deadline(chain, dates)
    if due:
        return Verdict(priority=Priority.HIGH, reason=f"due on {due.resolved}", evidence=due.evidence)
    return _calm(bulk, grave or pressing, said, newest, spans)


def _calm(
    bulk: Evidence | None, urgent: Evidence | None, said: str, newest: Email, spans: Mapping[str, tuple[Span, ...]]
) -> Verdict:
    if bulk and not urgent:
        return Verdict(priority=Priority.LOW, reason=f'bulk mail: "{bulk.quote}"', evidence=bulk)
    if len(said.split()) <= _THANKS_WORDS and not _ASKS.search(said) and not urgent:
        thanks = _first(_THANKS, [newest], spans)
        if thanks:
            return Verdict(priority=Priority.LOW, reason="thanks, nothing asked", evidence=thanks)
    return Verdict(priority=Priority.NORMAL, reason="nothing urgent, no near deadline")


def _first(pattern: re.Pattern[str], emails: list[Email], spans: Mapping[str, tuple[Span, ...]]) -> Evidence | None:
    """Return the first place where *pattern* stands in what the emails say themselves, not negated."""
    for email, match in _matches(pattern, emails, spans):
        before = match.string[max(0, match.start() - _NEGATION_CHARS) : match.start()]
        if not _NEGATED.search(before):
            field = "text" if match.string is email.text else "subject"
            return Evidence.model_validate(
                {
                    "quote": match.group(),
                    "email_id": email.email_id,
                    "field": field,
                    "start": match.start(),
                    "end": match.end(),
                }
            )
    return None


def _matches(
    pattern: re.Pattern[str], emails: list[Email], spans: Mapping[str, tuple[Span, ...]]
) -> Iterator[tuple[Email, re.Match[str]]]:
    for email in emails:
        for start, end in spans[email.email_id]:
            yield from ((email, match) for match in pattern.finditer(email.text, start, end))
        yield from ((email, match) for match in pattern.finditer(email.subject))


def _near_deadline(chain: Chain, dates: tuple[DateMention, ...]) -> DateMention | None:
    """Return a deadline within three days after the newest email."""
    if chain.newest_email_at is None:
        return None
    first = chain.newest_email_at.date()
    days = {(first + timedelta(days=ahead)).isoformat() for ahead in range(_NEAR.days + 1)}
    return next((found for found in dates if found.kind == "deadline" and found.resolved in days), None)
