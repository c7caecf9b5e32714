"""The names of people as header lines give them, made into what colleagues call one another.

Whom a mail went to is one person, some, or a long list, of which the first are named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from consumer.analysis.quotes.words import header_of
from schemas.chain import Address

_NAME_CHARS = 80
#: So many are named of a list, and looked at.
_NAMED, _MOST = 3, 500
#: Nobody in particular.
_HIDDEN = re.compile(r"\b(?:undisclosed|suppressed|unlisted)\b|^(?:recipients?|distribution|list)$", re.IGNORECASE)
_ADDRESS = re.compile(r"<[^<>]*>?|\"|/[^\s]*|@\S+|\[[^\[\]]*\]|\([^()]*\)")
#: An entry that an address ends: "Ann Bee/LON/RW@RW", "<ann@acme.example>".
_ENDED = re.compile(r"[/@>]")
#: "Steve" may be short for "Steven", and "Jen" for "Jennifer".
_SHORT_FORM_CHARS = 3


def name_of(box: Address | None) -> str | None:
    """Return the name of *box*, else what its address says of it."""
    if box is None:
        return None
    return plain(box.name) or plain(re.sub(r"[._-]+", " ", box.address.partition("@")[0]).title()) or None


def plain(name: str) -> str | None:
    """Return a name as people say it: without address and organisation, the given name first."""
    bare = " ".join(_ADDRESS.sub(" ", name).split()).strip(" ,;:'\\")[:_NAME_CHARS]
    last, comma, first = bare.partition(",")
    if _HIDDEN.search(bare):
        return None
    return (f"{first.strip()} {last.strip()}" if comma and first.strip() else last.strip()) or None


def told(names: Sequence[str]) -> str | None:
    """Return *names* as one owner of a task: all of a few, the first of many; None without any."""
    more = len(names) - _NAMED
    return (", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")) or None


def known_as(name: str, people: Iterable[str]) -> str:
    """Return the whole name of whom a mail calls *name*, if *people* has them."""
    called = name.partition(" ")[0].lower()
    for whole in people:
        given = whole.partition(" ")[0].lower()
        if called == given or (
            len(called) >= _SHORT_FORM_CHARS and given[:_SHORT_FORM_CHARS] == called[:_SHORT_FORM_CHARS]
        ):
            return whole
    return name


def named_in(head: str) -> tuple[str, ...] | None:
    """Return the names of whom a quoted mail went to, as its header lines tell; None where they do not tell."""
    lines = [line.lstrip("> \t\xa0").rstrip() for line in head.split("\n")]
    for at, line in enumerate(lines):
        role, value = header_of(line) or ("", "")
        if role == "to":
            return tuple(dict.fromkeys(_names(_whole(value, lines[at + 1 :]))))
    return None


def _whole(value: str, below: Iterable[str]) -> str:
    """Return a header's *value* with the lines on which it goes on."""
    for line in below:
        if not line or header_of(line) is not None:
            break
        value += f" {line}"
    return value


def _names(value: str) -> Iterable[str]:
    entries = value.split(";") if ";" in value else _entries(value.split(","))
    return filter(None, map(plain, entries[:_MOST]))


def _entries(parts: Sequence[str]) -> list[str]:
    """Return the entries of a list that commas part, also the names of each: "Bee, Ann <ann@acme.example>"."""
    if not any(map(_ENDED.search, parts)):
        whole = all(" " in part.strip() for part in parts)
        return list(parts) if whole else [",".join(parts)]
    entries, begun = [], ""
    for part in parts:
        begun = f"{begun},{part}" if begun else part
        if _ENDED.search(part):
            entries.append(begun)
            begun = ""
    return [*entries, begun] if begun.strip() else entries
