"""What the emails of a chain ask and promise, with who has to do it and until when.

"I" is who wrote the words, "you" whom they called by name, else whom they wrote to, be it one or several, else whom
they greeted. A request stays in the list though a later email answers it: that an answer settles it, rules cannot tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from consumer.analysis.addressees import known_as, name_of, named_in, plain, told
from consumer.analysis.evidence import evidence_at
from consumer.analysis.instructions import instructs
from consumer.analysis.new_text import Passage
from consumer.analysis.places import Passages
from consumer.analysis.quotes.articles import article_start
from consumer.analysis.readers import actions, dates
from consumer.analysis.readers.actions import FoundAction
from schemas.analysis import ActionItem
from schemas.chain import Chain, Email

_MOST = 100
_ISO_DAY_CHARS = 10
#: So much of a head is looked at.
_HEAD_CHARS = 3_000
#: A question, but for "could you call me on Monday?".
_ASKS_WHETHER = re.compile(
    r"^(?!.{0,600}\b(?:(?:can|could|will|would) you (?!be\b|have\b)|for you to )\w).{0,600}\?\s*$",
    re.DOTALL | re.IGNORECASE,
)


@dataclass(frozen=True)
class _Parties:
    """Who wrote a passage, whom they wrote to, and whether the headers name the latter or only have their address."""

    writer: str | None
    addressees: tuple[str, ...]
    is_named: bool = True


def actions_of(chain: Chain, passages: Passages) -> tuple[ActionItem, ...]:
    """Return the requests and promises of *chain*, oldest first; bulk mail and newspapers ask nobody in person."""
    found: dict[object, ActionItem] = {}
    for email in chain.emails:
        for item in _of_email(email, passages[email.email_id]) if not email.bulk else ():
            found.setdefault((item.what.lower(), item.owner), item)
    return tuple(found.values())[:_MOST]


def _of_email(email: Email, passages: tuple[Passage, ...]) -> Iterator[ActionItem]:
    for passage, parties in _spoken(email, passages):
        news = article_start(email.text, passage.start, passage.end)
        text = email.text[passage.start : passage.end if news is None else news]
        greeted = actions.greeted(text)
        for found in actions.read(text):
            start, end = passage.start + found.start, passage.start + found.end
            if not instructs(email.text, start, end):
                yield ActionItem(
                    what=found.what,
                    owner=_owner(found, parties, greeted),
                    due=_due(text[found.start : found.end], _day_of(email, passage)),
                    kind=found.kind,
                    read_by="code",
                    evidence=evidence_at(email, "text", start, end, passages),
                )


def _spoken(email: Email, passages: tuple[Passage, ...]) -> Iterator[tuple[Passage, _Parties]]:
    """Yield *passages* with who speaks in each, and to whom."""
    boxes = [(box, name) for box in email.to if (name := name_of(box))]
    parties = _Parties(name_of(email.sender), tuple(name for _, name in boxes), any(box.name for box, _ in boxes))
    quoted, read_to = None, 0
    for passage in passages:
        if passage.quoted is not None and passage.quoted != quoted:
            said_by, quoted = plain(passage.quoted.sender), passage.quoted
            named = named_in(email.text[max(read_to, passage.start - _HEAD_CHARS) : passage.start])
            # Without its head, who passes a mail on, or answers it, is most likely whom it was written to.
            others = (parties.writer,) if parties.writer and parties.writer != said_by else ()
            parties = _Parties(said_by, others if named is None else named)
        read_to = passage.end
        yield passage, parties


def _day_of(email: Email, passage: Passage) -> date | None:
    return email.written_on if passage.quoted is None else passage.quoted.sent_on


def _owner(found: FoundAction, parties: _Parties, greeted: str | None) -> str | None:
    if found.party == "writer":
        return parties.writer
    if found.name:
        return known_as(found.name, parties.addressees)
    if found.party == "named":
        return None
    if greeted and (len(parties.addressees) != 1 or not parties.is_named):
        return known_as(greeted, parties.addressees)
    return told(parties.addressees)


def _due(sentence: str, written_on: date | None) -> str | None:
    """Return until when something is to be done: a day that the sentence sets, else the only one that it names.

    The day of which a question asks, "are you free on Monday?", is not one.
    """
    days = [day for day in dates.read(sentence, written_on) if day.resolved and len(day.resolved) == _ISO_DAY_CHARS]
    ahead = [day for day in days if day.kind != "past"]
    only = ahead if len(ahead) == 1 and not _ASKS_WHETHER.search(sentence) else []
    until = [day for day in ahead if day.kind == "deadline"] or only
    return until[0].resolved if until else None
