"""How urgent a chain is by rules: a second opinion that cannot be talked to.

Words in several languages, near deadlines and the marks of bulk mail, each with the place where it
stands. Only what an email says itself counts, not what it quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from consumer.analysis.calm import why_low
from consumer.analysis.evidence import evidence_at
from consumer.analysis.instructions import instructs, without_instructions
from consumer.analysis.new_text import Passage
from consumer.analysis.newest import Newest, newest_of
from consumer.analysis.quotes.articles import article_start
from consumer.analysis.readers.asking import asks, promises
from consumer.analysis.readers.category import category
from consumer.analysis.readers.state import workflow_state
from consumer.analysis.readers.windows import windows
from schemas.analysis import Category, DateMention, Evidence, Priority, WorkflowState
from schemas.chain import Chain, Email

_CRITICAL = re.compile(
    r"\b(?:(?:is|have|had|facing) an emergency|emergency (?:shutdown|stop|repair|call)|injur(?:y|ed|ies)|outage|"
    r"production (?:is )?down|"
    r"(?:server|system|site|line|shop|service|network|website)s? (?:is|are) down|"
    r"data breach|safety (?:hazard|incident)|gas leak|fire alarm|line stop|"
    r"(?:the|a|product|safety|immediate|voluntary) recall|recall (?:notice|campaign|all|lot)|recall of (?:all|the|lot)|"
    r"notfall|verletz(?:t|ung)|ausfall|produktion steht|stillstand|rückruf(?:aktion)?|panne totale|urgence absolue|"
    r"emergencia)\b",
    re.IGNORECASE,
)
_HIGH = re.compile(
    r"\b(?:urgent(?:ly)?|asap|as soon as possible|right away|"
    r"(?:please|must|need|call|answer|reply|respond|contact|tell|stop|send|act)\b[^.!?]{0,40}\bimmediately|"
    r"deadline|overdue|final notice|last reminder|notice of (?:default|termination|breach)|termination (?:letter|"
    r"notice)s?|"
    r"complain(?:t|ts|ing)?|unacceptable|escalat(?:e|ed|ing|ion)|legal action|lawsuit|"
    r"cancel (?:the|our) (?:order|contract)|"
    r"dringend\w{0,2}|eilig|sofort|umgehend|mahnung|überfällig|reklamation|beschwerde|frist|"
    r"au plus vite|réclamation|urgente|lo antes posible|reclamación|pilne|срочно)\b|紧急|緊急|至急",
    re.IGNORECASE,
)
_BULK = re.compile(
    r"\b(?:unsubscribe|view (?:this|it) in (?:your|a) browser|abmelden|abbestellen|se désabonner|"
    r"darse de baja|mailing preferences|you (?:are )?receiv(?:e|ed|ing) this (?:e-?mail|message|newsletter))\b",
    re.IGNORECASE,
)
#: What stands in each of these, found many times faster than they are tried, and how far they reach from it.
_TRACES = {
    _CRITICAL: (
        "emergenc injur outage down breach hazard incident leak alarm stop recall notfall verletz ausfall steht "
        "stillstand rückruf panne urgence"
    ).split(),
    _HIGH: (
        "urgent asap soon away immediately deadline overdue notice reminder termination complain unacceptable escalat "
        "action lawsuit cancel dringend eilig sofort umgehend mahnung überfällig reklamation beschwerde frist vite "
        "réclamation antes reclamación pilne срочно 紧急 緊急 至急"
    ).split(),
    _BULK: "unsubscribe browser abmelden abbestellen désabonner darse mailing receiv".split(),
}
_REACH_CHARS = 60
_SETTLED = re.compile(
    r"\b(?:(?:is|are|been|now|problem|issue|all) (?:fully )?(?:resolved|fixed|solved|restored|settled)|works again|"
    r"(?:is|are) (?:up|running|working|online|available|reachable) again|(?:is|are) back (?:up|online|in service)|"
    r"behoben|gelöst|erledigt|(?:läuft|funktioniert|geht) wieder)\b",
    re.IGNORECASE,
)
_THANKS = re.compile(r"\b(?:thanks|thank you|danke|merci|gracias|cheers|dziękuję)\b", re.IGNORECASE)
#: Of the words above, those that lawyers use every day.
_OF_THE_TRADE = re.compile(r"complain|lawsuit|legal action|escalat|beschwerde|frist", re.IGNORECASE)
#: What turns the words after it into their opposite, or into something that has not happened.
_NEGATED = re.compile(
    r"\b(?:no|non|kein\w{0,2}|without|never|nothing)(?: \w+){0,3} $|\b(?:not|nicht|pas)(?: \w+){0,2} $|n't(?: \w+)? $",
    re.IGNORECASE,
)
_UNREAL = re.compile(r"\b(?:until|unless|when|once|if|after|before|bis|wenn|sobald|falls)\b[^.!?;]*$", re.IGNORECASE)
#: Lawyers' footers: "if you received this in error, notify us immediately".
_BOILERPLATE = re.compile(
    r"\b(?:in error|intended (?:recipient|only|solely)|irrtümlich|notify (?:the|us|me))\b", re.IGNORECASE
)
#: A due date does not lift such a matter.
_TRIVIAL = frozenset({Category.SCHEDULING, Category.LOGISTICS, Category.PERSONAL})
_THANKS_WORDS = 25
_NEAR = timedelta(days=3)
_BEFORE_CHARS = 120
_RANK = {priority: rank for rank, priority in enumerate(Priority)}
_LEVELS = tuple(Priority)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the rules say: a priority, why in words, and the words of the mail where there are any; what it is about."""

    priority: Priority
    reason: str
    evidence: Evidence | None = None
    is_bulk: bool = False
    category: Category = Category.OTHER
    state: WorkflowState = WorkflowState.IN_PROGRESS


