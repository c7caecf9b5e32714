"""How strongly a text speaks of each category, by the words that such mail uses (`category_words.toml`)."""

from __future__ import annotations

import math
import re
import shlex
import tomllib
from collections import Counter
from functools import lru_cache
from importlib import resources

from schemas.analysis import Category


def _entries() -> list[tuple[str, Category]]:
    lists = tomllib.loads(resources.files(__package__).joinpath("category_words.toml").read_text("utf-8"))
    return [(entry, Category(kind)) for kind, words in lists.items() for entry in shlex.split(words)]


_ENTRIES = _entries()
_EXACT = {entry: kind for entry, kind in _ENTRIES if " " not in entry and not entry.endswith("*")}
_STEMS = {entry[:-1]: kind for entry, kind in _ENTRIES if entry.endswith("*")}
#: The longest stem says most.
_STEM_CHARS = sorted({len(stem) for stem in _STEMS}, reverse=True)
_PHRASES = [(f" {entry} ", kind) for entry, kind in _ENTRIES if " " in entry]
_LETTERS = re.compile(r"\w+")
#: What follows the beginning of a text says more of the same.
_CHARS = 1_500


#: Longer words are none, and would fill the memory.
_WORD_CHARS = 40


def strengths(text: str, chars: int = _CHARS) -> dict[Category, float]:
    """Return log(1 + n) for each category of which *text* has n different words in so many *chars* from its start."""
    return {kind: math.log1p(count) for kind, count in _counts(text[:chars]).items()}


def _counts(text: str) -> Counter[Category]:
    words = _LETTERS.findall(text.lower())
    joined = f" {' '.join(words)} "
    found = Counter(kind for phrase, kind in _PHRASES if phrase in joined)
    found.update(kind for word in set(words) if len(word) <= _WORD_CHARS and (kind := _kind_of(word)))
    return found


@lru_cache(maxsize=20_000)
def _kind_of(word: str) -> Category | None:
    stems = (_STEMS[word[:chars]] for chars in _STEM_CHARS if word[:chars] in _STEMS)
    return _EXACT.get(word) or next(stems, None)
