"""The parts of a text near words that must stand in what is looked for: a long text is not read in vain.

Finding plain words is many times faster than trying a pattern at each character.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def windows(text: str, words: Iterable[str], *, before: int, after: int) -> list[tuple[int, int]]:
    """Return the spans around each of *words* (in small letters; any case in *text*), joined where they touch."""
    lower = text.lower()
    if len(lower) != len(text):
        return [(0, len(text))]
    known = [word for word in words if word in lower]
    places = sorted((at, at + len(word)) for word in known for at in _places(lower, word))
    return around(text, places, before=before, after=after)


def around(text: str, places: Iterable[tuple[int, int]], *, before: int, after: int) -> list[tuple[int, int]]:
    """Return the spans around *places* of *text*, which are in order, joined where they touch."""
    spans: list[tuple[int, int]] = []
    for at, end in places:
        start = max(0, at - before)
        if spans and start <= spans[-1][1]:
            start = spans.pop()[0]
        spans.append((start, min(len(text), end + after)))
    return spans


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))