def judge(chain: Chain, passages: Mapping[str, tuple[Passage, ...]], dates: tuple[DateMention, ...]) -> Verdict:
    """Return the priority by rules, the first that fits from the gravest down; the category and the state."""
    newest = newest_of(chain, passages)
    own = {newest.email.email_id: _own(newest.email, passages[newest.email.email_id])}
    bulk = _first(_BULK, [newest.email], own) if len(chain.emails) == 1 else None
    is_news = bool(bulk) or (newest.is_article and not asks(newest.own))
    about = category(without_instructions(chain.subject), newest.own, newest.passed_on, is_bulk=is_news)
    emails = len(chain.emails) + bool(newest.passed_on)
    state = workflow_state(newest.own, emails=emails, is_bulk=bool(bulk))
    verdict = _verdict(chain, passages, dates, newest, bulk, about)
    return replace(verdict, category=about, state=state)


def _verdict(
    chain: Chain,
    passages: Mapping[str, tuple[Passage, ...]],
    dates: tuple[DateMention, ...],
    newest: Newest,
    bulk: Evidence | None,
    about: Category,
) -> Verdict:
    heard = _heard(chain, passages, newest)
    settled = len(chain.emails) > 1 and _first(_SETTLED, [newest.email], heard, real=True) is not None
    read = [newest.email] if settled else list(reversed(chain.emails))
    grave = _first(_CRITICAL, read, heard)
    if grave and not bulk and not settled:
        return Verdict(priority=Priority.CRITICAL, reason=f'the mail says "{grave.quote}"', evidence=grave)
    pressing = _first(_HIGH, read, heard, without=_OF_THE_TRADE if about == Category.LEGAL else None)
    if pressing and not bulk and not settled:
        return Verdict(priority=Priority.HIGH, reason=f'the mail says "{pressing.quote}"', evidence=pressing)
    due = None if settled or bulk or about in _TRIVIAL else next(_near_deadlines(chain, dates, heard), None)
    if due:
        return Verdict(priority=Priority.HIGH, reason=f"due on {due.resolved}", evidence=due.evidence)
    return _calm(bulk, grave or pressing, newest, about, heard, is_settled=settled)


def _heard(chain: Chain, passages: Mapping[str, tuple[Passage, ...]], newest: Newest) -> dict[str, tuple[Passage, ...]]:
    """Return the passages that can press: no press article, and what the newest email answers does not.

    Where its writer says something himself and asks for nothing, what he quotes is his answer's occasion.
    """
    heard = {email.email_id: tuple(_without_article(email, passages[email.email_id])) for email in chain.emails}
    mine = heard[newest.email.email_id]
    if newest.is_answer:
        heard[newest.email.email_id] = tuple(one for one in mine if one.quoted is None)
    return heard


def _without_article(email: Email, passages: tuple[Passage, ...]) -> Iterator[Passage]:
    for one in passages:
        at = article_start(email.text, one.start, one.end)
        if at is None:
            yield one
        elif at > one.start:
            yield replace(one, end=at)


