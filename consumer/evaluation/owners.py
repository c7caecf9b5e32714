"""Who is meant by the owner of an action: a role in place of a name, so that labels need no names."""

from __future__ import annotations

import re

from consumer.evaluation.items import Role
from consumer.evaluation.regions import Region
from schemas.chain import Address, Email

_I = frozenset("i me we us myself ourselves writer sender".split())
_YOU = frozenset("you all everyone addressee addressees recipient recipients team both each".split())
_LEAST_CHARS = 2


def role_of(owner: str | None, email: Email, region: Region | None) -> Role | None:
    """Return the role of *owner* towards the words in *region* of *email*; null for nobody."""
    names = _names(owner or "")
    if not names:
        return None
    if names <= _I:
        return "writer"
    if names <= _YOU:
        return "addressee"
    writer, addressees = _parties(email, region)
    if names & writer and len(names & writer) >= len(names & addressees):
        return "writer"
    return "addressee" if names & addressees else "named"


def _parties(email: Email, region: Region | None) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of who wrote, and of whom they wrote to."""
    sender = _of_boxes((email.sender,) if email.sender else ())
    if region is None or region.quoted is None:
        return sender, _of_boxes((*email.to, *email.cc))
    writer = _names(region.quoted.sender)
    return writer, (_names(region.head) | sender) - writer


def _of_boxes(boxes: tuple[Address, ...]) -> frozenset[str]:
    return frozenset(name for box in boxes for name in _names(f"{box.name} {box.address.partition('@')[0]}"))


def _names(words: str) -> frozenset[str]:
    found = re.findall(r"[^\W\d_]+", words.lower())
    return frozenset(name for name in found if len(name) >= _LEAST_CHARS or name == "i")
