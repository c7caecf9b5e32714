"""What the emails of a chain ask and promise, with who has to do it and until when.

"I" is who wrote the words, "you" whom they called by name, wrote to where that is one person, or greeted. A request
stays in the list though a later email answers it: that an answer settles it, rules cannot tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from consumer.analysis.evidence import evidence_at
from consumer.analysis.instructions import instructs
from consumer.analysis.new_text import Passage
from consumer.analysis.places import Passages
from consumer.analysis.quotes.words import header_of
from consumer.analysis.readers import actions, dates
from consumer.analysis.readers.actions import FoundAction
from schemas.analysis import ActionItem
from schemas.chain import Address, Chain, Email

_MOST = 100
_ISO_DAY_CHARS = 10
_NAME_CHARS = 80
#: Nobody in particular.
_MANY = re.compile(
    r"\b(?:undisclosed|recipients?|distribution|list|all|team|group|everyone|info|sales|support|office)\b",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"<[^<>]*>")
_ADDRESS = re.compile(r"<[^<>]*>?|\"|/[^\s]*|@\S+|\[[^\[\]]*\]|\([^()]*\)")
#: So much of a head is looked at; "Ann Bee/LON/RW@RW" has two slashes.
_HEAD_CHARS, _SLASHES = 3_000, 4


def actions_of(chain: Chain, passages: Passages) -> tuple[ActionItem, ...]:
    """Return the requests and promises of *chain*, oldest first; bulk mail asks nobody in person."""
    found: dict[object, ActionItem] = {}
    for email in chain.emails:
        for item in _of_email(email, passages[email.email_id]) if not email.bulk else ():
            found.setdefault((item.what.lower(), item.owner), item)
    return tuple(found.values())[:_MOST]


def _of_email(email: Email, passages: tuple[Passage, ...]) -> Iterator[ActionItem]:
    writer, addressee = _name_of(email.sender), _only(email.to)
    quoted, read_to = None, 0
    for passage in passages:
        if passage.quoted is not None and passage.quoted != quoted:
            said_by, quoted = _plain(passage.quoted.sender), passage.quoted
            # Without its head, who passes a mail on, or answers it, is most likely whom it was written to.
            told, named = _addressee(email.text[max(read_to, passage.start - _HEAD_CHARS) : passage.start])
            writer, addressee = said_by, (named if told else writer if said_by != writer else None)
        read_to = passage.end
        text = email.text[passage.start : passage.end]
        greeted = actions.greeted(text)
        for found in actions.read(text):
            start, end = passage.start + found.start, passage.start + found.end
            if not instructs(email.text, start, end):
                yield ActionItem(
                    what=found.what,
                    owner=_owner(found, writer, addressee or greeted),
                    due=_due(text[found.start : found.end], _day_of(email, passage)),
                    kind=found.kind,
                    read_by="code",
                    evidence=evidence_at(email, "text", start, end, passages),
                )


def _addressee(head: str) -> tuple[bool, str | None]:
    """Return whether the header lines of a quoted mail tell whom it went to, and the name where that is one person."""
    lines = [line.lstrip("> \t\xa0").rstrip() for line in head.split("\n")]
    for at, line in enumerate(lines):
        role, value = header_of(line) or ("", "")
        if role == "to":
            below = lines[at + 1] if at + 1 < len(lines) else ""
            goes_on = bool(below) and header_of(below) is None
            is_list = goes_on or ";" in value or _BRACKETED.sub("", value).count("@") > 1 or value.count("/") > _SLASHES
            return True, None if is_list else _plain(value)
    return False, None


def _day_of(email: Email, passage: Passage) -> date | None:
    return email.written_on if passage.quoted is None else passage.quoted.sent_on


def _owner(found: FoundAction, writer: str | None, addressee: str | None) -> str | None:
    if found.party == "writer":
        return writer
    return found.name or (addressee if found.party == "addressee" else None)


def _due(sentence: str, written_on: date | None) -> str | None:
    """Return until when something is to be done: a day that the sentence sets, else the only one that it names."""
    days = [day for day in dates.read(sentence, written_on) if day.resolved and len(day.resolved) == _ISO_DAY_CHARS]
    ahead = [day for day in days if day.kind != "past"]
    until = [day for day in ahead if day.kind == "deadline"] or (ahead if len(ahead) == 1 else [])
    return until[0].resolved if until else None


def _only(boxes: tuple[Address, ...]) -> str | None:
    return _name_of(boxes[0]) if len(boxes) == 1 else None


def _name_of(box: Address | None) -> str | None:
    """Return the name of *box*, else what its address says of it."""
    if box is None:
        return None
    if _MANY.search(box.name):
        return None
    return _plain(box.name) or _plain(" ".join(box.address.partition("@")[0].split(".")).title()) or None


def _plain(name: str) -> str | None:
    """Return a name as people say it: without address and organisation, the given name first."""
    bare = " ".join(_ADDRESS.sub(" ", name).split()).strip(" ,;:'")[:_NAME_CHARS]
    last, comma, first = bare.partition(",")
    if _MANY.search(bare):
        return None
    return (f"{first.strip()} {last.strip()}" if comma and first.strip() else last.strip()) or None
