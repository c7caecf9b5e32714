"""Address lists to mailboxes (RFC 5322 §3.4), also where mailers break the rules.

Comes in: the text of a From, To or Cc. Goes out: mailboxes, one by one: an odd entry loses nobody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from producer.encoding import one_line
from producer.words import decode_words
from schemas.chain import Address

#: Of a name or an address; RFC 5321 §4.5.3.1.3 allows a path of 256.
_MAX_ADDRESS_CHARS = 320
#: Of an address list: room for a thousand mailboxes.
_MAX_LIST_CHARS = 65_536
#: Of an address list that is remembered for the next mails.
_MAX_RECENT_CHARS = 1_000

_ADDRESS_TOKEN = re.compile(
    r"""(?P<quoted>"(?:\\.|[^"\\]){0,200}+")|(?P<comment>\([^()]*\)|\((?:\\.|[^()\\]|\([^()]*\)){0,200}+\))|<(?P<angle>[^<>]*)>|(?P<mark>[,;:])"""
    r"""|(?P<word>=\?[^?\s]+\?[bBqQ]\?[^?]*\?=|[^\s",;:<>()]+)"""
)
#: A comment within an address.
_COMMENT = re.compile(r"\([^()]*\)")
#: The hosts on the way (`@a,@b:ann@x`), which nobody has used since RFC 2822.
_ROUTE = re.compile(r"^@[^:\s]*:")
#: An address with spaces around its dots.
_SPACED = re.compile(r"[^\s@]+\s?@\s?[^\s@.]+(?:\s?\.\s?[^\s@.]+)+")


def addresses(text: str) -> tuple[Address, ...]:
    """Return the mailboxes of an address list (RFC 5322 §3.4), groups flattened, encoded-words decoded.

    An entry without an address keeps its name; `Doe, Ann <a@x>` without its quotes is one mailbox.
    """
    return _recent(text) if len(text) <= _MAX_RECENT_CHARS else _parsed(text)


@lru_cache(maxsize=512)
def _recent(text: str) -> tuple[Address, ...]:
    """Return what a short list says; those of one conversation, or of a mailing list, are mostly the same."""
    return _parsed(text)


def _parsed(text: str) -> tuple[Address, ...]:
    found: list[Address] = []
    pending = _Pending()
    for token in _ADDRESS_TOKEN.finditer(text[:_MAX_LIST_CHARS]):
        kind, value = token.lastgroup, token[0]
        if kind == "mark":
            if value == ":":
                pending = _Pending()  # the name of a group
            elif pending.complete or value == ";":
                found += pending.mailboxes()
                pending = _Pending()
            else:
                pending.words.append(",")
        elif kind == "angle":
            pending.angle = token["angle"]
        elif kind == "comment":
            pending.comment = value.strip("()")
        else:
            pending.words.append(re.sub(r"\\(.)", r"\1", value[1:-1]) if kind == "quoted" else value)
    return (*found, *pending.mailboxes())


class _Pending:
    """The words of an address list since the last mailbox was complete."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.angle: str | None = None
        self.comment = ""

    @property
    def complete(self) -> bool:
        return self.angle is not None or bool(self.words and "@" in self.words[-1])

    def mailboxes(self) -> Iterable[Address]:
        """Return what the words make: usually one mailbox, none for no words."""
        if self.angle is not None:
            address = _address(self.angle)
            name = _name(self.words) or _name([self.comment])
            return [_mailbox(name, address)] if name or address else []
        if self.words and "@" in self.words[-1] and not self.words[-1].startswith("=?"):
            before, last = _name(self.words[:-1]), _address(self.words[-1])
            return [_mailbox(before or _name([self.comment]), last)]
        lists = [part for part in " ".join(self.words).split(" , ") if part.strip(" ,")]
        return [_nameless(part) for part in lists]


def _address(text: str) -> str:
    """Return an address without the comments, spaces and routes that RFC 5322 §4.4 lets old mailers put into it."""
    if "(" in text:
        text = _COMMENT.sub("", text)
    return _ROUTE.sub("", "".join(one_line(text).split()))


def _name(words: list[str]) -> str:
    return one_line(decode_words(" ".join(words).replace(" ,", ",").strip(" ,")))


def _nameless(part: str) -> Address:
    """Return a mailbox for an entry without an @ at its end: a local user, or a name of unknown address."""
    name = _name([part])
    if _SPACED.fullmatch(name):
        return _mailbox("", _address(name))
    return _mailbox(name, "") if " " in name or "=?" in part else _mailbox("", name)


def _mailbox(name: str, address: str) -> Address:
    return Address(name=name[:_MAX_ADDRESS_CHARS], address=address[:_MAX_ADDRESS_CHARS])
