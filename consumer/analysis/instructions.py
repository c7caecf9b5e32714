"""Passages that talk to whoever sorts the mail, not about the matter: they bear no claim.

A list of forms is no proof: it is one defence of several (`docs/injection.md`), and the others hold without it. They
are looked for in folded text, so that invisible characters and line breaks hide nothing; blobs of base64 and text
in rot13 are looked into as well.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import NamedTuple

from consumer.analysis.folding import MARKS, Folded, fold
from consumer.analysis.instruction_forms import FIELDS, FORMS, MOST, OF_ONE_SENTENCE, Form, beginnings, may_be_turned

_SENTENCE_END = re.compile("[.!?]\\s|[\u3002\uff01\uff1f]|\n\\s{0,9}\n")
_PARAGRAPH_END = re.compile(r"\n\s{0,9}\n")
_SENTENCE_CHARS = 200
_PARAGRAPH_CHARS = 1_000
_OBJECT_CHARS = 4_000
_BLOB = re.compile(
    r"(?<![\w+/=])(?:(?:[A-Za-z0-9+/]{60,78}\r?\n){1,60}[A-Za-z0-9+/]{4,78}|[A-Za-z0-9+/]{24,4096})={0,2}"
)
#: With so many characters of its alphabet a blob begins: trying `_BLOB` at each word costs several times more.
_PACKED = re.compile("[A-Za-z0-9+/]{24}")
_QUOTE_MARKS = re.compile(r"\n[>\s]+")
#: Format characters (category Cf) of every block that has any.
_INVISIBLE = re.compile(
    "[\u00ad\u0600-\u0605\u061c\u06dd\u070f\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0001-\U000e007f]"
)
_MARKS = str.maketrans(MARKS)


class Instruction(NamedTuple):
    """Characters [start, end) of a text that talk to its reader: what they do to him, and what they say in plain."""

    start: int
    end: int
    does: str
    says: str


def bare(text: str) -> Folded:
    """Return *text* folded, without accents."""
    folded = fold(text)
    if folded.text.isascii():
        return folded
    kept = [at for at, char in enumerate(folded.text) if not unicodedata.combining(char)]
    letters = "".join(folded.text[at] for at in kept)
    return Folded(letters, tuple(folded.starts[at] for at in kept), tuple(folded.ends[at] for at in kept))


def speaks_to_reader(words: str) -> bool:
    """Return whether *words* tell their reader how to sort the mail or what to answer."""
    low = flat(words).lower()
    return bool(_possible(low, beginnings(low)))


@lru_cache(maxsize=64)
def instructions(text: str) -> tuple[Instruction, ...]:
    """Return the passages of *text* that tell its reader how to sort the mail or what to answer, at most a hundred."""
    low = flat(text).lower()
    known = beginnings(low)
    found = [*_plain(text, low, known), *_base64(text), *_rot13(text, low, known)]
    return tuple(sorted(found)[:MOST])


def instructs(text: str, start: int, end: int) -> bool:
    """Return whether characters [start, end) are part of a passage that talks to its reader."""
    return any(one.start < end and start < one.end for one in instructions(text))


def _possible(low: str, known: AbstractSet[str]) -> list[Form]:
    return [form for form in FORMS if form.finds(low, known)]


def _plain(text: str, low: str, known: AbstractSet[str]) -> Iterator[Instruction]:
    forms = _possible(low, known)
    if not forms:
        return
    folded = bare(text)
    # Some capitals grow in small letters ("\u0130"): there the places would not fit, and the text stays as it is.
    low = folded.text.lower()
    low = low if len(low) == len(folded.text) else folded.text
    for form in forms:
        for match in form.all_in(low):
            first, last = folded.starts[match.start()], folded.ends[match.end() - 1]
            start, end = _around(text, first, last, form)
            yield Instruction(start, end, form.does, fold(text[start:end]).text)


def without_instructions(text: str, spans: Iterable[tuple[int, int]] | None = None) -> str:
    """Return what *text*, or *spans* of it, says about the matter: the passages that talk to its reader left out."""
    pieces = []
    for at, end in [(0, len(text))] if spans is None else spans:
        for one in instructions(text):
            pieces.append(text[at : min(end, max(at, one.start))])
            at = min(end, max(at, one.end))  # noqa: PLW2901 - what is left of the span
        pieces.append(text[at:end])
    return "".join(pieces)


def flat(text: str) -> str:
    """Return *text* about as `bare` folds it, at a fiftieth of the cost and without places."""
    joined = " ".join((_QUOTE_MARKS.sub("\n", text) if ">" in text else text).split())
    if joined.isascii():
        return joined
    plain = "".join(char for char in unicodedata.normalize("NFKD", joined) if not unicodedata.combining(char))
    return " ".join(_INVISIBLE.sub("", plain).split()).translate(_MARKS)


def _around(text: str, first: int, last: int, form: Form) -> tuple[int, int]:
    """Return the sentence around characters [first, last), or more where what they say goes on."""
    ends = [found.end() for found in _SENTENCE_END.finditer(text, max(0, first - _SENTENCE_CHARS), first)]
    start = ends[-1] if ends else max(0, first - _SENTENCE_CHARS)
    start += len(text[start:first]) - len(text[start:first].lstrip())
    if form is FIELDS:
        return _object(text, start, last)
    is_one = form in OF_ONE_SENTENCE
    boundary, most = (_SENTENCE_END, _SENTENCE_CHARS) if is_one else (_PARAGRAPH_END, _PARAGRAPH_CHARS)
    after = boundary.search(text, last, last + most)
    return start, after.end() if after else min(len(text), last + most)


def _object(text: str, start: int, last: int) -> tuple[int, int]:
    """Return the JSON object in which characters [start, last) stand, by its braces."""
    opening = text.rfind("{", max(0, start - _PARAGRAPH_CHARS), last)
    start = min(start, opening) if opening >= 0 else start
    depth = 0
    for at in range(start, min(len(text), start + _OBJECT_CHARS)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth <= 0 and at >= last:
            return start, at + 1
    return start, min(len(text), start + _OBJECT_CHARS)


def _hidden(said: str) -> Iterator[Instruction]:
    """Yield what *said*, which is not read as it stands, tells its reader."""
    low = flat(said).lower()
    yield from _plain(said, low, beginnings(low))


def _blobs(text: str) -> Iterator[re.Match[str]]:
    at = 0
    while packed := _PACKED.search(text, at):
        blob = _BLOB.match(text, packed.start())
        at = (blob or packed).end()
        if blob:
            yield blob


def _base64(text: str) -> Iterator[Instruction]:
    for match in _blobs(text):
        packed = "".join(match.group().split())
        try:
            said = base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        inner = next(_hidden(said), None)
        if inner:
            yield Instruction(match.start(), match.end(), f"in base64, {inner.does}", fold(said).text)


def _rot13(text: str, low: str, known: AbstractSet[str]) -> Iterator[Instruction]:
    if not text.isascii() or not may_be_turned(low, known):
        return
    for inner in _hidden(codecs.decode(text, "rot13")):
        yield inner._replace(does=f"in rot13, {inner.does}")