def _own(email: Email, passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
    """Return what the writer says himself; where that is nothing, what he passes on speaks for him."""
    own = tuple(one for one in passages if one.quoted is None and email.text[one.start : one.end].strip())
    return own or passages


def ceiling(
    chain: Chain, ruled: Verdict, evidence: Evidence, dates: tuple[DateMention, ...], *, is_urged: bool = False
) -> Priority:
    """Return the highest priority that somebody else may claim with the words in *evidence*.

    One level above the rules: words that say nothing urgent cannot lift a matter further. What the words
    themselves say (an urgency word, a near deadline), where that is more. Bulk mail never above normal. Where the chain
    urges its reader to sort it (*is_urged*), only what the words themselves say counts.
    """
    if ruled.is_bulk:
        return Priority.NORMAL
    above = ruled.priority if is_urged else _LEVELS[min(_RANK[ruled.priority] + 1, len(_LEVELS) - 1)]
    return max(above, _weight(chain, evidence, dates), key=lambda priority: _RANK[priority])


def _weight(chain: Chain, evidence: Evidence, dates: tuple[DateMention, ...]) -> Priority:
    """Return how urgent the words in *evidence* are by themselves."""
    email = next(email for email in chain.emails if email.email_id == evidence.email_id)
    text: str = getattr(email, evidence.field)
    for pattern, priority in ((_CRITICAL, Priority.CRITICAL), (_HIGH, Priority.HIGH)):
        if any(_stands(match) for match in pattern.finditer(text, evidence.start, evidence.end)):
            return priority
    due = any(
        (day.evidence.email_id, day.evidence.field) == (evidence.email_id, evidence.field)
        and day.evidence.start < evidence.end
        and evidence.start < day.evidence.end
        for day in _near_deadlines(chain, dates)
    )
    return Priority.HIGH if due else Priority.LOW


def _calm(
    bulk: Evidence | None,
    urgent: Evidence | None,
    newest: Newest,
    about: Category,
    passages: Mapping[str, tuple[Passage, ...]],
    *,
    is_settled: bool,
) -> Verdict:
    if bulk:
        level = Priority.NORMAL if urgent else Priority.LOW
        return Verdict(priority=level, reason=f'bulk mail: "{bulk.quote}"', evidence=bulk, is_bulk=True)
    is_open = asks(newest.own) or promises(newest.own)
    if len(newest.own.split()) <= _THANKS_WORDS and not is_open and not urgent:
        mine = {email_id: tuple(one for one in said if one.quoted is None) for email_id, said in passages.items()}
        thanks = _first(_THANKS, [newest.email], mine)
        if thanks and not is_settled:
            return Verdict(priority=Priority.LOW, reason="thanks, nothing asked or promised", evidence=thanks)
    why = "" if urgent or is_settled else why_low(newest, about)
    if why:
        return Verdict(priority=Priority.LOW, reason=why)
    return Verdict(priority=Priority.NORMAL, reason="nothing urgent, no near deadline")


def _first(
    pattern: re.Pattern[str],
    emails: list[Email],
    passages: Mapping[str, tuple[Passage, ...]],
    *,
    real: bool = False,
    without: re.Pattern[str] | None = None,
) -> Evidence | None:
    """Return the first place where *pattern* stands in what the emails say themselves, not negated.

    With *real*, neither is it wished, asked or supposed. Words that *without* matches do not count.
    """
    for email, field, match in _matches(pattern, emails, passages):
        if _stands(match) and not (real and _is_unreal(match)) and not (without and without.match(match.group())):
            return evidence_at(email, field, match.start(), match.end(), passages[email.email_id])
    return None


def _stands(match: re.Match[str]) -> bool:
    """Return whether the words mean what they say: not negated, no lawyer's footer, no order to whoever sorts mail."""
    if instructs(match.string, match.start(), match.end()):
        return False
    before = _before(match)
    return not (_NEGATED.search(before) or _BOILERPLATE.search(before + match.group()))


def _is_unreal(match: re.Match[str]) -> bool:
    after = match.string[match.end() : match.end() + _BEFORE_CHARS]
    return _UNREAL.search(_before(match)) is not None or re.match(r"[^.!\n]*\?", after) is not None


def _before(match: re.Match[str]) -> str:
    """Return what stands before the words in their sentence, in single spaces."""
    before = match.string[max(0, match.start() - _BEFORE_CHARS) : match.start()]
    sentence = re.split(r"[.!?:]\s|\n\s*\n", before)[-1]
    return re.sub(r"\s+", " ", sentence)


def _matches(
    pattern: re.Pattern[str], emails: list[Email], passages: Mapping[str, tuple[Passage, ...]]
) -> Iterator[tuple[Email, Literal["text", "subject"], re.Match[str]]]:
    for email in emails:
        for start, end in _near(pattern, email.text, passages[email.email_id]):
            yield from ((email, "text", match) for match in pattern.finditer(email.text, start, end))
        yield from ((email, "subject", match) for match in pattern.finditer(email.subject))


def _near(pattern: re.Pattern[str], text: str, passages: tuple[Passage, ...]) -> Iterator[tuple[int, int]]:
    """Yield the parts of *passages* in which *pattern* can stand."""
    traces = _TRACES.get(pattern)
    for one in passages:
        if traces is None:
            yield one.start, one.end
            continue
        said = text[one.start : one.end]
        for start, end in windows(said, traces, before=_REACH_CHARS, after=_REACH_CHARS):
            yield one.start + start, one.start + end


def _near_deadlines(
    chain: Chain, dates: tuple[DateMention, ...], heard: Mapping[str, tuple[Passage, ...]] | None = None
) -> Iterator[DateMention]:
    """Yield the deadlines within three days after the newest email; of its text those that are *heard*."""
    newest = chain.newest_email_at
    if newest is None:
        return
    own_days = (email.written_on for email in chain.emails if email.sent_at == newest)
    first = next(filter(None, own_days), newest.date())
    days = {(first + timedelta(days=ahead)).isoformat() for ahead in range(_NEAR.days + 1)}
    near = (found for found in dates if found.kind == "deadline" and found.resolved in days)
    yield from (found for found in near if heard is None or _is_heard(found.evidence, heard))


def _is_heard(evidence: Evidence, heard: Mapping[str, tuple[Passage, ...]]) -> bool:
    places = heard[evidence.email_id]
    return evidence.field == "subject" or any(one.start <= evidence.start and evidence.end <= one.end for one in places)
