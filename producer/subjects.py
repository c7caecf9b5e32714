"""Subjects that join (pure): what of a subject is its own, and which emails belong together by it.

A subject is evidence, not a key: an email joins by it only where it says that it answers, names nothing that it
answers, and shares its people and its days with the other (docs/decisions/013).
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import combinations

from producer.subject_words import GENERIC, PREFIXES
from schemas.member import Member

#: Mail of one subject that was sent further apart is another conversation.
WINDOW = timedelta(days=14)
#: One shared address is the list or the mailbox itself.
SHARED_PEOPLE = 2
#: Who writes to more people writes a circular; it also bounds the work.
MAX_PEOPLE = 25

#: A prefix with its count: `Re:`, `RE :`, `Re[2]:`, `Re(3):`, `Re^2:`.
_PREFIX = re.compile(r"([^\W\d_]{1,16}\.?)\s*(?:\[[^\[\]]{0,40}\]|\(\d{1,4}\)|\^\d{1,4})?\s*:\s*")
#: A tag of a list or of a ticket in front (RFC 5256 §2.1, subj-blob).
_TAG = re.compile(r"\[(?!fwd?:)([^\[\]]{1,80})\]\s*")
_TRAILER = re.compile(r"\s*\(fwd?\)\s*$")
_FORWARDED = re.compile(r"\[fwd?:(.*)\]\s*")
_SPACE = re.compile(r"\s+")
#: What folding leaves of the Turkish capital I with its dot.
_DOT_ABOVE = "\u0307"
_WORD = re.compile(r"[^\W_]+")
#: Words that tell conversations apart: so many letters together, or in one word alone.
_LETTERS, _LETTERS_OF_ONE = 6, 10
#: A character of these scripts says as much as three letters.
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LETTERS_OF_DENSE = 3


def base_subject(subject: str) -> tuple[str, bool]:
    """Return (the base subject, whether the subject says that its mail answers or forwards).

    Case and white space are folded; prefixes, list tags and "(fwd)" are gone (RFC 5256 §2.1), tags with a digit
    stay: they number tickets, and two tickets of one subject are two matters.
    """
    folded = unicodedata.normalize("NFKC", subject).casefold().replace(_DOT_ABOVE, "")
    text = _SPACE.sub(" ", folded).strip()
    answers = False
    while True:
        shorter, found = _without_marks(text)
        answers = answers or found
        if shorter == text:
            return text, answers
        text = shorter


def _without_marks(text: str) -> tuple[str, bool]:
    if found := _FORWARDED.fullmatch(text):
        return found[1].strip(), True
    without = _TRAILER.sub("", text)
    answers = without != text
    at, tickets = 0, []
    while True:
        if (found := _PREFIX.match(without, at)) and found[1].removesuffix(".") in PREFIXES:
            answers = True
        elif found := _TAG.match(without, at):
            if any(map(str.isdigit, found[1])):
                tickets.append(f"[{found[1].strip()}]")
        else:
            break
        at = found.end()
    return " ".join([*tickets, without[at:]]).strip(), answers


def is_generic(base: str) -> bool:
    """Tell whether a base subject could head any mail: greetings, "invoice", dates, one short word."""
    own = {word for word in _WORD.findall(base) if word not in GENERIC and not word.isdigit()}
    letters = sum(len(word) + (_LETTERS_OF_DENSE - 1) * len(_DENSE.findall(word)) for word in own)
    return letters < (_LETTERS if len(own) > 1 else _LETTERS_OF_ONE)


def shared_people(one: Member, other: Member) -> frozenset[str]:
    """Return the addresses that stand in both emails."""
    return frozenset(one.people) & frozenset(other.people)


def answers_by_subject(answer: Member, other: Member) -> bool:
    """Tell whether *answer* joins *other* by its subject: a condition of these two emails alone.

    Mail that arrives can therefore join chains and never part them.
    """
    return (
        answer.seeks
        and answer.subject_key == other.subject_key
        and answer.has_subject
        and other.has_subject
        and other.order < answer.order
        and answer.order[0] - other.order[0] <= WINDOW
        and len(shared_people(answer, other)) >= SHARED_PEOPLE
    )


def why_joined(answer: Member, other: Member) -> str:
    """Return why *answer* joins *other* by its subject, in words."""
    days, shared = (answer.order[0] - other.order[0]).days, len(shared_people(answer, other))
    apart = "less than a day" if days == 0 else "1 day" if days == 1 else f"{days} days"
    return f"same subject {answer.subject_key!r} as {other.node}, {shared} shared addresses, {apart} apart"


def subject_links(members: Iterable[Member]) -> Iterator[tuple[Member, Member]]:
    """Yield pairs that connect the same emails as all pairs of `answers_by_subject` do.

    Complexity: O(n · MAX_PEOPLE²) after sorting, however many emails have one subject.
    """
    families: defaultdict[str, list[Member]] = defaultdict(list)
    for member in members:
        if member.has_subject:
            families[member.subject_key].append(member)
    for family in families.values():
        wanted = {pair for member in family if member.seeks for pair in combinations(member.people, SHARED_PEOPLE)}
        if not wanted:
            continue
        sharing: defaultdict[tuple[str, ...], list[Member]] = defaultdict(list)
        for member in sorted(family, key=lambda member: member.order):
            for pair in combinations(member.people, SHARED_PEOPLE):
                if pair in wanted:
                    sharing[pair].append(member)
        for emails in sharing.values():
            yield from _links(emails)


def _links(emails: Sequence[Member]) -> Iterator[tuple[Member, Member]]:
    """Yield neighbours among *emails* of one subject and one pair of people, in order of sending.

    An answer joins all emails of the window before it: a run of neighbours, of which each is linked once.
    """
    first = linked = 0
    for index, email in enumerate(emails):
        if email.seeks:
            while not answers_by_subject(email, emails[first]) and first < index:
                first += 1
            for at in range(max(first, linked), index):
                yield emails[at], emails[at + 1]
            linked = index
