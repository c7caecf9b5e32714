"""Whether a mail was written to many or by no one: by its headers alone.

Comes in: the header block. Goes out: why it is bulk, in words, empty for mail between people. Three kinds are kept
apart, because a discussion on a list is read like any other and a newsletter is not.
"""

from __future__ import annotations

import re

from producer.encoding import one_line
from producer.headers import Block
from producer.words import decode_words

#: Who answers by machine says so here; RFC 3834 §5 has `Auto-Submitted`, the others are older.
_REPLIES = (b"x-autoreply", b"x-autorespond", b"x-autoresponder", b"x-auto-reply")
#: What the software of discussion lists writes, and newsletters do not.
_LISTS = (b"list-post", b"x-beenthere", b"x-mailman-version", b"x-mailing-list", b"mailing-list", b"x-loop-list")
#: What newsletters carry: RFC 2369, RFC 8058, Gmail's feedback loop, and the large mailing houses.
_NEWSLETTERS = (
    *(b"feedback-id", b"list-unsubscribe-post", b"x-campaign", b"x-campaignid", b"x-campaign-id", b"x-mailing-id"),
    *(b"x-mc-user", b"x-mailchimp-campaign-id", b"x-csa-complaints", b"x-mailer-recptid", b"x-newsletter"),
    *(b"list-unsubscribe", b"list-id"),
)
_MARKS = frozenset((*_REPLIES, *_LISTS, *_NEWSLETTERS, b"auto-submitted", b"precedence", b"x-auto-response-suppress"))
_REPORT = re.compile(rb"multipart/report", re.IGNORECASE)
_MANY = frozenset({b"bulk", b"list", b"junk"})
_OWNER = re.compile(r"\bowner-[^@\s<>]+@|-owner@")
_IN_BRACKETS = re.compile(r"<([^<>]+)>")
_ADDRESS = re.compile(r"([^\s;,]+@[^\s;,]+)")
_MAX_VALUE_CHARS = 998
_MAX_CHARS = 120


def bulk(block: Block) -> str:
    """Return why the mail is bulk: `automatic: …`, `list: ID`, `newsletter: …`, or nothing."""
    if _REPORT.match(block.first(b"content-type")):
        return "automatic: a report of a mail system"
    if _MARKS.isdisjoint(block.fields):
        return ""
    return _automatic(block) or _list(block) or _newsletter(block) or _suppressing(block)


def _automatic(block: Block) -> str:
    submitted = block.first(b"auto-submitted").partition(b";")[0].strip().lower()
    if submitted and submitted != b"no":
        return f"automatic: {_words(submitted)}"
    replying = any(name in block.fields for name in _REPLIES) or _precedence(block) == b"auto_reply"
    return "automatic: a reply by machine" if replying else ""


def _list(block: Block) -> str:
    posted = block.first(b"list-post").strip().upper()
    known = any(name in block.fields for name in _LISTS) and not posted.startswith(b"NO")
    sent_by_list = _precedence(block) in _MANY and _OWNER.search(block.text(b"sender"))
    if not (known or sent_by_list or (_precedence(block) == b"list" and b"feedback-id" not in block.fields)):
        return ""
    named = block.text(b"list-id") or block.text(b"x-beenthere") or block.text(b"x-mailing-list")
    named = named or block.text(b"list-post") or block.text(b"mailing-list") or block.text(b"sender")
    return f"list: {_name_of(named)}"


def _newsletter(block: Block) -> str:
    for name in _NEWSLETTERS:
        if name in block.fields:
            detail = block.text(b"list-id")
            return f"newsletter: {_name_of(detail)}" if detail else f"newsletter: it has {name.decode().title()}"
    precedence = _precedence(block)
    return f"newsletter: Precedence {_words(precedence)}" if precedence in _MANY else ""


def _suppressing(block: Block) -> str:
    """Exchange's way to say that nobody waits for an answer; what says `None` says nothing."""
    value = block.first(b"x-auto-response-suppress").strip().lower()
    return "automatic: it wants no reply by machine" if value and value != b"none" else ""


def _precedence(block: Block) -> bytes:
    return block.first(b"precedence").strip().lower()


def _name_of(value: str) -> str:
    """Return the id of a list: what stands in angle brackets, else its address, else the words."""
    value = one_line(decode_words(value[:_MAX_VALUE_CHARS]))
    found = _IN_BRACKETS.search(value) or _ADDRESS.search(value)
    return (found[1] if found else value).removeprefix("mailto:")[:_MAX_CHARS] or "unnamed"


def _words(value: bytes) -> str:
    return one_line(value.decode("utf-8", "replace"))[:_MAX_CHARS]
