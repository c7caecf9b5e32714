"""Where a chain presses: words of urgency that mean what they say, and deadlines that are near.

Only what can press is heard: what an email says itself, no press article, nothing that its newest email answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from consumer.analysis.evidence import evidence_at
from consumer.analysis.instructions import instructs
from consumer.analysis.new_text import Passage
from consumer.analysis.newest import Newest
from consumer.analysis.quotes.articles import article_start
from consumer.analysis.readers import urgency
from schemas.analysis import DateMention, Evidence, Priority
from schemas.chain import Chain, Email

Heard = Mapping[str, tuple[Passage, ...]]

#: What turns the words after it into their opposite, or into something that has not happened.
_NEGATED = re.compile(
    r"\b(?:no|non|kein\w{0,2}|without|never|nothing)(?: \w+){0,3} $|\b(?:not|nicht|pas)(?: \w+){0,2} $|n't(?: \w+)? $",
    re.IGNORECASE,
)
_UNREAL = re.compile(r"\b(?:until|unless|when|once|if|after|before|bis|wenn|sobald|falls)\b[^.!?;]*$", re.IGNORECASE)
#: Lawyers' footers: "if you received this in error, notify us immediately".
_BOILERPLATE = re.compile(
    r"\b(?:in error|intended (?:recipient|only|solely)|irrtümlich|notify (?:the|us|me)|"
    r"(?:advise|inform|contact|tell|alert) the sender|(?:delete|destroy) (?:it|this|the|all))\b",
    re.IGNORECASE,
)
_NEAR = timedelta(days=3)
_BEFORE_CHARS = 120


def heard_in(chain: Chain, passages: Heard, newest: Newest) -> dict[str, tuple[Passage, ...]]:
    """Return the passages that can press: no press article, and what the newest email answers does not.

    Where its writer says something himself and asks for nothing, what he quotes is his answer's occasion.
    """
    heard = {email.email_id: tuple(_without_article(email, passages[email.email_id])) for email in chain.emails}
    return own_alone(heard, newest) if newest.is_answer else heard


def own_alone(heard: Heard, newest: Newest) -> dict[str, tuple[Passage, ...]]:
    """Return *heard* without what the newest email quotes or passes on."""
    email_id = newest.email.email_id
    return {**heard, email_id: tuple(one for one in heard[email_id] if one.quoted is None)}


def _without_article(email: Email, passages: tuple[Passage, ...]) -> Iterator[Passage]:
    for one in passages:
        at = article_start(email.text, one.start, one.end)
        if at is None:
            yield one
        elif at > one.start:
            yield replace(one, end=at)


def first(
    pattern: re.Pattern[str],
    emails: list[Email],
    passages: Heard,
    *,
    real: bool = False,
    without: re.Pattern[str] | None = None,
) -> Evidence | None:
    """Return the first place where *pattern* stands in *passages* and subjects of the *emails*, not negated.

    With *real*, neither is it wished, asked or supposed. Words that *without* matches do not count.
    """
    for email, field, match in _matches(pattern, emails, passages):
        if _stands(match) and not (real and _is_unreal(match)) and not (without and without.match(match.group())):
            return evidence_at(email, field, match.start(), match.end(), passages[email.email_id])
    return None


def weight_of(chain: Chain, evidence: Evidence, dates: tuple[DateMention, ...]) -> Priority:
    """Return how urgent the words in *evidence* are by themselves."""
    email = next(email for email in chain.emails if email.email_id == evidence.email_id)
    text: str = getattr(email, evidence.field)
    for pattern, priority in ((urgency.CRITICAL, Priority.CRITICAL), (urgency.HIGH, Priority.HIGH)):
        if any(_stands(match) for match in pattern.finditer(text, evidence.start, evidence.end)):
            return priority
    due = any(
        (day.evidence.email_id, day.evidence.field) == (evidence.email_id, evidence.field)
        and day.evidence.start < evidence.end
        and evidence.start < day.evidence.end
        for day in near_deadlines(chain, dates)
    )
    return Priority.HIGH if due else Priority.LOW


def near_deadlines(chain: Chain, dates: tuple[DateMention, ...], heard: Heard | None = None) -> Iterator[DateMention]:
    """Yield the deadlines within three days after the newest email; of its text those that are *heard*."""
    newest = chain.newest_email_at
    if newest is None:
        return
    own_days = (email.written_on for email in chain.emails if email.sent_at == newest)
    first_day = next(filter(None, own_days), newest.date())
    days = {(first_day + timedelta(days=ahead)).isoformat() for ahead in range(_NEAR.days + 1)}
    near = (found for found in dates if found.kind == "deadline" and found.resolved in days)
    yield from (found for found in near if heard is None or _is_heard(found.evidence, heard))


def _is_heard(evidence: Evidence, heard: Heard) -> bool:
    places = heard[evidence.email_id]
    return evidence.field == "subject" or any(one.start <= evidence.start and evidence.end <= one.end for one in places)


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
    pattern: re.Pattern[str], emails: list[Email], passages: Heard
) -> Iterator[tuple[Email, Literal["text", "subject"], re.Match[str]]]:
    for email in emails:
        for one in passages[email.email_id]:
            yield from ((email, "text", match) for match in urgency.places(pattern, email.text, one.start, one.end))
        yield from ((email, "subject", match) for match in pattern.finditer(email.subject))
